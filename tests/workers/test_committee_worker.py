"""Members as Celery workers over a real broker: a queue for each, killed and late ones."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.committee_house import Congress, wait_until
from tests.support.evm import AnvilProcess
from tests.support.ports import free_port as another_port
from workers.queue import ROUTES, CeleryJobs, queue_of
from zerog.inft.committee.rule import read_release, sale_id
from zerog.inft.committee.store import Shares
from zerog.jobs import ReleaseKey

pytestmark = pytest.mark.workers

SETTLE_SECONDS = 60.0


@dataclass(slots=True)
class Workers:
    """Workers of members, and what beat does for them."""

    congress: Congress
    broker: BrokerProcess
    running: dict[int, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self, number: int) -> None:
        """The worker of one member, which consumes that member's queue alone."""
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker"]
        own = ("-n", f"committee-{number}@%h", "-Q", f"committee-{number}", "-P", "solo")
        quiet = ("--without-gossip", "--without-mingle", "-l", "INFO", "-I", "workers.committee")
        with (self.congress.home / f"worker-{number}.log").open("ab") as out:
            self.running[number] = subprocess.Popen(
                [*command, *own, *quiet],
                env={
                    **os.environ,
                    "ZEROG_HOME": str(self.congress.home),
                    "ZEROG_BROKER_URL": self.broker.url,
                },
                stdout=out,
                stderr=out,
                start_new_session=True,
            )

    def kill(self, number: int) -> None:
        """kill -9."""
        process = self.running.pop(number)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=30)

    def beat(self) -> threading.Thread:
        """Ask every member twice a second to follow, as beat does."""
        app = Celery("beat", broker=self.broker.url)

        def tick() -> None:
            while not self.stopping.wait(0.5):
                for number in self.congress.members:
                    app.send_task(
                        "zerog.committee.follow",
                        args=[number],
                        queue=f"committee-{number}",
                        expires=2.0,
                        ignore_result=True,
                    )

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        return thread


@pytest.fixture
def workers(fresh_anvil: AnvilProcess, tmp_path: Path, free_port: int) -> Iterator[Workers]:
    congress = Congress.build(fresh_anvil, tmp_path / "home", free_port)
    broker = BrokerProcess.start(tmp_path, another_port())
    made = Workers(congress, broker)
    try:
        congress.found(3, 2)
        yield made
    finally:
        made.stopping.set()
        for number in list(made.running):
            made.kill(number)
        broker.stop()
        congress.stop()


def test_sales_settle_with_one_member_killed_and_one_late(workers: Workers) -> None:
    congress = workers.congress
    alice, bob = congress.bazaar.house.alice, congress.bazaar.house.bob
    thread = workers.beat()
    workers.start(1)
    listing = congress.sold(alice, bob)
    tag = read_release(congress.members[1].network, sale_id(listing)).tag
    board = Shares(congress.home / "committee" / "board.db")
    wait_until(lambda: bool(board.of(tag)), "the first share", SETTLE_SECONDS)
    workers.kill(1)
    assert not congress.is_settled(listing)
    workers.start(3)
    wait_until(lambda: congress.is_settled(listing), "the settlement", SETTLE_SECONDS)
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
