"""Sales between two homes, on a chain, storage and an oracle that really run."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.market_town import PEOPLE, PRICE, WINDOW, Town, market_town
from tests.support.storage_daemons import running_storage
from zerog.inft.errors import NotTheOwner, SameOwner
from zerog.inft.market.errors import (
    BadPrice,
    BadTime,
    NotDeposited,
    NotForSale,
    NotTheSeller,
    OfferForAnother,
    OtherCurrency,
    TooDear,
    UnknownListing,
)
from zerog.inft.market.offers import OfferPaper
from zerog.inft.market.orders import NOBODY
from zerog.inft.resume import resume

pytestmark = pytest.mark.daemons

ALICE, BOB = PEOPLE["alice"], PEOPLE["bob"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with (
        running_storage(tmp_path_factory.mktemp("market")) as storage,
        market_town(storage) as made,
    ):
        yield made


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """An agent of more than one segment."""
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "model.bin").write_bytes(random.Random(11).randbytes(300_000))
    (folder / "prompt.md").write_text("be kind")
    return folder


def listed(town: Town, agent: Path, **changes: object) -> tuple[int, int, str]:
    """Alice's listing of a fresh token: the token, the listing, the row."""
    token_id = town.mint(agent)
    terms = {"price": PRICE, "window_s": WINDOW, **changes}
    made = town.seller.market.sell(token_id, "alice", **terms)  # type: ignore[arg-type]
    assert made.listing_id is not None
    return token_id, made.listing_id, made.job_id


def test_agent_sells_by_proof_and_opens_identically(town: Town, agent: Path) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    token_id, listing_id, row = listed(town, agent)
    before = town.digest(town.seller, ALICE, token_id)
    credit = seller.credit("alice")
    (view,) = [one for one in buyer.listings() if one.listing_id == listing_id]
    assert (view.mode, view.price, view.state) == ("proof", str(PRICE), "listed")
    bought = buyer.buy(listing_id, "bob", max_price=PRICE)
    assert bought.state == "paid"
    assert seller.answer(row).state == "listed", "not yet deep enough to be believed"
    town.mine()
    assert seller.answer(row).state == "sent"
    town.mine()
    assert seller.answer(row).result == "sold"
    assert buyer.collect(bought.job_id).result == "settled"
    assert town.owner_of(token_id) == BOB.address
    assert town.digest(town.buyer, BOB, token_id) == before
    assert seller.credit("alice") - credit == town.proceeds(token_id)
    taken = seller.withdraw("alice")
    assert int(taken.amount) == credit + town.proceeds(token_id)
    assert (seller.credit("alice"), seller.withdraw("alice").tx) == (0, None)


def test_agent_sells_by_the_oracle_under_a_fresh_key(town: Town, agent: Path) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    token_id, listing_id, row = listed(town, agent, mode="oracle")
    before = town.digest(town.seller, ALICE, token_id)
    old = town.seller.stack.nft.data_of(token_id)[0].data_hash
    bought = buyer.buy(listing_id, "bob")
    town.mine()
    assert seller.answer(row).state in ("requested", "awaiting_consent")
    town.mine()
    assert seller.answer(row).state == "awaiting_consent", "bob has not seen it yet"
    assert buyer.collect(bought.job_id).result is None
    assert seller.answer(row).state == "sent"
    town.mine()
    assert seller.answer(row).result == "sold"
    assert buyer.collect(bought.job_id).result == "settled"
    assert town.seller.stack.nft.data_of(token_id)[0].data_hash != old
    assert town.digest(town.buyer, BOB, token_id) == before


def test_payment_without_a_hand_over_goes_back_and_the_listing_stands(
    town: Town, agent: Path
) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    token_id, listing_id, row = listed(town, agent)
    credit = buyer.credit("bob")
    bought = buyer.buy(listing_id, "bob")
    with pytest.raises(NotForSale):
        buyer.buy(listing_id, "carol")
    town.wait(WINDOW + 1)
    done = buyer.collect(bought.job_id)
    assert (done.state, done.result) == ("final", "refunded")
    assert buyer.credit("bob") - credit == PRICE
    assert seller.answer(row).state == "listed"
    assert town.owner_of(token_id) == ALICE.address
    assert seller.cancel_listing(listing_id, "alice").state == "delisted"
    assert seller.answer(row).result is None, "a reorg could bring it back"
    town.mine()
    assert seller.answer(row).result == "delisted"
    assert buyer.withdraw("bob", to="carol").to == PEOPLE["carol"].address


@pytest.mark.parametrize("in_coin", [True, False])
def test_offer_is_taken_in_one_transaction(town: Town, agent: Path, in_coin: bool) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    currency = NOBODY if in_coin else town.currency.address
    token_id = town.mint(agent)
    before, credit = town.digest(town.seller, ALICE, token_id), seller.credit("alice", currency)
    made = buyer.offer(token_id, "bob", price=PRICE, currency=currency)
    paper = OfferPaper.from_json(made.document)
    done = seller.take(paper, "alice", min_proceeds=PRICE * 9 // 10)
    assert (done.state, done.result) == ("sent", None)
    town.mine()
    assert seller.answer(done.job_id).result == "sold"
    assert town.owner_of(token_id) == BOB.address
    assert town.digest(town.buyer, BOB, token_id) == before
    assert seller.credit("alice", currency) - credit == town.proceeds(token_id)
    resume(town.buyer.stack, made.job_id)
    assert next(one for one in buyer.offers() if one.job_id == made.job_id).result == "taken"
    with pytest.raises(NotTheOwner):
        seller.take(paper, "alice")


def test_offer_that_is_cancelled_or_for_other_data_is_refused(town: Town, agent: Path) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    token_id, other = town.mint(agent), town.mint(agent)
    made = buyer.offer(token_id, "bob", price=PRICE)
    paper = OfferPaper.from_json({**made.document, "tokenId": other})
    with pytest.raises(OfferForAnother):
        seller.take(paper, "alice")
    assert buyer.cancel_offer(made.job_id).result == "cancelled"
    with pytest.raises(OfferForAnother):
        seller.take(OfferPaper.from_json(made.document), "alice")


def test_wishes_that_cannot_be_are_refused_before_anything_is_sent(town: Town, agent: Path) -> None:
    seller, buyer = town.seller.market, town.buyer.market
    token_id, listing_id, _ = listed(town, agent)
    with pytest.raises(UnknownListing):
        buyer.buy(10**6, "bob")
    with pytest.raises(TooDear):
        buyer.buy(listing_id, "bob", max_price=PRICE - 1)
    with pytest.raises(OtherCurrency):
        buyer.buy(listing_id, "bob", currency=town.currency.address)
    with pytest.raises(NotTheSeller):
        buyer.cancel_listing(listing_id, "bob")
    with pytest.raises(NotTheOwner):
        buyer.sell(token_id, "bob", price=1)
    with pytest.raises(BadPrice):
        seller.sell(token_id, "alice", price=2**128)
    with pytest.raises(NotDeposited):
        seller.sell(token_id, "alice", price=1, mode="committee")
    with pytest.raises(BadTime):
        seller.sell(token_id, "alice", price=1, window_s=59)
    with pytest.raises(SameOwner):
        seller.buy(listing_id, "alice")
