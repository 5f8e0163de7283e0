"""The exchange: every cheat of the buyer, challenges, and who has the money then."""

from __future__ import annotations

import os
from typing import cast

import pytest

from tests.support.contracts import Reverted
from tests.support.escrow import BOND, DAY, FEE, PRICE, Bazaar, Goods, Place, Purse, send_as
from tests.support.reward_contracts import Clock
from zerog.chain.bindings_escrow import EscrowState
from zerog.crypto.keccakctr import CHUNK, chunk_block
from zerog.inft.envelope import DataKey
from zerog.inft.escrow.pieces import Piece
from zerog.inft.escrow.terms import GRACE_SECONDS, MAX_OPEN_CHALLENGES
from zerog.inft.proofs import AccessProof

pytestmark = pytest.mark.contracts

PLAIN = os.urandom(30_000)


@pytest.fixture(scope="module")
def place(clock: Clock) -> Place:
    return Place(clock, Bazaar.build(clock.anvil))


def test_false_complaints_are_refused(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    sealed_key, bob = pair[1].sealed_key, house.bob
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    with pytest.raises(Reverted, match="KeyIsRight"):
        send_as(bazaar, bob, "complainKey", escrow_id, sealed_key, opening)
    with pytest.raises(Reverted, match="ChunkIsRight"):
        bazaar.complain(goods, escrow_id, pair, 4)
    chunk, leaves = goods.chunk(4)
    forged = Piece(bytes(CHUNK), chunk.path)
    with pytest.raises(Reverted, match="NotInData"):
        send_as(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 4, forged, leaves)
    forged_leaves = Piece(bytes(256), leaves.path)
    with pytest.raises(Reverted, match="NotInData"):
        send_as(
            bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 4, chunk, forged_leaves
        )
    with pytest.raises(Reverted, match="NotInData"):
        send_as(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 5, chunk, leaves)
    with pytest.raises(Reverted, match="NoSuchChunk"):
        send_as(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 30, chunk, leaves)
    forged_w = opening._replace(w=(opening.w[0], opening.w[1] ^ 1))
    with pytest.raises(Reverted, match="NotAPoint"):
        send_as(bazaar, bob, "complainKey", escrow_id, sealed_key, forged_w)
    another = Goods.of(b"other goods")
    _, other_pair = bazaar.delivered(another)
    foreign = bazaar.reveal(goods, escrow_id, other_pair[1].sealed_key)
    with pytest.raises(Reverted, match="NotTheDeliveredSeal"):
        send_as(bazaar, bob, "complainKey", escrow_id, other_pair[1].sealed_key, foreign)
    with pytest.raises(Reverted):
        send_as(bazaar, bob, "complainKey", escrow_id, sealed_key, foreign)
    assert bazaar.state(escrow_id) == EscrowState.DELIVERED


def test_complaint_is_the_buyers_and_good_once_in_one_escrow(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods, DataKey.generate())
    sealed_key = pair[1].sealed_key
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    for stranger in (house.alice, house.carol):
        with pytest.raises(Reverted, match="NotTheParty"):
            send_as(bazaar, stranger, "complainKey", escrow_id, sealed_key, opening)
    send_as(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send_as(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
    again, _ = bazaar.delivered(goods, DataKey.generate())
    with pytest.raises(Reverted, match="NotTheDeliveredSeal"):
        send_as(bazaar, house.bob, "complainKey", again, sealed_key, opening)


def test_complaint_after_the_window_is_too_late(place: Place) -> None:
    bazaar, goods = place.bazaar, Goods.of(PLAIN).spoil(chunk_block(3) * CHUNK)
    escrow_id, pair = bazaar.delivered(goods)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        bazaar.complain(goods, escrow_id, pair, 3)


def test_challenge_answered_in_time_costs_the_buyer_its_fee(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    send_as(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="AlreadyChallenged"):
        send_as(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="NotInData"):
        send_as(bazaar, house.carol, "answer", escrow_id, 20, goods.block(21))
    carols = bazaar.credit(house.carol)
    receipt = bazaar.exchange.send(
        "answer", escrow_id, 20, goods.block(20), sender=house.carol.address
    )
    (event,) = bazaar.exchange.events("Answered", receipt)
    assert event["data"] == goods.block(20).data
    assert bazaar.credit(house.carol) - carols == FEE
    for function in ("challenge", "refundUnanswered"):
        value = FEE if function == "challenge" else 0
        with pytest.raises(Reverted, match=r"AlreadyChallenged|NotChallenged"):
            send_as(bazaar, house.bob, function, escrow_id, 20, value=value)
    with pytest.raises(Reverted, match="NotChallenged"):
        send_as(bazaar, house.carol, "answer", escrow_id, 20, goods.block(20))
    place.wait(DAY + 1)
    send_as(bazaar, house.alice, "finish", escrow_id, [pair])


def test_challenges_are_the_buyers_within_the_window_and_the_file(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, _ = bazaar.delivered(goods)
    with pytest.raises(Reverted, match="NotTheParty"):
        send_as(bazaar, house.carol, "challenge", escrow_id, 0, value=FEE)
    count = len(goods.container) // CHUNK
    with pytest.raises(Reverted, match="NoSuchPiece"):
        send_as(bazaar, house.bob, "challenge", escrow_id, count, value=FEE)
    with pytest.raises(Reverted, match="WrongValue"):
        send_as(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE - 1)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        send_as(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE)


def test_buyer_cannot_ask_for_more_than_can_be_answered(place: Place) -> None:
    """Who has the key already, and the data, would otherwise win by a flood of challenges."""
    bazaar, bob, goods = place.bazaar, place.bazaar.house.bob, Goods.of(PLAIN)
    escrow_id, _ = bazaar.delivered(goods)
    most = bazaar.exchange.read("MAX_OPEN_CHALLENGES")
    assert most == MAX_OPEN_CHALLENGES < len(goods.container) // CHUNK
    for index in range(MAX_OPEN_CHALLENGES):
        send_as(bazaar, bob, "challenge", escrow_id, index, value=FEE)
    with pytest.raises(Reverted, match="TooManyChallenges"):
        send_as(bazaar, bob, "challenge", escrow_id, MAX_OPEN_CHALLENGES, value=FEE)
    send_as(bazaar, bob, "answer", escrow_id, 0, goods.block(0))
    send_as(bazaar, bob, "challenge", escrow_id, MAX_OPEN_CHALLENGES, value=FEE)


def test_late_challenge_leaves_time_to_answer_and_to_complain(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    goods = Goods.of(PLAIN).spoil(chunk_block(12) * CHUNK)
    escrow_id, pair = bazaar.delivered(goods)
    place.wait(DAY - 60)
    send_as(bazaar, house.bob, "challenge", escrow_id, chunk_block(12), value=FEE)
    place.wait(3500)
    with pytest.raises(Reverted, match="TooEarly"):
        send_as(bazaar, house.alice, "finish", escrow_id, [pair])
    send_as(bazaar, house.alice, "answer", escrow_id, chunk_block(12), goods.block(chunk_block(12)))
    place.wait(3500)
    purse = Purse(bazaar)
    bazaar.complain(goods, escrow_id, pair, 12)
    assert purse.grown() == (0, PRICE + BOND)


def test_open_challenge_keeps_the_seller_waiting_until_it_is_answered(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    send_as(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE)
    place.wait(2 * DAY)
    with pytest.raises(Reverted, match="ChallengesOpen"):
        send_as(bazaar, house.alice, "finish", escrow_id, [pair])
    send_as(bazaar, house.alice, "answer", escrow_id, 0, goods.block(0))
    send_as(bazaar, house.alice, "finish", escrow_id, [pair])


def test_buyer_who_finishes_early_gets_the_fees_of_open_challenges_back(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    for index in (3, 4):
        send_as(bazaar, house.bob, "challenge", escrow_id, index, value=FEE)
    purse = Purse(bazaar)
    send_as(bazaar, house.bob, "finish", escrow_id, [pair])
    assert purse.grown() == (PRICE + BOND, 2 * FEE)


def spoil_consent(bazaar: Bazaar, consent: AccessProof) -> None:
    """Bob gives the nonce of his consent away, for a token of Carol's."""
    house, nonce = bazaar.house, int.from_bytes(consent.nonce[:32], "big")
    other = house.mint(house.carol)
    statement = house.statement(other, house.carol, house.bob)
    house.transfer(other, house.carol, house.bob, [house.pair(statement, house.bob, nonce=nonce)])


def test_buyer_cannot_undo_a_delivery_whose_seal_is_in_the_open(place: Place) -> None:
    """Who watches the pool has read the seal of a delivery that then reverts: none may."""
    bazaar, goods = place.bazaar, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    terms = bazaar.terms(token_id)
    escrow_id = bazaar.offer(terms)
    pair = bazaar.pair(goods, token_id, bazaar.buy(goods, terms, escrow_id))
    spoil_consent(bazaar, pair[0])
    bazaar.deliver(escrow_id, pair)
    place.wait(DAY + GRACE_SECONDS + 1)
    purse = Purse(bazaar)
    send_as(bazaar, bazaar.house.alice, "finishUncollected", escrow_id)
    assert purse.grown() == (PRICE + BOND, 0)


def test_buyer_who_uses_the_consent_up_pays_all_the_same(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    spoil_consent(bazaar, pair[0])
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        send_as(bazaar, house.alice, "finish", escrow_id, [pair])
    with pytest.raises(Reverted, match="TooEarly"):
        send_as(bazaar, house.alice, "finishUncollected", escrow_id)
    place.wait(GRACE_SECONDS)
    purse = Purse(bazaar)
    send_as(bazaar, house.alice, "finishUncollected", escrow_id)
    assert purse.grown() == (PRICE + BOND, 0)
    assert bazaar.state(escrow_id) == EscrowState.OWED
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        send_as(bazaar, house.bob, "collect", escrow_id, [pair])
    token_id = cast(int, bazaar.escrow(escrow_id)[15])
    consent = bazaar.consent(goods, bazaar.terms(token_id))
    send_as(bazaar, house.bob, "collect", escrow_id, [(consent, pair[1])])
    assert house.owner_of(token_id) == house.bob.address.lower()
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send_as(bazaar, house.bob, "collect", escrow_id, [pair])
