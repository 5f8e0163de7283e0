"""Pay once, be paid for years, extend: the endowment followed through time against its formulas."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest

from tests.support.contracts import Reverted
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
from zerog.storage.economy.rules import YEAR

pytestmark = pytest.mark.contracts

GWEI = 10**9
FEE = 7 * 10**18 + 12_345_678_901
MONTH = 30 * DAY


@pytest.fixture
def linear(clock: Clock) -> Rewards:
    return Rewards.deploy(clock, LINEAR)


@pytest.fixture
def decay(clock: Clock) -> Rewards:
    return Rewards.deploy(clock, DECAY)


def _curve(rewards: Rewards, chunk: int, times: list[int]) -> list[int]:
    """Released money at some times; the chain comes back to where it was."""
    snapshot = rewards.clock.anvil.rpc("evm_snapshot")
    found = []
    for time in times:
        rewards.clock.reach(time)
        found.append(rewards.number("releasedReward", chunk))
    rewards.clock.anvil.rpc("evm_revert", snapshot)
    return found


def test_linear_payout_over_three_years_is_the_straight_line_within_a_gwei(
    linear: Rewards,
) -> None:
    miner = linear.clock.evm.accounts[3]
    start = linear.fill(0, SIZE, FEE)
    paid = 0
    for month in range(1, 40):
        now = start + month * MONTH
        amount, _ = linear.claim(0, miner, at=now)
        paid += amount
        exact = FEE * Decimal(min(now - start, THREE_YEARS)) / THREE_YEARS
        released = linear.number("releasedReward", 0)
        assert abs(released - exact) <= GWEI
        assert paid <= released
        assert linear.balance() == FEE == released + linear.number("lockedReward", 0)
    assert linear.number("lockedReward", 0) == 0
    assert linear.number("rewardDeadline", 0) == start + THREE_YEARS
    assert FEE - paid < FEE // 2**2


def test_decaying_payout_over_ten_years_is_the_exponential_within_a_gwei(decay: Rewards) -> None:
    miner = decay.clock.evm.accounts[3]
    start = decay.fill(0, SIZE, FEE)
    with localcontext() as context:
        context.prec = 50
        for month in range(1, 121, 3):
            now = start + month * MONTH
            decay.claim(0, miner, at=now)
            years = Decimal(now - start) / YEAR
            exact = FEE * (1 - (-years * MILLI_RATE / 1000).exp())
            assert abs(decay.number("releasedReward", 0) - exact) <= GWEI
    assert decay.number("lockedReward", 0) > FEE // 2


def test_extension_of_a_linear_chunk_leaves_its_line_and_moves_its_end(linear: Rewards) -> None:
    start = linear.fill(0, SIZE, FEE)
    year = start + THREE_YEARS // 3
    linear.clock.reach(year)
    times = [year + 10 + month * MONTH for month in range(0, 60, 3)]
    end = start + THREE_YEARS
    before = _curve(linear, 0, times)
    linear.extend(0, FEE // 3, at=year + 1)
    linear.extend(0, FEE // 3, at=year + 2)
    after = _curve(linear, 0, times)
    inside = sum(time <= end for time in times)
    assert after[:inside] == before[:inside]
    deadline = linear.number("rewardDeadline", 0)
    assert abs(deadline - (end + 2 * THREE_YEARS // 3)) <= 1
    total = FEE + 2 * (FEE // 3)
    for time, released in zip(times, after, strict=True):
        exact = min(Decimal(total), FEE * Decimal(time - start) / THREE_YEARS)
        assert abs(released - exact) <= GWEI
    assert _curve(linear, 0, [deadline - 1, deadline]) == [
        pytest.approx(total, rel=1e-6),
        total,
    ]


def test_extension_before_a_chunk_is_full_counts_from_its_start(linear: Rewards) -> None:
    linear.fill(0, SIZE - 1, FEE)
    linear.extend(0, FEE)
    assert linear.number("rewardDeadline", 0) == 0
    start = linear.fill(SIZE - 1, 1, 0)
    assert linear.number("rewardDeadline", 0) == start + 2 * THREE_YEARS
    half = _curve(linear, 0, [start + THREE_YEARS, start + 2 * THREE_YEARS])
    assert half == [FEE, 2 * FEE]
    end = linear.clock.reach(start + 2 * THREE_YEARS)
    assert linear.reward.read("firstRewardableChunk") == (0, end)


def test_extension_late_in_a_chunks_life_releases_nothing_at_once(linear: Rewards) -> None:
    """A rate made of the new total would hand out two thirds of the extension in one second."""
    start = linear.fill(0, SIZE, THREE_YEARS)
    late = start + 2 * THREE_YEARS // 3
    linear.clock.reach(late)
    before = linear.number("releasedReward", 0)
    linear.extend(0, 90 * THREE_YEARS, at=late + 1)
    assert linear.number("releasedReward", 0) == before + 1
    miner = linear.clock.evm.accounts[3]
    paid = [linear.claim(0, miner, at=late + 2 + step)[0] for step in range(6)]
    assert sum(paid) <= before + 8


def test_extension_of_a_decaying_chunk_keeps_what_was_released_and_slows_nothing(
    decay: Rewards,
) -> None:
    start = decay.fill(0, SIZE, FEE)
    decay.clock.reach(start + YEAR)
    times = [start + YEAR + 10 + month * MONTH for month in range(0, 120, 12)]
    before = _curve(decay, 0, times)
    decay.extend(0, FEE, at=start + YEAR + 10)
    after = _curve(decay, 0, times[1:])
    assert abs(decay.number("releasedReward", 0) - before[0]) <= 1
    with localcontext() as context:
        context.prec = 50
        for time, plain, more in zip(times[1:], before[1:], after, strict=True):
            years = Decimal(time - times[0]) / YEAR
            exact = plain + FEE * (1 - (-years * MILLI_RATE / 1000).exp())
            assert abs(more - exact) <= GWEI


def test_chunk_whose_extension_has_run_out_lapses_for_good(linear: Rewards) -> None:
    start = linear.fill(0, SIZE, FEE)
    linear.extend(0, FEE)
    linear.clock.reach(start + 2 * THREE_YEARS - 2)
    linear.extend(0, FEE)
    linear.clock.reach(start + 3 * THREE_YEARS)
    with pytest.raises(Reverted, match="ChunkLapsed"):
        linear.extend(0, FEE)
    assert linear.number("releasedReward", 0) == 3 * FEE


def test_first_rewardable_chunk_moves_on_as_chunks_lapse_but_not_past_an_extended_one(
    linear: Rewards,
) -> None:
    many = 5000
    start = linear.fill(0, many * SIZE, FEE)
    linear.fill(many * SIZE, 3 * SIZE, FEE, at=start + MONTH)
    linear.extend(4000, FEE // many // 2)
    linear.extend(17, FEE // many // 36)
    ends = [start, start + THREE_YEARS, start + THREE_YEARS + 1]
    wanted = [0, 0, 17]
    for end, chunk in zip(ends[1:], wanted[1:], strict=True):
        linear.clock.reach(end)
        assert linear.reward.read("firstRewardableChunk") == (chunk, end)
    for end, chunk in (
        (linear.number("rewardDeadline", 17), 17),
        (linear.number("rewardDeadline", 17) + 1, 4000),
        (linear.number("rewardDeadline", 4000) + 1, many + 3),
    ):
        linear.clock.reach(end)
        assert linear.reward.read("firstRewardableChunk") == (chunk, end)


def test_extended_chunk_that_lapsed_with_its_neighbours_holds_nothing_up(linear: Rewards) -> None:
    start = linear.fill(0, 8 * SIZE, FEE)
    linear.extend(2, FEE)
    deadline = linear.number("rewardDeadline", 2)
    assert deadline > start + THREE_YEARS
    linear.clock.reach(deadline + 1)
    assert linear.reward.read("firstRewardableChunk") == (8, deadline + 1)


def test_chunks_extended_before_they_are_full_hold_the_border_until_they_are_over(
    linear: Rewards,
) -> None:
    linear.fill(0, SIZE // 2, FEE)
    linear.extend(0, FEE // 4)
    start = linear.fill(SIZE // 2, SIZE, FEE)
    linear.extend(1, FEE // 8)
    linear.fill(SIZE + SIZE // 2, SIZE, FEE, at=start + 10)
    assert linear.reward.read("firstRewardableChunk") == (0, start + 10)
    ends = [linear.number("rewardDeadline", chunk) for chunk in (0, 1)]
    assert start + THREE_YEARS + 10 < ends[1] < ends[0]
    for end, chunk in ((ends[1], 0), (ends[0], 0), (ends[0] + 1, 2)):
        linear.clock.reach(end)
        assert linear.reward.read("firstRewardableChunk") == (chunk, end)


def test_chunk_that_never_fills_hides_no_later_extension(linear: Rewards) -> None:
    linear.fill(0, SIZE // 2, FEE)
    start = linear.fill(SIZE, SIZE // 2, FEE)
    linear.extend(1, FEE)
    linear.extend(0, 1)
    linear.fill(SIZE + SIZE // 2, SIZE, FEE)
    linear.fill(2 * SIZE + SIZE // 2, 8 * SIZE, FEE)
    late = linear.clock.reach(start + THREE_YEARS + 100)
    assert linear.reward.read("firstRewardableChunk") in {(0, late), (1, late)}


def test_flow_of_more_chunks_than_the_answer_can_name_lapses_without_an_error(
    clock: Clock,
) -> None:
    tiny = Rewards.deploy(clock, size=1)
    start = tiny.fill(0, 1 << 65, 0)
    end = tiny.clock.reach(start + THREE_YEARS + 1)
    assert tiny.reward.read("firstRewardableChunk") == ((1 << 64) - 1, end)
