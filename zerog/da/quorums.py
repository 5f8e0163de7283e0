"""Who keeps which row: ballots in order, quorums of them, and what a bitmap credits. Pure.

Twin of the draw of DASigners (contracts/da/EpochBook.sol, contracts/libraries/QuorumTables.sol).
The cut into quorums is 0G's (0gfoundation/revm: crates/precompile/src/da_signers); the beacon,
the policies and that only set bits count are ours.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered

SEED_BYTES: Final = 24
BALLOT_BYTES: Final = 5
POLICY_SHIFT: Final = 32
"""The quorums of policy p have the ids p << 32 and up; everybody's draw is policy 0."""


class WrongBitmap(Tampered):
    """A bitmap that is not one bit per row."""

    def __init__(self, length: int, expected: int) -> None:
        self.length = length
        self.expected = expected
        super().__init__(f"a bitmap has {length} bytes instead of {expected}")


@dataclass(frozen=True, slots=True)
class Registration:
    """A signer's part in an epoch: `votes` ballots; fits: bit s - 1 for the policy in slot s."""

    seed: bytes
    signer_id: int
    votes: int
    fits: int = 0

    def may(self, slot: int) -> bool:
        """Whether its ballots are in the draw of a slot's policy; slot 0 is everybody's."""
        return slot == 0 or bool(self.fits >> (slot - 1) & 1)


@dataclass(frozen=True, slots=True, order=True)
class Ballot:
    """One ballot: its place in the order, the registration's number, its number there."""

    value: bytes
    index: int
    nth: int

    def packed(self) -> bytes:
        """As `prepareQuorum` takes it, 5 bytes."""
        return self.index.to_bytes(2) + self.nth.to_bytes(3)


def ballots(registrations: Sequence[Registration], beacon: bytes, slot: int = 0) -> list[Ballot]:
    """All ballots of a draw, ascending. slot: the policy's (zerog/da/policies.py), 0 for all."""
    return sorted(
        Ballot(ballot_of(one.seed, beacon, nth), index, nth)
        for index, one in enumerate(registrations)
        if one.may(slot)
        for nth in range(one.votes)
    )


def ballot_of(seed: bytes, beacon: bytes, nth: int) -> bytes:
    """Ballot `nth` (from 0) of a registration; `seed` 24 bytes, `beacon` 32."""
    return keccak256(seed.ljust(32, b"\0") + beacon + nth.to_bytes(32))


def quorum_count(votes: int, rows: int, most: int) -> int:
    """How many quorums so many ballots make."""
    return min(-(-votes // rows), most)


def calls(drawn: Sequence[Ballot], rows: int) -> Iterator[bytes]:
    """The arguments of `prepareQuorum` for a draw: `rows` each, behind the last quorum too."""
    for first in range(0, len(drawn), rows):
        yield b"".join(one.packed() for one in drawn[first : first + rows])


def quorums(drawn: Sequence[Ballot], rows: int, most: int) -> list[list[int]]:
    """Owner of each row of each quorum, as numbers of registrations.

    Fewer ballots than rows: they repeat. A remainder is filled up with the ballots before it.
    """
    owners = [one.index for one in drawn]
    if not owners:
        return []
    if len(owners) < rows:
        return [[owners[row % len(owners)] for row in range(rows)]]
    starts = [min(first, len(owners) - rows) for first in range(0, len(owners), rows)]
    return [owners[start : start + rows] for start in starts[:most]]


def bitmap_of(signed: Sequence[bool]) -> bytes:
    """Bit i % 8 of byte i // 8, from the lowest, is row i."""
    found = bytearray(-(-len(signed) // 8))
    for row, one in enumerate(signed):
        found[row // 8] |= one << (row % 8)
    return bytes(found)


def credited(owners: Sequence[int], bitmap: bytes) -> tuple[frozenset[int], int]:
    """Whose keys are in the aggregate, and how many rows count. Padding bits count nothing.

    Raises WrongBitmap.
    """
    expected = -(-len(owners) // 8)
    if len(bitmap) != expected:
        raise WrongBitmap(len(bitmap), expected)
    signed = [who for row, who in enumerate(owners) if bitmap[row // 8] >> (row % 8) & 1]
    return frozenset(signed), len(signed)
