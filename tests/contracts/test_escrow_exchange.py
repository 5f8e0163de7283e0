"""The exchange: every cheat of seller and buyer, and who has the money afterwards."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import cast

import pytest

from tests.support.agents import Person
from tests.support.contracts import Reverted
from tests.support.escrow import BOND, DAY, FEE, PRICE, Bazaar, Goods
from tests.support.reward_contracts import Clock
from zerog.chain.bindings_escrow import EscrowState
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import CHUNK, chunk_block, leaf_sector, open_stream
from zerog.inft.envelope import DataKey, open_seal
from zerog.inft.escrow.pieces import Piece
from zerog.inft.escrow.terms import GRACE_SECONDS, MAX_SECONDS, NATIVE, terms_hash
from zerog.storage.codec import SEGMENT

pytestmark = pytest.mark.contracts

PLAIN = os.urandom(30_000)


@dataclass(slots=True)
class Place:
    """One exchange on a chain whose clock the tests move."""

    clock: Clock
    bazaar: Bazaar

    def wait(self, seconds: int) -> None:
        """Let time pass."""
        self.clock.reach(self.clock.now() + seconds)


@pytest.fixture(scope="module")
def place(clock: Clock) -> Place:
    return Place(clock, Bazaar.build(clock.anvil))


class Purse:
    """What two people have been credited since it was opened."""

    def __init__(self, bazaar: Bazaar) -> None:
        self.bazaar, house = bazaar, bazaar.house
        self.people = (house.alice, house.bob)
        self.before = [bazaar.credit(each) for each in self.people]

    def grown(self) -> tuple[int, int]:
        """Alice's and Bob's credit since."""
        now = [self.bazaar.credit(each) for each in self.people]
        return now[0] - self.before[0], now[1] - self.before[1]


def send(bazaar: Bazaar, who: Person, function: str, *args: object, value: int = 0) -> None:
    bazaar.exchange.send(function, *args, sender=who.address, value=value)


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
    send(bazaar, house.bob, "finish", escrow_id, [pair])
    assert house.owner_of(token_id) == house.bob.address.lower()
    assert house.key_hashes_of(token_id) == [keccak256(pair[1].sealed_key)]
    assert purse.grown() == (PRICE + BOND, 0)
    assert bazaar.state(escrow_id) == EscrowState.FINISHED
    assert int(bazaar.locker(token_id), 16) == 0


def test_seller_who_hears_nothing_is_paid_after_the_window(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    with pytest.raises(Reverted, match="TooEarly"):
        send(bazaar, house.alice, "finish", escrow_id, [pair])
    place.wait(DAY + 1)
    purse = Purse(bazaar)
    send(bazaar, house.carol, "finish", escrow_id, [pair])
    assert purse.grown() == (PRICE + BOND, 0)


def test_credit_is_taken_out_by_its_owner(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    send(bazaar, house.bob, "finish", escrow_id, [pair])
    nobody = Person.named("who is paid").address
    before = house.evm.balance(nobody)
    send(bazaar, house.alice, "withdraw", NATIVE, PRICE, nobody)
    assert house.evm.balance(nobody) - before == PRICE


# ------------------------------------------------------------------ the seller cheats


def test_seal_of_another_key_costs_the_seller_the_bond(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    purse = Purse(bazaar)
    escrow_id, pair = bazaar.delivered(goods, DataKey.generate())
    sealed_key = pair[1].sealed_key
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    with pytest.raises(Reverted, match="KeyIsWrong"):
        bazaar.complain(goods, escrow_id, pair, 0)
    send(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
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
    send(bazaar, bazaar.house.bob, "complainKey", escrow_id, pair[1].sealed_key, opening)
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
    send(place.bazaar, bob, "complainKey", escrow_id, pair[1].sealed_key, opening)
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
        send(bazaar, house.bob, "refundUndelivered", escrow_id)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        bazaar.deliver(escrow_id, bazaar.pair(goods, token_id, consent))
    send(bazaar, house.carol, "refundUndelivered", escrow_id)
    assert purse.grown() == (BOND, PRICE)
    assert int(bazaar.locker(token_id), 16) == 0


def test_data_that_nobody_can_get_gives_the_money_back(place: Place) -> None:
    """F23: a seller sells a hash, and stores nothing."""
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    purse = Purse(bazaar)
    send(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="TooEarly"):
        send(bazaar, house.bob, "refundUnanswered", escrow_id, 20)
    place.wait(3601)
    with pytest.raises(Reverted, match="NotChallenged"):
        send(bazaar, house.bob, "refundUnanswered", escrow_id, 21)
    send(bazaar, house.bob, "refundUnanswered", escrow_id, 20)
    assert purse.grown() == (0, PRICE + BOND + FEE)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send(bazaar, house.alice, "finish", escrow_id, [pair])


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
    with pytest.raises(Reverted, match="NotTheDelivery"):
        bazaar.deliver(escrow_id, (access, ownership._replace(oracle_type=0)))
    with pytest.raises(Reverted, match="NotTheDelivery"):
        send(bazaar, bazaar.house.alice, "deliver", escrow_id, [])
    assert bazaar.state(escrow_id) == EscrowState.PAID
    bazaar.deliver(escrow_id, (access, ownership))


# ------------------------------------------------------------------- the buyer cheats


def test_false_complaints_are_refused(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    sealed_key, bob = pair[1].sealed_key, house.bob
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    with pytest.raises(Reverted, match="KeyIsRight"):
        send(bazaar, bob, "complainKey", escrow_id, sealed_key, opening)
    with pytest.raises(Reverted, match="ChunkIsRight"):
        bazaar.complain(goods, escrow_id, pair, 4)
    chunk, leaves = goods.chunk(4)
    forged = Piece(bytes(CHUNK), chunk.path)
    with pytest.raises(Reverted, match="NotInData"):
        send(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 4, forged, leaves)
    forged_leaves = Piece(bytes(256), leaves.path)
    with pytest.raises(Reverted, match="NotInData"):
        send(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 4, chunk, forged_leaves)
    with pytest.raises(Reverted, match="NotInData"):
        send(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 5, chunk, leaves)
    with pytest.raises(Reverted, match="NoSuchChunk"):
        send(bazaar, bob, "complainChunk", escrow_id, sealed_key, opening, 30, chunk, leaves)
    forged_w = opening._replace(w=(opening.w[0], opening.w[1] ^ 1))
    with pytest.raises(Reverted, match="NotAPoint"):
        send(bazaar, bob, "complainKey", escrow_id, sealed_key, forged_w)
    another = Goods.of(b"other goods")
    _, other_pair = bazaar.delivered(another)
    foreign = bazaar.reveal(goods, escrow_id, other_pair[1].sealed_key)
    with pytest.raises(Reverted, match="NotTheDeliveredSeal"):
        send(bazaar, bob, "complainKey", escrow_id, other_pair[1].sealed_key, foreign)
    with pytest.raises(Reverted):
        send(bazaar, bob, "complainKey", escrow_id, sealed_key, foreign)
    assert bazaar.state(escrow_id) == EscrowState.DELIVERED


def test_complaint_is_the_buyers_and_good_once_in_one_escrow(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods, DataKey.generate())
    sealed_key = pair[1].sealed_key
    opening = bazaar.reveal(goods, escrow_id, sealed_key)
    for stranger in (house.alice, house.carol):
        with pytest.raises(Reverted, match="NotTheParty"):
            send(bazaar, stranger, "complainKey", escrow_id, sealed_key, opening)
    send(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send(bazaar, house.bob, "complainKey", escrow_id, sealed_key, opening)
    again, _ = bazaar.delivered(goods, DataKey.generate())
    with pytest.raises(Reverted, match="NotTheDeliveredSeal"):
        send(bazaar, house.bob, "complainKey", again, sealed_key, opening)


def test_complaint_after_the_window_is_too_late(place: Place) -> None:
    bazaar, goods = place.bazaar, Goods.of(PLAIN).spoil(chunk_block(3) * CHUNK)
    escrow_id, pair = bazaar.delivered(goods)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        bazaar.complain(goods, escrow_id, pair, 3)


def test_challenge_answered_in_time_costs_the_buyer_its_fee(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    send(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="AlreadyChallenged"):
        send(bazaar, house.bob, "challenge", escrow_id, 20, value=FEE)
    with pytest.raises(Reverted, match="NotInData"):
        send(bazaar, house.carol, "answer", escrow_id, 20, goods.block(21))
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
            send(bazaar, house.bob, function, escrow_id, 20, value=value)
    with pytest.raises(Reverted, match="NotChallenged"):
        send(bazaar, house.carol, "answer", escrow_id, 20, goods.block(20))
    place.wait(DAY + 1)
    send(bazaar, house.alice, "finish", escrow_id, [pair])


def test_challenges_are_the_buyers_within_the_window_and_the_file(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, _ = bazaar.delivered(goods)
    with pytest.raises(Reverted, match="NotTheParty"):
        send(bazaar, house.carol, "challenge", escrow_id, 0, value=FEE)
    count = len(goods.container) // CHUNK
    with pytest.raises(Reverted, match="NoSuchPiece"):
        send(bazaar, house.bob, "challenge", escrow_id, count, value=FEE)
    with pytest.raises(Reverted, match="WrongValue"):
        send(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE - 1)
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="TooLate"):
        send(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE)


def test_late_challenge_leaves_time_to_answer_and_to_complain(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    goods = Goods.of(PLAIN).spoil(chunk_block(12) * CHUNK)
    escrow_id, pair = bazaar.delivered(goods)
    place.wait(DAY - 60)
    send(bazaar, house.bob, "challenge", escrow_id, chunk_block(12), value=FEE)
    place.wait(3500)
    with pytest.raises(Reverted, match="TooEarly"):
        send(bazaar, house.alice, "finish", escrow_id, [pair])
    send(bazaar, house.alice, "answer", escrow_id, chunk_block(12), goods.block(chunk_block(12)))
    place.wait(3500)
    purse = Purse(bazaar)
    bazaar.complain(goods, escrow_id, pair, 12)
    assert purse.grown() == (0, PRICE + BOND)


def test_open_challenge_keeps_the_seller_waiting_until_it_is_answered(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    send(bazaar, house.bob, "challenge", escrow_id, 0, value=FEE)
    place.wait(2 * DAY)
    with pytest.raises(Reverted, match="ChallengesOpen"):
        send(bazaar, house.alice, "finish", escrow_id, [pair])
    send(bazaar, house.alice, "answer", escrow_id, 0, goods.block(0))
    send(bazaar, house.alice, "finish", escrow_id, [pair])


def test_buyer_who_finishes_early_gets_the_fees_of_open_challenges_back(place: Place) -> None:
    bazaar, house = place.bazaar, place.bazaar.house
    escrow_id, pair = bazaar.delivered(Goods.of(PLAIN))
    for index in (3, 4):
        send(bazaar, house.bob, "challenge", escrow_id, index, value=FEE)
    purse = Purse(bazaar)
    send(bazaar, house.bob, "finish", escrow_id, [pair])
    assert purse.grown() == (PRICE + BOND, 2 * FEE)


def test_buyer_who_uses_the_consent_up_pays_all_the_same(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    escrow_id, pair = bazaar.delivered(goods)
    nonce = int.from_bytes(pair[0].nonce[:32], "big")
    other = house.mint(house.carol)
    statement = house.statement(other, house.carol, house.bob)
    house.transfer(other, house.carol, house.bob, [house.pair(statement, house.bob, nonce=nonce)])
    place.wait(DAY + 1)
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        send(bazaar, house.alice, "finish", escrow_id, [pair])
    with pytest.raises(Reverted, match="TooEarly"):
        send(bazaar, house.alice, "finishUncollected", escrow_id)
    place.wait(GRACE_SECONDS)
    purse = Purse(bazaar)
    send(bazaar, house.alice, "finishUncollected", escrow_id)
    assert purse.grown() == (PRICE + BOND, 0)
    assert bazaar.state(escrow_id) == EscrowState.OWED
    with pytest.raises(Reverted, match="NonceAlreadyUsed"):
        send(bazaar, house.bob, "collect", escrow_id, [pair])
    token_id = cast(int, bazaar.escrow(escrow_id)[15])
    consent = bazaar.consent(goods, bazaar.terms(token_id))
    send(bazaar, house.bob, "collect", escrow_id, [(consent, pair[1])])
    assert house.owner_of(token_id) == house.bob.address.lower()
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send(bazaar, house.bob, "collect", escrow_id, [pair])


# ------------------------------------------------------------------- terms and parties


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
        send(bazaar, bazaar.house.bob, "offer", bazaar.terms(token_id).abi(), value=BOND)
    with pytest.raises(Reverted, match="WrongValue"):
        send(bazaar, bazaar.house.alice, "offer", bazaar.terms(token_id).abi(), value=1)


def test_offer_that_nobody_paid_is_taken_back_by_the_seller_alone(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    token_id = bazaar.mint(goods)
    bazaar.register(goods)
    escrow_id = bazaar.offer(bazaar.terms(token_id))
    assert bazaar.locker(token_id) == bazaar.exchange.address.lower()
    with pytest.raises(Reverted, match="TokenLocked"):
        bazaar.offer(bazaar.terms(token_id))
    with pytest.raises(Reverted, match="NotTheParty"):
        send(bazaar, house.bob, "cancel", escrow_id)
    purse = Purse(bazaar)
    send(bazaar, house.alice, "cancel", escrow_id)
    assert purse.grown() == (BOND, 0)
    assert int(bazaar.locker(token_id), 16) == 0
    with pytest.raises(Reverted, match="WrongEscrowState"):
        send(bazaar, house.alice, "cancel", escrow_id)


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
            send(bazaar, house.bob, "buy", escrow_id, agreed, key, [consent], value=PRICE)
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        send(bazaar, house.bob, "buy", escrow_id, agreed, house.bob.public_key, [], value=PRICE)
    with pytest.raises(Reverted, match="WrongValue"):
        send(bazaar, house.bob, "buy", escrow_id, agreed, house.bob.public_key, [consent], value=1)
    bazaar.buy(goods, terms, escrow_id, consent)
    with pytest.raises(Reverted, match="WrongEscrowState"):
        bazaar.buy(goods, terms, escrow_id)


def test_rehearsal_is_the_exchanges_own(place: Place) -> None:
    with pytest.raises(Reverted, match="OnlyItself"):
        send(place.bazaar, place.bazaar.house.bob, "rehearse", NATIVE, 1, [])


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
        send(bazaar, house.bob, "pause")
    bazaar.exchange.send("pause")
    with pytest.raises(Reverted, match="EnforcedPause"):
        bazaar.buy(goods, terms, waiting)
    send(bazaar, house.alice, "cancel", waiting)
    with pytest.raises(Reverted, match="EnforcedPause"):
        bazaar.offer(terms)
    send(bazaar, house.bob, "finish", running, [pair])
    bazaar.exchange.send("unpause")
    bazaar.offer(terms)


def test_fee_of_the_exchange_is_that_of_the_offer(place: Place) -> None:
    bazaar, house, goods = place.bazaar, place.bazaar.house, Goods.of(PLAIN)
    bazaar.exchange.send("setFee", 200)
    escrow_id, pair = bazaar.delivered(goods)
    bazaar.exchange.send("setFee", 0)
    purse, before = Purse(bazaar), bazaar.credit(bazaar.treasury)
    send(bazaar, house.bob, "finish", escrow_id, [pair])
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
