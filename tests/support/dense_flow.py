"""The whole flow as one dense tree of sector hashes: what proofs of sectors are compared with.

Nothing is clever here: every sector's hash in a list, every level of the tree in memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.types import Json

SECTOR: Final = 256
SECTORS: Final = 1024
EMPTY: Final = keccak256(bytes(SECTOR))
FIRST: Final = bytes(32)
"""Sector 0 is nobody's; its leaf is a zero word."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """One submission in the flow: its real bytes, and its nodes' heights from `start` on."""

    start: int
    data: bytes
    heights: tuple[int, ...]

    @property
    def end(self) -> int:
        """The sector behind its padding."""
        return self.start + sum(1 << height for height in self.heights)

    def over(self, sector: int) -> tuple[int, int] | None:
        """(height, first sector) of the node that a sector of the flow lies in."""
        first = self.start
        for height in self.heights:
            if first <= sector < first + (1 << height):
                return height, first
            first += 1 << height
        return None


class DenseFlow:
    """The flow after some submissions."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        """stretches: in the order of their numbers, at least one."""
        self.stretches = stretches
        self.length = stretches[-1].end if stretches else 1
        self.height = (self.length - 1).bit_length()

    @cached_property
    def levels(self) -> list[list[bytes]]:
        """All hashes, sectors first."""
        leaves = [FIRST] + [EMPTY] * ((1 << self.height) - 1)
        for one in self.stretches:
            for at in range(0, len(one.data), SECTOR):
                leaves[one.start + at // SECTOR] = keccak256(
                    one.data[at : at + SECTOR].ljust(SECTOR, b"\0")
                )
        found = [leaves]
        while len(found[-1]) > 1:
            below = found[-1]
            found.append([keccak256(below[i] + below[i + 1]) for i in range(0, len(below), 2)])
        return found

    @property
    def root(self) -> bytes:
        """Of the whole flow."""
        return self.levels[-1][0]

    def proof(self, sector: int) -> Json:
        """The proof of a sector as the wire has it."""
        lemma, path = [self.levels[0][sector]], []
        for level in self.levels[:-1]:
            lemma.append(level[sector ^ 1])
            path.append(sector % 2 == 0)
            sector //= 2
        lemma.append(self.root)
        return {"lemma": [f"0x{one.hex()}" for one in lemma], "path": list(path)}

    def owner(self, sector: int) -> tuple[int, int, int] | None:
        """(submission, height, first sector) of the node over a sector; None in a gap."""
        for seq, one in enumerate(self.stretches):
            found = one.over(sector)
            if found is not None:
                return seq, *found
        return None

    def near(self, number: int) -> list[int]:
        """Submissions that begin in load `number` of the flow, and the last one before it."""
        first = number * SECTORS
        before = [seq for seq, one in enumerate(self.stretches) if one.start <= first][-1:]
        return before + [
            seq for seq, one in enumerate(self.stretches) if first < one.start < first + SECTORS
        ]

    def bytes_of(self, number: int) -> bytes:
        """The 262,144 bytes of load `number`, zeros where nothing lies."""
        first, found = number * SECTORS, bytearray(SECTORS * SECTOR)
        for one in self.stretches:
            padded = one.data + bytes(-len(one.data) % SECTOR)
            for at in range(0, len(padded), SECTOR):
                place = one.start + at // SECTOR - first
                if 0 <= place < SECTORS:
                    found[place * SECTOR : (place + 1) * SECTOR] = padded[at : at + SECTOR]
        return bytes(found)
