"""Listings: payment and consent are locked, anyone settles, nobody pays without the token."""

from __future__ import annotations

from dataclasses import replace

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
from zerog.crypto.curve import public_key
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


def refused(error: str) -> object:
    """What a refusal with this error looks like."""
    return pytest.raises(Reverted, match=rf"^{error}\(")


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
