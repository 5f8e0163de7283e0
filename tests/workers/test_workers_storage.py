"""The repair task on a real broker with a real worker and real nodes."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.fleet import Fleet, Stored, running_fleet
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import wait_for
from workers.schedule import SCHEDULE
from zerog.storage.codec import SEGMENT

pytestmark = pytest.mark.workers

NODES = 4
WANTED = 2  # 30 % of four is one


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[BrokerProcess]:
    process = BrokerProcess.start(tmp_path, free_port)
    try:
        yield process
    finally:
        process.stop()


def start_worker(home: Path, broker: BrokerProcess, urls: Sequence[str]) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "default"]
    environment = {
        **os.environ,
        "ZEROG_HOME": str(home),
        "ZEROG_BROKER_URL": broker.url,
        "ZEROG_NODE_URLS": ",".join(urls),
    }
    with (home / "worker.log").open("ab") as out:
        return subprocess.Popen(
            [*command, "-P", "solo", "-l", "INFO"], env=environment, stdout=out, stderr=out
        )


def copies(fleet: Fleet, stored: Stored) -> int:
    infos = [member.remote.info_of(stored.tx_seq) for member in fleet.members]
    return sum(bool(info and info.finalized) for info in infos)


def test_repair_task_restores_copies_also_after_its_worker_was_killed(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    with running_fleet(tmp_path, NODES) as fleet:
        stored = fleet.put(random.Random(1).randbytes(40 * SEGMENT), [2])
        entry = next(one for one in SCHEDULE.values() if one["task"] == "zerog.storage.repair")
        sender = Celery(broker=broker.url)
        fleet.hold("zgs_upload", after=2)  # so that it dies in the middle
        worker = start_worker(tmp_path, broker, fleet.urls)
        sender.send_task(str(entry["task"]), queue="default")
        wait_for(lambda: handed_over(fleet) > 2, "segments handed over")
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait(timeout=PATIENCE_SECONDS)
        assert copies(fleet, stored) == 1
        fleet.heal()
        worker = start_worker(tmp_path, broker, fleet.urls)
        try:
            sender.send_task(str(entry["task"]), queue="default")
            wait_for(lambda: copies(fleet, stored) == WANTED, "the copy restored")
        finally:
            worker.terminate()
            worker.wait(timeout=PATIENCE_SECONDS)


def handed_over(fleet: Fleet) -> int:
    calls = [call for member in fleet.members for call in member.liar.calls]
    return sum(call.startswith("zgs_upload") for call in calls)
