"""Any order of offers, payments, deliveries, challenges, complaints and time: no wei is lost."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.agents import Person
from tests.support.contracts import Evm, Reverted
from tests.support.escrow import DAY, FEE, PRICE, Bazaar, Goods, Pair
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import Clock
from zerog.chain.bindings_escrow import EscrowState
from zerog.crypto.keccakctr import CHUNK, chunk_block
from zerog.inft.escrow.model import ExchangeModel, Refusal
from zerog.inft.escrow.terms import NATIVE, Terms

pytestmark = pytest.mark.stateful

PLAIN = random.Random(3).randbytes(20_000)
SOUND, SPOILT = Goods.of(PLAIN), Goods.of(PLAIN + b"!").spoil(chunk_block(5) * CHUNK)

picks = st.integers(0, 7)
people = st.sampled_from(["alice", "bob", "carol"])
blocks = st.sampled_from([0, 9, 13])
waits = st.sampled_from([1, 61, 120, 500, 90_000])


@dataclass(slots=True)
class Sold:
    """What the machine remembers of an escrow."""

    escrow_id: int
    goods: Goods
    terms: Terms
    pair: Pair | None = None


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("clock"))
    try:
        yield Clock(process, Evm(process.url))
    finally:
        process.stop()


def escrow_machine(clock: Clock) -> type[RuleBasedStateMachine]:
    """The machine over one chain; each run has an exchange of its own."""

    class EscrowMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.bazaar = Bazaar.build(clock.anvil, fee_bps=300)
            self.model = ExchangeModel(self.bazaar.treasury.address, 300)
            self.sold: list[Sold] = []
            house = self.bazaar.house
            self.who = {"alice": house.alice, "bob": house.bob, "carol": house.carol}
            for goods in (SOUND, SPOILT):
                self.bazaar.register(goods)

        def both(self, act: Callable[[], object], twin: Callable[[], object]) -> bool:
            """The same act in the contract and the model; whether they did it."""
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

        @property
        def now(self) -> int:
            """The time of the next transaction."""
            return clock.now() + 2

        def send(self, name: str, function: str, *args: object, value: int = 0) -> object:
            sender = self.who[name].address
            return self.bazaar.exchange.send(function, *args, sender=sender, value=value)

        def pick(self, number: int) -> Sold | None:
            return self.sold[number % len(self.sold)] if self.sold else None

        @rule(spoilt=st.booleans(), bond=st.integers(PRICE // 10, PRICE))
        def offer(self, spoilt: bool, bond: int) -> None:
            goods = SPOILT if spoilt else SOUND
            token_id = self.bazaar.mint(goods)
            terms = self.bazaar.terms(
                token_id, bond=bond, delivery_seconds=600, window_seconds=600, answer_seconds=100
            )
            escrow_id = self.bazaar.offer(terms)
            self.model.offer(escrow_id, self.who["alice"].address, terms)
            self.sold.append(Sold(escrow_id, goods, terms))

        @rule(spoilt=st.booleans())
        def sell(self, spoilt: bool) -> None:
            self.offer(spoilt, PRICE // 5)
            number = len(self.sold) - 1
            self.buy(number)
            self.deliver(number)

        @rule(number=picks, name=people)
        def cancel(self, number: int, name: str) -> None:
            if one := self.pick(number):
                self.both(
                    lambda: self.send(name, "cancel", one.escrow_id),
                    lambda: self.model.cancel(one.escrow_id, self.who[name].address),
                )

        @rule(number=picks)
        def buy(self, number: int) -> None:
            one = self.pick(number)
            if one is None or self.bazaar.state(one.escrow_id) != EscrowState.OFFERED:
                return
            # Good for longer than a history lasts: the model does not know of expired consents.
            consent = self.bazaar.consent(one.goods, one.terms, clock.now() + 29 * DAY)
            bob, now = self.who["bob"].address, self.now
            assert self.both(
                lambda: self.bazaar.buy(one.goods, one.terms, one.escrow_id, consent),
                lambda: self.model.buy(one.escrow_id, bob, now),
            )
            one.pair = self.bazaar.pair(one.goods, one.terms.token_id, consent)

        @rule(number=picks)
        def deliver(self, number: int) -> None:
            one = self.pick(number)
            if one is None or one.pair is None:
                return
            pair, now = one.pair, self.now
            self.both(
                lambda: self.bazaar.deliver(one.escrow_id, pair),
                lambda: self.model.deliver(one.escrow_id, now),
            )

        @rule(number=picks, name=people, index=blocks)
        def challenge(self, number: int, name: str, index: int) -> None:
            if one := self.pick(number):
                who, now = self.who[name].address, self.now
                self.both(
                    lambda: self.send(name, "challenge", one.escrow_id, index, value=FEE),
                    lambda: self.model.challenge(one.escrow_id, index, who, now),
                )

        @rule(number=picks, name=people, index=blocks)
        def answer(self, number: int, name: str, index: int) -> None:
            if one := self.pick(number):
                piece = one.goods.block(index)
                self.both(
                    lambda: self.send(name, "answer", one.escrow_id, index, piece),
                    lambda: self.model.answer(one.escrow_id, index, self.who[name].address),
                )

        @rule(number=picks, chunk=st.sampled_from([0, 5]))
        def complain(self, number: int, chunk: int) -> None:
            one = self.pick(number)
            if one is None or one.pair is None:
                return
            pair, now, bob = one.pair, self.now, self.who["bob"].address
            right = one.goods is SOUND or chunk != 5
            self.both(
                lambda: self.bazaar.complain(one.goods, one.escrow_id, pair, chunk),
                lambda: self.model.complain(one.escrow_id, bob, now, right),
            )

        @rule(number=picks, index=blocks)
        def refund(self, number: int, index: int) -> None:
            if one := self.pick(number):
                escrow_id, now = one.escrow_id, self.now
                self.both(
                    lambda: self.send("carol", "refundUndelivered", escrow_id),
                    lambda: self.model.refund_undelivered(escrow_id, now),
                )
                later = self.now
                self.both(
                    lambda: self.send("carol", "refundUnanswered", escrow_id, index),
                    lambda: self.model.refund_unanswered(escrow_id, index, later),
                )

        @rule(number=picks, name=people)
        def finish(self, number: int, name: str) -> None:
            one = self.pick(number)
            if one is None or one.pair is None:
                return
            pair, who, now = one.pair, self.who[name].address, self.now
            self.both(
                lambda: self.send(name, "finish", one.escrow_id, [pair]),
                lambda: self.model.finish(one.escrow_id, who, now),
            )

        @rule(number=picks)
        def leave_uncollected(self, number: int) -> None:
            one = self.pick(number)
            if one is None or one.pair is None:
                return
            pair, now = one.pair, self.now
            if self.both(
                lambda: self.send("alice", "finishUncollected", one.escrow_id),
                lambda: self.model.finish_uncollected(one.escrow_id, now),
            ):
                assert self.both(
                    lambda: self.send("bob", "collect", one.escrow_id, [pair]),
                    lambda: self.model.collect(one.escrow_id),
                )

        @rule(name=people)
        def withdraw(self, name: str) -> None:
            person = self.who[name]
            amount = self.bazaar.credit(person)
            self.send(name, "withdraw", NATIVE, amount, Person.named("purse").address)
            assert self.model.withdraw(person.address) == amount

        @rule(seconds=waits)
        def wait(self, seconds: int) -> None:
            clock.reach(clock.now() + seconds)

        @invariant()
        def money_is_where_the_model_says(self) -> None:
            exchange = self.bazaar.exchange
            for person in (*self.who.values(), self.bazaar.treasury):
                assert self.bazaar.credit(person) == self.model.credit[person.address]
            assert self.bazaar.house.evm.balance(exchange.address) == self.model.held()

        @invariant()
        def tokens_are_where_the_states_say(self) -> None:
            house = self.bazaar.house
            for one in self.sold:
                state = self.model.deals[one.escrow_id].state
                assert self.bazaar.state(one.escrow_id) == state
                owner = house.bob if state is EscrowState.FINISHED else house.alice
                assert house.owner_of(one.terms.token_id) == owner.address.lower()
                free = state in {
                    EscrowState.FINISHED,
                    EscrowState.CANCELLED,
                    EscrowState.REFUNDED,
                }
                locker = int(self.bazaar.locker(one.terms.token_id), 16)
                assert (locker == 0) == free

    return EscrowMachine


def test_any_history_of_sales_keeps_every_wei_and_every_token(clock: Clock) -> None:
    run_state_machine_as_test(
        escrow_machine(clock),
        settings=settings(max_examples=3, stateful_step_count=18, deadline=None),
    )
