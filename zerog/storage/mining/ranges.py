"""Where a miner looks: the part of the flow that an answer covers, and the load it recalls.

(0gfoundation/0g-storage-contracts: contracts/miner/RecallRange.sol)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.errors import UsageError
from zerog.storage.mining.errors import (
    PositionOutOfRange,
    RangeOverflow,
    RangeTooLong,
    RangeTooShort,
    ShardIdMasked,
    StartNotAligned,
)

UNIT_SECTORS: Final = 16
"""Sectors of a seal unit."""
LOAD_UNITS: Final = 64
LOAD_SECTORS: Final = 1024
"""Sectors that one nonce recalls: 64 seal units, one segment."""
MAX_MINING_SECTORS: Final = 1 << 35
"""A shard covers at most 8 TiB."""
PRICING_SECTORS: Final = 33_554_432
"""Sectors of a pricing chunk (8 GiB) unless the reward contract says otherwise."""
FULL_MASK: Final = (1 << 64) - 1


class BadShard(UsageError):
    """`numShard` is a power of two up to 2^63, `shardId` less than it."""

    def __init__(self, shard_id: int, num_shard: int) -> None:
        self.shard_id, self.num_shard = shard_id, num_shard
        super().__init__(f"there is no shard {shard_id} of {num_shard}")


@dataclass(frozen=True, slots=True)
class RecallRange:
    """Sectors [start, start + length) and the shard of their loads that the miner holds.

    `shard_mask` has a zero bit for each bit of a load's number that `shard_id` decides.
    """

    start: int
    length: int
    shard_id: int = 0
    shard_mask: int = FULL_MASK

    @property
    def num_shards(self) -> int:
        """Two to the number of zero bits in the mask."""
        return 1 << (64 - self.shard_mask.bit_count())

    @property
    def digest(self) -> bytes:
        """What the pad's seed binds of the range."""
        words = (self.start, self.length, self.shard_id, self.shard_mask)
        return keccak256(b"".join(word.to_bytes(32, "big") for word in words))

    def abi(self) -> tuple[int, int, int, int]:
        """The struct as the ABI takes it."""
        return (self.start, self.length, self.shard_id, self.shard_mask)


def whole_loads(flow_length: int) -> int:
    """Sectors of the flow in whole loads: nothing behind them can be mined."""
    return flow_length // LOAD_SECTORS * LOAD_SECTORS


def range_of(
    flow_length: int, start: int = 0, shard_id: int = 0, num_shard: int = 1
) -> RecallRange:
    """The longest legal range from `start` for a node's shard; raises BadShard.

    Below 8 TiB per shard that is the whole flow, from 0.
    """
    if not 0 <= shard_id < num_shard or num_shard & (num_shard - 1) or num_shard >> 63:
        raise BadShard(shard_id, num_shard)
    length = min(whole_loads(flow_length) - start, MAX_MINING_SECTORS * num_shard)
    return RecallRange(start, max(length, 0), shard_id, FULL_MASK ^ (num_shard - 1))


def check_range(
    asked: RecallRange, flow_length: int, sectors_per_price: int = PRICING_SECTORS
) -> None:
    """Raise what PoraMine says of a range, in its order.

    StartNotAligned, RangeOverflow, RangeTooLong, RangeTooShort, ShardIdMasked. A range without
    a load is too short here (the reference contract divides by zero).
    """
    end, most = whole_loads(flow_length), MAX_MINING_SECTORS * asked.num_shards
    if asked.start % sectors_per_price or asked.start % LOAD_SECTORS:
        raise StartNotAligned(asked.start, sectors_per_price)
    if asked.start + asked.length > end:
        raise RangeOverflow(asked.start + asked.length, end)
    if asked.length > most:
        raise RangeTooLong(asked.length, most)
    least = max(min(end, most), LOAD_SECTORS)
    if asked.length < least:
        raise RangeTooShort(asked.length, least)
    if asked.shard_id & asked.shard_mask:
        raise ShardIdMasked(asked.shard_id, asked.shard_mask)


def recall_load(recall_seed: bytes, asked: RecallRange) -> int:
    """First sector of the load that a pad's seed recalls; raises PositionOutOfRange.

    The range holds at least one load.
    """
    chunk = int.from_bytes(recall_seed, "big") % (asked.length // LOAD_SECTORS)
    chunk = (chunk & asked.shard_mask) | asked.shard_id
    if chunk * LOAD_SECTORS > asked.length:
        raise PositionOutOfRange(chunk * LOAD_SECTORS, asked.length)
    return asked.start + chunk * LOAD_SECTORS


def recall_position(recall_seed: bytes, asked: RecallRange, seal_offset: int) -> int:
    """First sector of the seal unit `seal_offset` (0 to 63) of the recalled load."""
    return recall_load(recall_seed, asked) + seal_offset * UNIT_SECTORS
