"""A Celery worker as `zerog up` starts it, for tests that let it do the work of a home."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.broker import BrokerProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for


@contextmanager
def running_worker(
    home: Path, broker: BrokerProcess, log: Path, queue: str = "default"
) -> Iterator[None]:
    """A worker of a queue, ready, and ended with the block."""
    command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", "-Q", queue]
    environment = {**os.environ, "ZEROG_HOME": str(home), "ZEROG_BROKER_URL": broker.url}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [*command, "-P", "solo", "-l", "INFO"], env=environment, stdout=out, stderr=out
        )
    try:
        wait_for(lambda: "ready." in log.read_text(), "the worker is ready")
        yield
    finally:
        process.terminate()
        process.wait(timeout=PATIENCE_SECONDS)
