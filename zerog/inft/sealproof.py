"""The same data key, sealed to another public key, with a proof that the chain checks.

Twin of contracts/libraries/SealProof.sol. The proof has 868 bytes:
kind 1 | current seal 387 | inverse of the difference of the second points 32 | sigma proof 448;
a current seal of version 1 is 323 bytes, and the 64 bytes of the key that it is sealed to follow.
It is bound to the act, the item, the data hash and every byte of both seals. No nonce: a proof
is good only as long as the token has the seal that it starts from.

The ECIES part of the new seal is outside the proof. Whoever reads that part alone must compare
it with the other one (`envelope.open_seal` does), or refuse.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Final, NamedTuple

from eth_abi.abi import encode

from zerog.crypto.curve import add, address_of, check_point, negate, public_key, random_scalar
from zerog.crypto.keccak import keccak256
from zerog.crypto.sigma import (
    RELATION_BYTES,
    InvalidProof,
    Relation,
    check,
    inverse_between,
    is_base,
    prove,
)
from zerog.errors import Refused, Tampered
from zerog.inft.envelope import (
    ENVELOPE_BYTES,
    ENVELOPE_BYTES_V1,
    VERSION,
    DataKey,
    Envelope,
    SealContext,
    open_seal,
    seal_with,
)
from zerog.inft.proofs import Statement
from zerog.types import PublicKey

KIND_SIGMA: Final = 1
KIND_COMMITTEE: Final = 2
PROOF_BYTES: Final = 1 + ENVELOPE_BYTES + 32 + RELATION_BYTES
TAG: Final = keccak256(b"zerog/inft/seal-proof/1")

_ACT: Final = ["address", "address", "uint8", "uint256", "address", "address"]
_HEAD: Final = ["bytes32", "uint256", *_ACT, "uint256", "bytes32", "bytes32", "bytes32"]
_INVERSE: Final = slice(1 + ENVELOPE_BYTES, 1 + ENVELOPE_BYTES + 32)


class NotASealProof(Tampered):
    """The bytes are no proof of kind 1."""

    def __init__(self, proof: bytes) -> None:
        self.proof = proof
        super().__init__(f"{len(proof)} bytes are no proof by the key of a seal")


class NotTheCurrentSeal(Refused):
    """The proof starts from another seal than the token has."""

    def __init__(self, given: bytes) -> None:
        self.given = given
        super().__init__(
            "the proof starts from another seal than the token has", "make it again from that one"
        )


class SealForAnother(Refused):
    """A seal, old or new, is not sealed to the key that it must be sealed to."""

    def __init__(self, key: bytes | None) -> None:
        self.key = key
        super().__init__("a sealed key is for another public key than the hand-over needs")


class Handed(NamedTuple):
    """A new seal and the `proof` field of the ownership proof that belongs to it."""

    sealed_key: bytes
    proof: bytes


def head(statement: Statement, index: int, current: bytes, new: bytes) -> bytes:
    """32 bytes that the proof is bound to; current and new are hashes of the two seals.

    statement.verifier is the contract whose code checks; old_data_hash the item's hash.
    """
    act = statement
    values = [
        TAG,
        act.chain_id,
        *(act.token, act.verifier, act.operation, act.token_id, act.sender, act.receiver),
        *(index, act.old_data_hash, current, new),
    ]
    return keccak256(encode(_HEAD, values))


def transfer_seal(
    secret: bytes, current: bytes, target: PublicKey, statement: Statement, index: int = 0
) -> Handed:
    """Seal the key in `current` to `target` too, and prove that it is the same.

    secret: that of the key which `current` is sealed to, 32 bytes; statement: the act, with the
    item's data hash as old_data_hash. Raises WrongKey, EnvelopeMismatch, NotAPoint.
    """
    key, envelope = open_seal(current, secret), Envelope.parse(current)
    new, t = _reseal(key, envelope, target, statement)
    fresh = Envelope.parse(new)
    p = int.from_bytes(secret, "big")
    challenge = head(statement, index, keccak256(current), keccak256(new))
    owner = b"" if envelope.owner else public_key(secret)
    inverse = inverse_between(fresh.e2, negate(envelope.e2))
    proof = prove(challenge, p, t, target, envelope.e1)
    return Handed(new, bytes([KIND_SIGMA]) + current + owner + inverse + proof)


def _reseal(
    key: DataKey, current: Envelope, target: PublicKey, statement: Statement
) -> tuple[bytes, int]:
    """A seal of the key to the target and its randomness, all of whose points can be proven."""
    context = SealContext(statement.chain_id, statement.token, statement.token_id)
    while True:
        t = random_scalar()
        new = seal_with(key, target, context, current.suite, t)
        if new is None:
            continue
        fresh = Envelope.parse(new)
        if fresh.e2[:32] != current.e2[:32] and is_base(_difference(fresh, current)):
            return new, t


def _difference(fresh: Envelope, current: Envelope) -> PublicKey:
    return add(fresh.e2, negate(current.e2))


def check_transfer(
    statement: Statement,
    index: int,
    current_hash: bytes,
    new: bytes,
    target: bytes,
    proof: bytes,
) -> None:
    """Raise unless the chain would take this proof.

    current_hash: keccak256 of the seal that the token has; new: the seal to `target`. Raises
    NotASealProof, NotTheCurrentSeal, SealForAnother, NotAnEnvelope, InvalidProof, NotAPoint and
    the rest of `sigma.check`.
    """
    if len(proof) != PROOF_BYTES or proof[0] != KIND_SIGMA:
        raise NotASealProof(proof)
    current = _current(statement, current_hash, proof)
    fresh = Envelope.parse(new)
    if fresh.version != VERSION or fresh.suite != current.suite:
        raise InvalidProof("the new seal is of another version or suite")
    if fresh.owner is None or fresh.owner != target:
        raise SealForAnother(fresh.owner)
    if proof[_INVERSE] != inverse_between(fresh.e2, negate(current.e2)):
        raise InvalidProof("a hint is not the inverse that it should be")
    owner = check_point(current.owner or b"")
    relation = Relation(owner, fresh.owner, current.e1, fresh.e1, _difference(fresh, current))
    challenge = head(statement, index, current_hash, keccak256(new))
    check(challenge, relation, proof[_INVERSE.stop :])


def _current(statement: Statement, current_hash: bytes, proof: bytes) -> Envelope:
    """The seal that the proof starts from, with the key that it is sealed to."""
    named = proof[1 + 129] != 1
    raw = proof[1 : 1 + (ENVELOPE_BYTES if named else ENVELOPE_BYTES_V1)]
    if keccak256(raw) != current_hash:
        raise NotTheCurrentSeal(raw)
    current = Envelope.parse(raw)
    if named:
        return current
    owner = check_point(proof[1 + ENVELOPE_BYTES_V1 : 1 + ENVELOPE_BYTES])
    if address_of(owner).lower() != statement.sender.lower():
        raise SealForAnother(owner)
    return replace(current, owner=owner)
