"""The reward contracts and their Python twin agree on any fees at any time, to the wei."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.reward_contracts import (
    DAY,
    DECAY,
    LINEAR,
    MILLI_RATE,
    SIZE,
    THREE_YEARS,
    Clock,
    Rewards,
)
from zerog.storage.economy.rewards import RewardModel
from zerog.storage.economy.rules import Decay, Formula, Linear

pytestmark = pytest.mark.contracts

FORMULAS: dict[str, Formula] = {LINEAR: Linear(THREE_YEARS), DECAY: Decay(MILLI_RATE)}

fees = st.tuples(
    st.integers(0, 3 * SIZE),  # padding before
    st.one_of(st.integers(1, SIZE), st.integers(1, 9 * SIZE)),  # sectors
    st.one_of(st.just(0), st.integers(0, 1000), st.integers(0, 10**20)),  # wei
    st.integers(1, 400 * DAY),  # seconds until then
)


def _check(rewards: Rewards, model: RewardModel, chunks: range) -> None:
    """Every view of every chunk at the head is the twin's."""
    now = rewards.clock.now()
    for chunk in chunks:
        assert rewards.reward.read("rewards", chunk) == model.funds(chunk).as_tuple()
        assert rewards.number("releasedReward", chunk) == model.released(chunk, now)
        assert rewards.number("lockedReward", chunk) == model.locked(chunk, now)
    assert rewards.balance() == model.holdings()


@pytest.mark.parametrize("kind", [LINEAR, DECAY])
@settings(max_examples=10)
@given(
    filled=st.lists(fees, min_size=1, max_size=5),
    claims=st.lists(st.tuples(st.integers(0, 40), st.integers(1, 900 * DAY)), max_size=4),
)
def test_any_fees_and_claims_leave_the_sums_of_the_twin(
    clock: Clock,
    kind: str,
    filled: list[tuple[int, int, int, int]],
    claims: list[tuple[int, int]],
) -> None:
    rewards, model = Rewards.deploy(clock, kind), RewardModel(FORMULAS[kind], SIZE)
    miner, length = clock.evm.accounts[3], 1
    for padding, sectors, amount, later in filled:
        length += padding
        now = rewards.fill(length, sectors, amount, at=clock.now() + later)
        model.fill(length, sectors, amount, now)
        length += sectors
    chunks = range(length // SIZE + 2)
    for number, later in claims:
        chunk = number % len(chunks)
        paid, now = rewards.claim(chunk, miner, at=clock.now() + later)
        assert paid == model.claim(chunk, miner, now)
    _check(rewards, model, chunks)
    assert rewards.number("payments", miner) == model.payments[miner]


@settings(max_examples=15)
@given(later=st.integers(0, 1000 * 366 * DAY), amount=st.integers(1, 10**26))
def test_decay_after_any_time_is_the_twins_to_the_wei(
    clock: Clock, later: int, amount: int
) -> None:
    snapshot = clock.anvil.rpc("evm_snapshot")
    clock.anvil.rpc("anvil_setBalance", clock.evm.accounts[6], hex(10**27))
    rewards, model = Rewards.deploy(clock, DECAY), RewardModel(Decay(MILLI_RATE), SIZE)
    start = rewards.fill(0, SIZE, amount)
    model.fill(0, SIZE, amount, start)
    clock.reach(start + 1 + later)
    _check(rewards, model, range(1))
    clock.anvil.rpc("evm_revert", snapshot)


@settings(max_examples=6)
@given(
    extensions=st.lists(
        st.tuples(st.integers(0, 20), st.integers(1, 2000)), min_size=1, max_size=4
    ),
    gaps=st.lists(st.integers(1, 200 * DAY), min_size=4, max_size=4),
    looks=st.lists(st.integers(1, 700 * DAY), min_size=1, max_size=5),
)
def test_first_rewardable_chunk_is_what_counting_one_by_one_finds(
    clock: Clock, extensions: list[tuple[int, int]], gaps: list[int], looks: list[int]
) -> None:
    rewards, model = Rewards.deploy(clock), RewardModel(Linear(THREE_YEARS), SIZE)
    length = 0
    for gap in gaps:
        now = rewards.fill(length, 5 * SIZE + 7, 5000, at=clock.now() + gap)
        model.fill(length, 5 * SIZE + 7, 5000, now)
        length += 5 * SIZE + 7
    for number, amount in extensions:
        now = rewards.extend(number, amount)
        model.extend(number, amount, now)
    for look in looks:
        now = clock.reach(clock.now() + look)
        assert rewards.reward.read("firstRewardableChunk") == (model.first_rewardable(now), now)
    last = length // SIZE
    assert rewards.number("rewardDeadline", last) == model.deadline(last)
