"""Any order of listings, payments, hand-overs, refunds, messages and time, against a model.

Every unit of every currency is somebody's credit or a locked payment, and nobody pays without
the token or gets one without its key.
"""

from __future__ import annotations

import itertools
import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import cast

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from tests.support.agents import House, Person
from tests.support.contracts import Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.market import COIN, DAY, FEE_BPS, LISTED, OWED, PAID, PRICE, Bazaar
from tests.support.market_model import Deal, MarketModel, Message, Refusal
from tests.support.market_sale import spend
from tests.support.reward_contracts import Clock
from zerog.inft.market.orders import Offer, Order
from zerog.inft.proofs import AccessProof
from zerog.types import Address

pytestmark = pytest.mark.stateful

LISTED_SECONDS, WINDOW = 9_000, 900
NAMES = ["alice", "bob", "carol"]

PRICES = (0, 1, PRICE // 3, PRICE)
WAITS = (10, 300, 300, 1_000, 1_000, 10_000)
STEPS = 60
LOOK_EVERY = 6


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("clock"))
    try:
        yield Clock(process, Evm(process.url))
    finally:
        process.stop()


class History:
    """One history: the dice choose what somebody tries, and the model says what comes of it."""

    def __init__(
        self, clock: Clock, house: House, dice: random.Random, numbers: itertools.count[int]
    ) -> None:
        """A market and a currency of its own over the house; numbers: nonces nobody used."""
        self.clock, self.dice = clock, dice
        self.bazaar = Bazaar.over(house)
        self.bazaar.nonces = numbers
        self.model = MarketModel(self.bazaar.treasury.address, FEE_BPS)
        self.who = dict(zip(NAMES, (house.alice, house.bob, house.carol), strict=True))
        self.consents: dict[int, list[AccessProof]] = {}
        self.orders: list[tuple[Order, Message]] = []
        self.offers: list[tuple[Offer, Message]] = []
        self.done: Counter[str] = Counter()
        for name in (*NAMES, *NAMES):
            self.mint(name)

    def step(self) -> None:
        """One attempt of somebody's."""
        acts = (self.put_up, self.buy, self.settle, self.sign_both, self.match)
        others = (self.delist, self.refund, self.cancel, self.hand_over, self.withdraw)
        rare = (self.collect, self.collect, self.change_fee, self.wait)
        act = self.dice.choice((*acts, *acts, *acts, *others, *rare))
        act()

    def look(self) -> None:
        """The chain is as the model says."""
        self.every_unit_is_somebodys()
        self.tokens_are_where_the_model_says()

    def both(self, act: Callable[[], object], twin: Callable[[], None]) -> bool:
        """The same act in the contract and the model; whether they did it."""
        self.clock.at(self.now)
        found = expected = ""
        try:
            act()
        except Reverted as refusal:
            found = refusal.name
            self.clock.anvil.rpc("evm_mine")
        try:
            twin()
        except Refusal as refusal:
            expected = refusal.error
        assert found == expected
        self.done[found or "done"] += 1
        return not found

    @property
    def now(self) -> int:
        """The time of the next transaction."""
        return self.clock.now() + 2

    def send(self, name: str, function: str, *args: object, value: int = 0) -> object:
        sender = self.who[name].address
        return self.bazaar.market.send(function, *args, sender=sender, value=value)

    def named(self, address: str) -> Person:
        return next(one for one in self.who.values() if one.address == address)

    def deal(self, likely: int) -> tuple[int, Deal] | None:
        """Some listing; one of this state where there is one, mostly."""
        deals = sorted(self.model.deals.items())
        fitting = [one for one in deals if one[1].state == likely]
        chosen = fitting if fitting and self.dice.random() < 0.8 else deals
        return self.dice.choice(chosen) if chosen else None

    def token(self) -> int:
        """One that is not listed, mostly."""
        free = sorted(self.model.owner.keys() - self.model.listing_of.keys())
        return self.dice.choice(free if free and self.chance(0.8) else sorted(self.model.owner))

    def coin_or_tokens(self) -> Address:
        return COIN if self.chance() else self.bazaar.currency.address

    def somebody(self, but: str = "") -> str:
        return self.dice.choice([name for name in NAMES if name != but])

    def chance(self, share: float = 0.5) -> bool:
        return self.dice.random() < share

    def name_of(self, address: str) -> str:
        return next(key for key, person in self.who.items() if person.address == address)

    def mint(self, name: str) -> None:
        self.model.owner[self.bazaar.mint(self.who[name])] = self.who[name].address

    def put_up(self) -> None:
        token_id, price, now = self.token(), self.dice.choice(PRICES), self.now
        owner = self.name_of(self.model.owner[token_id])
        name = owner if self.chance(0.9) else self.somebody(owner)
        caller, until, currency = (
            self.who[name].address,
            now + LISTED_SECONDS,
            self.coin_or_tokens(),
        )
        terms = (token_id, currency, price, 0, until, WINDOW)
        deal = Deal(token_id, caller, currency, price, self.model.fee_bps, until, WINDOW)
        listing_id = cast(int, self.bazaar.market.read("listingCount")) + 1
        self.both(
            lambda: self.send(name, "list", terms),
            lambda: self.model.list(listing_id, caller, deal),
        )

    def delist(self) -> None:
        if found := self.deal(LISTED):
            name, now = self.somebody(), self.now
            caller = self.who[name].address
            self.both(
                lambda: self.send(name, "delist", found[0]),
                lambda: self.model.delist(found[0], caller, now),
            )

    def buy(self) -> None:
        found = self.deal(LISTED)
        if found is None:
            return
        (listing_id, deal), by_credit = found, self.chance(0.2)
        name = self.somebody(self.name_of(deal.seller))
        buyer, in_coin, now = self.who[name], deal.currency == COIN, self.now
        act = self.bazaar.act_of(listing_id, buyer)
        consents = self.bazaar.consents(act, buyer, deadline=now + 20 * DAY)
        arguments = (deal.currency, deal.price, buyer.public_key, consents)
        value = deal.price if in_coin and not by_credit else 0
        if self.both(
            lambda: self.send(name, "buy", listing_id, *arguments, value=value),
            lambda: self.model.buy(listing_id, buyer.address, now, in_coin and by_credit),
        ):
            self.consents[listing_id] = consents

    def settle(self) -> None:
        found = self.deal(PAID)
        if found is None or found[0] not in self.consents:
            return
        listing_id, deal = found
        if deal.state == PAID and not deal.spoilt and self.chance(0.4):
            self.spoil(listing_id, deal)
        now = self.now
        if deal.state != PAID:
            # The seller's key may open the token's seal no more: there is nothing to bring.
            self.both(
                lambda: self.send("carol", "settle", listing_id, []),
                lambda: self.model.settle(listing_id, now),
            )
            return
        buyer, consents = self.named(deal.buyer), self.consents[listing_id]
        before = self.bazaar.seals[deal.token_id]
        if self.both(
            lambda: self.bazaar.settle(listing_id, buyer, consents, by=self.who["carol"]),
            lambda: self.model.settle(listing_id, now),
        ):
            assert self.bazaar.opens(deal.token_id, buyer)
            if deal.state == OWED:
                self.bazaar.seals[deal.token_id] = before

    def spoil(self, listing_id: int, deal: Deal) -> None:
        """The buyer spends the consent on another token, which somebody gives them."""
        giver, buyer = self.who[self.somebody(self.name_of(deal.buyer))], self.named(deal.buyer)
        until, (consent,) = self.clock.now() + DAY, self.consents[listing_id]
        token_id = spend(self.bazaar, giver, buyer, consent, until)
        self.model.owner[token_id], deal.spoilt = buyer.address, True

    def collect(self) -> None:
        """Anyone, with a new consent of the buyer's."""
        found = self.deal(OWED)
        if found is None or not found[1].buyer:
            return
        listing_id, deal = found
        seller, buyer = self.named(deal.seller), self.named(deal.buyer)
        act = self.bazaar.statement(deal.token_id, seller, buyer)
        consents = self.bazaar.consents(act, buyer, deadline=self.clock.now() + DAY)
        owed = deal.state == OWED
        pairs = self.bazaar.pairs(act, seller, buyer.public_key, consents) if owed else []
        if self.both(
            lambda: self.send("carol", "collect", listing_id, pairs),
            lambda: self.model.collect(listing_id),
        ):
            self.bazaar.seals[deal.token_id] = [pair[1].sealed_key for pair in pairs]
            assert self.bazaar.opens(deal.token_id, buyer)

    def refund(self) -> None:
        if found := self.deal(PAID):
            now = self.now
            self.both(
                lambda: self.send("carol", "refund", found[0]),
                lambda: self.model.refund(found[0], now),
            )

    def sign_both(self) -> None:
        """The owner's order, and an offer of somebody else for the same token."""
        token_id, currency, price = self.token(), self.coin_or_tokens(), self.dice.choice(PRICES)
        seller = self.named(self.model.owner[token_id])
        buyer = self.who[self.somebody(self.name_of(seller.address))]
        expiry = self.clock.now() + 1000 * DAY
        terms = {"price": price, "currency": currency, "expiry": expiry}
        order = self.bazaar.order(token_id, seller, **terms)
        message = Message(token_id, seller.address, currency, price, order.nonce)
        self.orders.append((order, message))
        offer = self.bazaar.offer(token_id, buyer, **terms)
        other = Message(token_id, buyer.address, currency, price, offer.nonce)
        self.offers.append((offer, other))

    def match(self) -> None:
        """Mostly the newest two, which fit."""
        if not self.orders:
            return
        both, by_credit = (self.orders, self.offers), self.chance(0.2)
        newest = self.chance(0.7)
        order, one = both[0][-1] if newest else self.dice.choice(both[0])
        offer, two = both[1][-1] if newest else self.dice.choice(both[1])
        seller, buyer = self.named(one.signer), self.named(two.signer)
        if seller is buyer:
            return
        act = self.bazaar.statement(one.token_id, seller, buyer)
        consents = self.bazaar.consents(act, buyer, deadline=self.clock.now() + DAY)
        if self.model.owner[one.token_id] != one.signer:
            pairs = []
        else:
            pairs = self.bazaar.pairs(act, seller, buyer.public_key, consents)
        in_coin = offer.currency == COIN
        value = 0 if by_credit or not in_coin else offer.price
        if self.both(
            lambda: self.bazaar.fulfil(order, offer, pairs, buyer, value),
            lambda: self.model.fulfil(one, two, in_coin and by_credit),
        ):
            self.bazaar.seals[one.token_id] = [pair[1].sealed_key for pair in pairs]
            assert self.bazaar.opens(one.token_id, buyer)

    def cancel(self) -> None:
        if not self.orders:
            return
        _, one = self.dice.choice(self.orders)
        name = self.name_of(one.signer)
        if self.chance():
            self.send(name, "cancelBelow", one.nonce + 1)
            self.model.floor[one.signer] = max(self.model.floor[one.signer], one.nonce + 1)
        else:
            self.send(name, "cancel", one.nonce)
            self.model.spent.add((one.signer, one.nonce))

    def hand_over(self) -> None:
        token_id = self.token()
        owner = self.named(self.model.owner[token_id])
        to = self.who[self.somebody(self.name_of(owner.address))]
        pairs = self.bazaar.proofs(token_id, owner, to)
        if self.both(
            lambda: self.bazaar.house.transfer(token_id, owner, to, pairs),
            lambda: self.model.transfer(token_id, owner.address, to.address),
        ):
            self.bazaar.seals[token_id] = [pair[1].sealed_key for pair in pairs]

    def withdraw(self) -> None:
        name, currency = self.somebody(), self.coin_or_tokens()
        account = self.who[name].address
        amount = self.model.credit[currency, account]
        self.send(name, "withdraw", currency, amount, Person.named("purse").address)
        self.model.credit[currency, account] = 0

    def change_fee(self) -> None:
        bps = self.dice.choice((0, 1, 250, 1000))
        self.bazaar.market.send("setFee", bps)
        self.model.fee_bps = bps

    def wait(self) -> None:
        self.clock.reach(self.clock.now() + self.dice.choice(WAITS))

    def every_unit_is_somebodys(self) -> None:
        bazaar, market = self.bazaar, self.bazaar.market.address
        for person in (*self.who.values(), bazaar.treasury):
            for currency in (COIN, bazaar.currency.address):
                expected = self.model.credit[currency, person.address]
                assert bazaar.credit(person, currency) == expected
        assert bazaar.house.evm.balance(market) == self.model.held(COIN)
        tokens = bazaar.currency.read("balanceOf", market)
        assert tokens == self.model.held(bazaar.currency.address)

    def tokens_are_where_the_model_says(self) -> None:
        for token_id, owner in self.model.owner.items():
            assert self.bazaar.house.owner_of(token_id) == owner.lower()
            locker = int(str(self.bazaar.house.token.read("lockerOf", token_id)), 16)
            assert bool(locker) == (token_id in self.model.listing_of)
        for listing_id, deal in self.model.deals.items():
            assert self.bazaar.state(listing_id) == deal.state
            assert deal.state != PAID or self.model.owner[deal.token_id] == deal.seller


def test_any_history_of_a_market_keeps_every_unit_and_every_token(clock: Clock) -> None:
    house, numbers = House.build(clock.anvil), itertools.count(10**6)

    @settings(max_examples=2, deadline=None, phases=[Phase.generate])
    @given(seed=st.integers(0, 2**32))
    def live(seed: int) -> None:
        history = History(clock, house, random.Random(seed), numbers)
        for number in range(STEPS):
            history.step()
            if number % LOOK_EVERY == 0:
                history.look()
        history.look()

    live()
