"""Storage under kill -9: what was final stays whole, what was not goes on, nothing is paid twice.

Clients upload files and write keys without a pause while the node, the indexer, the KV node,
the miner and the uploading client itself are killed, one after the other, at random moments.
A hundred kills in `make soak`, a dozen in `make test`.
"""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import psutil
import pytest

from tests.support.ledger import Ledger
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import RunningStack, wait_for
from zerog.chain.signer import Keys
from zerog.devnet.state import RunState
from zerog.storage.client.sdk import Storage

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(3600)]

SOAK = os.environ.get("ZEROG_SOAK") == "1"
KILLS = 100 if SOAK else 12
VICTIMS = ("node", "indexer", "kv", "miner", "client")
STREAM = "soak"
LARGEST = 6_000_000
TRIES = 20
"""Of a command, once the killing is over; a part that died often rests up to ten seconds."""


@dataclass(slots=True)
class Uploads:
    """One user who uploads file after file, and repeats a command that failed."""

    stack: RunningStack
    folder: Path
    chance: random.Random
    stop: threading.Event
    files: dict[Path, str] = field(default_factory=dict)
    running: subprocess.Popen[str] | None = None
    repeated: int = 0
    trouble: str = ""

    def run(self) -> None:
        """Until told to stop; the last file is finished."""
        while not self.stop.is_set() and not self.trouble:
            path = self.folder / f"{len(self.files)}.bin"
            path.write_bytes(self.chance.randbytes(self.chance.randint(1, LARGEST)))
            self.files[path] = ""
            self._finish(path)

    def _finish(self, path: Path) -> None:
        said, left = "", TRIES
        while left:
            words = ("storage", "upload", str(path), "--as", "alice", "--json")
            self.running = self.stack.spawn(*words)
            out, said = self.running.communicate()
            if self.running.returncode == 0:
                self.files[path] = json.loads(out)["roots"][0]
                return
            self.repeated += 1
            left -= self.stop.is_set()
        self.trouble = f"{path.name} still fails when nothing is killed any more: {said}"


@dataclass(slots=True)
class Writes:
    """Another user who writes key after key of one stream."""

    stack: RunningStack
    stop: threading.Event
    values: dict[str, str] = field(default_factory=dict)
    repeated: int = 0
    trouble: str = ""

    def run(self) -> None:
        """Until told to stop."""
        number = 0
        while not self.stop.is_set() and not self.trouble:
            key, value = f"key-{number % 7}", f"value-{number}"
            self._finish(key, value)
            self.values[key] = value
            number += 1

    def _finish(self, key: str, value: str) -> None:
        said, left = "", TRIES
        while left:
            done = self.stack.run("kv", "put", STREAM, key, value, "--as", "bob", "--json")
            if done.returncode == 0:
                return
            said = done.stderr
            self.repeated += 1
            left -= self.stop.is_set()
        self.trouble = f"{key} still fails when nothing is killed any more: {said}"


@pytest.fixture
def mining(tmp_path: Path) -> Iterator[RunningStack]:
    stack = RunningStack.start(tmp_path / "home", "--mine")
    try:
        yield stack
    finally:
        stack.stop()


def pid_of(stack: RunningStack, name: str) -> int | None:
    """The process of a part that is ready, from the supervisor's own file."""
    state = RunState.load(stack.home)
    found = [part for part in state.parts if part.name == name and part.ready] if state else []
    return found[0].pid if found else None


def kill_one(stack: RunningStack, uploads: Uploads, victim: str) -> None:
    """kill -9 a part as soon as it is up, or the client that is uploading."""
    if victim == "client":
        running = uploads.running
        if running is not None and running.poll() is None:
            running.send_signal(signal.SIGKILL)
        return
    pid = wait_for(lambda: pid_of(stack, victim), f"{victim} up")
    with suppress(psutil.NoSuchProcess):  # it died by itself meanwhile
        psutil.Process(pid).kill()
    wait_for(lambda: pid_of(stack, victim) != pid, f"the death of {victim} noticed")


def test_storage_under_kills_keeps_what_is_final_and_resumes_the_rest(
    mining: RunningStack, tmp_path: Path
) -> None:
    seed = int(os.environ.get("ZEROG_SEED", str(time.time_ns() % 2**32)))
    chance = random.Random(seed)
    (tmp_path / "files").mkdir()
    stop = threading.Event()
    uploads = Uploads(mining, tmp_path / "files", random.Random(seed + 1), stop)
    writes = Writes(mining, stop)
    threads = [threading.Thread(target=one.run) for one in (uploads, writes)]
    for thread in threads:
        thread.start()
    killed: list[str] = []
    try:
        for number in range(KILLS):
            wait_moment(chance.uniform(0.05, 1.5))
            kill_one(mining, uploads, VICTIMS[number % len(VICTIMS)])
            killed.append(VICTIMS[number % len(VICTIMS)])
    finally:
        stop.set()
        for thread in threads:
            thread.join(PATIENCE_SECONDS)
    mining.wait_healthy()
    told = f"seed {seed}: {len(uploads.files)} files, {uploads.repeated} uploads repeated, "
    told += f"{len(killed)} kills, {writes.repeated} writes repeated"
    print(told, file=sys.stderr)  # noqa: T201
    assert not uploads.trouble, f"{told}: {uploads.trouble}"
    assert not writes.trouble, f"{told}: {writes.trouble}"
    check_files(mining, uploads, tmp_path, told)
    for key, value in writes.values.items():
        found = mining.json("kv", "get", STREAM, key)
        assert found["value"] == "0x" + value.encode().hex(), told
    check_miner(mining)


def wait_moment(seconds: float) -> None:
    """Let the work go on for a random moment: what is waited for is nothing but chance."""
    threading.Event().wait(seconds)


def check_files(stack: RunningStack, uploads: Uploads, folder: Path, told: str) -> None:
    """Every file comes back, and each was paid for once."""
    store = Storage.connect(stack.home)
    for path, root in uploads.files.items():
        out = folder / f"{path.name}.back"
        store.download(bytes.fromhex(root.removeprefix("0x")), out)
        assert out.read_bytes() == path.read_bytes(), f"{told}: {path.name}"
    alice = Keys(stack.home).address("alice")
    paid = Ledger.open(stack.home).stack.flow.events("Submit", sender=alice)
    assert len(paid) == len(uploads.files), f"{told}: {len(paid)} submissions"


def check_miner(stack: RunningStack) -> None:
    """After all that, the next answer is still accepted."""
    before = int(str(stack.json("miner", "status")["answers"]))

    def more() -> bool:
        return int(str(stack.json("miner", "status")["answers"])) > before

    wait_for(more, "another accepted answer of the miner")
