"""Rent and royalties over random histories, in sound and odd currencies: no unit is lost."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.agents import Person
from tests.support.contracts import Deployed, Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.life import HOUR, Place
from tests.support.life_model import LifeModel, Offer, Refusal
from tests.support.reward_contracts import Clock
from zerog.inft.life.lineage import Claim
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.proofs import CLONE
from zerog.types import Address

pytestmark = pytest.mark.stateful

EXAMPLES = 100 if os.environ.get("ZEROG_HYPOTHESIS") == "deep" else 4
PLENTY = 10**12
COINS = ("LifeCoin", "SilentCoin", "TollCoin")
KINDS = (
    *("mint", "sell", "clone", "derive", "burn", "close", "wait", "wait", "withdraw"),
    *("hire", "hire", "rent", "extend", "cancel", "cancel", "collect", "collect"),
    *("pay_till", "pay_till", "settle"),
)

who = st.sampled_from(["alice", "bob", "carol"])
picks = st.integers(0, 9)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("clock"))
    try:
        yield Place.build(Clock(process, Evm(process.url)), COINS, PLENTY)
    finally:
        process.stop()


def life_machine(place: Place) -> type[RuleBasedStateMachine]:
    """The machine over one chain; each run finds it as it was built."""
    clock = place.clock

    class LifeMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            place.put_back()
            self.acts = 0
            self.life, self.coins, self.who = place.life, place.coins, place.people
            self.model = LifeModel(frozenset({self.coins[-1].address}))
            self.mint("alice")
            self.derive(0, "alice", 2_500)
            self.clone(1, "bob")
            for number, exclusive in ((0, False), (1, True), (2, False)):
                self.hire(number, 900, number, exclusive, "carol", 3)

        # -------------------------------------------------------------- helpers

        @property
        def now(self) -> int:
            """The time of the next transaction."""
            return clock.now() + 2

        def both(self, act: Callable[[], object], twin: Callable[[], object]) -> bool:
            """The same act on the chain and in the model; whether they did it."""
            clock.at(self.now)
            found = expected = ""
            try:
                act()
            except Reverted as refusal:
                found = refusal.name
                clock.anvil.rpc("evm_mine")
            try:
                twin()
            except Refusal as refusal:
                expected = refusal.error
            assert found == expected
            return not found

        def one_of(self, rows: Iterable[int], number: int) -> int | None:
            known = list(rows)
            return known[number % len(known)] if known else None

        def token_of(self, number: int) -> int:
            return list(self.model.tokens)[number % len(self.model.tokens)]

        def owner_of(self, token_id: int) -> Person | None:
            owner = self.model.tokens[token_id].owner
            return next((one for one in self.who.values() if one.address == owner), None)

        def currency(self, number: int) -> Address:
            return NO_CURRENCY if number == 0 else self.coins[number - 1].address

        def send(self, person: Person, function: str, *args: object, value: int = 0) -> object:
            return self.life.send(person, function, *args, value=value)

        def price(self, offer: Offer, count: int) -> int:
            coin = offer.terms.currency == NO_CURRENCY
            return offer.terms.price * count if coin else 0

        # --------------------------------------------------------------- tokens

        def mint(self, name: str) -> None:
            person = self.who[name]
            self.model.mint(self.life.mint(person), person.address)

        def sell(self, number: int, name: str) -> None:
            token_id, to = self.token_of(number), self.who[name]
            owner = self.owner_of(token_id)
            if owner is not None and owner is not to:
                self.life.house.transfer(token_id, owner, to)
                self.model.move(token_id, to.address)

        def clone(self, number: int, name: str) -> None:
            token_id, to, house = self.token_of(number), self.who[name], self.life.house
            owner = self.owner_of(token_id)
            if owner is not None:
                clone_id = self.life.number("nextTokenId")
                act = house.statement(token_id, owner, to, CLONE)
                house.clone(token_id, owner, to, house.pairs(act, to))
                self.model.clone(clone_id, token_id, to.address)

        def derive(self, number: int, name: str, weight: int) -> None:
            """A new token of the parent's owner, who needs nobody's consent."""
            parent, person = self.token_of(number), self.who[name]
            if self.owner_of(parent) is person:
                child = self.life.mint(person)
                self.model.mint(child, person.address)
                self.send(person, "derive", child, [Claim(parent, weight, 0, 0).to_abi()])
                self.model.derive(child, parent, weight)

        def burn(self, number: int) -> None:
            token_id = self.token_of(number)
            owner = self.owner_of(token_id)
            if owner is not None and number < 3:
                self.send(owner, "burn", token_id)
                self.model.move(token_id, None)

        # --------------------------------------------------------------- leases

        def hire(
            self, number: int, price: int, money: int, exclusive: bool, name: str, count: int
        ) -> None:
            """An offer, and the lease that somebody takes of it."""
            self.offer(number, price, money, exclusive)
            self.rent(len(self.model.offers) - 1, name, name, count)

        def offer(self, number: int, price: int, money: int, exclusive: bool) -> None:
            token_id = self.token_of(number)
            owner = self.owner_of(token_id)
            if owner is None:
                return
            changes = {"currency": self.currency(money), "price": price, "max_periods": 3}
            terms = self.life.terms(**changes, exclusive=exclusive)
            offer_id = self.life.offer(owner, token_id, **changes, exclusive=exclusive)
            moves = self.model.tokens[token_id].moves
            self.model.offers[offer_id] = Offer(token_id, terms, moves)

        def close(self, number: int, name: str) -> None:
            offer_id, person = self.one_of(self.model.offers, number), self.who[name]
            if offer_id is not None:
                self.both(
                    lambda: self.send(person, "closeOffer", offer_id),
                    lambda: self.model.close(offer_id, person.address),
                )

        def rent(self, number: int, name: str, tenant: str, count: int) -> None:
            offer_id = self.one_of(self.model.offers, number)
            if offer_id is None:
                return
            who_uses, now = self.who[tenant].address, self.now
            value = self.price(self.model.offers[offer_id], count)
            lease_id = len(self.model.leases) + 1
            self.both(
                lambda: self.send(self.who[name], "rent", offer_id, who_uses, count, value=value),
                lambda: self.model.rent(lease_id, offer_id, who_uses, count, now),
            )

        def extend(self, number: int, name: str, count: int) -> None:
            lease_id, now = self.one_of(self.model.leases, number), self.now
            if lease_id is None:
                return
            value = self.price(self.model.leases[lease_id].offer, count)
            self.both(
                lambda: self.send(self.who[name], "extendLease", lease_id, count, value=value),
                lambda: self.model.extend(lease_id, count, now),
            )

        def cancel(self, number: int, name: str) -> None:
            lease_id, now = self.one_of(self.model.leases, number), self.now
            if lease_id is not None:
                person = self.who[name]
                self.both(
                    lambda: self.send(person, "cancelLease", lease_id),
                    lambda: self.model.cancel(lease_id, person.address, now),
                )

        def collect(self, number: int, name: str) -> None:
            lease_id, now = self.one_of(self.model.leases, number), self.now
            if lease_id is not None:
                self.both(
                    lambda: self.send(self.who[name], "collectRent", lease_id),
                    lambda: self.model.collect(lease_id, now),
                )

        # ------------------------------------------------------------ royalties

        def pay_till(self, number: int, name: str, money: int, amount: int) -> None:
            token_id, currency, evm = self.token_of(number), self.currency(money), self.life.evm
            till = evm.w3.to_checksum_address(str(self.life.splitter.read("tillOf", token_id)))
            if money == 0:
                value = evm.w3.to_wei(amount, "wei")
                evm.transact({"from": self.who[name].address, "to": till, "value": value})
            else:
                coin = self.coins[money - 1]
                coin.send("transfer", till, amount, sender=self.who[name].address)
            self.model.pay_till(token_id, currency, amount)
            if amount % 3:
                self.settle(number, name, money)

        def settle(self, number: int, name: str, money: int) -> None:
            token_id, currency = self.token_of(number), self.currency(money)
            sender = self.who[name].address
            self.both(
                lambda: self.life.splitter.send("settle", token_id, currency, sender=sender),
                lambda: self.model.settle(token_id, currency),
            )

        # ---------------------------------------------------------------- money

        def withdraw(self, name: str, money: int, rent: bool) -> None:
            address, currency = self.who[name].address, self.currency(money)
            contract = self.life.token if rent else self.life.splitter
            owed = self.model.rent_owed if rent else self.model.royalty_owed
            self.both(
                lambda: contract.send("withdrawCredit", currency, address, sender=address),
                lambda: self.model.withdraw(owed, currency, address),
            )

        def wait(self, seconds: int) -> None:
            clock.reach(clock.now() + seconds)

        @rule(
            kind=st.sampled_from(KINDS),
            number=picks,
            name=who,
            other=who,
            money=st.integers(0, len(COINS)),
            amount=st.integers(1, 5_000),
            flag=st.booleans(),
        )
        def act(
            self,
            kind: str,
            number: int,
            name: str,
            other: str,
            money: int,
            amount: int,
            flag: bool,
        ) -> None:
            """Any of them: one rule, so that no history leaves a kind out."""
            few = amount % 5
            acts: dict[str, Callable[[], None]] = {
                "mint": lambda: self.mint(name),
                "sell": lambda: self.sell(number, name),
                "clone": lambda: self.clone(number, name),
                "derive": lambda: self.derive(number, name, amount),
                "burn": lambda: self.burn(number),
                "hire": lambda: self.hire(number, amount - 1, money, flag, name, few),
                "close": lambda: self.close(number, name),
                "rent": lambda: self.rent(number, name, other, few),
                "extend": lambda: self.extend(number, name, few),
                "cancel": lambda: self.cancel(number, name),
                "collect": lambda: self.collect(number, name),
                "pay_till": lambda: self.pay_till(number, name, money, amount),
                "settle": lambda: self.settle(number, name, money),
                "withdraw": lambda: self.withdraw(name, money, flag),
                "wait": lambda: self.wait((1, HOUR - 1, HOUR, 3 * HOUR)[amount % 4]),
            }
            acts[kind]()

        # ----------------------------------------------------------- invariants

        def held(self, contract: Deployed, currency: Address) -> int:
            if currency == NO_CURRENCY:
                return self.life.evm.balance(contract.address)
            coin = next(one for one in self.coins if one.address == currency)
            return cast(int, coin.read("balanceOf", contract.address))

        @invariant()
        def contracts_hold_exactly_what_they_owe(self) -> None:
            """One currency after every act, all of them in the end."""
            self.acts += 1
            self.check_money(self.acts % (len(COINS) + 1))

        def check_money(self, number: int) -> None:
            currency, owed = self.currency(number), self.model.royalty_owed
            assert self.held(self.life.token, currency) == self.model.rent_held(currency)
            wanted = sum(sum_ for (known, _), sum_ in owed.items() if known == currency)
            assert self.held(self.life.splitter, currency) == wanted

        def teardown(self) -> None:
            """Everybody takes out what the model says that they are owed."""
            for number in range(len(COINS) + 1):
                self.check_money(number)
                currency = self.currency(number)
                for name, person in self.who.items():
                    key = (currency, person.address)
                    assert self.life.credit(person, currency) == self.model.rent_owed[key]
                    found = self.life.splitter.read("creditOf", *key)
                    assert found == self.model.royalty_owed[key]
                    if self.model.rent_owed[key]:
                        self.withdraw(name, number, True)
                    if found:
                        self.withdraw(name, number, False)
                self.check_money(number)

    return LifeMachine


def test_any_history_of_rent_and_royalties_keeps_every_unit(place: Place) -> None:
    run_state_machine_as_test(
        life_machine(place),
        settings=settings(max_examples=EXAMPLES, stateful_step_count=30, deadline=None),
    )
