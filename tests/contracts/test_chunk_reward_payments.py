"""Donations, payouts and administration of the reward contracts (chunk_reward.tree)."""

from __future__ import annotations

import pytest

from tests.support.contracts import Reverted, artifact, compiled
from tests.support.reward_contracts import ADMIN, DECAY, LINEAR, SIZE, THREE_YEARS, Clock, Rewards

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
ETHER = 10**18
LAPSED = THREE_YEARS + 10


@pytest.fixture(params=[LINEAR, DECAY])
def rewards(clock: Clock, request: pytest.FixtureRequest) -> Rewards:
    return Rewards.deploy(clock, str(request.param))


@pytest.fixture
def linear(clock: Clock) -> Rewards:
    return Rewards.deploy(clock, LINEAR)


# ------------------------------------------------- donations and withdrawals


def test_donate_adds_to_the_base_reward(rewards: Rewards) -> None:
    donor = rewards.clock.evm.accounts[5]
    receipt = rewards.reward.send("donate", sender=donor, value=12)
    assert rewards.reward.events("Donated", receipt) == [{"donor": donor, "amount": 12}]
    assert rewards.number("totalBaseReward") == 12
    with pytest.raises(Reverted, match="NothingPaid"):
        rewards.reward.send("donate")


def test_withdraw_pays_all_that_is_booked_once(linear: Rewards) -> None:
    evm = linear.clock.evm
    payee = evm.w3.to_checksum_address("0x" + "0e" * 20)
    start = linear.fill(0, SIZE, ETHER)
    amount, _ = linear.claim(0, payee, at=start + LAPSED)
    receipt = linear.reward.send("withdrawPayments", payee)
    assert linear.reward.events("Withdrawn", receipt) == [{"payee": payee, "weiAmount": amount}]
    assert evm.balance(payee) == amount == ETHER // 2
    with pytest.raises(Reverted, match="NothingDue"):
        linear.reward.send("withdrawPayments", payee)


def test_withdraw_to_a_payee_that_refuses_keeps_it_booked(linear: Rewards) -> None:
    stubborn = linear.clock.evm.deploy(compiled("StubbornPayee"))
    start = linear.fill(0, SIZE, 1000)
    linear.claim(0, stubborn.address, at=start + LAPSED)
    with pytest.raises(Reverted, match="PaymentFailed") as caught:
        linear.reward.send("withdrawPayments", stubborn.address)
    assert caught.value.values == (stubborn.address.lower(), 500)
    assert linear.number("payments", stubborn.address) == 500


def test_withdraw_by_a_payee_that_asks_again_pays_once(linear: Rewards) -> None:
    evm = linear.clock.evm
    thief = evm.deploy(compiled("ReentrantPayee"))
    start = linear.fill(0, SIZE, 1000)
    linear.claim(0, thief.address, at=start + LAPSED)
    thief.send("withdraw", linear.reward.address)
    assert (evm.balance(thief.address), thief.read("refused")) == (500, 1)
    assert linear.balance() == 500


# ---------------------------------------------------------- administration


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("setMine", (NOBODY,)),
        ("setBaseReward", (1,)),
        ("setServiceFeeRate", (1,)),
        ("setTreasury", (NOBODY,)),
        ("upgradeToAndCall", (NOBODY, b"")),
    ],
)
def test_restricted_functions_when_called_by_a_stranger_revert(
    rewards: Rewards, function: str, args: tuple[object, ...]
) -> None:
    stranger = rewards.clock.evm.accounts[9]
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        rewards.reward.send(function, *args, sender=stranger)


@pytest.mark.parametrize(
    ("function", "argument"),
    [("setMine", NOBODY), ("setTreasury", NOBODY), ("setServiceFeeRate", 1)],
)
def test_setters_when_somebody_is_missing_revert(
    linear: Rewards, function: str, argument: object
) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        linear.reward.send(function, argument)


def test_service_fee_of_more_than_the_whole_reverts(linear: Rewards) -> None:
    with pytest.raises(Reverted, match="BadServiceFeeRate") as caught:
        linear.reward.send("setServiceFeeRate", 10_001)
    assert caught.value.values == (10_001,)


def test_setters_of_mine_and_base_reward_say_so(linear: Rewards) -> None:
    other = linear.clock.evm.accounts[5]
    receipt = linear.reward.send("setMine", other)
    assert linear.reward.events("MineChanged", receipt) == [{"mine": other}]
    assert str(linear.reward.read("mine")).lower() == other.lower()
    receipt = linear.reward.send("setBaseReward", 9)
    assert linear.reward.events("BaseRewardChanged", receipt) == [{"baseReward": 9}]
    assert linear.number("baseReward") == 9


def test_upgrade_by_the_admin_keeps_chunks_and_payments(linear: Rewards) -> None:
    evm = linear.clock.evm
    linear.fill(1, 10, 1000)
    logic = evm.deploy(artifact(LINEAR), THREE_YEARS, SIZE, sender=evm.accounts[ADMIN])
    linear.reward.send("upgradeToAndCall", logic.address, b"")
    assert linear.reward.read("rewards", 0) == (1000, 0, 0, 0, 0)


def test_transfer_of_plain_value_reverts(rewards: Rewards) -> None:
    evm = rewards.clock.evm
    with pytest.raises(Reverted):
        evm.transact({"from": evm.accounts[1], "to": rewards.reward.address, "value": 1})  # type: ignore[typeddict-item]
