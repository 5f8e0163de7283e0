"""Listings: payment and consent are locked, anyone settles, nobody pays without the token."""

from __future__ import annotations

import pytest

from tests.support.agents import Person, root
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
from zerog.crypto.curve import ORDER
from zerog.inft.market.orders import split

pytestmark = pytest.mark.contracts

NOBODY = "0x" + "00" * 20
FIELD = 2**256 - 2**32 - 977


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain, whose clock stands."""
    return Bazaar.build(anvil)


@pytest.fixture
def own_bazaar(fresh_anvil: AnvilProcess) -> Bazaar:
    """The same on a chain of the test's own, whose clock it may move."""
    return Bazaar.build(fresh_anvil)


def base_above_the_order() -> bytes:
    """A point that ecrecover cannot take as a base: its x is not below the group's order."""
    x = ORDER
    while True:
        square = (pow(x, 3, FIELD) + 7) % FIELD
        y = pow(square, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == square:
            return x.to_bytes(32, "big") + y.to_bytes(32, "big")
        x += 1


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


# ---------------------------------------------------------------------------------------- buy


@pytest.mark.parametrize(
    ("change", "error"),
    [({"price": PRICE - 1}, "TermsChanged"), ({"currency": "other"}, "TermsChanged")],
)
def test_buy_on_other_terms_reverts(bazaar: Bazaar, change: dict[str, object], error: str) -> None:
    listing = bazaar.put_up(bazaar.mint(bazaar.house.alice), bazaar.house.alice)
    price = change.get("price", PRICE)
    currency = bazaar.currency.address if "currency" in change else COIN
    assert isinstance(price, int)
    with pytest.raises(Reverted, match=error):
        bazaar.buy(listing, bazaar.house.bob, price=price, currency=currency)


@pytest.mark.parametrize("value", [1, PRICE - 1, PRICE + 1])
def test_buy_with_another_value_reverts_wrong_value(bazaar: Bazaar, value: int) -> None:
    listing = bazaar.put_up(bazaar.mint(bazaar.house.alice), bazaar.house.alice)
    with pytest.raises(Reverted, match="WrongValue"):
        bazaar.buy(listing, bazaar.house.bob, value=value)


def test_buy_without_value_takes_the_buyers_credit(bazaar: Bazaar) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    with pytest.raises(Reverted, match="NotEnoughCredit"):
        bazaar.buy(listing, bob, value=0)
    bazaar.market.send("deposit", bob.address, value=PRICE, sender=house.carol.address)
    bazaar.buy(listing, bob, value=0)
    assert bazaar.credit(bob) == 0
    assert bazaar.state(listing) == PAID


def test_buy_in_erc20_with_value_or_a_keeping_currency_reverts(bazaar: Bazaar) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    plain = bazaar.currency.address
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice, currency=plain)
    with pytest.raises(Reverted, match="WrongValue"):
        bazaar.buy(listing, bob, currency=plain, value=1)
    keeping = house.evm.deploy(compiled("KeepingCurrency"))
    keeping.send("mint", bob.address, PRICE)
    keeping.send("approve", bazaar.market.address, PRICE, sender=bob.address)
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice, currency=keeping.address)
    with pytest.raises(Reverted, match="WrongAmountReceived"):
        bazaar.buy(listing, bob, currency=keeping.address)


@pytest.mark.parametrize(
    "key",
    [b"", bytes(63), bytes(64), bytes([1]) * 64, bytes(65), base_above_the_order()],
    ids=["empty", "short", "zero", "off-curve", "long", "above-the-order"],
)
def test_buy_with_a_key_that_nobody_can_seal_to_reverts(bazaar: Bazaar, key: bytes) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    consents = bazaar.consents(bazaar.act_of(listing, bob), bob, wanted=key)
    with pytest.raises(Reverted, match="NotAPublicKey"):
        bazaar.market.send(
            "buy", listing, COIN, PRICE, key, consents, sender=bob.address, value=PRICE
        )


def test_buy_twice_reverts_wrong_state(bazaar: Bazaar) -> None:
    house = bazaar.house
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    bazaar.buy(listing, house.bob)
    with pytest.raises(Reverted, match="WrongState"):
        bazaar.buy(listing, house.carol)
    with pytest.raises(Reverted, match="WrongState"):
        bazaar.market.send("delist", listing, sender=house.alice.address)
    assert bazaar.sale(listing)[BUYER] == house.bob.address.lower()


# --------------------------------------------------------------------------------- consents


def test_consents_of_another_number_revert(bazaar: Bazaar) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        bazaar.buy(listing, bob, [])
    consents = bazaar.consents(bazaar.act_of(listing, bob), bob)
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        bazaar.buy(listing, bob, consents * 2)
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice, mode=ORACLE)
    with pytest.raises(Reverted, match="ConsentCountMismatch"):
        bazaar.buy(listing, bob, consents)


@pytest.mark.parametrize("field", ["old_data_hash", "new_data_hash"])
def test_consent_to_other_data_reverts(bazaar: Bazaar, field: str) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    (consent,) = bazaar.consents(bazaar.act_of(listing, bob), bob)
    with pytest.raises(Reverted, match="ConsentToOtherData"):
        bazaar.buy(listing, bob, [consent._replace(**{field: root("other")})])


def test_consent_to_another_key_reverts(bazaar: Bazaar) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    act = bazaar.act_of(listing, bob)
    with pytest.raises(Reverted, match="ConsentToOtherKey"):
        bazaar.buy(listing, bob, bazaar.consents(act, bob, wanted=house.carol.public_key))
    call = (listing, COIN, PRICE, house.carol.public_key, bazaar.consents(act, bob))
    with pytest.raises(Reverted, match="ConsentToOtherKey"):
        bazaar.market.send("buy", *call, sender=bob.address, value=PRICE)


def test_consent_by_a_stranger_or_for_another_act_reverts(bazaar: Bazaar) -> None:
    house, bob, carol = bazaar.house, bazaar.house.bob, bazaar.house.carol
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    for consents in (
        bazaar.consents(bazaar.act_of(listing, bob), carol),
        bazaar.consents(bazaar.act_of(listing, carol), bob),
    ):
        with pytest.raises(Reverted, match="ConsentNotSigned"):
            bazaar.buy(listing, bob, consents)


def test_consent_that_was_used_or_is_used_twice_reverts(bazaar: Bazaar) -> None:
    house, alice, bob = bazaar.house, bazaar.house.alice, bazaar.house.bob
    first = bazaar.put_up(bazaar.mint(alice), alice)
    used = bazaar.consents(bazaar.act_of(first, bob), bob, nonce=10**9)
    bazaar.buy(first, bob, used)
    bazaar.settle(first, bob, used)
    second = bazaar.put_up(bazaar.mint(alice), alice)
    act = bazaar.act_of(second, bob)
    with pytest.raises(Reverted, match="ConsentUsed"):
        bazaar.buy(second, bob, bazaar.consents(act, bob, nonce=10**9))
    both = bazaar.put_up(bazaar.mint(alice, "twice a", "twice b"), alice)
    act = bazaar.act_of(both, bob)
    with pytest.raises(Reverted, match="ConsentUsed"):
        bazaar.buy(both, bob, bazaar.consents(act, bob, nonce=10**9 + 1))
    assert house.owner_of(act.token_id) == alice.address.lower()


@pytest.mark.parametrize("lasting", [WINDOW // 2, 31 * DAY])
def test_consent_that_ends_too_soon_or_too_late_reverts(bazaar: Bazaar, lasting: int) -> None:
    house, bob = bazaar.house, bazaar.house.bob
    listing = bazaar.put_up(bazaar.mint(house.alice), house.alice)
    until = house.now() + lasting
    consents = bazaar.consents(bazaar.act_of(listing, bob), bob, deadline=until)
    with pytest.raises(Reverted, match="ConsentDeadline"):
        bazaar.buy(listing, bob, consents)


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
