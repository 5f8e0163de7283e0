"""Why the PoraMine contract refuses an answer: one class per revert, in the contract's order.

`reason` is the contract's revert string, letter by letter
(0gfoundation/0g-storage-contracts: contracts/miner/Mine.sol, RecallRange.sol, MineLib.sol).
"""

from __future__ import annotations

from typing import ClassVar

from zerog.errors import Refused


class AnswerRefused(Refused):
    """The contract does not take this answer; `value` offends against `limit`."""

    reason: ClassVar[str] = "Answer refused"

    def __init__(self, value: object = None, limit: object = None) -> None:
        self.value, self.limit = value, limit
        shown = [f"{_show(each)}" for each in (value, limit) if each is not None]
        super().__init__(f"{self.reason}: {' against '.join(shown)}" if shown else self.reason)


def _show(value: object) -> str:
    return f"0x{value.hex()}" if isinstance(value, bytes) else str(value)


class NoMinerId(AnswerRefused):
    """The miner id is the zero word."""

    reason = "MinerId cannot be zero"


class MinerIdUnknown(AnswerRefused):
    """Nobody requested this miner id."""

    reason = "MinerId does not registered"


class TooEarly(AnswerRefused):
    """The miner's window has not begun: the block must be above its first one."""

    reason = "Earlier than expected subtask start block."


class TooLate(AnswerRefused):
    """The miner's window is over."""

    reason = "Mine deadline exceed"


class OtherContext(AnswerRefused):
    """The answer is for another epoch."""

    reason = "Inconsistent mining digest"


class EmptyContext(AnswerRefused):
    """The epoch has no digest: nobody rolled it while its block hash was known."""

    reason = "Empty digest can not mine"


class EpochFull(AnswerRefused):
    """The epoch has twice the answers that it aims at."""

    reason = "Epoch has enough submissions"


class StartNotAligned(AnswerRefused):
    """A range begins at a multiple of the pricing chunk and of a load."""

    reason = "Start position is not aligned"


class RangeOverflow(AnswerRefused):
    """The range ends behind the last whole load of the flow."""

    reason = "Mining range overflow"


class RangeTooLong(AnswerRefused):
    """The range is longer than its shards may cover."""

    reason = "Mining range too long"


class RangeTooShort(AnswerRefused):
    """The range leaves out what it must cover, or holds no load at all."""

    reason = "Mining range too short"


class ShardIdMasked(AnswerRefused):
    """The shard id has a bit where the mask keeps the chunk's own."""

    reason = "Masked bits should be zero"


class WrongSealEpoch(AnswerRefused):
    """The unit's end does not lie in the range of the epoch that it claims to be sealed with."""

    reason = "Invalid sealed context digest"


class TooManyShards(AnswerRefused):
    """The mask makes more shards than are allowed."""

    reason = "Exceeding the allowed number of shards"


class EmptySealDigest(AnswerRefused):
    """The seal's epoch has no digest."""

    reason = "Seal digest cannot be empty"


class WrongFlowRoot(AnswerRefused):
    """The unit does not prove to the flow's root."""

    reason = "Inconsistent merkle root"


class WrongPosition(AnswerRefused):
    """The nonce recalls another unit."""

    reason = "Incorrect recall position"


class PositionOutOfRange(AnswerRefused):
    """The shard's load lies behind the range."""

    reason = "Recall position out of bound"


class PoorQuality(AnswerRefused):
    """The output is above the scaled target."""

    reason = "Do not reach target quality"


class AnswerKnown(AnswerRefused):
    """The same output was accepted before."""

    reason = "Answer has been submitted"


class EpochDecrease(AnswerRefused):
    """The context is older than the last mined epoch."""

    reason = "Internal error: epoch number decrease"
