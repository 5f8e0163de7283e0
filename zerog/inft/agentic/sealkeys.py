"""Keys of agents, derived from one secret of an attestor, and the cipher of their data. Pure.

Whoever has the secret has every agent's key: 0g-agentic-id's attestor is like that, and so is
this one. It is a simulated attestation: nothing proves where the secret is kept.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.crypto.curve import ORDER
from zerog.errors import Tampered
from zerog.types import Address

SECRET_BYTES: Final = 32
NONCE_BYTES: Final = 12
LABEL: Final = b"zerog.agentic.seal.v1"
SEAL_ID: Final = b"zerog.agentic.seal-id.v1"
CONTAINER: Final = b"zerog.agentic.container-key.v1"
BINDING: Final = b"zerog.agentic.container.v1"


class DataDamaged(Tampered):
    """A blob does not open with its key."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"the blob of {size} bytes does not open with this key")


def seal_material(chain_id: int, contract: Address, seal: bytes) -> bytes:
    """What a seal's key is derived for: chain id (8, big-endian), contract (20), seal id (32)."""
    return chain_id.to_bytes(8, "big") + bytes.fromhex(contract[2:]) + seal


def seal_secret(master: bytes, material: bytes) -> bytes:
    """The 32-byte secret key of a seal: 48 bytes of HKDF-SHA256, reduced into 1..n-1."""
    wide = HKDF(SHA256(), 48, LABEL, material).derive(master)
    return (int.from_bytes(wide, "big") % (ORDER - 1) + 1).to_bytes(32, "big")


def seal_id(master: bytes, chain_id: int, contract: Address, request: bytes) -> bytes:
    """The id (32 bytes) of the seal that a request gets: always the same, known to nobody else."""
    material = chain_id.to_bytes(8, "big") + bytes.fromhex(contract[2:]) + request
    return hmac.new(master, SEAL_ID + material, hashlib.sha256).digest()


def container_secret(master: bytes, sandbox_id: str) -> bytes:
    """The 32-byte secret key of a container, the same each time that it starts."""
    return seal_secret(master, CONTAINER + sandbox_id.encode())


def binding(master: bytes, seal: bytes, container_key: bytes) -> bytes:
    """MAC (32 bytes) by which an attestor knows a container again."""
    return hmac.new(master, BINDING + seal + container_key, hashlib.sha256).digest()


def encrypt(data_key: bytes, plain: bytes) -> bytes:
    """nonce 12, ciphertext, tag 16: "AES-GCM-256" of 0g-agentic-id."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(data_key).encrypt(nonce, plain, None)


def decrypt(data_key: bytes, blob: bytes) -> bytes:
    """The plaintext; raises DataDamaged."""
    try:
        return AESGCM(data_key).decrypt(blob[:NONCE_BYTES], blob[NONCE_BYTES:], None)
    except (InvalidTag, ValueError):
        raise DataDamaged(len(blob)) from None
