"""The pure rules of mining: ranges, seals, targets, and the order in which an answer is judged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from tests.support.pora import vector_answer
from tests.support.vectors import content
from zerog.crypto.merkle import ZERO_HASHES, node
from zerog.storage.mining import errors
from zerog.storage.mining.difficulty import (
    MAX_TARGET,
    adjusted_target,
    initial_target,
    scaled_target,
)
from zerog.storage.mining.pora import (
    EMPTY_DIGEST,
    SEAL_UNIT,
    MineContext,
    NotASealUnit,
    PoraAnswer,
    flow_root_of,
    pad_seed,
    scratch_pad,
    seal_unit,
    seal_units,
    subtask_digest,
    subtask_index,
    subtask_start,
    unit_root,
    unseal_unit,
)
from zerog.storage.mining.ranges import (
    FULL_MASK,
    LOAD_SECTORS,
    BadShard,
    RecallRange,
    check_range,
    range_of,
    recall_load,
    recall_position,
)
from zerog.storage.mining.rules import EpochRange, MineView, check_answer, pora_output

pytestmark = pytest.mark.unit

words = st.binary(min_size=32, max_size=32)
DIGEST, SUBTASK = b"\5" * 32, b"\6" * 32


@given(flow_length=st.integers(1024, 1 << 60), bits=st.integers(0, 16), data=st.data())
def test_range_of_a_shard_is_one_that_is_accepted(
    flow_length: int, bits: int, data: st.DataObject
) -> None:
    shard = data.draw(st.integers(0, (1 << bits) - 1))
    asked = range_of(flow_length, 0, shard, 1 << bits)
    assert asked.num_shards == 1 << bits
    check_range(asked, flow_length)


@given(loads=st.integers(1, 1 << 20), bits=st.integers(0, 6), seed=words, data=st.data())
def test_recalled_load_is_one_that_the_shard_holds(
    loads: int, bits: int, seed: bytes, data: st.DataObject
) -> None:
    shard = data.draw(st.integers(0, (1 << bits) - 1))
    asked = range_of(loads * LOAD_SECTORS, 0, shard, 1 << bits)
    try:
        load = recall_load(seed, asked)
    except errors.PositionOutOfRange:
        assume(False)
    assert load % LOAD_SECTORS == 0
    assert load // LOAD_SECTORS % (1 << bits) == shard
    assert load <= loads * LOAD_SECTORS


@pytest.mark.parametrize(("shard", "shards"), [(1, 1), (-1, 2), (0, 3), (0, 0), (0, 1 << 63)])
def test_shard_that_cannot_be_is_refused(shard: int, shards: int) -> None:
    with pytest.raises(BadShard) as caught:
        range_of(2048, 0, shard, shards)
    assert (caught.value.shard_id, caught.value.num_shard) == (shard, shards)


def test_flow_without_a_load_has_nothing_to_mine() -> None:
    with pytest.raises(errors.RangeTooShort):
        check_range(range_of(1023), 1023)


@given(units=st.lists(st.tuples(words, st.integers(0, 1 << 50), st.binary()), max_size=9))
def test_units_sealed_together_equal_units_sealed_alone(
    units: Sequence[tuple[bytes, int, bytes]],
) -> None:
    plain = [(salt + content(SEAL_UNIT))[:SEAL_UNIT] for _, _, salt in units]
    digests = [digest for digest, _, _ in units]
    positions = [16 * place for _, place, _ in units]
    alone = [
        seal_unit(data, DIGEST, digest, position)
        for data, digest, position in zip(plain, digests, positions, strict=True)
    ]
    assert seal_units(b"".join(plain), DIGEST, digests, positions) == b"".join(alone)
    for data, sealed, digest, position in zip(plain, alone, digests, positions, strict=True):
        assert unseal_unit(sealed, DIGEST, digest, position) == data
        assert unseal_unit(sealed, SUBTASK, digest, position) != data


@pytest.mark.parametrize(("size", "position"), [(4095, 0), (4097, 16), (4096, 8), (4096, -16)])
def test_seal_of_no_unit_is_refused(size: int, position: int) -> None:
    with pytest.raises(NotASealUnit) as caught:
        seal_unit(bytes(size), DIGEST, DIGEST, position)
    assert (caught.value.size, caught.value.position) == (size, position)


def test_seals_that_do_not_come_in_equal_numbers_are_refused() -> None:
    with pytest.raises(NotASealUnit):
        seal_units(bytes(2 * SEAL_UNIT), DIGEST, [DIGEST], [0])
    with pytest.raises(NotASealUnit):
        seal_units(bytes(SEAL_UNIT), DIGEST, [DIGEST, DIGEST], [0])


def test_flow_root_of_a_unit_depends_on_its_place() -> None:
    root, other = unit_root(bytes(SEAL_UNIT)), b"\7" * 32
    assert root == ZERO_HASHES[4]
    assert flow_root_of(root, 0, [other]) == node(root, other)
    assert flow_root_of(root, 16, [other]) == node(other, root)
    assert flow_root_of(root, 32, [other]) is None, "the tree is higher than the proof"
    assert flow_root_of(root, 0, []) == root


@given(
    target=st.integers(0, MAX_TARGET),
    submissions=st.integers(1, 1000),
    aim=st.integers(1, 1000),
)
def test_target_eases_after_few_answers_and_hardens_after_many(
    target: int, submissions: int, aim: int
) -> None:
    moved = adjusted_target(target, submissions, aim)
    kept = target >> 16 << 16
    assert kept // 2 >> 16 << 16 <= moved <= 2 * target
    if submissions >= aim:
        assert moved <= kept
    else:
        assert moved >= kept or moved == MAX_TARGET >> 16 << 16


def test_target_without_answers_eases() -> None:
    assert adjusted_target(initial_target(10**6), 0, 100) == 2 * (initial_target(10**6) >> 16) << 16


@given(target=st.integers(0, MAX_TARGET), flow_length=st.integers(1, 1 << 40))
def test_scaled_target_of_one_shard_is_the_target_in_whole_steps(
    target: int, flow_length: int
) -> None:
    scaled = scaled_target(target, flow_length)
    if flow_length <= 1 << 35:
        assert scaled == target >> 64 << 64
    assert scaled_target(target, flow_length, 2) <= scaled


def _found() -> tuple[PoraAnswer, MineView]:
    """An answer over a flow of zeros behind one known unit, and a view that takes it."""
    context = MineContext(3, 100, bytes(32), 8 * LOAD_SECTORS, DIGEST, DIGEST)
    asked, nonce = range_of(context.flow_length), b"\1" * 32
    own_id = vector_answer().miner_id
    _, recall_seed = scratch_pad(pad_seed(own_id, nonce, SUBTASK, asked.digest))
    position = recall_position(recall_seed, asked, 3)
    siblings = tuple(ZERO_HASHES[4:13])
    root = flow_root_of(unit_root(content(SEAL_UNIT)), position, siblings)
    assert root is not None
    sealed = seal_unit(content(SEAL_UNIT), own_id, DIGEST, position)
    place = (asked, position, 3, DIGEST, sealed, siblings)
    view = MineView(
        context=replace(context, flow_root=root),
        subtask_start=110,
        subtask_digest=SUBTASK,
        block_number=120,
        target_mine_blocks=10,
        pora_target=MAX_TARGET,
        seal_range=EpochRange(0, context.flow_length),
    )
    return PoraAnswer(DIGEST, nonce, own_id, *place), view


def test_answer_that_keeps_every_rule_gives_its_output() -> None:
    answer, view = _found()
    assert check_answer(answer, view) == pora_output(answer, SUBTASK)


def test_rules_are_judged_in_the_order_of_the_contract() -> None:
    """Break all of them, then mend one after the other."""
    answer, view = _found()
    output = check_answer(answer, view)
    broken = replace(
        answer,
        miner_id=bytes(32),
        context_digest=EMPTY_DIGEST,
        range=RecallRange(1, 9 * LOAD_SECTORS, 1, FULL_MASK ^ 2),
        sealed_context_digest=EMPTY_DIGEST,
        sealed_data=bytes(SEAL_UNIT),
        nonce=bytes(32),
    )
    closed = replace(
        view,
        registered=False,
        block_number=110,
        context=replace(view.context, digest=EMPTY_DIGEST),
        submissions=2,
        seal_range=EpochRange(0, 0),
        pora_target=0,
        outputs=(output,),
    )
    steps: list[tuple[type[errors.AnswerRefused], dict[str, object], dict[str, object]]] = [
        (errors.NoMinerId, {"miner_id": answer.miner_id}, {}),
        (errors.MinerIdUnknown, {}, {"registered": True}),
        (errors.TooEarly, {}, {"block_number": 121}),
        (errors.TooLate, {}, {"block_number": 111}),
        (errors.EmptyContext, {"context_digest": DIGEST}, {}),
        (errors.OtherContext, {}, {"context": view.context}),
        (errors.EpochFull, {}, {"submissions": 1}),
        (errors.StartNotAligned, {"range": RecallRange(0, 9 * LOAD_SECTORS, 1, FULL_MASK ^ 2)}, {}),
        (errors.RangeOverflow, {"range": RecallRange(0, LOAD_SECTORS, 1, FULL_MASK ^ 2)}, {}),
        (
            errors.RangeTooShort,
            {"range": RecallRange(0, answer.range.length, 1, FULL_MASK ^ 2)},
            {},
        ),
        (
            errors.ShardIdMasked,
            {"range": RecallRange(0, answer.range.length, 0, FULL_MASK ^ 2)},
            {},
        ),
        (errors.WrongSealEpoch, {}, {"seal_range": view.seal_range}),
        (errors.TooManyShards, {"range": answer.range}, {}),
        (errors.EmptySealDigest, {"sealed_context_digest": DIGEST}, {}),
        (errors.WrongFlowRoot, {"sealed_data": answer.sealed_data}, {}),
        (errors.WrongPosition, {"nonce": answer.nonce}, {}),
        (errors.PoorQuality, {}, {"pora_target": MAX_TARGET}),
        (errors.AnswerKnown, {}, {"outputs": ()}),
    ]
    for refusal, mended, reopened in steps:
        with pytest.raises(errors.AnswerRefused) as caught:
            check_answer(broken, closed)
        assert type(caught.value) is refusal
        assert str(caught.value).startswith(refusal.reason)
        broken = replace(broken, **mended)  # type: ignore[arg-type]
        closed = replace(closed, **reopened)  # type: ignore[arg-type]
    assert check_answer(broken, closed) == output


def test_windows_of_an_epoch_are_told_apart_by_the_miner() -> None:
    context = MineContext(1, 1000, bytes(32), 2048, DIGEST, DIGEST)
    starts = {subtask_start(context, bytes([salt]) * 32, 4, 50) for salt in range(64)}
    assert starts == {1000, 1050, 1100, 1150}
    assert subtask_index(DIGEST, SUBTASK, 1) == 0
    assert subtask_digest(DIGEST, SUBTASK) != subtask_digest(SUBTASK, DIGEST)
    assert context.minable
    assert not replace(context, digest=EMPTY_DIGEST).minable
