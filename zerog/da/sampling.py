"""Sampling of kept pieces: which are hits in a round, how the target moves, what a hit earns.

Twin of contracts/libraries/DaSampling.sol. Rules: 0glabs/0g-da-contract; rewards in proportion to
a piece's bytes, and rounds skipped in one step, are our own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import chunk_hashes, keccak256
from zerog.da.params import PIECE
from zerog.types import Buffer

MAX_TARGET: Final = ((1 << 256) - 1) // 128
"""The easiest target."""
MOST_MISSED: Final = 16
"""Rounds without a hit that change the target, of those that nobody opened."""
_WORD: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Sampled:
    """A certified blob in a round."""

    seed: bytes
    data_root: bytes
    epoch: int
    quorum_id: int

    def line_quality(self, row: int) -> int:
        """The row's part of the quality: above the target, none of its pieces is a hit."""
        place = self.epoch.to_bytes(32) + self.quorum_id.to_bytes(32)
        return int.from_bytes(keccak256(self.seed + place + self.data_root + row.to_bytes(8)))

    def reaching(self, rows: Sequence[int], target: int) -> list[tuple[int, int]]:
        """(the row's part, row) of those rows that can have a hit, the best first."""
        place = self.epoch.to_bytes(32) + self.quorum_id.to_bytes(32)
        head, limit = self.seed + place + self.data_root, target.to_bytes(32)
        size = len(head) + 8
        hashed = chunk_hashes(b"".join([head + row.to_bytes(8) for row in rows]), size)
        found = zip(range(0, len(hashed), 32), rows, strict=True)
        lines = [(hashed[at : at + 32], row) for at, row in found]
        return sorted((int.from_bytes(line), row) for line, row in lines if line <= limit)

    def identifier(self, row: int, piece: int) -> bytes:
        """Under which a hit is taken once."""
        place = self.epoch.to_bytes(8) + self.quorum_id.to_bytes(8)
        where = row.to_bytes(4) + piece.to_bytes(4)
        return keccak256(self.data_root + self.seed + place + where)


def quality(line: int, piece: int, data: Buffer) -> int | None:
    """The row's part and the piece's; None when the sum does not fit a word, which is no hit."""
    own = keccak256(line.to_bytes(32) + piece.to_bytes(32) + bytes(data))
    total = line + int.from_bytes(own)
    return total if total < _WORD else None


def adjusted(target: int, hits: int, aim: int) -> int:
    """Target after a round that aimed at `aim` hits and had `hits`, at most twice as many."""
    scaled = target >> 32
    delta = scaled * abs(hits - aim) // aim // 8
    moved = scaled - delta if hits > aim else scaled + delta
    return min(moved << 32, MAX_TARGET)


def relaxed(target: int, missed: int) -> int:
    """Target after rounds that nobody opened."""
    for _ in range(min(missed, MOST_MISSED)):
        target = adjusted(target, 0, 1)
    return target


def share(amount: int, length: int) -> int:
    """What a piece of so many bytes earns of the amount for a whole one, in wei."""
    return amount * length // PIECE
