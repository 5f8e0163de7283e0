"""The target that an output must not exceed, and how it follows the miners.

(0gfoundation/0g-storage-contracts: contracts/miner/Mine.sol, RecallRange.sol)
"""

from __future__ import annotations

from typing import Final

from zerog.storage.mining.ranges import MAX_MINING_SECTORS

MAX_TARGET: Final = (1 << 256) - 1
ADJUST_RATIO: Final = 20
"""Weight of the past against one epoch."""
_SCALE: Final = 64
_SHIFT: Final = 16


def initial_target(difficulty: int) -> int:
    """Target at which one output in `difficulty` (at least 1) passes."""
    return MAX_TARGET // difficulty


def scaled_target(pora_target: int, flow_length: int, num_shards: int = 1) -> int:
    """Largest output that passes for a miner who holds one of `num_shards` shards.

    A nonce of a miner with a part of the data recalls a load of that part only, so its chance
    must shrink by as much. Zero when there are more shards than sectors.
    """
    part = min(flow_length // num_shards, MAX_MINING_SECTORS)
    if part == 0:
        return 0
    scale = (min(flow_length, MAX_MINING_SECTORS) << _SCALE) // part
    return pora_target // scale << _SCALE


def adjusted_target(
    pora_target: int,
    submissions: int,
    target_submissions: int,
    ratio: int = ADJUST_RATIO,
    min_difficulty: int = 0,
) -> int:
    """Target of the next epoch after one with so many answers accepted.

    It moves by 1/ratio of the way to the target that would have given `target_submissions`, at
    most by a factor of two, and not above that of `min_difficulty` (0: no such limit).
    """
    most = MAX_TARGET >> _SHIFT
    now = pora_target >> _SHIFT
    fitting = min(now * target_submissions, MAX_TARGET) // submissions if submissions else most
    moved = min((ratio - 1) * now + fitting, MAX_TARGET) // ratio
    kept = min(max(moved, now // 2), 2 * now, most) << _SHIFT
    return min(kept, MAX_TARGET // min_difficulty) if min_difficulty else kept
