"""FixedPriceMarket, branch by branch (market.tree)."""

from __future__ import annotations

import pytest
from web3 import Web3

from tests.support.contracts import Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import PRICE, SUBMIT_LEGACY, Storage, fee_of, full

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20


@pytest.fixture
def storage(anvil: AnvilProcess) -> Storage:
    return Storage.deploy(Evm(anvil.url))


@pytest.fixture
def charged(anvil: AnvilProcess) -> Storage:
    """A market whose flow is an account, so that it can be charged directly."""
    made = Storage.deploy(Evm(anvil.url))
    made.market.send("setFlow", made.evm.accounts[6])
    return made


def test_charge_when_caller_is_not_the_flow_reverts(storage: Storage) -> None:
    with pytest.raises(Reverted, match="NotFlow") as caught:
        storage.market.send("chargeFee", 1, 2, 0, value=2 * PRICE)
    assert caught.value.values == (storage.evm.accounts[1].lower(),)


def test_charge_before_a_flow_is_named_reverts_for_everybody(storage: Storage) -> None:
    evm = storage.evm
    new = evm.deploy_proxy(
        artifact("FixedPriceMarket"), "initialize", PRICE, storage.authority.address
    )
    assert new.read("flow") == NOBODY
    with pytest.raises(Reverted, match="NotFlow"):
        new.send("chargeFee", 1, 1, 0, value=PRICE)


@pytest.mark.parametrize("off", [-1, 1])
def test_charge_when_value_is_not_the_fee_reverts(charged: Storage, off: int) -> None:
    sender = charged.evm.accounts[6]
    with pytest.raises(Reverted, match="WrongFee") as caught:
        charged.market.send("chargeFee", 1, 4, 0, sender=sender, value=4 * PRICE + off)
    assert caught.value.values == (4 * PRICE, 4 * PRICE + off)


def test_charge_takes_nothing_for_padding(charged: Storage) -> None:
    charged.market.send("chargeFee", 1, 4, 1000, sender=charged.evm.accounts[6], value=4 * PRICE)
    assert charged.evm.balance(charged.market.address) == 4 * PRICE


def test_price_when_changed_is_paid_by_the_next_submission(storage: Storage) -> None:
    receipt = storage.market.send("setPricePerSector", 5)
    assert storage.market.events("PriceChanged", receipt) == [{"pricePerSector": 5}]
    assert storage.market.read("pricePerSector") == 5
    storage.flow.send(SUBMIT_LEGACY, full(3), value=fee_of(full(3), price=5))
    assert storage.evm.balance(storage.market.address) == 40


def test_withdraw_pays_the_named_receiver(storage: Storage) -> None:
    evm, receiver = storage.evm, Web3.to_checksum_address("0x" + "ab" * 20)
    storage.flow.send(SUBMIT_LEGACY, full(3), value=fee_of(full(3)))
    before = evm.balance(receiver)
    receipt = storage.market.send("withdraw", receiver, PRICE)
    (event,) = storage.market.events("FeesWithdrawn", receipt)
    assert (event["to"], event["amount"]) == (receiver, PRICE)
    assert evm.balance(receiver) == before + PRICE
    assert evm.balance(storage.market.address) == 7 * PRICE


def test_withdraw_when_more_than_collected_reverts(storage: Storage) -> None:
    storage.flow.send(SUBMIT_LEGACY, full(0), value=PRICE)
    with pytest.raises(Reverted, match="NotEnoughCollected") as caught:
        storage.market.send("withdraw", storage.evm.accounts[4], PRICE + 1)
    assert caught.value.values == (PRICE + 1, PRICE)


def test_withdraw_to_a_receiver_that_refuses_reverts_and_keeps_the_fees(storage: Storage) -> None:
    storage.flow.send(SUBMIT_LEGACY, full(0), value=PRICE)
    stubborn = storage.evm.deploy(compiled("StubbornSubmitter"))
    with pytest.raises(Reverted, match="WithdrawFailed") as caught:
        storage.market.send("withdraw", stubborn.address, PRICE)
    assert caught.value.values == (stubborn.address.lower(), PRICE)
    assert storage.evm.balance(storage.market.address) == PRICE


@pytest.mark.parametrize(("function", "args"), [("withdraw", (NOBODY, 0)), ("setFlow", (NOBODY,))])
def test_zero_addresses_are_refused(
    storage: Storage, function: str, args: tuple[object, ...]
) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        storage.market.send(function, *args)


def test_initialize_without_authority_reverts(storage: Storage) -> None:
    with pytest.raises(Reverted, match="ZeroAddress"):
        storage.evm.deploy_proxy(artifact("FixedPriceMarket"), "initialize", PRICE, NOBODY)


def test_initialize_a_second_time_reverts(storage: Storage) -> None:
    with pytest.raises(Reverted, match="InvalidInitialization"):
        storage.market.send("initialize", 0, storage.evm.accounts[1])


def test_initialize_on_the_logic_itself_reverts(storage: Storage) -> None:
    logic = storage.evm.deploy(artifact("FixedPriceMarket"))
    with pytest.raises(Reverted, match="InvalidInitialization"):
        logic.send("initialize", 0, storage.evm.accounts[1])


def test_set_flow_is_told_by_an_event(storage: Storage) -> None:
    other = storage.evm.accounts[5]
    receipt = storage.market.send("setFlow", other)
    assert storage.market.events("FlowChanged", receipt) == [{"flow": other}]
    assert str(storage.market.read("flow")).lower() == other.lower()


@pytest.mark.parametrize(
    ("function", "args"),
    [
        ("setFlow", (NOBODY,)),
        ("setReward", (NOBODY,)),
        ("setPricePerSector", (0,)),
        ("withdraw", (NOBODY, 0)),
        ("upgradeToAndCall", (NOBODY, b"")),
    ],
)
def test_restricted_functions_when_called_by_a_stranger_revert(
    storage: Storage, function: str, args: tuple[object, ...]
) -> None:
    stranger = storage.evm.accounts[9]
    with pytest.raises(Reverted, match="AccessManagedUnauthorized") as caught:
        storage.market.send(function, *args, sender=stranger)
    assert caught.value.values == (stranger.lower(),)


def test_upgrade_by_the_admin_keeps_price_and_flow(storage: Storage) -> None:
    logic = storage.evm.deploy(artifact("FixedPriceMarket"))
    storage.market.send("upgradeToAndCall", logic.address, b"")
    assert storage.market.read("pricePerSector") == PRICE
    assert str(storage.market.read("flow")).lower() == storage.flow.address.lower()


def test_set_reward_is_told_by_an_event_and_can_be_taken_back(storage: Storage) -> None:
    other = storage.evm.accounts[5]
    receipt = storage.market.send("setReward", other)
    assert storage.market.events("RewardChanged", receipt) == [{"reward": other}]
    assert str(storage.market.read("reward")).lower() == other.lower()
    storage.market.send("setReward", NOBODY)
    storage.flow.send(SUBMIT_LEGACY, full(0), value=PRICE)
    assert storage.evm.balance(storage.market.address) == PRICE
