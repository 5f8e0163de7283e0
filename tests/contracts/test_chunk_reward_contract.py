"""Both reward contracts, branch by branch (chunk_reward.tree)."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.contracts import Reverted, artifact
from tests.support.reward_contracts import (
    DAY,
    DECAY,
    LINEAR,
    MARKET,
    MINE,
    MINER_ID,
    SIZE,
    THREE_YEARS,
    Clock,
    Rewards,
)

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
ETHER = 10**18


@pytest.fixture(params=[LINEAR, DECAY])
def rewards(clock: Clock, request: pytest.FixtureRequest) -> Rewards:
    return Rewards.deploy(clock, str(request.param))


@pytest.fixture
def linear(clock: Clock) -> Rewards:
    return Rewards.deploy(clock, LINEAR)


@pytest.fixture
def decay(clock: Clock) -> Rewards:
    return Rewards.deploy(clock, DECAY)


# ------------------------------------------------------------- construction


@pytest.mark.parametrize(
    ("kind", "args"),
    [
        (LINEAR, (0, SIZE)),
        (LINEAR, (1 << 40, SIZE)),
        (LINEAR, (THREE_YEARS, 0)),
        (DECAY, (0, SIZE)),
        (DECAY, (40, 0)),
    ],
)
def test_creation_with_a_senseless_parameter_reverts(
    clock: Clock, kind: str, args: tuple[int, int]
) -> None:
    with pytest.raises(Reverted, match="BadParameter"):
        clock.evm.deploy(artifact(kind), *args)


def test_initialize_a_second_time_or_on_the_logic_reverts(rewards: Rewards) -> None:
    evm = rewards.clock.evm
    somebody = evm.accounts[3]
    logic = evm.deploy(artifact(LINEAR), THREE_YEARS, SIZE)
    for one in (rewards.reward, logic):
        with pytest.raises(Reverted, match="InvalidInitialization"):
            one.send("initialize", somebody, somebody, somebody)


@pytest.mark.parametrize("missing", [0, 2])
def test_initialize_with_a_zero_address_reverts(linear: Rewards, missing: int) -> None:
    evm = linear.clock.evm
    logic = evm.deploy(artifact(LINEAR), THREE_YEARS, SIZE)
    args: list[object] = [evm.accounts[3]] * 3
    args[missing] = NOBODY
    with pytest.raises(Reverted, match="ZeroAddress"):
        evm.deploy(artifact("Proxy"), logic.address, logic.calldata("initialize", *args))


def test_views_of_a_new_contract_name_its_parts(rewards: Rewards) -> None:
    reward, accounts = rewards.reward, rewards.clock.evm.accounts
    assert str(reward.read("market")).lower() == accounts[MARKET].lower()
    assert str(reward.read("mine")).lower() == accounts[MINE].lower()
    assert str(reward.read("foundationAdmin")).lower() == rewards.authority.address.lower()
    assert reward.read("treasury") == NOBODY
    assert reward.read("sectorsPerPrice") == SIZE
    assert reward.read("rewards", 7) == (0, 0, 0, 0, 0)


# ------------------------------------------------------------------ filling


def test_fill_by_another_than_the_market_reverts(rewards: Rewards) -> None:
    stranger = rewards.clock.evm.accounts[9]
    with pytest.raises(Reverted, match="NotMarket") as caught:
        rewards.reward.send("fillReward", 1, 1, sender=stranger, value=1)
    assert caught.value.values == (stranger.lower(),)


def test_fill_of_a_part_of_a_chunk_starts_no_clock(rewards: Rewards) -> None:
    rewards.fill(1, SIZE - 2, 1000)
    assert rewards.reward.read("rewards", 0) == (1000, 0, 0, 0, 0)


def test_fill_up_to_the_end_of_a_chunk_starts_its_clock(rewards: Rewards) -> None:
    rewards.fill(1, 10, 500)
    time = rewards.fill(11, SIZE - 11, 700)
    assert rewards.reward.read("rewards", 0) == (1200, 0, 0, time, time)
    assert rewards.reward.read("rewards", 1) == (0, 0, 0, 0, 0)


def test_fill_over_several_chunks_is_split_by_sectors_to_the_wei(rewards: Rewards) -> None:
    time = rewards.fill(SIZE - 1, 1 + 2 * SIZE + 3, 1000)
    sums = [rewards.reward.read("rewards", chunk) for chunk in range(5)]
    sectors = 2 * SIZE + 4
    edges = [1000 * end // sectors for end in (0, 1, 1 + SIZE, 1 + 2 * SIZE, sectors)]
    parts = [after - before for before, after in pairwise(edges)]
    assert sums[:3] == [(part, 0, 0, time, time) for part in parts[:3]]
    assert sums[3:] == [(parts[3], 0, 0, 0, 0), (0, 0, 0, 0, 0)]
    assert sum(parts) == rewards.balance() == 1000


def test_fill_of_a_chunk_that_is_written_down_as_full_reverts(rewards: Rewards) -> None:
    rewards.fill(1, SIZE - 1, 10)
    with pytest.raises(Reverted, match="ChunkClosed") as caught:
        rewards.fill(SIZE - 1, 1, 10)
    assert caught.value.values == (0,)


@pytest.mark.parametrize(
    ("before", "charged", "chunk"), [(SIZE + 3, 1, 1), (2 * SIZE, SIZE, 2), (0, 4 * SIZE, 0)]
)
def test_fill_of_a_chunk_inside_an_earlier_fee_reverts(
    rewards: Rewards, before: int, charged: int, chunk: int
) -> None:
    rewards.fill(0, 3 * SIZE, 3000)
    with pytest.raises(Reverted, match="ChunkClosed") as caught:
        rewards.fill(before, charged, 10)
    assert caught.value.values == (chunk,)


def test_fill_costs_the_same_over_five_chunks_and_over_a_million(clock: Clock) -> None:
    used = []
    for chunks in (5, 1_000_000):
        made = Rewards.deploy(clock)
        clock.at(clock.now() + 1)
        receipt = made.reward.send(
            "fillReward", 1, chunks * SIZE, sender=clock.evm.accounts[MARKET], value=ETHER
        )
        used.append(receipt["gasUsed"])
    assert abs(used[0] - used[1]) < 200
    assert made.number("lockedReward", 999_999) == ETHER // 1_000_000


def test_fill_with_a_service_fee_books_it_for_the_treasury(rewards: Rewards) -> None:
    treasury = rewards.clock.evm.accounts[4]
    receipt = rewards.reward.send("setTreasury", treasury)
    assert rewards.reward.events("TreasuryChanged", receipt) == [{"treasury": treasury}]
    receipt = rewards.reward.send("setServiceFeeRate", 250)
    assert rewards.reward.events("ServiceFeeRateChanged", receipt) == [{"bps": 250}]
    rewards.fill(1, 10, 10_001)
    assert rewards.number("payments", treasury) == 250
    assert rewards.number("serviceFeeRateBps") == 250
    assert rewards.reward.read("rewards", 0) == (9751, 0, 0, 0, 0)


# ----------------------------------------------------------------- claiming


def test_claim_by_another_than_the_mine_reverts(rewards: Rewards) -> None:
    stranger = rewards.clock.evm.accounts[9]
    with pytest.raises(Reverted, match="NotMine") as caught:
        rewards.reward.send("claimMineReward", 0, stranger, MINER_ID, sender=stranger)
    assert caught.value.values == (stranger.lower(),)


def test_claim_of_a_chunk_that_is_not_full_pays_nothing_however_late(rewards: Rewards) -> None:
    rewards.reward.send("setBaseReward", 77)
    rewards.reward.send("donate", value=1000)
    rewards.fill(1, 10, 1000)
    miner = rewards.clock.evm.accounts[3]
    late = rewards.clock.now() + 2 * THREE_YEARS
    for chunk in (0, 5):
        assert rewards.claim(chunk, miner, at=late + chunk)[0] == 0
    assert rewards.reward.read("rewards", 0) == (1000, 0, 0, 0, 0)
    assert rewards.number("totalBaseReward") == 1000
    time = rewards.fill(11, SIZE - 11, 0)
    assert rewards.claim(0, miner, at=time + 1)[0] <= 77 + 1


def test_claim_books_half_of_what_is_released_and_not_paid(linear: Rewards) -> None:
    miner = linear.clock.evm.accounts[3]
    start = linear.fill(0, SIZE, THREE_YEARS * 8)
    linear.clock.at(start + 100)
    sender = linear.clock.evm.accounts[MINE]
    receipt = linear.reward.send("claimMineReward", 0, miner, MINER_ID, sender=sender)
    event = {"pricingIndex": 0, "beneficiary": miner, "minerId": MINER_ID, "amount": 400}
    assert linear.reward.events("DistributeReward", receipt) == [event]
    booked = {"payee": miner, "weiAmount": 400}
    assert linear.reward.events("Deposited", receipt) == [booked]
    assert linear.claim(0, miner, at=start + 101) == (204, start + 101)
    assert linear.number("payments", miner) == 604
    assert linear.number("releasedReward", 0) == 808
    assert linear.reward.read("rewards", 0) == (
        8 * THREE_YEARS - 808,
        204,
        604,
        start,
        start + 101,
    )


def test_claim_again_and_again_never_pays_more_than_was_released(rewards: Rewards) -> None:
    """A burst of proofs in one moment halves what is left; it cannot drain what is locked."""
    miner = rewards.clock.evm.accounts[3]
    start = rewards.fill(0, SIZE, ETHER)
    paid = sum(rewards.claim(0, miner, at=start + 30 * DAY + second)[0] for second in range(20))
    released = rewards.number("releasedReward", 0)
    assert paid <= released < ETHER // 20
    assert rewards.number("lockedReward", 0) == ETHER - released


def test_claim_of_a_linear_chunk_adds_the_base_reward_until_the_deadline(linear: Rewards) -> None:
    miner = linear.clock.evm.accounts[3]
    linear.reward.send("setBaseReward", 50)
    linear.reward.send("donate", value=1000)
    start = linear.fill(0, SIZE, 0)
    assert linear.claim(0, miner, at=start + 1)[0] == 50
    assert linear.claim(0, miner, at=start + THREE_YEARS - 1)[0] == 50
    assert linear.claim(0, miner, at=start + THREE_YEARS)[0] == 0
    assert linear.number("totalBaseReward") == 900


def test_claim_of_a_decaying_chunk_adds_the_base_reward_at_any_time(decay: Rewards) -> None:
    miner = decay.clock.evm.accounts[3]
    decay.reward.send("setBaseReward", 50)
    decay.reward.send("donate", value=70)
    start = decay.fill(0, SIZE, 0)
    assert decay.claim(0, miner, at=start + 9 * THREE_YEARS)[0] == 50
    assert decay.claim(0, miner)[0] == 20
    assert decay.claim(0, miner)[0] == 0
    assert decay.number("totalBaseReward") == 0


# ---------------------------------------------------------------- extending


def test_extend_without_value_reverts(rewards: Rewards) -> None:
    rewards.fill(0, SIZE, 100)
    with pytest.raises(Reverted, match="NothingPaid"):
        rewards.reward.send("extend", 0)


@pytest.mark.parametrize("chunk", [1, 1 << 32, 2**256 - 1])
def test_extend_of_a_chunk_that_nobody_paid_for_reverts(rewards: Rewards, chunk: int) -> None:
    rewards.fill(0, SIZE, 100)
    with pytest.raises(Reverted, match="NothingToExtend") as caught:
        rewards.reward.send("extend", chunk, value=1)
    assert caught.value.values == (chunk,)


def test_extend_behind_the_deadline_reverts(linear: Rewards) -> None:
    start = linear.fill(0, SIZE, 100)
    linear.clock.reach(start + THREE_YEARS)
    with pytest.raises(Reverted, match="ChunkLapsed") as caught:
        linear.extend(0, 1)
    assert caught.value.values == (0, start + THREE_YEARS)


def test_extend_is_told_by_an_event_and_counted(rewards: Rewards) -> None:
    payer = rewards.clock.evm.accounts[8]
    rewards.fill(0, SIZE, 100)
    receipt = rewards.reward.send("extend", 0, sender=payer, value=40)
    event = {"pricingIndex": 0, "payer": payer, "amount": 40}
    assert rewards.reward.events("Extended", receipt) == [event]
    assert rewards.number("extension", 0) == 40
    assert rewards.number("lockedReward", 0) + rewards.number("releasedReward", 0) == 140
