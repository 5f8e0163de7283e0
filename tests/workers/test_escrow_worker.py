"""A sale with complaints that nobody looks after: the sweep of a real worker brings it home.

Steps are run twice as well, as by a worker that was killed before it could save the row.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.celery_worker import running_worker
from tests.support.escrow_town import BOND, PRICE, Town, settle
from tests.support.stack import wait_for
from tests.support.storage_daemons import running_storage
from zerog.chain.signer import devnet_signer
from zerog.inft.escrow.purchase import Buying, plan_purchase
from zerog.inft.escrow.sale import Selling, plan_sale
from zerog.inft.escrow.terms import NATIVE, Terms
from zerog.inft.jobstore import Row
from zerog.inft.steps import Workflow

pytestmark = pytest.mark.workers

HOUR = 3600
POLLS_PER_SWEEP = 20


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_storage(tmp_path_factory.mktemp("escrow")) as storage:
        yield settle(storage)


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    folder = tmp_path / "agent"
    folder.mkdir()
    (folder / "prompt.md").write_text("be kind")
    return folder


def test_sweep_delivers_opens_and_finishes_a_sale_that_was_paid(
    town: Town, agent: Path, tmp_path: Path, free_port: int
) -> None:
    escrow_id = town.sold(town.mint(agent))
    broker = BrokerProcess.start(tmp_path, free_port)
    try:
        with running_worker(town.storage.home, broker, tmp_path / "worker.log"):
            beat, polls = Celery(broker=broker.url), itertools.count()

            def swept() -> bool:
                if next(polls) % POLLS_PER_SWEEP == 0:
                    beat.send_task("zerog.inft.sweep", queue="default")
                return town.escrow.status(escrow_id).state == "finished"

            wait_for(swept, "the sale is finished")
    finally:
        broker.stop()
    assert town.escrow.check(escrow_id, "bob").result == "bought"


def twice(flow: Workflow, row: Row) -> Row:
    """A step, run again from the row as it was before."""
    step = flow.steps[row.state]
    step(row)
    return step(row)


def through(flow: Workflow, row: Row, *states: str) -> Row:
    """Every step twice, along these states."""
    for state in states:
        row = twice(flow, row)
        assert row.state == state
    return row


def test_steps_whose_rows_were_lost_are_not_done_twice(town: Town, agent: Path) -> None:
    stack, alice, bob = town.stack, devnet_signer(3), devnet_signer(4)
    token_id, credits = town.mint(agent), town.credits()
    terms = Terms(token_id, NATIVE, PRICE, BOND, 0, HOUR, HOUR, HOUR)
    selling, buying = Selling(stack, alice).workflow(), Buying(stack, bob).workflow()
    held = stack.chain.balance(town.exchange)
    sale = through(selling, plan_sale(stack, "alice", terms), "registered", "approved", "offered")
    escrow_id = sale.number("escrow_id")
    assert town.escrow.sales()[-1].escrow_id == escrow_id
    bought = through(buying, plan_purchase(stack, escrow_id, "bob", None), "consented", "paid")
    assert stack.chain.balance(town.exchange) == held + PRICE + BOND
    town.mine()
    sale = through(selling, sale, "paid", "proven", "delivered")
    bought = through(buying, bought, "delivered", "good", "final")
    assert (bought.text("result"), twice(selling, sale).text("result")) == ("bought", "sold")
    proceeds = PRICE - PRICE * 250 // 10_000 - town.royalty(token_id)
    assert town.credits() == (credits[0] + proceeds + BOND, credits[1])
