"""Searching nonces: the first that passes by the contract's own rules, and no other."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection

import pytest

from tests.support.mining_world import MINER, World
from zerog.crypto.keccak import keccak256
from zerog.storage.mining.answer import FlowRootDiffers, SealDamaged, build_answer
from zerog.storage.mining.difficulty import initial_target
from zerog.storage.mining.errors import AnswerRefused, PoorQuality
from zerog.storage.mining.pora import PoraAnswer, pad_seed, scratch_pad
from zerog.storage.mining.ranges import LOAD_SECTORS, LOAD_UNITS, range_of, recall_load
from zerog.storage.mining.rules import EpochRange, MineView, check_answer, pora_output
from zerog.storage.mining.search import Found, Window, search

pytestmark = pytest.mark.unit

SUBTASK = keccak256(b"a subtask")
WORLD = World([300, 5_000, 700_000, 100_000, 900_000], {1, 2, 4})


def window(difficulty: int, shard_id: int = 0, num_shard: int = 1) -> Window:
    context = WORLD.context()
    asked = range_of(context.flow_length, 0, shard_id, num_shard)
    return Window(context, MINER, SUBTASK, initial_target(difficulty), asked, 0, 10)


def loads(load: int) -> tuple[Collection[int], bytes]:
    sealed, data = WORLD.sealed(load)
    return sealed.units, data


def never() -> bool:
    return False


def view(opened: Window, answer: PoraAnswer) -> MineView:
    digests = {epoch.digest: EpochRange(epoch.first, epoch.beyond) for epoch in WORLD.epochs}
    return MineView(
        context=opened.context,
        subtask_start=opened.start,
        subtask_digest=opened.subtask,
        block_number=opened.start + 1,
        target_mine_blocks=10,
        pora_target=opened.pora_target,
        seal_range=digests[answer.sealed_context_digest],
        max_shards=8,
    )


def answer_of(opened: Window, found: Found) -> PoraAnswer:
    return build_answer(opened, WORLD.tree(), WORLD.sealed(found.load)[0], found)


@pytest.mark.parametrize("shard", [(0, 1), (1, 2)])
def test_found_answer_passes_every_check_of_the_contract(shard: tuple[int, int]) -> None:
    opened = window(500, *shard)
    found = search(opened, loads, 7, 400, never)
    assert found is not None
    assert found.load % shard[1] == shard[0]
    answer = answer_of(opened, found)
    assert check_answer(answer, view(opened, answer)) == pora_output(answer, SUBTASK)


def test_nonce_before_the_found_one_has_no_unit_that_passes() -> None:
    opened, first = window(2_000), 10**9
    found = search(opened, loads, first, 400, never)
    assert found is not None
    step = int.from_bytes(found.nonce, "big") - first
    for before in range(max(step - 3, 0), step):
        nonce = (first + before).to_bytes(32, "big")
        seed = pad_seed(MINER, nonce, SUBTASK, opened.range.digest)
        load = recall_load(scratch_pad(seed)[1], opened.range) // LOAD_SECTORS
        units, data = loads(load)
        for unit in range(LOAD_UNITS):
            if unit not in units:
                continue
            own = data[unit * 4096 : unit * 4096 + 4096]
            answer = answer_of(opened, Found(nonce, load, unit, own))
            with pytest.raises(PoorQuality):
                check_answer(answer, view(opened, answer))


def test_search_ends_with_its_budget_or_when_told() -> None:
    opened = window(10**30)
    asked: list[int] = []

    def counted(load: int) -> tuple[Collection[int], bytes]:
        asked.append(load)
        return loads(load)

    assert search(opened, counted, 0, 3, never) is None
    assert len(asked) == 3
    assert search(opened, counted, 0, 10**9, lambda: len(asked) >= 5) is None
    assert len(asked) == 5


def test_search_wraps_round_at_the_largest_nonce() -> None:
    found = search(window(1), loads, (1 << 256) - 1, 5, never)
    assert found is not None
    assert found.nonce in {b"\xff" * 32, bytes(32)}


def test_load_without_sealed_units_is_passed_over() -> None:
    assert search(window(1), lambda _: ((), bytes(262_144)), 0, 5, never) is None


def test_only_units_that_count_are_looked_at() -> None:
    found = search(window(1), lambda load: ({40}, loads(load)[1]), 0, 1, never)
    assert found is not None
    assert found.unit == 40


def test_answer_for_another_flow_root_is_never_built() -> None:
    opened = window(1)
    found = search(opened, loads, 0, 5, never)
    assert found is not None
    other = dataclasses.replace(opened.context, flow_root=bytes(32))
    with pytest.raises(FlowRootDiffers) as caught:
        answer_of(dataclasses.replace(opened, context=other), found)
    assert caught.value.expected == bytes(32)


def test_damaged_unit_is_found_before_it_is_sent() -> None:
    opened = window(1)
    found = search(opened, loads, 0, 5, never)
    assert found is not None
    broken = bytes([found.sealed[0] ^ 1]) + found.sealed[1:]
    with pytest.raises(SealDamaged) as caught:
        answer_of(opened, dataclasses.replace(found, sealed=broken))
    assert (caught.value.load, caught.value.unit) == (found.load, found.unit)


def test_answer_of_another_miner_is_refused_by_the_rules() -> None:
    opened = window(1)
    found = search(opened, loads, 0, 5, never)
    assert found is not None
    answer = dataclasses.replace(answer_of(opened, found), miner_id=keccak256(b"a thief"))
    with pytest.raises(AnswerRefused):
        check_answer(answer, view(opened, answer))
