"""Celery workers of committee members over a real broker, and what beat does for them."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from dataclasses import dataclass, field

from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.committee_house import Congress
from tests.support.patience import PATIENCE_SECONDS


@dataclass(slots=True)
class Workers:
    """Workers by name, over one broker and one congress."""

    congress: Congress
    broker: BrokerProcess
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    stopping: threading.Event = field(default_factory=threading.Event)

    def start(self, *members: int, name: str = "") -> None:
        """A worker that consumes the queues of these members alone."""
        own_name = name or f"committee-{members[0]}"
        queues = ",".join(f"committee-{number}" for number in members)
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker"]
        own = ("-n", f"{own_name}@%h", "-Q", queues, "-P", "solo")
        quiet = ("--without-gossip", "--without-mingle", "-l", "INFO")
        with (self.congress.home / f"{own_name}.log").open("ab") as out:
            self.running[own_name] = subprocess.Popen(
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

    def kill(self, name: str) -> None:
        """kill -9."""
        process = self.running.pop(name)
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(timeout=PATIENCE_SECONDS)

    def stop(self) -> None:
        """End every worker, the beat and the broker."""
        self.stopping.set()
        for name in list(self.running):
            self.kill(name)
        self.broker.stop()

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
                        expires=0.5,
                        ignore_result=True,
                    )

        thread = threading.Thread(target=tick, daemon=True)
        thread.start()
        return thread
