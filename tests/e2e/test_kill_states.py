"""Any process, killed with -9 in any state of a mint or transfer: the job still ends, once.

Each run starts a real command on the shared stack, waits until the row is in the state, kills
the victim while the row is held there, and then only watches: the supervisor restarts what
died, the sweeps go on with the row. A state that was over before the kill landed is run again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from tests.support.folders import write_agent
from tests.support.freezer import Watch
from tests.support.ledger import Ledger
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import RunningStack, wait_for
from zerog.inft.folder import manifest_hash
from zerog.inft.jobstore import JobStore
from zerog.inft.steps import DONE, FINAL

pytestmark = pytest.mark.e2e

MINT = ("planned", "keyed", "encrypted", "submitted", "uploaded", "minted")
TRANSFER = ("planned", "requested", "awaiting_consent", "consented", "sent")
RESEAL = ("accepted", "keyed", "encrypted", "submitted", "uploaded", "signed")
PARTS = ("chain", "broker", "node", "indexer", "oracle", "worker", "oracle-worker", "beat")
VICTIMS = ("client", *PARTS)
ATTEMPTS = 12
SOAK = os.environ.get("ZEROG_SOAK") == "1"


def matrix(states: tuple[str, ...], likely: tuple[str, ...]) -> list[tuple[str, str]]:
    """Every victim in every state; for the short run each state with its likeliest victims."""
    if SOAK:
        return [(state, victim) for state in states for victim in VICTIMS]
    chosen = []
    for number, state in enumerate(states):
        chosen.append((state, likely[number % len(likely)]))
        chosen.append((state, VICTIMS[(number * 2 + 1) % len(VICTIMS)]))
    return sorted(set(chosen), key=lambda pair: (states.index(pair[0]), pair[1]))


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    stack = RunningStack.start(tmp_path_factory.mktemp("kills") / "home")
    try:
        yield stack
    finally:
        stack.stop()


@dataclass(frozen=True, slots=True)
class Run:
    """One command, one victim."""

    stack: RunningStack
    database: Path
    kind: str
    words: tuple[str, ...]

    def kill_in(self, state: str, victim: str) -> str | None:
        """Start the command and kill the victim in `state`; the row's id, or None if missed."""
        watch = Watch.start(self.database, self.kind)
        pids = {name: part["pid"] for name, part in self.stack.parts().items()}
        command = self.stack.spawn(*self.words)
        try:
            pids["client"] = command.pid
            return watch.strike(state, lambda: kill_now(pids[victim]), moment(state, victim))
        finally:
            finish(command, killed=victim == "client")


def moment(state: str, victim: str) -> float:
    """Seconds into the step at which the kill lands: another one for each pair, 0 to 60 ms.

    The row is held in its state meanwhile, so the kill falls into the step's side effects.
    """
    return zlib.crc32(f"{state} {victim}".encode()) % 61 / 1000


def kill_now(pid: int) -> None:
    """kill -9 and wait until the process runs no more."""
    os.kill(pid, signal.SIGKILL)

    def gone() -> bool:
        try:
            return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
        except psutil.NoSuchProcess:
            return True

    wait_for(gone, f"the end of {pid}")


def finish(command: subprocess.Popen[str], *, killed: bool) -> None:
    """Wait for the command; it may fail when a service died under it, but in one line."""
    _, errors = command.communicate(timeout=PATIENCE_SECONDS)
    assert "Traceback" not in errors, errors
    if not killed:
        assert command.returncode in {0, 1}, errors


def settled(database: Path, job_id: str) -> None:
    """Wait until the row has ended, and see that it ended well."""
    store = JobStore(database)
    wait_for(
        lambda: store.get(job_id).state in DONE,
        f"the end of {job_id} ({store.get(job_id).state})",
    )
    row = store.get(job_id)
    assert row.state == FINAL, row.error


@pytest.mark.parametrize(("state", "victim"), matrix(MINT, ("client", "chain", "node")))
def test_mint_killed_in_a_state_ends_once(
    running: RunningStack, tmp_path: Path, state: str, victim: str
) -> None:
    running.wait_healthy()
    database = running.home / "jobs.db"
    JobStore(database)
    before = Ledger.open(running.home)
    paid, tokens, runs = before.all_submissions(), len(before.tokens()), 0
    for attempt in range(ATTEMPTS):
        folder = write_agent(tmp_path / str(attempt), 700_000)
        words = ("inft", "mint", str(folder), "--as", "alice")
        job_id = Run(running, database, "mint", words).kill_in(state, victim)
        runs += 1
        if job_id is not None:
            break
    else:
        pytest.fail(f"no kill of {victim} landed in {state} in {ATTEMPTS} runs")
    settled(database, job_id)
    running.wait_healthy()
    row = JobStore(database).get(job_id)
    ledger = Ledger.open(running.home)
    assert ledger.submissions(row.blob("data_root")) == 1
    assert ledger.mints(row.blob("data_root")) == 1
    assert ledger.all_submissions() == paid + runs
    assert len(ledger.tokens()) == tokens + runs
    out = tmp_path / "opened"
    running.json("inft", "open", str(row.number("token_id")), "--as", "alice", "--out", str(out))
    assert manifest_hash(out) == manifest_hash(folder)


@pytest.mark.parametrize(
    ("kind", "state", "victim"),
    [
        *(("transfer", *pair) for pair in matrix(TRANSFER, ("client", "oracle", "chain"))),
        *(("reseal", *pair) for pair in matrix(RESEAL, ("oracle-worker", "chain", "node"))),
    ],
)
def test_transfer_killed_in_a_state_ends_once(
    running: RunningStack, tmp_path: Path, kind: str, state: str, victim: str
) -> None:
    running.wait_healthy()
    folder = write_agent(tmp_path / "agent", 700_000)
    token = str(running.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
    people, oracle = running.home / "jobs.db", running.home / "oracle" / "oracle.db"
    database = people if kind == "transfer" else oracle
    owner, buyer = "alice", "bob"
    paid, moves = Ledger.open(running.home).all_submissions(), 0
    for _ in range(ATTEMPTS):
        moves += 1
        words = ("inft", "transfer", token, "--to", buyer, "--as", owner)
        seller = Watch.start(people, "transfer")
        job_id = Run(running, database, kind, words).kill_in(state, victim)
        ended = newest(people, seller)
        settled(people, ended)
        if job_id is not None:
            break
        owner, buyer = buyer, owner
        running.wait_healthy()
    else:
        pytest.fail(f"no kill of {victim} landed in {kind}/{state} in {ATTEMPTS} runs")
    running.wait_healthy()
    row = JobStore(people).get(ended)
    ledger = Ledger.open(running.home)
    assert ledger.submissions(row.blob("new_data_root")) == 1
    assert ledger.all_submissions() == paid + moves
    assert ledger.transfers(int(token), row.blob("new_data_root")) == moves
    out = tmp_path / "opened"
    running.json("inft", "open", token, "--as", buyer, "--out", str(out))
    assert manifest_hash(out) == manifest_hash(folder)


def newest(database: Path, watch: Watch) -> str:
    """The id of the row that the command made."""
    new = [row.job_id for row in JobStore(database).rows() if row.job_id not in watch.known]
    assert len(new) == 1, f"one new row expected, found {new}"
    return new[0]
