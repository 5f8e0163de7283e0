"""Royalties shared out along a line: nothing lost, nobody able to stop it, clones no way around."""

from __future__ import annotations

from typing import cast

import pytest

from tests.support.agents import Person
from tests.support.contracts import Deployed, Reverted, check_gas, compiled
from tests.support.evm import AnvilProcess
from tests.support.life import LifeHouse
from zerog.inft.life.lineage import Claim
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.proofs import CLONE

pytestmark = pytest.mark.contracts
COIN = NO_CURRENCY
SUM = 1_000_003


@pytest.fixture(scope="module")
def life(anvil: AnvilProcess) -> LifeHouse:
    """The facets on the shared chain."""
    return LifeHouse.build(anvil)


def till(life: LifeHouse, token: int) -> str:
    """Where the royalties of a token are left."""
    return life.evm.w3.to_checksum_address(str(life.splitter.read("tillOf", token)))


def pay(life: LifeHouse, token: int, amount: int = SUM) -> None:
    """Leave the chain's coin in a till, as a market does."""
    sender = life.evm.account(life.evm.accounts[7])
    receiver = life.evm.w3.to_checksum_address(till(life, token))
    life.evm.transact({"from": sender, "to": receiver, "value": life.evm.w3.to_wei(amount, "wei")})


def owed(life: LifeHouse, person: Person, currency: str = COIN) -> int:
    """What the splitter owes somebody."""
    return cast(int, life.splitter.read("creditOf", currency, person.address))


def settled(life: LifeHouse, token: int, *people: Person, currency: str = COIN) -> tuple[int, ...]:
    """Settle; gives by how much each one's credit grew."""
    before = [owed(life, person, currency) for person in people]
    life.splitter.send("settle", token, currency)
    return tuple(
        owed(life, person, currency) - known for person, known in zip(people, before, strict=True)
    )


def child_of(life: LifeHouse, parent: int, weight: int, owner: Person, to: Person) -> int:
    """An agent of `owner`'s derived from a parent of theirs, then handed to `to` by its maker."""
    token = life.mint(owner)
    life.send(owner, "derive", token, [Claim(parent, weight, 0, 0).to_abi()])
    if to is not owner:
        life.house.transfer(token, owner, to)
    return token


def test_creator_without_parents_keeps_all(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    pay(life, token)
    pay(life, token)
    assert settled(life, token, life.house.alice) == (2 * SUM,)


def test_parents_get_their_weights_and_the_child_what_is_left_over(life: LifeHouse) -> None:
    house = life.house
    parent = life.mint(house.bob)
    house.transfer(parent, house.bob, house.alice)  # bob stays its creator
    child = child_of(life, parent, 3_333, house.alice, house.alice)
    pay(life, child)
    up = SUM * 3_333 // 10_000
    assert settled(life, child, house.alice, house.bob) == (SUM - up, up)


def test_clone_pays_what_its_original_pays(life: LifeHouse) -> None:
    """Cloning to oneself, and selling the clone, evades nobody's share."""
    house = life.house
    parent = life.mint(house.bob)
    house.transfer(parent, house.bob, house.alice)
    token = child_of(life, parent, 5_000, house.alice, house.alice)
    for _ in range(4):
        act = house.statement(token, house.alice, house.alice, CLONE)
        made = life.number("nextTokenId")
        house.clone(token, house.alice, house.alice, house.pairs(act, house.alice))
        token = made
    pay(life, token)
    assert settled(life, token, house.alice, house.bob) == (SUM - SUM // 2, SUM // 2)


def test_payment_goes_up_three_generations(life: LifeHouse) -> None:
    house = life.house
    eve = life.mint(house.carol)
    house.transfer(eve, house.carol, house.alice)
    first = child_of(life, eve, 5_000, house.alice, house.alice)
    second = child_of(life, first, 5_000, house.alice, house.alice)
    third = child_of(life, second, 5_000, house.alice, house.alice)
    fourth = child_of(life, third, 5_000, house.alice, house.alice)
    pay(life, third, 800)
    assert settled(life, third, house.alice, house.carol) == (700, 100)
    pay(life, fourth, 800)
    assert settled(life, fourth, house.alice, house.carol) == (800, 0)


def test_burnt_ancestor_still_earns(life: LifeHouse) -> None:
    house = life.house
    parent = life.mint(house.bob)
    house.transfer(parent, house.bob, house.alice)
    child = child_of(life, parent, 5_000, house.alice, house.alice)
    life.send(house.alice, "burn", parent)
    pay(life, child, 100)
    assert settled(life, child, house.alice, house.bob) == (50, 50)


def test_empty_till_reverts(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    with pytest.raises(Reverted) as error:
        life.splitter.send("settle", token, COIN)
    assert (error.value.name, error.value.values) == ("EmptyTill", (token, COIN))


def test_till_of_no_token_keeps_its_money_until_there_is_somebody(life: LifeHouse) -> None:
    future = life.number("nextTokenId")
    pay(life, future)
    with pytest.raises(Reverted) as error:
        life.splitter.send("settle", future, COIN)
    assert (error.value.name, error.value.values) == ("NobodyToPay", (future,))
    assert life.mint(life.house.carol) == future
    assert settled(life, future, life.house.carol) == (SUM,)


def coin(life: LifeHouse, name: str, token: int) -> Deployed:
    """A currency of which a till has SUM."""
    made = life.evm.deploy(compiled(name))
    made.send("mint", till(life, token), SUM)
    return made


@pytest.mark.parametrize(
    ("name", "comes"), [("LifeCoin", SUM), ("SilentCoin", SUM), ("TollCoin", SUM - 1)]
)
def test_currencies_are_credited_as_they_arrive(life: LifeHouse, name: str, comes: int) -> None:
    alice = life.house.alice
    token = life.mint(alice)
    currency = coin(life, name, token)
    assert settled(life, token, alice, currency=currency.address) == (comes,)
    life.splitter.send("withdrawCredit", currency.address, alice.address, sender=alice.address)
    assert currency.read("balanceOf", life.splitter.address) == 0


def test_currency_that_calls_back_finds_the_door_shut(life: LifeHouse) -> None:
    alice = life.house.alice
    token = life.mint(alice)
    currency = coin(life, "CallingCoin", token)
    again = life.splitter.calldata("settle", token, currency.address)
    currency.send("plan", life.splitter.address, again)
    assert settled(life, token, alice, currency=currency.address) == (SUM,)
    assert currency.read("succeeded") is False


def test_money_that_no_till_brings_is_refused(life: LifeHouse) -> None:
    sender = life.evm.account(life.evm.accounts[7])
    with pytest.raises(Reverted) as error:
        life.evm.transact(
            {"from": sender, "to": life.splitter.address, "value": life.evm.w3.to_wei(1, "wei")}
        )
    assert (error.value.name, error.value.values) == ("OnlyTills", (sender.lower(),))


def test_till_is_emptied_by_its_splitter_alone(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    pay(life, token)
    life.splitter.send("settle", token, COIN)
    opened = life.evm.at(till(life, token), compiled("LifeTill"))
    with pytest.raises(Reverted) as error:
        opened.send("sweep", COIN)
    assert (error.value.name, error.value.values) == (
        "NotTheSplitter",
        (life.evm.accounts[1].lower(),),
    )


def test_till_whose_splitter_takes_no_money_reverts(life: LifeHouse) -> None:
    """No splitter of ours is like that; a till can be anybody's."""
    evm = life.evm
    other = evm.accounts[6]
    stray = evm.deploy(compiled("LifeTill"), sender=other)
    evm.transact({"from": evm.accounts[7], "to": stray.address, "value": evm.w3.to_wei(5, "wei")})
    life.anvil.rpc("anvil_setCode", other, "0x5f5ffd")
    try:
        with pytest.raises(Reverted) as error:
            stray.read("sweep", COIN, sender=other)
    finally:
        life.anvil.rpc("anvil_setCode", other, "0x")
    assert (error.value.name, error.value.values) == ("SplitterRefused", (5,))


def test_till_takes_payment_with_2300_gas(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    pay(life, token)
    life.splitter.send("settle", token, COIN)  # now there is code
    payer = life.evm.deploy(compiled("LifePayer"))
    payer.send("pay", till(life, token), value=7)
    assert settled(life, token, life.house.alice) == (7,)


def test_credit_is_taken_out_by_its_owner(life: LifeHouse) -> None:
    token = life.mint(life.house.alice)
    pay(life, token, 5_000)
    settled(life, token, life.house.alice)
    credit = owed(life, life.house.alice)
    fresh = Person.named("a royal account").address
    with pytest.raises(Reverted, match="NoCredit"):
        life.splitter.send("withdrawCredit", COIN, fresh, sender=life.evm.accounts[9])
    life.splitter.send("withdrawCredit", COIN, fresh, sender=life.house.alice.address)
    assert life.evm.balance(fresh) == credit


def test_royalty_gas(fresh_anvil: AnvilProcess) -> None:
    own = LifeHouse.build(fresh_anvil)
    parent = own.mint(own.house.alice)
    child = child_of(own, parent, 5_000, own.house.alice, own.house.alice)
    for name in ("first", "later"):
        pay(own, child)
        receipt = own.splitter.send("settle", child, COIN)
        check_gas(f"life.settle royalty, {name}", receipt["gasUsed"])
