"""Sales that nobody looks after: the sweep of a real worker hands over what was paid for.

Steps are run twice as well, as by a worker that was killed before it could save the row.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.celery_worker import running_worker
from tests.support.market_town import PEOPLE, PRICE, WINDOW, Side, Town, market_town
from tests.support.stack import wait_for
from tests.support.storage_daemons import running_storage
from zerog.chain.bindings_market import SaleMode
from zerog.inft.jobstore import Row
from zerog.inft.market.acceptance import Acceptance, plan_acceptance
from zerog.inft.market.listing import Listing, plan_listing
from zerog.inft.market.offers import Offering, paper_in, plan_offer
from zerog.inft.market.orders import NOBODY
from zerog.inft.market.purchase import Purchase, plan_purchase
from zerog.inft.steps import Workflow

pytestmark = pytest.mark.workers

ALICE, BOB = PEOPLE["alice"], PEOPLE["bob"]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    home = tmp_path_factory.mktemp("market")
    with running_storage(home) as storage, market_town(storage) as made:
        yield made


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "prompt.md").write_text("be kind")
    return folder


def test_sweep_of_the_seller_hands_over_what_was_paid(
    town: Town, agent: Path, tmp_path: Path, free_port: int
) -> None:
    token_id = town.mint(agent)
    before = town.digest(town.seller, ALICE, token_id)
    listed = town.seller.market.sell(token_id, "alice", price=PRICE, window_s=WINDOW)
    assert listed.listing_id is not None
    bought = town.buyer.market.buy(listed.listing_id, "bob")
    town.mine()
    broker = BrokerProcess.start(tmp_path, free_port)
    try:
        with running_worker(town.storage.home, broker, tmp_path / "worker.log"):
            beat = Celery(broker=broker.url)

            def swept() -> bool:
                beat.send_task("zerog.inft.sweep", queue="default")
                town.mine()
                return town.buyer.market.collect(bought.job_id).result == "settled"

            wait_for(swept, "the sale is settled")
    finally:
        broker.stop()
    assert town.owner_of(token_id) == BOB.address
    assert town.digest(town.buyer, BOB, token_id) == before


def through(flow: Workflow, row: Row, *states: str) -> Row:
    """Every step, and again from the row as it was before, along these states."""
    for state in states:
        step = flow.steps[row.state]
        step(row)
        row = step(row)
        assert row.state == state
    return row


def credit(side: Side, name: str) -> int:
    """In coin."""
    return side.market.credit(name)


def test_steps_of_a_listing_whose_rows_were_lost_are_not_done_twice(
    town: Town, agent: Path
) -> None:
    token_id, earned = town.mint(agent), credit(town.seller, "alice")
    selling = Listing(town.seller.stack, ALICE).workflow()
    buying = Purchase(town.buyer.stack, BOB).workflow()
    listed = plan_listing(
        town.seller.stack, token_id, "alice", price=PRICE, currency=NOBODY, mode=SaleMode.PROOF
    )
    listed = through(selling, listed, "approved", "listed")
    listing_id = listed.number("listing_id")
    bought = plan_purchase(town.buyer.stack, listing_id, "bob", None, NOBODY)
    bought = through(buying, bought, "consented", "sent", "paid")
    town.mine()
    listed = through(selling, listed, "paid", "proven")
    step = selling.steps["proven"]
    sent = step(listed)
    town.seller.stack.sender(ALICE).wait(sent.text("settle_intent"))
    again = step(listed)
    assert (sent.state, again.state) == ("sent", "listed"), "the market says that it is settled"
    town.mine()
    for row in (sent, again):
        assert through(selling, row, "final").text("result") == "sold"
    assert through(buying, bought, "final").text("result") == "settled"
    assert credit(town.seller, "alice") == earned + town.proceeds(token_id)
    assert [one.listing_id for one in town.buyer.market.listings()] == []
    (newest,) = town.buyer.market.listings(every=True, last=1)
    assert (newest.listing_id, newest.state) == (listing_id, "settled")


def test_steps_of_an_offer_whose_rows_were_lost_are_not_done_twice(town: Town, agent: Path) -> None:
    token_id, earned = town.mint(agent), credit(town.seller, "alice")
    spent, price = credit(town.buyer, "bob"), PRICE
    offering = Offering(town.buyer.stack, BOB).workflow()
    taking = Acceptance(town.seller.stack, ALICE).workflow()
    made = plan_offer(
        town.buyer.stack, token_id, "bob", price=price, currency=NOBODY, lasting_s=3600
    )
    made = through(offering, made, "funded")
    assert credit(town.buyer, "bob") == spent + price
    taken = plan_acceptance(town.seller.stack, paper_in(made), "alice", 0)
    taken = through(taking, taken, "approved", "proven", "sent")
    town.mine()
    assert through(taking, taken, "final").text("result") == "sold"
    assert through(offering, made, "final").text("result") == "taken"
    assert credit(town.buyer, "bob") == spent
    assert credit(town.seller, "alice") == earned + town.proceeds(token_id)
