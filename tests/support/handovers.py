"""Proofs in the structs and digests of every generation, for the verifier alone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, cast

from tests.support.agents import CHAIN_ID, House, Pair, Person, root, sealed
from tests.support.contracts import Reverted
from zerog.inft import legacy
from zerog.inft.legacy import Generation
from zerog.inft.proofs import BARE, TEE, TRANSFER, AccessProof, OwnershipProof, Statement

GENERATIONS: Final = list(Generation)
FINAL, AGENT_NFT, AGENTIC_ID = GENERATIONS
ZERO: Final = "0x" + "00" * 20
NO_SEAL: Final = b"\0" * 32
P_FINAL: Final = (
    "((bytes32,bytes32,bytes,bytes,bytes),(uint8,bytes32,bytes32,bytes,bytes,bytes,bytes))"
)
P_AGENT_NFT: Final = "((bytes32,bytes,bytes,bytes),(uint8,bytes32,bytes,bytes,bytes,bytes))"
P_AGENTIC_ID: Final = (
    "((bytes32,bytes,bytes,uint256,bytes),(uint8,bytes32,bytes,bytes,bytes,uint256,bytes))"
)
BARE_FUNCTIONS: Final = {
    generation: f"verifyTransferValidity({shape}[])"
    for generation, shape in zip(GENERATIONS, (P_FINAL, P_AGENT_NFT, P_AGENTIC_ID), strict=True)
}


@dataclass(frozen=True, slots=True)
class Shape:
    """A pair of proofs in one generation's own structs, safe or legacy.

    pair is in the Final structs, as `verifyHandover` takes it: of AGENTIC_ID each nonce is
    followed by the deadline field.
    """

    generation: Generation
    pair: Pair

    @property
    def own(self) -> tuple[tuple[object, ...], tuple[object, ...]]:
        """Both halves in the field order of the generation's ABI."""
        access, ownership = self.pair
        if self.generation is FINAL:
            return tuple(access), tuple(ownership)
        half = (access.old_data_hash, access.encrypted_pub_key)
        other = (
            ownership.oracle_type,
            ownership.old_data_hash,
            ownership.sealed_key,
            ownership.encrypted_pub_key,
        )
        if self.generation is AGENT_NFT:
            return (*half, access.nonce, access.proof), (*other, ownership.nonce, ownership.proof)
        first, second = (split(proof.nonce) for proof in self.pair)
        return (*half, *first, access.proof), (*other, *second, ownership.proof)


def split(nonce: bytes) -> tuple[bytes, int]:
    """Nonce and deadline field of AGENTIC_ID."""
    return nonce[:-32], int.from_bytes(nonce[-32:], "big")


def act_of(
    house: House, caller: str, generation: Generation = FINAL, operation: int = TRANSFER
) -> Statement:
    """An act of which `caller`, an account, is the token contract."""
    old = root(f"old {next(house.counter)}")
    act = Statement(
        CHAIN_ID,
        house.evm.account(caller),
        house.verifier.address,
        operation,
        7,
        house.alice.address,
        house.bob.address,
        old,
        root(f"new {next(house.counter)}") if generation is FINAL else old,
    )
    if operation != BARE:
        return act
    nobody = house.evm.w3.to_checksum_address(ZERO)
    return replace(act, token_id=0, sender=nobody, receiver=nobody)


def safe(
    house: House, generation: Generation, act: Statement, receiver: Person, **changes: object
) -> Shape:
    """EIP-712 proofs; changes as for House.pair."""
    pair = house.pair(act, receiver, **changes)
    if generation is AGENTIC_ID:
        access, ownership = pair
        pair = (
            access._replace(nonce=access.nonce + access.nonce[32:]),
            ownership._replace(nonce=ownership.nonce + ownership.nonce[32:]),
        )
    return Shape(generation, pair)


def old_style(
    house: House, generation: Generation, act: Statement, receiver: Person, **changes: object
) -> Shape:
    """Legacy proofs; changes as for House.pair, but nonce is 32 bytes."""
    nonce = cast(bytes, changes.get("nonce", root(f"nonce {next(house.counter)}")))
    deadline = cast(int, changes.get("deadline", house.now() + 3600))
    key = cast(bytes, changes.get("sealed_key", sealed(next(house.counter))))
    wanted = cast(bytes, changes.get("wanted_key", b""))
    target = wanted or receiver.public_key
    consenter = cast(Person, changes.get("consenter", receiver))
    oracle = cast(Person, changes.get("oracle", house.oracle))
    consent = legacy.access_digest(generation, act, wanted, nonce, deadline)
    word = legacy.ownership_digest(generation, act, key, target, nonce, deadline)
    raw = nonce + deadline.to_bytes(32, "big") if generation is AGENTIC_ID else nonce
    old, new = act.old_data_hash, act.new_data_hash
    return Shape(
        generation,
        (
            AccessProof(old, new, raw, wanted, consenter.sign(consent)),
            OwnershipProof(TEE, old, new, key, target, raw, oracle.sign(word)),
        ),
    )


def handover_of(
    act: Statement, generation: Generation, seals: Sequence[bytes]
) -> tuple[object, ...]:
    """IDataVerifier.Handover; seals: hashes of the token's sealed keys."""
    return (
        int(generation),
        act.operation,
        act.token_id,
        act.sender,
        act.receiver,
        list(seals),
    )


def verify(
    house: House, act: Statement, *shapes: Shape, seals: Sequence[bytes] = (), send: bool = False
) -> tuple[str, ...]:
    """Consenters that `verifyHandover`, or the bare call, names; raises Reverted.

    send: as a transaction; no consenters then.
    """
    generation = shapes[0].generation if shapes else FINAL
    if act.operation == BARE:
        call: tuple[object, ...] = (
            BARE_FUNCTIONS[generation],
            [shape.own for shape in shapes],
        )
    else:
        hashes = seals or [NO_SEAL] * len(shapes)
        pairs = [shape.pair for shape in shapes]
        call = ("verifyHandover", handover_of(act, generation, hashes), pairs)
    name, *arguments = call
    if send:
        house.verifier.send(str(name), *arguments, sender=act.token)
        return ()
    said = house.verifier.read(str(name), *arguments, sender=act.token)
    if act.operation != BARE:
        return cast("tuple[str, ...]", said)
    place = {FINAL: 5, AGENT_NFT: 4, AGENTIC_ID: 5}[generation]
    return tuple(str(output[place]) for output in cast("tuple[tuple[object, ...], ...]", said))


def error_of(house: House, act: Statement, *shapes: Shape, seals: Sequence[bytes] = ()) -> str:
    """Name of the revert; empty when it is accepted."""
    try:
        verify(house, act, *shapes, seals=seals)
    except Reverted as refused:
        return refused.name
    return ""
