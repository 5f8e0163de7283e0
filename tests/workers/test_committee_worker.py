"""Members as Celery workers over a real broker: a queue for each, killed and late ones."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.broker import BrokerProcess
from tests.support.committee_house import Congress, wait_until
from tests.support.committee_workers import Workers
from tests.support.evm import AnvilProcess
from tests.support.ports import free_port as another_port
from workers.queue import ROUTES, CeleryJobs, queue_of
from zerog.inft.committee.rule import read_release, sale_id
from zerog.inft.committee.store import Shares
from zerog.jobs import ReleaseKey

pytestmark = pytest.mark.workers


@pytest.fixture
def workers(fresh_anvil: AnvilProcess, tmp_path: Path, free_port: int) -> Iterator[Workers]:
    congress = Congress.build(fresh_anvil, tmp_path / "home", free_port)
    broker = BrokerProcess.start(tmp_path, another_port())
    made = Workers(congress, broker)
    try:
        congress.found(3, 2)
        yield made
    finally:
        made.stop()
        congress.stop()


def test_sales_settle_with_one_member_killed_and_one_late(workers: Workers) -> None:
    congress = workers.congress
    alice, bob = congress.bazaar.house.alice, congress.bazaar.house.bob
    thread = workers.beat()
    workers.start(1)
    listing = congress.sold(alice, bob)
    tag = read_release(congress.members[1].network, sale_id(listing)).tag
    board = Shares(congress.home / "committee" / "board.db")
    wait_until(lambda: bool(board.of(tag)), "the first share")
    workers.kill("committee-1")
    assert not congress.is_settled(listing)
    workers.start(3)
    wait_until(lambda: congress.is_settled(listing), "the settlement")
    assert congress.buyer_opens(congress.token_of(listing), bob)
    workers.stopping.set()
    thread.join()


def test_each_member_has_a_queue_of_its_own(tmp_path: Path, free_port: int) -> None:
    import redis

    broker = BrokerProcess.start(tmp_path, free_port)
    try:
        CeleryJobs(broker.url).submit(ReleaseKey(3, "sale:1"))
        assert redis.Redis(port=broker.port).llen("committee-3") == 1
    finally:
        broker.stop()
    assert queue_of(ReleaseKey(2, "sale:1")) == "committee-2"
    assert ROUTES[ReleaseKey].task == "zerog.committee.release"
