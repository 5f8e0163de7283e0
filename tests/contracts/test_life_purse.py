"""Money of leases in all kinds of currency: what is paid, what is refused, what is taken out."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agents import Person
from tests.support.contracts import Deployed, Reverted, compiled
from tests.support.life import HOUR, PRICE, LifeHouse
from tests.support.reward_contracts import Clock
from zerog.inft.life.rental import NO_CURRENCY

pytestmark = pytest.mark.contracts


@pytest.fixture(scope="module")
def life(clock: Clock) -> LifeHouse:
    """The facets on a chain whose clock these tests move."""
    return LifeHouse.build(clock.anvil, "AdminFacet")


def coin(life: LifeHouse, name: str, holder: Person) -> Deployed:
    """A currency of which `holder` has plenty and has approved the token."""
    made = life.evm.deploy(compiled(name))
    made.send("mint", holder.address, 100 * PRICE)
    made.send("approve", life.token.address, 100 * PRICE, sender=holder.address)
    return made


def rented(life: LifeHouse, currency: Deployed, periods: int = 2) -> int:
    """A lease of bob's, paid in `currency`."""
    offer = life.offer(life.house.alice, life.mint(life.house.alice), currency=currency.address)
    return life.rent(life.house.bob, offer, periods, value=0)


@pytest.mark.parametrize("name", ["LifeCoin", "SilentCoin"])
def test_rent_in_a_currency_reaches_owner_and_tenant(life: LifeHouse, name: str) -> None:
    house = life.house
    currency = coin(life, name, house.bob)
    lease = rented(life, currency)
    assert currency.read("balanceOf", life.token.address) == 2 * PRICE
    life.send(house.bob, "cancelLease", lease)
    life.send(house.bob, "collectRent", lease)
    for person in (house.alice, house.bob):
        life.send(person, "withdrawCredit", currency.address, person.address)
    assert currency.read("balanceOf", house.alice.address) == PRICE
    assert currency.read("balanceOf", house.bob.address) == 99 * PRICE
    assert currency.read("balanceOf", life.token.address) == 0


def test_rent_in_a_currency_that_keeps_part_reverts(life: LifeHouse) -> None:
    currency = coin(life, "TollCoin", life.house.bob)
    with pytest.raises(Reverted) as error:
        rented(life, currency, 1)
    assert error.value.name == "CurrencyKeepsPart"
    assert error.value.values == (currency.address.lower(), PRICE, PRICE - 1)


def test_rent_in_a_currency_with_value_reverts(life: LifeHouse) -> None:
    currency = coin(life, "LifeCoin", life.house.bob)
    offer = life.offer(life.house.alice, life.mint(life.house.alice), currency=currency.address)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer, value=1)
    assert (error.value.name, error.value.values) == ("WrongPayment", (0, 1))


def test_rent_in_the_collection_itself_reverts(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    offer = life.offer(life.house.alice, token, currency=life.token.address, price=token)
    with pytest.raises(Reverted) as error:
        life.rent(life.house.bob, offer, value=0)
    assert error.value.name == "NoCurrency"


def test_currency_that_calls_back_finds_the_door_shut(life: LifeHouse) -> None:
    house = life.house
    currency = coin(life, "CallingCoin", house.bob)
    again = life.token.calldata("collectRent", 1)
    currency.send("plan", life.token.address, again)
    rented(life, currency)
    assert currency.read("succeeded") is False
    answer = cast(bytes, currency.read("answer"))
    assert answer[:4].hex() == "3ee5aeb5"  # ReentrancyGuardReentrantCall()


def test_credit_that_is_not_there_reverts(life: LifeHouse) -> None:
    nobody = life.evm.accounts[8]
    with pytest.raises(Reverted) as error:
        life.send(nobody, "withdrawCredit", NO_CURRENCY, nobody)
    assert (error.value.name, error.value.values) == ("NoCredit", (NO_CURRENCY, nobody.lower()))


def test_receiver_that_refuses_keeps_the_credit(life: LifeHouse) -> None:
    house = life.house
    lease = life.rent(house.bob, life.offer(house.alice, life.mint(house.alice)), 2)
    life.send(house.bob, "cancelLease", lease)
    stubborn = life.evm.deploy(compiled("StubbornPayee")).address
    credit = life.credit(house.bob)
    with pytest.raises(Reverted) as error:
        life.send(house.bob, "withdrawCredit", NO_CURRENCY, stubborn)
    assert (error.value.name, error.value.values) == ("PaymentRefused", (stubborn.lower(), credit))
    fresh = Person.named("a fresh account").address
    life.send(house.bob, "withdrawCredit", NO_CURRENCY, fresh)
    assert life.evm.balance(fresh) == credit
    assert life.credit(house.bob) == 0


def test_free_lease_costs_and_credits_nothing(life: LifeHouse) -> None:
    house = life.house
    offer = life.offer(house.alice, life.mint(house.alice), price=0)
    lease = life.rent(house.carol, offer, 3, value=0)
    before = life.credit(house.alice)
    life.pass_to(life.now() + HOUR)
    receipt = life.send(house.carol, "collectRent", lease)
    assert life.token.events("CreditAdded", receipt) == []
    assert life.credit(house.alice) == before
