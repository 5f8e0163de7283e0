"""The seal that existing ERC-7857 clients read: ECIES over secp256k1 with AES-256-GCM.

Wire (0gfoundation/0g-agentic-id, and the defaults of eciesjs, eciespy, ecies/go):
ephemeral key 65 (04, X, Y) | nonce 16 | tag 16 | ciphertext.
"""

from __future__ import annotations

from typing import Final

import ecies as eciespy
from ecies.config import Config

from zerog.crypto.curve import check_point
from zerog.errors import Tampered

OVERHEAD: Final = 97
UNCOMPRESSED: Final = 4


class WrongKey(Tampered):
    """The secret does not open the seal: its tag does not fit, or it is no seal."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"this key does not open the seal of {size} bytes")


def _config() -> Config:
    """The form above, spelled out: the library's defaults may change, the wire may not."""
    return Config(
        elliptic_curve="secp256k1",
        is_ephemeral_key_compressed=False,
        is_hkdf_key_compressed=False,
        symmetric_algorithm="aes-256-gcm",
        symmetric_nonce_length=16,
    )


def seal(public_key: bytes, plaintext: bytes) -> bytes:
    """Encrypt to a public key (64 bytes X, Y); gives len(plaintext) + 97 bytes."""
    return eciespy.encrypt(b"\x04" + check_point(public_key), plaintext, _config())


def open(secret: bytes, sealed: bytes) -> bytes:
    """Decrypt with a 32-byte secret; raises WrongKey.

    Only the plain uncompressed form of the ephemeral key is read: libsecp256k1 would also take
    its hybrid form, and one seal would have several spellings.
    """
    if len(sealed) < OVERHEAD or sealed[0] != UNCOMPRESSED:
        raise WrongKey(len(sealed))
    try:
        return eciespy.decrypt(secret, sealed, _config())
    except ValueError:
        raise WrongKey(len(sealed)) from None
