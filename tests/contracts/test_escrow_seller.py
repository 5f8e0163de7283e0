"""The exchange: an honest sale, and every cheat of the seller, and who has the money then."""

from __future__ import annotations

import os
from typing import cast

import pytest

from tests.support.agents import Person
from tests.support.contracts import Reverted
from tests.support.escrow import BOND, DAY, FEE, PRICE, Bazaar, Goods, Place, Purse, send_as
from tests.support.reward_contracts import Clock
from zerog.chain.bindings_escrow import EscrowState
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import CHUNK, chunk_block, leaf_sector, open_stream
from zerog.inft.envelope import DataKey, open_seal
from zerog.inft.escrow.terms import NATIVE
from zerog.storage.codec import SEGMENT

pytestmark = pytest.mark.contracts

PLAIN = os.urandom(30_000)


@pytest.fixture(scope="module")
def place(clock: Clock) -> Place:
    return Place(clock, Bazaar.build(clock.anvil))


def test_honest_sale_hands_over_a_key_that_opens_the_data(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    purse, token_id = Purse(bazaar), cast(int, bazaar.escrow(escrow_id)[15])
    key = open_seal(pair[1].sealed_key, house.bob.secret).data_key()
    segments = [
        goods.container[at : at + SEGMENT] for at in range(0, len(goods.container), SEGMENT)
    ]
    assert b"".join(bytes(each) for each in open_stream(key, segments)) == PLAIN
    assert house.owner_of(token_id) == house.alice.address.lower()
    send_as(bazaar, house.bob, "finish", escrow_id, [pair])
    assert house.owner_of(token_id) == house.bob.address.lower()
    assert house.key_hashes_of(token_id) == [keccak256(pair[1].sealed_key)]
    assert purse.grown() == (PRICE + BOND, 0)
    assert bazaar.state(escrow_id) == EscrowState.FINISHED
    assert int(bazaar.locker(token_id), 16) == 0


def test_seller_who_hears_nothing_is_paid_after_the_window(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    with pytest.raises(Reverted, match="TooEarly"):
        send_as(bazaar, house.alice, "finish", escrow_id, [pair])
    place.wait(DAY + 1)
    purse = Purse(bazaar)
    send_as(bazaar, house.carol, "finish", escrow_id, [pair])
    assert purse.grown() == (PRICE + BOND, 0)


def test_credit_is_taken_out_by_its_owner(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    send_as(bazaar, house.bob, "finish", escrow_id, [pair])
    nobody = Person.named("who is paid").address
    before = house.evm.balance(nobody)
    send_as(bazaar, house.alice, "withdraw", NATIVE, PRICE, nobody)
    assert house.evm.balance(nobody) - before == PRICE


def test_seal_of_another_key_costs_the_seller_the_bond(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    purse = Purse(bazaar)
    escrow_id, pair = bazaar.delivered(goods, DataKey.generate())
    sealed_key = pair[1].sealed_key
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    with pytest.raises(Reverted, match="KeyIsWrong"):
        bazaar.complain(goods, escrow_id, pair, 0)
    send_as(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
    assert purse.grown() == (0, PRICE + BOND)
    assert bazaar.state(escrow_id) == EscrowState.REFUNDED
    token_id = cast(int, bazaar.escrow(escrow_id)[15])
    assert house.owner_of(token_id) == house.alice.address.lower()
    assert int(bazaar.locker(token_id), 16) == 0


@pytest.mark.parametrize("chunk", [0, 17, 29])
def test_wrong_chunk_anywhere_costs_the_seller_the_bond(place: Place, chunk: int) -> None:
    bazaar = place.bazaar
    goods = Goods.of(PLAIN).spoil(chunk_block(chunk) * CHUNK + 100)
    purse = Purse(bazaar)
    escrow_id, pair = bazaar.delivered(goods)
    key = open_seal(pair[1].sealed_key, bazaar.house.bob.secret).data_key()
    with pytest.raises(WrongKeyOrTampered) as caught:
        list(open_stream(key, [goods.container]))
    assert caught.value.chunk == chunk
    bazaar.complain(goods, escrow_id, pair, chunk)
    assert purse.grown() == (0, PRICE + BOND)


def test_wrong_leaf_costs_the_seller_the_bond(place: Place) -> None:
    sector, at = leaf_sector(11)
    goods = Goods.of(PLAIN).spoil(sector * 256 + at * 32)
    purse = Purse(place.bazaar)
    escrow_id, pair = place.bazaar.delivered(goods)
    place.bazaar.complain(goods, escrow_id, pair, 11)
    assert purse.grown() == (0, PRICE + BOND)


def test_wrong_chunk_in_a_second_segment_costs_the_seller_the_bond(place: Place) -> None:
    plain, chunk = os.urandom(270_000), 260
    goods = Goods.of(plain).spoil(chunk_block(chunk) * CHUNK)
    escrow_id, pair = place.bazaar.delivered(goods)
    purse = Purse(place.bazaar)
    place.bazaar.complain(goods, escrow_id, pair, chunk)
    assert purse.grown() == (0, PRICE + BOND)


@pytest.mark.parametrize("at", [16, 47, 48, 79])
def test_head_that_lies_about_size_salt_or_check_is_a_wrong_key(place: Place, at: int) -> None:
    """Keys are derived from all of the head: none opens a changed one."""
    bazaar, goods = place.bazaar, Goods.of(PLAIN).spoil(at)
    escrow_id, pair = bazaar.delivered(goods)
    opening = bazaar.reveal(goods, escrow_id, pair[1].sealed_key)
    purse = Purse(bazaar)
    send_as(bazaar, bazaar.house.bob, "complainKey", escrow_id, pair[1].sealed_key, opening)
    assert purse.grown() == (0, PRICE + BOND)


def test_head_of_a_size_that_the_file_has_not_is_not_registered(place: Place) -> None:
    with pytest.raises(Reverted, match="WrongPathLength"):
        place.bazaar.register(Goods.of(PLAIN).spoil(12))


def test_head_that_lies_a_little_about_the_size_is_a_wrong_key(place: Place) -> None:
    goods = Goods.of(PLAIN).spoil(15)
    assert goods.header.plain_size == len(PLAIN) ^ 1
    escrow_id, pair = place.bazaar.delivered(goods)
    opening = place.bazaar.reveal(goods, escrow_id, pair[1].sealed_key)
    purse = Purse(place.bazaar)
    bob = place.bazaar.house.bob
    send_as(place.bazaar, bob, "complainKey", escrow_id, pair[1].sealed_key, opening)
    assert purse.grown() == (0, PRICE + BOND)


def test_no_delivery_gives_the_price_back_and_the_bond_too(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    terms = bazaar.terms(token_id)
    escrow_id = bazaar.offer(terms)
    consent = bazaar.buy(goods, terms, escrow_id)
    purse = Purse(bazaar)
    with pytest.raises(Reverted, match="TooEarly"):
        send_as(bazaar, house.bob, "refundUndelivered", escrow_id)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        bazaar.deliver(escrow_id, bazaar.pair(goods, token_id, consent))
    send_as(bazaar, house.carol, "refundUndelivered", escrow_id)
    assert purse.grown() == (BOND, PRICE)
    assert int(bazaar.locker(token_id), 16) == 0


def test_data_that_nobody_can_get_gives_the_money_back(place: Place) -> None:
    """F23: a seller sells a hash, and stores nothing."""
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    purse = Purse(bazaar)
    send_as(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="TooEarly"):
        send_as(bazaar, house.bob, "refundUnanswered", escrow_id, 20)
    place.wait(3601)
    with pytest.raises(Reverted, match="NotChallenged"):
        send_as(bazaar, house.bob, "refundUnanswered", escrow_id, 21)
    send_as(bazaar, house.bob, "refundUnanswered", escrow_id, 20)
    assert purse.grown() == (0, PRICE + BOND + FEE)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send_as(bazaar, house.alice, "finish", escrow_id, [pair])


def test_seller_cannot_move_reseal_or_change_a_token_in_escrow(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, _ = bazaar.delivered(goods)
    token_id = cast(int, bazaar.escrow(escrow_id)[15])
    statement = house.statement(token_id, house.alice, house.carol)
    with pytest.raises(Reverted, match="TokenLocked"):
        house.transfer(token_id, house.alice, house.carol, house.pairs(statement, house.carol))
    with pytest.raises(Reverted, match="TokenLocked"):
        house.token.send("burn", token_id, sender=house.alice.address)
    with pytest.raises(Reverted, match="NotLocker"):
        house.token.send("unlock", token_id, sender=house.alice.address)


def test_delivery_that_the_token_would_refuse_does_not_count(place: Place) -> None:
    bazaar, goods = place.bazaar, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    terms = bazaar.terms(token_id)
    escrow_id = bazaar.offer(terms)
    consent = bazaar.buy(goods, terms, escrow_id)
    access, ownership = bazaar.pair(goods, token_id, consent)
    proof = ownership.proof
    broken = proof[:600] + bytes([proof[600] ^ 1]) + proof[601:]
    with pytest.raises(Reverted):
        bazaar.deliver(escrow_id, (access, ownership._replace(proof=broken)))
    other = bazaar.consent(goods, terms)
    with pytest.raises(Reverted, match="NotTheDelivery"):
        bazaar.deliver(escrow_id, (other, ownership))
    for other_data in (
        {"oracle_type": 0},
        {"old_data_hash": bytes(32)},
        {"new_data_hash": bytes(32)},
        {"nonce": bytes(64)},
    ):
        with pytest.raises(Reverted, match="NotTheData"):
            bazaar.deliver(escrow_id, (access, ownership._replace(**other_data)))
    carols = bazaar.house.carol.public_key
    with pytest.raises(Reverted, match="NotTheBuyersKey"):
        bazaar.deliver(escrow_id, (access, ownership._replace(encrypted_pub_key=carols)))
    with pytest.raises(Reverted, match="NotTheDelivery"):
        send_as(bazaar, bazaar.house.alice, "deliver", escrow_id, [])
    assert bazaar.state(escrow_id) == EscrowState.PAID
    bazaar.deliver(escrow_id, (access, ownership))
