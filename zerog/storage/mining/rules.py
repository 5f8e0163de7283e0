"""Whether PoraMine takes an answer: its checks, in its order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from zerog.storage.mining import errors
from zerog.storage.mining.difficulty import scaled_target
from zerog.storage.mining.pora import (
    EMPTY_DIGEST,
    MineContext,
    PoraAnswer,
    flow_root_of,
    mix_output,
    mix_unit,
    pad_seed,
    scratch_pad,
    unit_root,
    unseal_unit,
)
from zerog.storage.mining.ranges import (
    LOAD_UNITS,
    PRICING_SECTORS,
    UNIT_SECTORS,
    check_range,
    recall_position,
)


@dataclass(frozen=True, slots=True)
class EpochRange:
    """Sectors [start, end) that an epoch added to the flow."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class MineView:
    """What the contract knows when an answer arrives in `block_number`.

    `seal_range` is the range of the epoch that the answer names for its seal, `outputs` those
    accepted so far; `seals` and `proves` are off with NO_DATA_SEAL and NO_DATA_PROOF.
    """

    context: MineContext
    subtask_start: int
    subtask_digest: bytes
    block_number: int
    target_mine_blocks: int
    pora_target: int
    seal_range: EpochRange
    submissions: int = 0
    target_submissions: int = 1
    max_shards: int = 1
    sectors_per_price: int = PRICING_SECTORS
    registered: bool = True
    seals: bool = True
    proves: bool = True
    outputs: Collection[bytes] = field(default=())


def check_window(block_number: int, start: int, blocks: int) -> None:
    """Raise TooEarly or TooLate unless start < block <= start + blocks."""
    if block_number <= start:
        raise errors.TooEarly(block_number, start)
    if block_number > start + blocks:
        raise errors.TooLate(block_number, start + blocks)


def basic_check(answer: PoraAnswer, view: MineView) -> None:
    """Raise what `basicCheck` reverts with: context, room in the epoch, range, seal's epoch."""
    if answer.context_digest != view.context.digest:
        raise errors.OtherContext(answer.context_digest, view.context.digest)
    if not view.context.minable:
        raise errors.EmptyContext(view.context.digest)
    if view.submissions >= 2 * view.target_submissions:
        raise errors.EpochFull(view.submissions, 2 * view.target_submissions)
    check_range(answer.range, view.context.flow_length, view.sectors_per_price)
    end = answer.recall_position + UNIT_SECTORS
    if not view.seal_range.start < end <= view.seal_range.end:
        raise errors.WrongSealEpoch(end, view.seal_range.end)


def pora_output(answer: PoraAnswer, subtask: bytes) -> bytes:
    """What `pora` returns: the output of 32 bytes.

    Raises PositionOutOfRange and WrongPosition, the latter also for an offset of 64 or more.
    """
    seed = pad_seed(answer.miner_id, answer.nonce, subtask, answer.range.digest)
    pad, recall_seed = scratch_pad(seed)
    expected = recall_position(recall_seed, answer.range, answer.seal_offset)
    if answer.recall_position != expected or answer.seal_offset >= LOAD_UNITS:
        raise errors.WrongPosition(answer.recall_position, expected)
    mixed = mix_unit(answer.sealed_data, pad, answer.seal_offset)
    return mix_output(answer.seal_offset, seed, mixed)


def _check_data(answer: PoraAnswer, view: MineView) -> None:
    """The unit, unsealed where it is sealed, must prove to the epoch's flow root."""
    data = answer.sealed_data
    if view.seals:
        if answer.sealed_context_digest == EMPTY_DIGEST:
            raise errors.EmptySealDigest(answer.sealed_context_digest)
        digest, position = answer.sealed_context_digest, answer.recall_position
        data = unseal_unit(data, answer.miner_id, digest, position)
    if view.proves:
        root = flow_root_of(unit_root(data), answer.recall_position, answer.merkle_proof)
        if root != view.context.flow_root:
            raise errors.WrongFlowRoot(root, view.context.flow_root)


def check_answer(answer: PoraAnswer, view: MineView) -> bytes:
    """Output of an answer that `submit` takes; raises AnswerRefused for the first broken rule."""
    if not any(answer.miner_id):
        raise errors.NoMinerId
    if not view.registered:
        raise errors.MinerIdUnknown(answer.miner_id)
    check_window(view.block_number, view.subtask_start, view.target_mine_blocks)
    basic_check(answer, view)
    if answer.range.num_shards > view.max_shards:
        raise errors.TooManyShards(answer.range.num_shards, view.max_shards)
    _check_data(answer, view)
    output = pora_output(answer, view.subtask_digest)
    shards = answer.range.num_shards
    target = scaled_target(view.pora_target, view.context.flow_length, shards)
    if int.from_bytes(output, "big") > target:
        raise errors.PoorQuality(output, target.to_bytes(32, "big"))
    if output in view.outputs:
        raise errors.AnswerKnown(output)
    return output
