"""A sealed key: the data key for existing clients, the group element for proofs, one proof.

Version 2 (387 bytes): ECIES 129 | version 1 | suite 1 | P 64 | E1 64 | E2 64 | c 32 | z 32.
With r random, E1 = r*G and E2 = K + r*P is the ElGamal encryption of K to the owner's key P, and
(c, z) is a Schnorr proof of knowledge of r that is bound to chain, contract, token and the ECIES
part. ElGamal can be shifted by anyone: without the proof, a seal that was seen on chain could
be minted again in another token and opened by whoever serves that one.
P lies inside, so that the hash of a seal, which a token keeps, says whom it is for. Version 1
(323 bytes) has no P; it is opened and checked, and no longer made.

A committee hands keys over that none of its members knows: its seals have an ECIES part of zeros
and c = z = 0 (`unproven`). The proof that the chain checked stands for both.

The ECIES part is the first 129 bytes so that clients that know nothing else read it as it is.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass, field, replace
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
from zerog.crypto.curve import public_key as public_key_of
from zerog.crypto.ecies import WrongKey
from zerog.crypto.keccak import keccak256
from zerog.crypto.sigma import is_base
from zerog.errors import Refused, Tampered
from zerog.types import Address, PublicKey

__all__ = [
    "ENVELOPE_BYTES",
    "ENVELOPE_BYTES_V1",
    "SUITE_AES_256_GCM",
    "SUITE_KECCAK_CTR",
    "DataKey",
    "Envelope",
    "EnvelopeMismatch",
    "NotAnEnvelope",
    "SealContext",
    "SealProofInvalid",
    "UnknownSuite",
    "Unproven",
    "WrongKey",
    "check_seal",
    "ecies_part",
    "open_seal",
    "seal",
    "seal_with",
    "suite_of",
    "unproven_seal",
]

ENVELOPE_BYTES: Final = 387
ENVELOPE_BYTES_V1: Final = 323
VERSION: Final = 2
SUITE_AES_256_GCM: Final = 1
SUITE_KECCAK_CTR: Final = 2
SUITES: Final = frozenset({SUITE_AES_256_GCM, SUITE_KECCAK_CTR})

ECIES_BYTES: Final = 129
_POINTS: Final = 131
_LENGTHS: Final = {1: ENVELOPE_BYTES_V1, 2: ENVELOPE_BYTES}
_TAGS: Final = {version: keccak256(b"zerog/inft/seal/%d" % version) for version in _LENGTHS}
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


class Unproven(Tampered):
    """A seal without a proof of knowledge: good only where the chain has checked the hand-over."""

    def __init__(self) -> None:
        super().__init__(
            "the sealed key carries no proof that its maker knew what is inside",
            "take it only from a token whose last hand-over a committee made",
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


@dataclass(frozen=True, slots=True)
class Envelope:
    """A sealed key in its parts; every point lies on the curve.

    owner: the key it is sealed to; None in version 1. c, z: the proof of knowledge, 0 and 0
    where a committee made the seal; its ecies part is 129 zeros.
    """

    version: int
    suite: int
    ecies: bytes
    owner: PublicKey | None
    e1: PublicKey
    e2: PublicKey
    c: int
    z: int

    @classmethod
    def parse(cls, sealed: bytes) -> Envelope:
        """Raises NotAnEnvelope, UnknownSuite, NotAPoint."""
        _check_form(sealed)
        version, at, owner = sealed[129], _POINTS, None
        if version == VERSION:
            owner, at = check_point(sealed[at : at + 64]), at + 64
        e1, e2 = check_point(sealed[at : at + 64]), check_point(sealed[at + 64 : at + 128])
        c, z = (int.from_bytes(word, "big") for word in (sealed[-64:-32], sealed[-32:]))
        return cls(version, sealed[130], sealed[:ECIES_BYTES], owner, e1, e2, c, z)

    def encode(self) -> bytes:
        """The bytes that `parse` reads."""
        head = self.ecies + bytes([self.version, self.suite]) + (self.owner or b"")
        return head + self.e1 + self.e2 + self.c.to_bytes(32, "big") + self.z.to_bytes(32, "big")

    @property
    def has_ecies(self) -> bool:
        """Whether existing clients can open it."""
        return any(self.ecies)

    @property
    def is_proven(self) -> bool:
        """Whether it carries a proof of knowledge."""
        return bool(self.c or self.z)


def seal(
    key: DataKey, public_key: PublicKey, context: SealContext, suite: int = SUITE_AES_256_GCM
) -> bytes:
    """Seal `key` to the owner of `public_key` (64 bytes X, Y), for one token.

    Gives 387 bytes. Raises NotAPoint for a bad public key, UnknownSuite.
    """
    while True:
        sealed = seal_with(key, public_key, context, suite, random_scalar())
        if sealed is not None:
            return sealed


def seal_with(
    key: DataKey, public_key: PublicKey, context: SealContext, suite: int, r: int
) -> bytes | None:
    """`seal` with the randomness r of a proof that speaks of it; r is to be used once, and kept
    secret. None when r does not do (one in 2**128): take another.
    """
    if suite not in SUITES:
        raise UnknownSuite(suite)
    masked, a = multiply(public_key, r), random_scalar()
    try:
        e1, e2 = generate(r), add(key.point, masked)
    except NotAPoint:
        return None  # K + r*P is infinity
    classic = ecies.seal(public_key, key.data_key())
    bare = Envelope(VERSION, suite, classic, public_key, e1, e2, 0, 0)
    c = _challenge(bare, public_key, context, generate(a))
    z = (a + c * r) % ORDER
    return replace(bare, c=c, z=z).encode() if c and z and is_base(e1) else None


def unproven_seal(suite: int, owner: PublicKey, e1: PublicKey, e2: PublicKey) -> bytes:
    """A seal by a committee, none of whom knows the key: 387 bytes; raises NotAPoint."""
    if suite not in SUITES:
        raise UnknownSuite(suite)
    points = (check_point(owner), check_point(e1), check_point(e2))
    return Envelope(VERSION, suite, bytes(ECIES_BYTES), *points, 0, 0).encode()


def _challenge(
    envelope: Envelope, public_key: bytes, context: SealContext, commitment: bytes
) -> int:
    """Schnorr's c, below the group order; every point goes in with both coordinates."""
    transcript = (
        _TAGS[envelope.version]
        + context.encoded()
        + bytes([envelope.version, envelope.suite])
        + public_key
        + envelope.e1
        + envelope.e2
        + keccak256(envelope.ecies)
        + commitment
    )
    return int.from_bytes(keccak256(transcript), "big") % ORDER


def _check_form(sealed: bytes) -> None:
    """Length, version, suite."""
    version = sealed[129] if len(sealed) > ECIES_BYTES + 1 else 0
    if version not in _LENGTHS:
        raise NotAnEnvelope(f"{len(sealed)} bytes, version {version}")
    if len(sealed) != _LENGTHS[version]:
        raise NotAnEnvelope(f"{len(sealed)} bytes instead of {_LENGTHS[version]}")
    if sealed[130] not in SUITES:
        raise UnknownSuite(sealed[130])


def check_seal(sealed: bytes, public_key: PublicKey, context: SealContext) -> None:
    """Whoever made this knew its randomness, and made it for this key and token.

    Needs no secret; says nothing of what is inside (`open_seal` does). To be called before
    anybody decrypts, re-seals or accepts. Raises NotAnEnvelope, UnknownSuite, NotAPoint,
    NotAScalar, Unproven, SealProofInvalid.
    """
    envelope = Envelope.parse(sealed)
    check_point(public_key)
    if not envelope.is_proven:
        raise Unproven
    if envelope.owner not in {None, public_key}:
        raise SealProofInvalid(context)
    for value in (envelope.c, envelope.z):
        if not 0 < value < ORDER:
            raise NotAScalar(value)
    try:
        commitment = subtract(generate(envelope.z), multiply(envelope.e1, envelope.c))
    except NotAPoint:
        raise SealProofInvalid(context) from None
    if _challenge(envelope, public_key, context, commitment) != envelope.c:
        raise SealProofInvalid(context)


def open_seal(sealed: bytes, secret: bytes) -> DataKey:
    """Open both parts with the owner's 32-byte secret; a committee's seal has the second only.

    Raises WrongKey when the secret is another one (P, or the tag of the ECIES part), NotAPoint
    for a malformed ElGamal part, EnvelopeMismatch when the parts disagree.
    """
    envelope = Envelope.parse(sealed)
    if envelope.owner not in {None, public_key_of(secret)}:
        raise WrongKey(len(sealed))
    classic = ecies.open(secret, envelope.ecies) if envelope.has_ecies else b""
    try:
        key = DataKey(subtract(envelope.e2, multiply(envelope.e1, int.from_bytes(secret, "big"))))
    except NotAPoint:
        raise EnvelopeMismatch from None
    if envelope.has_ecies and not hmac.compare_digest(key.data_key(), classic):
        raise EnvelopeMismatch
    return key


def ecies_part(sealed: bytes) -> bytes:
    """The 129 bytes that existing ERC-7857 clients open."""
    _check_form(sealed)
    return sealed[:ECIES_BYTES]


def suite_of(sealed: bytes) -> int:
    """The cipher suite of the data that this key is for."""
    _check_form(sealed)
    return sealed[130]
