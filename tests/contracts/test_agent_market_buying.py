"""Buying from a listing: the price exactly, a key that can be sealed to, a consent that holds."""

from __future__ import annotations

import pytest

from tests.support.agents import root
from tests.support.contracts import Reverted, compiled
from tests.support.evm import AnvilProcess
from tests.support.market import BUYER, COIN, DAY, ORACLE, PAID, PRICE, WINDOW, Bazaar
from zerog.crypto.curve import ORDER

pytestmark = pytest.mark.contracts

FIELD = 2**256 - 2**32 - 977


@pytest.fixture(scope="module")
def bazaar(anvil: AnvilProcess) -> Bazaar:
    """A market on the shared chain, whose clock stands."""
    return Bazaar.build(anvil)


def base_above_the_order() -> bytes:
    """A point that ecrecover cannot take as a base: its x is not below the group's order."""
    x = ORDER
    while True:
        square = (pow(x, 3, FIELD) + 7) % FIELD
        y = pow(square, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == square:
            return x.to_bytes(32, "big") + y.to_bytes(32, "big")
        x += 1


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
    with pytest.raises(Reverted, match="CurrencyKeepsPart"):
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
