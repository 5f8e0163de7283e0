"""Viewing keys: a decryption key that any wallet can make again by signing one text.

A browser or hardware wallet signs but never decrypts, so an agent that is sealed to the wallet's
own key stays shut to it. Instead it signs `ViewingKey(...)`; the signature is the seed of a
secp256k1 key that agents are sealed to through `wantedKey`. Such a wallet must sign the same
text with the same bytes every time (RFC 6979): it is asked twice at registration, and one whose
signatures differ (passkeys, some MPC and contract wallets) keeps a stored key instead.

The JavaScript twin is in zerog/gallery/static; both are held to tests/vectors/inft/viewing.json.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.crypto.curve import ORDER, BadSignature, public_key, recover
from zerog.crypto.eip712 import Domain, typed_digest
from zerog.errors import Refused, UsageError
from zerog.types import Address, PublicKey

WARNING: Final = (
    "This signature opens every agent that is sealed to this viewing key. "
    "Sign it only where you trust the page with all of them."
)
"""What the wallet shows; part of what is signed, so another text gives another key."""
TYPE: Final = "ViewingKey(string warning,address owner,uint256 index)"
MAX_INDEX: Final = 2**32 - 1
_INFO: Final = b"zerog/inft/viewing-key/1"
_STRETCH_BYTES: Final = 48

Sign = Callable[[bytes], bytes]
"""Signs a 32-byte digest: 65 bytes r, s, v."""


class SignaturesDiffer(Refused):
    """The wallet gave two signatures of one text: no key can be made again from it."""

    def __init__(self, owner: Address) -> None:
        self.owner = owner
        super().__init__(
            f"the wallet {owner} signs the same text differently each time",
            "use a stored key: zerog keys viewing register --stored",
        )


class NotTheWallet(Refused):
    """A signature is not that of the wallet that the viewing key would be for."""

    def __init__(self, owner: Address) -> None:
        self.owner = owner
        super().__init__(
            f"the signature is not that of {owner}",
            "sign with that account; a contract wallet has no key, so it uses a stored one",
        )


class BadKeyIndex(UsageError):
    """Indexes count the viewing keys of one wallet."""

    def __init__(self, index: int) -> None:
        self.index = index
        super().__init__(f"{index} is no key index", f"0 to {MAX_INDEX}")


def viewing_domain(chain_id: int, directory: Address) -> Domain:
    """The EIP-712 domain; directory: the KeyDirectory in which the key is registered."""
    return Domain("0G-iNFT viewing key", "1", chain_id, directory)


def viewing_digest(domain: Domain, owner: Address, index: int) -> bytes:
    """The 32 bytes that the wallet signs; raises BadKeyIndex."""
    if not 0 <= index <= MAX_INDEX:
        raise BadKeyIndex(index)
    return typed_digest(domain, TYPE, [WARNING, owner, index])


def secret_of(signature: bytes) -> bytes:
    """The viewing secret, 32 bytes, of a signature (its r and s; v is left out).

    HKDF-SHA256 to 48 bytes, reduced into 1 … n-1: the bias is below 2**-128.
    """
    if len(signature) != 65:
        raise BadSignature(signature)
    wide = HKDF(SHA256(), _STRETCH_BYTES, salt=None, info=_INFO).derive(signature[:64])
    return (int.from_bytes(wide, "big") % (ORDER - 1) + 1).to_bytes(32, "big")


def derive(sign: Sign, domain: Domain, owner: Address, index: int = 0) -> bytes:
    """The viewing secret of a wallet, made from two signatures that must be equal.

    Raises NotTheWallet, SignaturesDiffer, BadKeyIndex, BadSignature.
    """
    digest = viewing_digest(domain, owner, index)
    first, second = sign(digest), sign(digest)
    for signature in (first, second):
        if recover(digest, signature) != owner:
            raise NotTheWallet(owner)
    if first != second:
        raise SignaturesDiffer(owner)
    return secret_of(first)


def viewing_key(secret: bytes) -> PublicKey:
    """The public key, 64 bytes, that agents are sealed to."""
    return public_key(secret)
