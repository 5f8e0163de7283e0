"""A sealed key: the data key for existing clients, the group element for proofs, one proof.

Layout (323 bytes): ECIES part 129 | version 1 | suite 1 | E1 64 | E2 64 | c 32 | z 32.
With r random, E1 = r*G and E2 = K + r*P is the ElGamal encryption of K to the owner's key P, and
(c, z) is a Schnorr proof of knowledge of r that is bound to chain, contract, token and the ECIES
part. ElGamal can be shifted by anyone: without the proof, a seal that was seen on chain could
be minted again in another token and opened by whoever serves that one.

The ECIES part is the first 129 bytes so that clients that know nothing else read it as it is.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.crypto import ecies
from zerog.crypto.curve import (
    ORDER,
    NotAPoint,
    NotAScalar,
    add,
    check_point,
    compress,
    generate,
    multiply,
    random_scalar,
    subtract,
)
from zerog.crypto.ecies import WrongKey
from zerog.crypto.keccak import keccak256
from zerog.errors import Refused, Tampered
from zerog.types import Address, PublicKey

__all__ = [
    "ENVELOPE_BYTES",
    "SUITE_AES_256_GCM",
    "DataKey",
    "EnvelopeMismatch",
    "NotAnEnvelope",
    "SealContext",
    "SealProofInvalid",
    "UnknownSuite",
    "WrongKey",
    "check_seal",
    "ecies_part",
    "open_seal",
    "seal",
    "suite_of",
]

ENVELOPE_BYTES: Final = 323
VERSION: Final = 1
SUITE_AES_256_GCM: Final = 1
SUITES: Final = frozenset({SUITE_AES_256_GCM})

_ECIES: Final = slice(0, 129)
_E1: Final = slice(131, 195)
_E2: Final = slice(195, 259)
_C: Final = slice(259, 291)
_Z: Final = slice(291, 323)
_TAG: Final = keccak256(b"zerog/inft/seal/1")
_INFO: Final = b"zerog/inft/data-key/1"


class NotAnEnvelope(Tampered):
    """The bytes are no sealed key of this version."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"this is no sealed key: {reason}")


class UnknownSuite(Refused):
    """The sealed key names a cipher suite that this version does not have."""

    def __init__(self, suite: int) -> None:
        self.suite = suite
        super().__init__(f"cipher suite {suite} is unknown", "upgrade zerog")


class SealProofInvalid(Tampered):
    """The proof does not fit: another chain, contract, token or key, or altered bytes."""

    def __init__(self, context: SealContext) -> None:
        self.context = context
        super().__init__(
            f"the sealed key was not made for token {context.token_id} of {context.contract} "
            f"on chain {context.chain_id}",
            "ask the seller for one that was",
        )


class EnvelopeMismatch(Tampered):
    """The two parts of an envelope hold different keys; whoever made it lied."""

    def __init__(self) -> None:
        super().__init__("the two parts of the sealed key hold different keys", "do not accept it")


@dataclass(frozen=True, slots=True)
class SealContext:
    """What a sealed key is for."""

    chain_id: int
    contract: Address
    token_id: int

    def encoded(self) -> bytes:
        """chain id 32 | contract 20 | token id 32."""
        contract = bytes.fromhex(self.contract.removeprefix("0x"))
        return self.chain_id.to_bytes(32, "big") + contract + self.token_id.to_bytes(32, "big")


@dataclass(frozen=True, slots=True)
class DataKey:
    """The secret of one agent's data: a point K of secp256k1. Its repr shows nothing."""

    point: PublicKey = field(repr=False)

    @classmethod
    def generate(cls) -> DataKey:
        """A fresh key, uniform in the group."""
        return cls(generate(random_scalar()))

    def data_key(self) -> bytes:
        """The 32 bytes that encrypt the data: HKDF-SHA256 of the compressed point."""
        return HKDF(SHA256(), 32, salt=None, info=_INFO).derive(compress(self.point))


def seal(
    key: DataKey, public_key: PublicKey, context: SealContext, suite: int = SUITE_AES_256_GCM
) -> bytes:
    """Seal `key` to the owner of `public_key` (64 bytes X, Y), for one token.

    Gives 323 bytes. Raises NotAPoint for a bad public key, UnknownSuite.
    """
    if suite not in SUITES:
        raise UnknownSuite(suite)
    classic = ecies.seal(public_key, key.data_key())
    while True:
        r, a = random_scalar(), random_scalar()
        try:
            e1, e2 = generate(r), add(key.point, multiply(public_key, r))
        except NotAPoint:
            check_point(public_key)
            continue  # K + r*P is infinity: one chance in 2**256
        head = classic + bytes([VERSION, suite]) + e1 + e2
        c = _challenge(head, public_key, context, generate(a))
        z = (a + c * r) % ORDER
        if c and z:
            return head + c.to_bytes(32, "big") + z.to_bytes(32, "big")


def _challenge(head: bytes, public_key: bytes, context: SealContext, commitment: bytes) -> int:
    """Schnorr's c, below the group order; every point goes in with both coordinates."""
    transcript = (
        _TAG
        + context.encoded()
        + head[129:131]
        + public_key
        + head[_E1]
        + head[_E2]
        + keccak256(head[_ECIES])
        + commitment
    )
    return int.from_bytes(keccak256(transcript), "big") % ORDER


def _check_form(sealed: bytes) -> None:
    """Length, version, suite."""
    if len(sealed) != ENVELOPE_BYTES:
        raise NotAnEnvelope(f"{len(sealed)} bytes instead of {ENVELOPE_BYTES}")
    if sealed[129] != VERSION:
        raise NotAnEnvelope(f"version {sealed[129]}, not {VERSION}")
    if sealed[130] not in SUITES:
        raise UnknownSuite(sealed[130])


def check_seal(sealed: bytes, public_key: PublicKey, context: SealContext) -> None:
    """Whoever made this knew its randomness, and made it for this key and token.

    Needs no secret; says nothing of what is inside (`open_seal` does). To be called before
    anybody decrypts, re-seals or accepts. Raises NotAnEnvelope, UnknownSuite, NotAPoint,
    NotAScalar, SealProofInvalid.
    """
    _check_form(sealed)
    check_point(public_key)
    e1, _ = check_point(sealed[_E1]), check_point(sealed[_E2])
    c, z = int.from_bytes(sealed[_C], "big"), int.from_bytes(sealed[_Z], "big")
    for value in (c, z):
        if not 0 < value < ORDER:
            raise NotAScalar(value)
    try:
        commitment = subtract(generate(z), multiply(e1, c))
    except NotAPoint:
        raise SealProofInvalid(context) from None
    if _challenge(sealed, public_key, context, commitment) != c:
        raise SealProofInvalid(context)


def open_seal(sealed: bytes, secret: bytes) -> DataKey:
    """Open both parts with the owner's 32-byte secret.

    Raises WrongKey when the secret is another one (the tag of the ECIES part), NotAPoint for a
    malformed ElGamal part, EnvelopeMismatch when the parts disagree.
    """
    _check_form(sealed)
    classic = ecies.open(secret, sealed[_ECIES])
    e1, e2 = check_point(sealed[_E1]), check_point(sealed[_E2])
    try:
        key = DataKey(subtract(e2, multiply(e1, int.from_bytes(secret, "big"))))
    except NotAPoint:
        raise EnvelopeMismatch from None
    if not hmac.compare_digest(key.data_key(), classic):
        raise EnvelopeMismatch
    return key


def ecies_part(sealed: bytes) -> bytes:
    """The 129 bytes that existing ERC-7857 clients open."""
    _check_form(sealed)
    return sealed[_ECIES]


def suite_of(sealed: bytes) -> int:
    """The cipher suite of the data that this key is for."""
    _check_form(sealed)
    return sealed[130]
