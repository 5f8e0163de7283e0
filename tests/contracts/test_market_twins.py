"""Digests of orders and offers, and the split of a price: the same in Solidity and Python."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agents import CHAIN_ID, House
from tests.support.contracts import Deployed, compiled
from zerog.inft.market.orders import MAX_FEE_BPS, Offer, Order, split
from zerog.inft.market.reference import ReferenceOffer, ReferenceOrder

pytestmark = pytest.mark.contracts

FUZZ = settings(max_examples=20, deadline=None)

words = st.integers(0, 2**256 - 1)
hashes = st.binary(min_size=32, max_size=32)
accounts = st.binary(min_size=20, max_size=20).map(to_checksum_address)
signatures = st.binary(max_size=70)
orders = st.builds(
    Order, accounts, words, hashes, accounts, words, words, accounts, accounts, words, words,
    signatures,
)  # fmt: skip
offers = st.builds(
    Offer, accounts, st.booleans(), words, hashes, accounts, words, accounts, words, words,
    signatures,
)  # fmt: skip
old_orders = st.builds(ReferenceOrder, words, words, accounts, words, hashes, signatures, accounts)
old_offers = st.builds(ReferenceOffer, words, words, words, hashes, st.booleans(), signatures)


@pytest.fixture(scope="module")
def rules(house: House) -> Deployed:
    return house.evm.deploy(compiled("MarketHarness"))


@FUZZ
@given(price=words, fee_bps=st.integers(0, MAX_FEE_BPS), royalty=words)
def test_price_is_split_alike_and_whole(
    rules: Deployed, price: int, fee_bps: int, royalty: int
) -> None:
    parts = split(price, fee_bps, royalty)
    assert rules.read("split", price, fee_bps, royalty) == (
        parts.fee,
        parts.royalty,
        parts.proceeds,
    )
    assert parts.fee + parts.royalty + parts.proceeds == price
    assert parts.proceeds >= price * 6500 // 10_000


@FUZZ
@given(order=orders, offer=offers)
def test_messages_have_the_digests_of_their_twins(
    rules: Deployed, order: Order, offer: Offer
) -> None:
    assert rules.read("orderDigest", order) == order.digest(CHAIN_ID, rules.address)
    assert rules.read("offerDigest", offer) == offer.digest(CHAIN_ID, rules.address)


@FUZZ
@given(order=old_orders, offer=old_offers)
def test_messages_of_the_reference_have_the_digests_of_their_twins(
    rules: Deployed, order: ReferenceOrder, offer: ReferenceOffer
) -> None:
    assert rules.read("oldOrderDigest", order) == order.digest(CHAIN_ID, rules.address)
    assert rules.read("oldOfferDigest", offer) == offer.digest(CHAIN_ID, rules.address)


@FUZZ
@given(order=orders, data=st.data())
def test_every_signed_field_changes_the_digest(order: Order, data: st.DataObject) -> None:
    other = data.draw(orders)
    market = order.collection
    for field in Order._fields[:-1]:
        changed = order._replace(**{field: getattr(other, field)})
        same = changed.digest(CHAIN_ID, market) == order.digest(CHAIN_ID, market)
        assert same == (getattr(changed, field) == getattr(order, field)), field
    assert order.digest(CHAIN_ID, market) != order.digest(CHAIN_ID + 1, market)
