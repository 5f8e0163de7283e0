"""The miner over a real broker: beat, a worker of the queue `mining`, a node, a chain.

Blocks come every second and with each transaction, as under `zerog up --mine`.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.support.broker import BrokerProcess
from tests.support.mining_home import check_sealed, chunks_not_full, mine_blocks, miner_of
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import Storage, file_of, running_storage, wait_for
from workers.queue import ROUTES, CeleryJobs
from workers.schedule import MINING, SCHEDULE, schedule
from zerog.cli.main import run
from zerog.cli.miner import miner as command
from zerog.jobs import SearchNonces
from zerog.storage.mining.earnings import earnings, status
from zerog.storage.mining.miner import Miner

pytestmark = pytest.mark.workers


@dataclass(slots=True)
class Workers:
    """Beat and workers of one home, each in a process group of its own."""

    home: Path
    broker: BrokerProcess
    running: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def start(self, name: str, *arguments: str) -> subprocess.Popen[bytes]:
        """`celery -A workers.app ARGUMENTS`, mining."""
        command = [sys.executable, "-m", "celery", "-A", "workers.app", *arguments, "-l", "INFO"]
        variables = {
            "ZEROG_HOME": str(self.home),
            "ZEROG_BROKER_URL": self.broker.url,
            "ZEROG_MINE": "1",
            "ZEROG_MINE_LANES": "1",
        }
        with (self.home / f"{name}.log").open("ab") as out:
            made = subprocess.Popen(
                command,
                env={**os.environ, **variables},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self.running.append(made)
        return made

    def worker(self) -> subprocess.Popen[bytes]:
        """As `zerog up --mine` starts it."""
        quiet = ("--without-gossip", "--without-mingle")
        return self.start("miner", "worker", "-n", "miner@%h", "-Q", "mining", "-c", "1", *quiet)

    def beat(self) -> subprocess.Popen[bytes]:
        """Sends what is due."""
        return self.start("beat", "beat", "-s", str(self.home / "beat"), "--pidfile=")

    def kill(self, process: subprocess.Popen[bytes]) -> None:
        """kill -9 of a process and its children."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE_SECONDS)
        self.running.remove(process)


@pytest.fixture
def storage(tmp_path: Path) -> Iterator[Storage]:
    with running_storage(tmp_path, "--block-time", "1", "--mixed-mining") as made:
        yield made


@pytest.fixture
def workers(storage: Storage, free_port: int) -> Iterator[Workers]:
    broker = BrokerProcess.start(storage.home, free_port)
    made = Workers(storage.home, broker)
    try:
        yield made
    finally:
        for process in list(made.running):
            made.kill(process)
        broker.stop()


def put_file(storage: Storage, size: int) -> None:
    """A file that fills its pricing chunks, so that every answer is paid."""
    path = storage.home / f"file-{size}"
    storage.put(path, file_of(path, size))


def is_paid(storage: Storage, miner: Miner) -> bool:
    """Whether something is booked; passes the time of a window that is over."""
    if earnings(miner, 4).payments_wei:
        return True
    if status(miner).window.startswith("closed: outside"):
        end = storage.flow.epoch_end()
        mine_blocks(storage, max(end - storage.chain.head().number, 1))
    return False


def nothing_is_unmined(storage: Storage, miner: Miner) -> bool:
    """Whether the chain has mined all that the miner sent."""
    address = miner.sender.address
    return storage.chain.nonce(address) == storage.chain.nonce(address, pending=True)


def more_than(miner: Miner, units: int) -> Callable[[], bool]:
    return lambda: miner.store.counts()[0] > units


def test_file_is_sealed_mined_paid_and_claimed(
    storage: Storage, workers: Workers, capsys: pytest.CaptureFixture[str]
) -> None:
    put_file(storage, 1 << 20)
    miner = miner_of(storage)
    assert chunks_not_full(miner) == 0
    workers.worker()
    workers.beat()
    wait_for(lambda: is_paid(storage, miner), "a reward")
    check_sealed(miner)
    for process in list(workers.running):
        workers.kill(process)
    wait_for(lambda: nothing_is_unmined(storage, miner), "the last words of the killed")
    due = earnings(miner, 4).payments_wei
    before = storage.chain.balance(miner.sender.address)
    home = ("--home", str(storage.home), "--json")
    capsys.readouterr()
    assert run(["status", *home], command) == 0
    assert json.loads(capsys.readouterr().out)["answers"] >= 1
    assert run(["rewards", *home], command) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["payments_wei"] == due
    assert sum(chunk["distributed_wei"] for chunk in told["chunks"]) == told["earned_wei"] == due
    assert run(["claim", *home], command) == 0
    done = json.loads(capsys.readouterr().out)
    assert done["amount_wei"] == due
    after = storage.chain.balance(miner.sender.address)
    assert after == before + done["amount_wei"] - done["gas_wei"]
    assert run(["claim", *home], command) == 1
    assert json.loads(capsys.readouterr().out)["error"].startswith("nothing is booked")


def test_killed_workers_leave_what_the_next_one_finishes(
    storage: Storage, workers: Workers
) -> None:
    put_file(storage, 4 << 20)
    miner = miner_of(storage)
    assert chunks_not_full(miner) == 0
    workers.beat()
    mine_blocks(storage, 20)
    sealed = 0
    for _ in range(3):
        worker = workers.worker()
        wait_for(more_than(miner, sealed), "more sealed units")
        workers.kill(worker)
        sealed = miner.store.counts()[0]
        miner.log.step()
        check_sealed(miner)
        if sealed >= status(miner).minable_units - 1:
            break
    workers.worker()
    wait_for(lambda: is_paid(storage, miner), "a reward")
    check_sealed(miner)


def test_mining_is_scheduled_only_where_it_is_wanted() -> None:
    assert schedule({}) == SCHEDULE
    assert schedule({"ZEROG_MINE": "0"}) == SCHEDULE
    assert schedule({"ZEROG_MINE": "1"}) == {**SCHEDULE, **MINING}


def test_every_mining_job_is_a_task_of_the_app() -> None:
    from workers.app import app

    app.loader.import_default_modules()
    names = {str(entry["task"]) for entry in MINING.values()}
    names |= {route.task for route in ROUTES.values()}
    assert names <= set(app.tasks)
    assert all(app.tasks[name].acks_late for name in names if name.startswith("zerog.mining."))


def test_search_job_goes_to_the_queue_of_miners(tmp_path: Path, free_port: int) -> None:
    import redis

    broker = BrokerProcess.start(tmp_path, free_port)
    try:
        CeleryJobs(broker.url).submit(SearchNonces("0x12"))
        found = redis.Redis(port=broker.port).lrange("mining", 0, -1)
        assert isinstance(found, list)
        headers = json.loads(found[0])["headers"]
        assert headers["task"] == "zerog.mining.search"
        assert headers["expires"] is not None
    finally:
        broker.stop()
