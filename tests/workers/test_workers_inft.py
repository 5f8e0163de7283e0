"""The Jobs port and the sweeps on a real broker with a real Celery worker."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from workers.queue import BrokerUnreachable, CeleryJobs
from workers.schedule import SCHEDULE
from zerog.inft.jobstore import JobStore
from zerog.inft.steps import DONE
from zerog.jobs import ReEncrypt, Resume, load_jobs

pytestmark = pytest.mark.workers


@pytest.fixture
def broker(tmp_path: Path, free_port: int) -> Iterator[BrokerProcess]:
    process = BrokerProcess.start(tmp_path, free_port)
    try:
        yield process
    finally:
        process.stop()


def messages(broker: BrokerProcess, queue: str) -> list[dict[str, object]]:
    """The bodies that wait in a queue."""
    client = redis.Redis(port=broker.port)
    found = client.lrange(queue, 0, -1)
    assert isinstance(found, list)
    envelopes = [json.loads(raw) for raw in found]
    return [
        {"task": one["headers"]["task"], "args": json.loads(base64.b64decode(one["body"]))[0]}
        for one in envelopes
    ]


def test_job_becomes_a_message_of_a_name_and_an_id(broker: BrokerProcess) -> None:
    jobs = load_jobs("celery", broker.url)
    assert isinstance(jobs, CeleryJobs)
    jobs.submit(ReEncrypt("ab12"))
    jobs.submit(Resume("mint-1"))
    assert messages(broker, "oracle") == [{"task": "zerog.oracle.reencrypt", "args": ["ab12"]}]
    assert messages(broker, "default") == [{"task": "zerog.inft.resume", "args": ["mint-1"]}]


def test_job_for_a_broker_that_is_gone_names_it(free_port: int) -> None:
    jobs = CeleryJobs(f"redis://127.0.0.1:{free_port}/0")
    with pytest.raises(BrokerUnreachable) as caught:
        jobs.submit(Resume("mint-1"))
    assert str(free_port) in str(caught.value)


def test_every_periodic_job_is_a_task_of_the_app() -> None:
    from workers.app import app

    app.loader.import_default_modules()
    assert {str(entry["task"]) for entry in SCHEDULE.values()} <= set(app.tasks)


def test_sweep_asks_again_for_a_row_that_nobody_works_on(
    broker: BrokerProcess, tmp_path: Path
) -> None:
    home = tmp_path / "home"
    store = JobStore(home / "jobs.db")
    store.add("mint-done", "mint", DONE[0], {})  # its turn would be the first
    store.add("mint-lost", "mint", "planned", {"owner": "0x" + "11" * 20})
    log = tmp_path / "worker.log"
    worker = start_worker(home, broker, log)
    try:
        wait_for(lambda: "ready." in log.read_text(), "the worker is ready")
        Celery(broker=broker.url).send_task("zerog.inft.sweep", queue="default")
        wait_for(lambda: "job mint-lost:" in log.read_text(), "the worker tried the row")
        assert "mint-done" not in log.read_text()
        assert store.get("mint-lost").state == "planned"
    finally:
        worker.terminate()
        worker.wait(timeout=PATIENCE_SECONDS)


def start_worker(home: Path, broker: BrokerProcess, log: Path) -> subprocess.Popen[bytes]:
    """A worker of the default queue, as `zerog up` starts it."""
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", "default"]
    environment = {**os.environ, "ZEROG_HOME": str(home), "ZEROG_BROKER_URL": broker.url}
    with log.open("wb") as out:
        return subprocess.Popen(
            [*command, "-P", "solo", "-l", "INFO"], env=environment, stdout=out, stderr=out
        )
