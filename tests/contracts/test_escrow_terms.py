"""The exchange: who may do what on which terms, fees, pause and storage."""

from __future__ import annotations

import os

import pytest

from tests.support.contracts import Reverted
from tests.support.escrow import BOND, DAY, PRICE, Bazaar, Goods, Place, Purse, send_as
from tests.support.reward_contracts import Clock
from zerog.crypto.keccak import keccak256
from zerog.inft.escrow.terms import MAX_SECONDS, NATIVE, terms_hash

pytestmark = pytest.mark.contracts

PLAIN = os.urandom(30_000)


@pytest.fixture(scope="module")
def place(clock: Clock) -> Place:
    return Place(clock, Bazaar.build(clock.anvil))


def test_token_of_another_suite_is_not_sold_here(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    token_id = house.mint(house.alice)
    with pytest.raises(Reverted, match="NotProtected"):
        bazaar.offer(bazaar.terms(token_id))
    two = house.mint(house.alice, "one", "two")
    with pytest.raises(Reverted, match="NotOneItem"):
        bazaar.offer(bazaar.terms(two))


def test_terms_outside_the_rules_are_refused(place: Place) -> None:
    bazaar, goods = place.bazaar, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    wrong: tuple[tuple[str, int, str], ...] = (
        ("bond", PRICE // 10 - 1, "BondTooSmall"),
        ("answer_fee", PRICE + 1, "AnswerFeeTooHigh"),
        ("delivery_seconds", 59, "TimeOutOfRange"),
        ("window_seconds", MAX_SECONDS + 1, "TimeOutOfRange"),
        ("answer_seconds", 0, "TimeOutOfRange"),
    )
    for name, value, error in wrong:
        with pytest.raises(Reverted, match=error):
            bazaar.offer(bazaar.terms(token_id, **{name: value}))
    with pytest.raises(Reverted, match="NotTheSeller"):
        send_as(bazaar, bazaar.house.bob, "offer", bazaar.terms(token_id).abi(), value=BOND)
    with pytest.raises(Reverted, match="WrongValue"):
        send_as(bazaar, bazaar.house.alice, "offer", bazaar.terms(token_id).abi(), value=1)


def test_offer_that_nobody_paid_is_taken_back_by_the_seller_alone(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    escrow_id = bazaar.offer(bazaar.terms(token_id))
    assert bazaar.locker(token_id) == bazaar.exchange.address.lower()
    with pytest.raises(Reverted, match="TokenLocked"):
        bazaar.offer(bazaar.terms(token_id))
    with pytest.raises(Reverted, match="NotTheParty"):
        send_as(bazaar, house.bob, "cancel", escrow_id)
    purse = Purse(bazaar)
    send_as(bazaar, house.alice, "cancel", escrow_id)
    assert purse.grown() == (BOND, 0)
    assert int(bazaar.locker(token_id), 16) == 0
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send_as(bazaar, house.alice, "cancel", escrow_id)


def test_payment_for_other_terms_or_with_a_bad_consent_is_refused(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    terms = bazaar.terms(token_id)
    escrow_id = bazaar.offer(terms)
    assert bazaar.exchange.read("termsOf", escrow_id) == bazaar.terms_hash(goods, terms, escrow_id)
    with pytest.raises(Reverted, match="TermsDiffer"):
        bazaar.buy(goods, bazaar.terms(token_id, bond=BOND + 1), escrow_id)
    with pytest.raises(Reverted, match="ConsentDeadline"):
        bazaar.buy(goods, terms, escrow_id, bazaar.consent(goods, terms, house.now() + 3 * DAY))
    unsigned = bazaar.consent(goods, terms)._replace(proof=bytes(65))
    with pytest.raises(Reverted, match="ConsentNotSigned"):
        bazaar.buy(goods, terms, escrow_id, unsigned)
    other = bazaar.consent(Goods.of(b"other"), terms)
    with pytest.raises(Reverted, match="ConsentToOtherData"):
        bazaar.buy(goods, terms, escrow_id, other)
    agreed = bazaar.terms_hash(goods, terms, escrow_id)
    consent = bazaar.consent(goods, terms)
    for key in (b"", bytes(64), house.bob.public_key[:63]):
        with pytest.raises(Reverted, match="NotAPublicKey"):
            send_as(bazaar, house.bob, "buy", escrow_id, agreed, key, [consent], value=PRICE)
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        send_as(bazaar, house.bob, "buy", escrow_id, agreed, house.bob.public_key, [], value=PRICE)
    with pytest.raises(Reverted, match="WrongValue"):
        send_as(
            bazaar, house.bob, "buy", escrow_id, agreed, house.bob.public_key, [consent], value=1
        )
    bazaar.buy(goods, terms, escrow_id, consent)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        bazaar.buy(goods, terms, escrow_id)


def test_terms_are_bound_to_chain_exchange_and_escrow(place: Place) -> None:
    terms, root = place.bazaar.terms(1), bytes(32)
    seen = {
        terms_hash(chain, exchange, escrow, NATIVE, root, terms)
        for chain in (1, 2)
        for exchange in (NATIVE, place.bazaar.exchange.address)
        for escrow in (1, 2)
    }
    assert len(seen) == 8


def test_pause_stops_offers_and_payments_and_nothing_that_runs(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    running, pair = bazaar.delivered(goods)
    token_id = bazaar.mint(goods)
    terms = bazaar.terms(token_id)
    waiting = bazaar.offer(terms)
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        send_as(bazaar, house.bob, "pause")
    bazaar.exchange.send("pause")
    with pytest.raises(Reverted, match="EnforcedPause"):
        bazaar.buy(goods, terms, waiting)
    send_as(bazaar, house.alice, "cancel", waiting)
    with pytest.raises(Reverted, match="EnforcedPause"):
        bazaar.offer(terms)
    send_as(bazaar, house.bob, "finish", running, [pair])
    bazaar.exchange.send("unpause")
    bazaar.offer(terms)


def test_fee_of_the_exchange_is_that_of_the_offer(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    bazaar.exchange.send("setFee", 200)
    escrow_id, pair = bazaar.delivered(goods)
    bazaar.exchange.send("setFee", 0)
    purse, before = Purse(bazaar), bazaar.credit(bazaar.treasury)
    send_as(bazaar, house.bob, "finish", escrow_id, [pair])
    assert bazaar.credit(bazaar.treasury) - before == PRICE // 50
    assert purse.grown() == (PRICE - PRICE // 50 + BOND, 0)


def test_exchange_is_set_up_once_and_its_storage_is_derived(place: Place) -> None:
    bazaar = place.bazaar
    zero = NATIVE
    with pytest.raises(Reverted, match="InvalidInitialization"):
        bazaar.exchange.send("initialize", zero, 0, zero, zero)
    name = int.from_bytes(keccak256(b"zerog.storage.FairExchange"), "big") - 1
    slot = int.from_bytes(keccak256(name.to_bytes(32, "big")), "big") & ~0xFF
    word = bazaar.house.evm.w3.eth.get_storage_at(bazaar.exchange.address, slot)
    assert bytes(word)[-20:].hex() == bazaar.house.token.address[2:].lower()
