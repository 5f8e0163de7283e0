"""Open a sealed key in public, with a proof that this is what it holds. Pure.

Twin of contracts/libraries/SealReveal.sol. Whoever reads a `Reveal` can open the data.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from eth_abi.abi import encode

from zerog.crypto.curve import FIELD, add, multiply, negate
from zerog.crypto.keccak import keccak256
from zerog.crypto.sigma import check_equality, inverse_between, prove_equality
from zerog.inft.envelope import DataKey, Envelope, NotAnEnvelope
from zerog.inft.escrow.errors import SealHoldsNothing
from zerog.types import Address

TAG: Final = keccak256(b"zerog/escrow/reveal/1")


class Reveal(NamedTuple):
    """The ABI tuple: w as (x, y), a hint for e2 - w, 256 bytes of proof."""

    w: tuple[int, int]
    inverse: int
    proof: bytes


def reveal_head(
    chain_id: int, exchange: Address, escrow_id: int, data_root: bytes, seal_hash: bytes
) -> bytes:
    """32 bytes that an opening is bound to."""
    types = ["bytes32", "uint256", "address", "uint256", "bytes32", "bytes32"]
    return keccak256(encode(types, [TAG, chain_id, exchange, escrow_id, data_root, seal_hash]))


def reveal(head: bytes, sealed: bytes, secret: bytes) -> Reveal:
    """Open a seal of version 2 with the secret of the key that it is sealed to.

    secret: 32 bytes. Raises NotAnEnvelope, and NotABase for points that no chain can check.
    """
    envelope, q = Envelope.parse(sealed), int.from_bytes(secret, "big")
    w = multiply(envelope.e1, q)
    proof = prove_equality(head, q, envelope.e1)
    x, y = int.from_bytes(w[:32], "big"), int.from_bytes(w[32:], "big")
    return Reveal((x, y), _hint(w, envelope.e2), proof)


def _hint(w: bytes, e2: bytes) -> int:
    """1 / (w.x - e2.x); for e2 = -w the sum is a double: 1 / (2 * e2.y); 0 where none is read."""
    if w == e2:
        return 0
    if w[:32] == e2[:32]:
        return pow(2 * int.from_bytes(e2[32:], "big"), -1, FIELD)
    return int.from_bytes(inverse_between(e2, w), "big")


def opened(head: bytes, sealed: bytes, revealed: Reveal) -> bytes:
    """The data key that an opening shows, as the contract finds it.

    Raises SealHoldsNothing, InvalidProof, NotAPoint, NotAnEnvelope.
    """
    envelope = Envelope.parse(sealed)
    if envelope.owner is None:
        raise NotAnEnvelope("version 1 does not name its key")
    w = b"".join(each.to_bytes(32, "big") for each in revealed.w)
    check_equality(head, envelope.owner, envelope.e1, w, revealed.proof)
    if w == envelope.e2:
        raise SealHoldsNothing
    return DataKey(add(envelope.e2, negate(w))).data_key()


def delivered_key(sealed: bytes, secret: bytes) -> bytes:
    """The data key in the part of a seal that the chain has checked; nobody else sees it.

    The ECIES part is no part of the proof, and none of a complaint. Raises SealHoldsNothing,
    NotAnEnvelope.
    """
    envelope = Envelope.parse(sealed)
    w = multiply(envelope.e1, int.from_bytes(secret, "big"))
    if w == envelope.e2:
        raise SealHoldsNothing
    return DataKey(add(envelope.e2, negate(w))).data_key()
