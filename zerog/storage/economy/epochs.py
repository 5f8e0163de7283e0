"""Epochs of the flow as a model; twin of contracts/libraries/Epochs.sol (pure).

The chain's block hashes are an argument. (0gfoundation/0g-storage-contracts: Flow; EIP-2935)
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.errors import NotFound
from zerog.storage.mining.pora import EMPTY_DIGEST, MineContext

HASHES_KEPT: Final = 8191
"""How many blocks back the chain knows hashes (EIP-2935)."""

BlockHash = Callable[[int], bytes]
"""Block number -> hash; 32 zero bytes when the chain does not know it."""


class PositionNotRolled(NotFound):
    """No epoch that was rolled over holds this sector yet."""

    def __init__(self, position: int) -> None:
        self.position = position
        super().__init__(f"no epoch holds sector {position} yet", "wait for the next epoch")


@dataclass(frozen=True, slots=True)
class EpochRange:
    """Sectors [start, end) that an epoch added, sealed under `digest`."""

    start: int
    end: int
    digest: bytes


def context_digest(block_digest: bytes, root: bytes, length: int) -> bytes:
    """Digest of a context whose block hash is known."""
    return keccak256(block_digest + root + length.to_bytes(32, "big"))


class EpochModel:
    """Epochs from the block of the flow's creation on."""

    def __init__(self, first_block: int, blocks_per_epoch: int) -> None:
        self.first_block, self.blocks_per_epoch = first_block, blocks_per_epoch
        self.start_position = 0
        self.context = MineContext(0, 0, bytes(32), 1, EMPTY_DIGEST, EMPTY_DIGEST)
        self.ranges: list[EpochRange] = []

    @property
    def boundary(self) -> int:
        """Last block of the open epoch."""
        return self.first_block + (self.context.epoch + 1) * self.blocks_per_epoch

    def roll(
        self, block: int, root: bytes, length: int, hashes: BlockHash, limit: int | None = None
    ) -> list[MineContext]:
        """Roll over, in `block`, what has ended, at most `limit` epochs; gives the new contexts."""
        made: list[MineContext] = []
        while self.boundary < block and (limit is None or len(made) < limit):
            start = self.boundary
            known = hashes(start) if block - start <= HASHES_KEPT else bytes(32)
            hashed = digest = EMPTY_DIGEST
            if known != bytes(32):
                hashed, digest = known, context_digest(known, root, length)
                self.ranges.append(EpochRange(self.start_position, length, digest))
                self.start_position = length
            number = self.context.epoch + 1
            self.context = MineContext(number, start, root, length, hashed, digest)
            made.append(self.context)
        return made

    def find(self, position: int) -> EpochRange:
        """The epoch that added a sector. Raises PositionNotRolled."""
        if position >= self.start_position:
            raise PositionNotRolled(position)
        return self.ranges[bisect_right(self.ranges, position, key=lambda each: each.end)]
