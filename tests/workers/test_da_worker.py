"""The disperser as a Celery worker on a real broker: nudges alone bring a blob to its end, and a
worker that is killed at any stage leaves nothing undone and nothing done twice.
"""

from __future__ import annotations

import itertools
import os
import signal
import subprocess
import sys
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from celery import Celery

from tests.support.broker import BrokerProcess
from tests.support.da import stream
from tests.support.da_disperser import DisperserTown
from tests.support.da_strike import strike
from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.stack import wait_for
from workers.da_beat import BEAT
from workers.queue import CeleryJobs
from zerog.da.disperser.places import waker
from zerog.da.intake import Intake
from zerog.da.onchain.network import DISPERSER, disperser_keys
from zerog.da.status import TERMINAL, Blob, Stage

pytestmark = pytest.mark.workers

ATTEMPTS = 12
POLLS_PER_SWEEP = 20
NUMBERS = itertools.count()


@dataclass(slots=True)
class Office:
    """A disperser's home, its broker and its worker."""

    town: DisperserTown
    broker: BrokerProcess
    worker: subprocess.Popen[bytes] | None = None

    @property
    def log(self) -> Path:
        """What the worker says."""
        return self.town.place.home / "da-worker.log"

    def start(self, queues: str = "da,da-encode", **more: str) -> None:
        """The worker, as `zerog up` starts it; more: variables of its environment."""
        pool = ("-Q", queues, "-P", "threads", "-c", "4")
        command = [sys.executable, "-m", "celery", "-A", "workers.app", "worker", *pool]
        quiet = ("--without-gossip", "--without-mingle", "-l", "INFO")
        variables = {"ZEROG_HOME": str(self.town.place.home), "ZEROG_BROKER_URL": self.broker.url}
        self.log.write_bytes(b"")
        with self.log.open("ab") as out:
            self.worker = subprocess.Popen(
                [*command, *quiet],
                env={**os.environ, **variables, **more},
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        wait_for(lambda: "ready." in self.log.read_text(), "the worker is ready")

    def kill(self) -> None:
        """kill -9."""
        if self.worker is not None:
            os.killpg(self.worker.pid, signal.SIGKILL)
            self.worker.wait(timeout=PATIENCE_SECONDS)
            self.worker = None

    def sweep(self) -> None:
        """What beat sends each second."""
        entry = BEAT["da-sweep"]
        options = entry["options"]
        assert isinstance(options, dict)
        app = Celery(broker=self.broker.url)
        app.send_task(str(entry["task"]), queue=options["queue"], ignore_result=True)

    def disperse(self) -> str:
        """Another blob; its request."""
        return self.town.disperse(stream(f"worker {next(NUMBERS)}", 4000))

    def end(self, request: str, *, swept: bool) -> Blob:
        """The row of a request once it has ended. swept: as by beat."""
        polls = itertools.count()

        def ended() -> Blob | None:
            row = self.town.row(request)
            if row.stage in TERMINAL:
                return row
            if swept and next(polls) % POLLS_PER_SWEEP == 0:
                self.sweep()
            return None

        return wait_for(ended, f"the end of {request[:16]}")

    def nonce(self) -> int:
        """Transactions that the disperser has sent."""
        chain = self.town.place.network.chain
        keys = disperser_keys(self.town.place.home, chain.chain_id())
        return chain.nonce(keys.signer(DISPERSER).address)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("da-worker")
    anvil = AnvilProcess.start(folder)
    broker = BrokerProcess.start(folder, free_port())
    try:
        town = DisperserTown.build(anvil, folder / "home")
        house = town.house
        wake = waker(CeleryJobs(broker.url), house.profile)
        town.intake = Intake(house.rows, house.files, wake, house.profile)
        made = Office(town, broker)
        made.start()
        try:
            yield made
        finally:
            made.kill()
            town.close()
    finally:
        broker.stop()
        anvil.stop()


def test_blobs_reach_their_end_by_messages_alone(office: Office) -> None:
    """Nothing waits for a sweep, also not the second request of a blob."""
    requests = [office.disperse() for _ in range(3)]
    data = stream("worker twice", 300)
    requests += [office.town.disperse(data) for _ in range(2)]
    rows = [office.end(request, swept=False) for request in requests]
    assert [row.stage for row in rows] == [Stage.FINALIZED] * len(rows)
    assert {row.signed_rows for row in rows} == {12}
    assert office.town.collect(rows[-1]) == data
    assert office.town.events("DataUpload", rows[-1].data_root) == 1


def test_machine_with_store_and_broker_only_encodes(office: Office, tmp_path: Path) -> None:
    """Another home, without a network: what it made is taken up where the rows are."""
    town, store = office.town, str(office.town.place.home / "da" / "bytes")
    office.kill()
    office.start("da-encode", ZEROG_HOME=str(tmp_path), ZEROG_DA_STORE=store)
    request = office.disperse()
    wait_for(lambda: town.house.files.has(f"encoded/{request}"), "the encoding")
    assert town.stages(request) == [Stage.ACCEPTED]
    office.kill()
    office.start()
    assert office.end(request, swept=True).stage is Stage.FINALIZED


@pytest.mark.parametrize(
    "stage", [Stage.ACCEPTED, Stage.ENCODED, Stage.UPLOADED, Stage.SIGNED, Stage.CONFIRMED]
)
def test_worker_killed_at_a_stage_ends_each_blob_once(office: Office, stage: Stage) -> None:
    town, before, sent = office.town, office.nonce(), 0
    for attempt in range(ATTEMPTS):
        request = office.disperse()
        sent += 2
        rows = town.house.folder / "blobs.db"
        if strike(rows, request, stage, office.kill, moment(stage, attempt)):
            break
        office.end(request, swept=True)
    else:
        pytest.fail(f"no kill landed in {stage} in {ATTEMPTS} runs")
    assert town.row(request).stage is stage
    office.start()
    row = office.end(request, swept=True)
    assert (row.stage, row.retries, row.error) == (Stage.FINALIZED, 0, "")
    assert town.events("DataUpload", row.data_root) == 1
    assert town.events("ErasureCommitmentVerified", row.data_root) == 1
    assert office.nonce() == before + sent, "two transactions for each blob"
    assert town.collect(row) == bytes(memoryview(town.house.files.get(f"blob/{request}")))


def moment(stage: Stage, attempt: int) -> float:
    """Seconds into the step at which the kill lands, 0 to 40 ms: another one for each stage."""
    return zlib.crc32(f"{stage} {attempt}".encode()) % 41 / 1000
