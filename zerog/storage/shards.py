"""Which share of the flow a storage node keeps (pure).

A node with share (id, num) keeps segment i of a file that begins at sector `start` when
(start / 1024 + i) % num == id: the segment's number in the whole flow decides, so two
submissions of one content may be shared out differently. num is a power of two and only ever
doubles, so what a node keeps only ever shrinks.
(0gfoundation/0g-storage-node: node/storage/src/config.rs)
"""

from __future__ import annotations

from typing import Final

from zerog.errors import UsageError
from zerog.storage.codec import SEGMENT_SECTORS, segment_count
from zerog.storage.selection import coverage, select
from zerog.storage.wire import ShardConfig

__all__ = [
    "MAX_SHARDS",
    "WHOLE",
    "BadShard",
    "coverage",
    "half",
    "owned_count",
    "owns",
    "parse_shard",
    "refines",
    "residue",
    "select",
]

WHOLE: Final = ShardConfig(0, 1)
MAX_SHARDS: Final = 1 << 16
"""More shares than that would leave a node next to nothing."""


class BadShard(UsageError):
    """Not `ID/NUM` with NUM a power of two above ID."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(
            f"{text!r} is no shard", f"give ID/NUM, NUM a power of two up to {MAX_SHARDS}: 0/2"
        )


def parse_shard(text: str) -> ShardConfig:
    """`ID/NUM` as operators write it; raises BadShard."""
    left, slash, right = text.partition("/")
    if not slash or not (left.isdecimal() and right.isdecimal()) or len(text) > 16:
        raise BadShard(text)
    shard = ShardConfig(int(left), int(right))
    power = shard.num_shard > 0 and not shard.num_shard & (shard.num_shard - 1)
    if not power or shard.num_shard > MAX_SHARDS or shard.shard_id >= shard.num_shard:
        raise BadShard(text)
    return shard


def residue(shard: ShardConfig, start: int) -> int:
    """Of a file that begins at sector `start` the node keeps segments i with i % num == this."""
    return (shard.shard_id - start // SEGMENT_SECTORS) % shard.num_shard


def owns(shard: ShardConfig, start: int, index: int) -> bool:
    """Whether segment `index` of a file that begins at sector `start` belongs to the share."""
    return index % shard.num_shard == residue(shard, start)


def owned_count(shard: ShardConfig, start: int, size: int) -> int:
    """How many segments of such a file belong to the share; size in bytes."""
    first = residue(shard, start)
    return max(0, -(-(segment_count(size) - first) // shard.num_shard))


def refines(fine: ShardConfig, coarse: ShardConfig) -> bool:
    """Whether all of `fine` belongs to `coarse` too."""
    return (
        fine.num_shard >= coarse.num_shard and fine.shard_id % coarse.num_shard == coarse.shard_id
    )


def half(shard: ShardConfig, bit: int) -> ShardConfig:
    """One of the two halves of a share: the next bit of the segment number is `bit`."""
    return ShardConfig(shard.shard_id + bit * shard.num_shard, 2 * shard.num_shard)
