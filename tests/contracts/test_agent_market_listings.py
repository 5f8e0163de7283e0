"""Listings: payment and consent are locked, anyone settles, nobody pays without the token."""

from __future__ import annotations

import pytest

from tests.support.agents import Person
from tests.support.contracts import Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.market import (
    BUYER,
    COIN,
    COMMITTEE,
    DAY,
    DELISTED,
    LISTED,
    ORACLE,
    PAID,
    PRICE,
    SETTLED,
    WINDOW,
    Bazaar,
)
from zerog.inft.market.orders import split

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain, whose clock stands."""
    return Bazaar.build(anvil)


@pytest.fixture
def own_bazaar(fresh_anvil: AnvilProcess) -> Bazaar:
    """The same on a chain of the test's own, whose clock it may move."""
    return Bazaar.build(fresh_anvil)


# ------------------------------------------------------------------------------- a whole sale


@pytest.mark.parametrize("items", [1, 2])
@pytest.mark.parametrize("in_coin", [True, False])
def test_sale_by_listing_moves_token_key_and_money(
    bazaar: Bazaar, in_coin: bool, items: int
) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    currency = COIN if in_coin else bazaar.currency.address
    token_id = bazaar.mint(alice, *[f"sale {in_coin} {items} {n}" for n in range(items)])
    before = bazaar.credit(alice, currency), bazaar.credit(bazaar.treasury, currency)
    listing = bazaar.put_up(token_id, alice, currency=currency)
    assert house.token.read("lockerOf", token_id) == bazaar.market.address.lower()
    consents = bazaar.buy(listing, bob, currency=currency)
    assert bazaar.state(listing) == PAID
    receipt = bazaar.settle(listing, bob, consents, by=house.carol)
    parts = split(PRICE, 250, 0)
    assert bazaar.state(listing) == SETTLED
    assert house.owner_of(token_id) == bob.address.lower()
    assert bazaar.opens(token_id, bob)
    assert house.token.read("lockerOf", token_id) == NOBODY
    assert bazaar.market.read("listingOf", token_id) == 0
    assert bazaar.credit(alice, currency) - before[0] == parts.proceeds
    assert bazaar.credit(bazaar.treasury, currency) - before[1] == parts.fee
    (event,) = bazaar.market.events("SaleSettled", receipt)
    assert event == {"listingId": listing, "buyer": bob.address, "proceeds": parts.proceeds}


def test_sale_by_oracle_pays_first_and_consents_to_the_new_ciphertext(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice, mode=ORACLE)
    bazaar.buy(listing, bob, [])
    pairs = house.pairs(house.statement(token_id, alice, bob), bob)
    bazaar.market.send("settle", listing, pairs, sender=house.carol.address)
    assert house.owner_of(token_id) == bob.address.lower()
    assert house.hashes_of(token_id) == [pair[0].new_data_hash for pair in pairs]


def test_contract_wallet_buys_with_its_own_consent(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    wallet = house.evm.deploy(compiled("ContractWallet"), bob.address, value=2 * PRICE)
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    act = bazaar.act_of(listing, wallet)
    consents = bazaar.consents(act, bob, wanted=bob.public_key)
    call = bazaar.market.calldata("buy", listing, COIN, PRICE, bob.public_key, consents)
    wallet.send("execute", bazaar.market.address, PRICE, call)
    pairs = bazaar.pairs(act, alice, bob.public_key, consents)
    bazaar.market.send("settle", listing, pairs)
    assert house.owner_of(token_id) == wallet.address.lower()


def test_assistant_of_the_buyer_consents(bazaar: Bazaar) -> None:
    house, alice, carol = bazaar.house, bazaar.house.alice, bazaar.house.carol
    helper = Person.named("helper of carol")
    house.token.send("delegateAccess", helper.address, sender=carol.address)
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    consents = bazaar.consents(bazaar.act_of(listing, carol), helper)
    bazaar.buy(listing, carol, consents)
    bazaar.settle(listing, carol, consents)
    house.token.send("delegateAccess", NOBODY, sender=carol.address)
    assert house.owner_of(token_id) == carol.address.lower()


# -------------------------------------------------------------------------------------- list


def test_list_by_a_stranger_reverts_not_the_owner(bazaar: Bazaar) -> None:
    token_id = bazaar.mint(bazaar.house.alice)
    with pytest.raises(Reverted, match="NotTheOwner"):
        bazaar.put_up(token_id, bazaar.house.bob)


def test_list_twice_reverts_already_listed(bazaar: Bazaar) -> None:
    token_id = bazaar.mint(bazaar.house.alice)
    bazaar.put_up(token_id, bazaar.house.alice)
    with pytest.raises(Reverted, match="AlreadyListed"):
        bazaar.put_up(token_id, bazaar.house.alice)


@pytest.mark.parametrize("window", [0, 59, 7 * DAY + 1])
def test_list_with_a_bad_window_reverts(bazaar: Bazaar, window: int) -> None:
    token_id = bazaar.mint(bazaar.house.alice)
    with pytest.raises(Reverted, match="WindowOutOfRange"):
        bazaar.put_up(token_id, bazaar.house.alice, window=window)


def test_list_until_a_past_second_reverts_listing_over(bazaar: Bazaar) -> None:
    token_id = bazaar.mint(bazaar.house.alice)
    with pytest.raises(Reverted, match="ListingOver"):
        bazaar.put_up(token_id, bazaar.house.alice, until=bazaar.house.now() - 1)


def test_list_without_approval_reverts_and_locks_nothing(bazaar: Bazaar) -> None:
    house = bazaar.house
    token_id = bazaar.mint(house.bob)
    house.token.send("setApprovalForAll", bazaar.market.address, False, sender=house.bob.address)
    with pytest.raises(Reverted, match="ERC721InsufficientApproval"):
        bazaar.put_up(token_id, house.bob)
    house.token.send("setApprovalForAll", bazaar.market.address, True, sender=house.bob.address)
    assert bazaar.market.read("listingOf", token_id) == 0


def test_list_for_the_committee_needs_every_deposit(bazaar: Bazaar) -> None:
    house, alice = bazaar.house, bazaar.house.alice
    token_id = bazaar.mint(alice, "deposit a", "deposit b")
    with pytest.raises(Reverted, match="NotDeposited"):
        bazaar.put_up(token_id, alice, mode=COMMITTEE)
    deposits = house.evm.deploy(compiled("DepositBook"))
    bazaar.market.send("setCommittee", deposits.address)
    deposits.send("set", house.token.address, token_id, 0, True)
    with pytest.raises(Reverted, match="NotDeposited"):
        bazaar.put_up(token_id, alice, mode=COMMITTEE)
    deposits.send("set", house.token.address, token_id, 1, True)
    assert bazaar.state(bazaar.put_up(token_id, alice, mode=COMMITTEE)) == LISTED
    bazaar.market.send("setCommittee", NOBODY)


def test_listed_token_cannot_be_moved_by_its_owner_or_by_an_order(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    token_id = bazaar.mint(alice)
    bazaar.put_up(token_id, alice)
    pairs = house.pairs(house.statement(token_id, alice, bob), bob)
    with pytest.raises(Reverted, match="TokenLocked"):
        house.transfer(token_id, alice, bob, pairs)
    with pytest.raises(Reverted, match="AlreadyListed"):
        bazaar.fulfil(bazaar.order(token_id, alice), bazaar.offer(token_id, bob), pairs, bob)


# ------------------------------------------------------------------------------------- delist


def test_delist_by_the_seller_unlocks(bazaar: Bazaar) -> None:
    house, alice = bazaar.house, bazaar.house.alice
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    with pytest.raises(Reverted, match="NotTheSeller"):
        bazaar.market.send("delist", listing, sender=house.bob.address)
    bazaar.market.send("delist", listing, sender=alice.address)
    assert bazaar.state(listing) == DELISTED
    assert house.token.read("lockerOf", token_id) == NOBODY
    calls: list[tuple[object, ...]] = [("delist", listing), ("refund", listing)]
    for call in [*calls, ("settle", listing, [])]:
        with pytest.raises(Reverted, match="WrongState"):
            bazaar.market.send(str(call[0]), *call[1:], sender=alice.address)
    assert bazaar.put_up(token_id, alice) == listing + 1


def test_delist_by_anyone_after_the_last_second(own_bazaar: Bazaar) -> None:
    bazaar, house = own_bazaar, own_bazaar.house
    token_id = bazaar.mint(house.alice)
    listing = bazaar.put_up(token_id, house.alice)
    bazaar.wait(DAY + 1)
    with pytest.raises(Reverted, match="ListingOver"):
        bazaar.buy(listing, house.bob)
    bazaar.market.send("delist", listing, sender=house.carol.address)
    assert bazaar.state(listing) == DELISTED


# --------------------------------------------------------------------------- settle and refund


def test_settle_without_proofs_reverts_and_pays_nobody(bazaar: Bazaar) -> None:
    house, alice = bazaar.house, bazaar.house.alice
    listing = bazaar.put_up(bazaar.mint(alice), alice)
    bazaar.buy(listing, house.bob)
    before = bazaar.credit(alice)
    with pytest.raises(Reverted, match="ProofsMissing"):
        bazaar.market.send("settle", listing, [])
    assert bazaar.credit(alice) == before
    assert bazaar.state(listing) == PAID


def test_settle_with_proofs_for_another_buyer_reverts(bazaar: Bazaar) -> None:
    house, alice, carol = bazaar.house, bazaar.house.alice, bazaar.house.carol
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    bazaar.buy(listing, house.bob)
    act = bazaar.statement(token_id, alice, carol)
    pairs = bazaar.pairs(act, alice, carol.public_key, bazaar.consents(act, carol))
    with pytest.raises(Reverted):
        bazaar.market.send("settle", listing, pairs, sender=alice.address)
    assert bazaar.state(listing) == PAID


def test_refund_after_the_deadline_credits_the_buyer_and_lists_again(own_bazaar: Bazaar) -> None:
    bazaar, house = own_bazaar, own_bazaar.house
    alice, bob = house.alice, house.bob
    token_id = bazaar.mint(alice)
    listing = bazaar.put_up(token_id, alice)
    consents = bazaar.buy(listing, bob)
    with pytest.raises(Reverted, match="TooEarly"):
        bazaar.market.send("refund", listing)
    pairs = bazaar.pairs(bazaar.act_of(listing, bob), alice, bob.public_key, consents)
    bazaar.wait(WINDOW + 1)
    with pytest.raises(Reverted, match="TooLate"):
        bazaar.market.send("settle", listing, pairs)
    bazaar.market.send("refund", listing, sender=house.carol.address)
    assert bazaar.credit(bob) == PRICE
    assert bazaar.state(listing) == LISTED
    assert bazaar.sale(listing)[BUYER] == NOBODY
    again = bazaar.buy(listing, house.carol)
    bazaar.settle(listing, house.carol, again)
    assert house.owner_of(token_id) == house.carol.address.lower()
    before = house.evm.balance(bob.address)
    bazaar.market.send("payOut", COIN, bob.address, sender=house.carol.address)
    assert house.evm.balance(bob.address) == before + PRICE


def test_pause_stops_trade_and_keeps_the_ways_out(own_bazaar: Bazaar) -> None:
    bazaar, house = own_bazaar, own_bazaar.house
    alice, bob = house.alice, house.bob
    paid, open_, token_id = (bazaar.mint(alice) for _ in range(3))
    paid_listing, open_listing = bazaar.put_up(paid, alice), bazaar.put_up(open_, alice)
    consents = bazaar.buy(paid_listing, bob)
    order, offer = bazaar.order(token_id, alice), bazaar.offer(token_id, bob)
    pairs = bazaar.proofs(token_id, alice, bob)
    bazaar.market.send("pause")
    for refused in (
        lambda: bazaar.put_up(token_id, alice),
        lambda: bazaar.buy(open_listing, bob),
        lambda: bazaar.settle(paid_listing, bob, consents),
        lambda: bazaar.fulfil(order, offer, pairs, bob),
    ):
        with pytest.raises(Reverted, match="EnforcedPause"):
            refused()
    bazaar.market.send("delist", open_listing, sender=alice.address)
    bazaar.wait(WINDOW + 1)
    bazaar.market.send("refund", paid_listing)
    bazaar.market.send("withdraw", COIN, PRICE, bob.address, sender=bob.address)
    bazaar.market.send("unpause")
    assert bazaar.state(bazaar.put_up(token_id, alice)) == LISTED


# ------------------------------------------------------------------------------ administration


@pytest.mark.parametrize(
    "call",
    [
        ("setFee", 1),
        ("setTreasury", NOBODY),
        ("setCommittee", NOBODY),
        ("pause",),
        ("unpause",),
        ("upgradeToAndCall", NOBODY, b""),
    ],
)
def test_administration_by_a_stranger_reverts(bazaar: Bazaar, call: tuple[object, ...]) -> None:
    with pytest.raises(Reverted, match="AccessManagedUnauthorized"):
        bazaar.market.send(str(call[0]), *call[1:], sender=bazaar.house.bob.address)


def test_administration_refuses_what_has_no_meaning(bazaar: Bazaar) -> None:
    market, stranger = bazaar.market, bazaar.house.bob.address
    with pytest.raises(Reverted, match="FeeTooHigh"):
        market.send("setFee", 1001)
    with pytest.raises(Reverted, match="ZeroAddress"):
        market.send("setTreasury", NOBODY)
    with pytest.raises(Reverted, match="NotAContract"):
        market.send("setCommittee", stranger)
    with pytest.raises(Reverted, match="InvalidInitialization"):
        market.send("initialize", 0, stranger, stranger)
    with pytest.raises(Reverted, match="NotAContract"):
        bazaar.house.evm.deploy(artifact("AgentMarket"), stranger)


def test_fee_of_a_listing_stays_that_of_its_day(own_bazaar: Bazaar) -> None:
    bazaar, house = own_bazaar, own_bazaar.house
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    bazaar.market.send("setFee", 1000)
    consents = bazaar.buy(listing, house.bob)
    bazaar.settle(listing, house.bob, consents)
    assert bazaar.credit(bazaar.treasury) == split(PRICE, 250, 0).fee
