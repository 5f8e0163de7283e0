"""Containers of agents, as a devnet has them: one child process each.

A child gets its secrets over its standard input, and ends when that is closed: with the
attestor, however that ends. What a sandbox node would attest, the attestor's node key attests.
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import Final

import orjson

from zerog.crypto.curve import compress, public_key
from zerog.errors import ZerogError
from zerog.inft.agentic.bus import Bus
from zerog.inft.agentic.keys import image_hash
from zerog.inft.agentic.office import Office
from zerog.inft.agentic.rows import Container, agent_of
from zerog.inft.agentic.sealkeys import container_secret
from zerog.inft.agentic.wire import attestation_digest
from zerog.inft.jobstore import Row
from zerog.inft.steps import FINAL

START_SECONDS: Final = 20.0
STOP_SECONDS: Final = 5.0
MAX_FAILURES: Final = 3


class SandboxFailed(ZerogError):
    """A child did not come up."""

    def __init__(self, sandbox_id: str, reason: str) -> None:
        self.sandbox_id, self.reason = sandbox_id, reason
        super().__init__(f"the sandbox {sandbox_id} did not start: {reason}", "see its log")


@dataclass(frozen=True, slots=True)
class Child:
    """A running container."""

    process: subprocess.Popen[bytes]
    sandbox_id: str


class Fleet:
    """Makes the containers what their owners want; one thread tends them."""

    def __init__(self, office: Office, bus: Bus) -> None:
        """bus: who is told."""
        self._office, self._bus = office, bus
        self._children: dict[str, Child] = {}
        self._api_keys: dict[str, str] = {}
        self._lock = threading.Lock()
        rows = office.jobs.rows()
        self._tended = {row.job_id for row in rows if office.containers.of(row.job_id).wanted}

    def want(self, job_id: str, api_key: str = "") -> None:
        """Tend a row from now on. api_key: for the child only; kept nowhere."""
        with self._lock:
            self._tended.add(job_id)
            if api_key:
                self._api_keys[job_id] = api_key

    def tend(self) -> None:
        """One round: start, stop, and notice what ended by itself."""
        with self._lock:
            tended = sorted(self._tended)
        for job_id in tended:
            row, container = self._office.jobs.get(job_id), self._office.containers.of(job_id)
            self._notice_end(row, container)
            if container.wanted and self._was_sold(row):
                container = self._office.containers.change(job_id, wanted=False)
            child = self._children.get(job_id)
            stale = child is not None and child.sandbox_id != container.sandbox_id
            if child is not None and (stale or not container.wanted):
                self._end(row, child, stopped=not container.wanted)
            if container.wanted and job_id not in self._children and row.state == FINAL:
                self._begin(row, self._office.containers.of(job_id))
            if not container.wanted:
                with self._lock:
                    self._tended.discard(job_id)

    def close(self) -> None:
        """End every child."""
        for child in self._children.values():
            _terminate(child)

    def _was_sold(self, row: Row) -> bool:
        """The next owner decides anew whether, and with whose key, the agent runs."""
        agent_id = agent_of(row)
        if agent_id is None:
            return False
        return self._office.contracts.agents.owner_of(agent_id) != row.text("owner")

    def _begin(self, row: Row, container: Container) -> None:
        if container.failures >= MAX_FAILURES:
            return
        child = Child(self._spawn(row), container.sandbox_id)
        self._children[row.job_id] = child
        try:
            port = self._introduce(row, container, child)
        except SandboxFailed:
            _terminate(self._children.pop(row.job_id))
            self._failed(row, container, "the runtime did not start")
            return
        host = "127.0.0.1"
        url = f"http://{host}:{port}"
        self._office.containers.change(row.job_id, state="starting", port=port, url=url, reason="")
        self._bus.tell(row.text("seal_id"), "container_starting")

    def _spawn(self, row: Row) -> subprocess.Popen[bytes]:
        logs = self._office.settings.home / "logs"
        logs.mkdir(parents=True, exist_ok=True)
        keep = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
        with (logs / f"{row.job_id[:20]}.log").open("ab") as log:
            return subprocess.Popen(
                [sys.executable, "-m", "zerog.inft.agentic.runtime"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=keep,
                cwd=logs,
            )

    def _introduce(self, row: Row, container: Container, child: Child) -> int:
        """Give a child what it needs; gives the port that it listens on."""
        stdin, stdout = child.process.stdin, child.process.stdout
        if stdin is None or stdout is None:
            raise SandboxFailed(child.sandbox_id, "no pipes")
        with self._lock:
            api_key = self._api_keys.pop(row.job_id, "")
        late = threading.Timer(START_SECONDS, child.process.kill)
        late.start()
        try:
            stdin.write(orjson.dumps(self._letter(row, container, api_key)) + b"\n")
            stdin.flush()
            line = stdout.readline()
        except BrokenPipeError as error:
            raise SandboxFailed(child.sandbox_id, str(error)) from None
        finally:
            late.cancel()
        if not line.strip().isdigit():
            raise SandboxFailed(child.sandbox_id, "it ended")
        return int(line)

    def _letter(self, row: Row, container: Container, api_key: str) -> dict[str, object]:
        office, seal_id = self._office, row.blob("seal_id")
        secret = container_secret(office.keys.master, container.sandbox_id)
        key, image, now = compress(public_key(secret)), image_hash(), int(time.time())
        digest = attestation_digest(seal_id, key, image, now)
        logs = office.settings.home / "logs"
        return {
            "seal_id": row.text("seal_id"),
            "chain_id": office.registry.chain_id,
            "rpc_url": office.settings.rpc_url,
            "indexer_url": office.settings.indexer_url,
            "agentic_id": office.contract,
            "attestor_url": office.public_url,
            "port": container.port,
            "container_secret": secret.hex(),
            "image_hash": "0x" + image.hex(),
            "issued_at": now,
            "sandbox_signature": "0x" + office.keys.node.sign_digest(digest).hex(),
            "api_key": api_key,
            "log": str(logs / f"{row.job_id[:20]}.log"),
        }

    def _notice_end(self, row: Row, container: Container) -> None:
        child = self._children.get(row.job_id)
        if child is None or child.process.poll() is None:
            return
        del self._children[row.job_id]
        self._failed(row, container, f"the runtime ended with {child.process.returncode}")

    def _failed(self, row: Row, container: Container, reason: str) -> None:
        failures = container.failures + 1
        state = "failed" if failures >= MAX_FAILURES else "starting"
        # Its port may be somebody else's by now.
        changes = {"failures": failures, "state": state, "reason": reason, "port": 0}
        self._office.containers.change(row.job_id, **changes)
        self._bus.tell(row.text("seal_id"), "container_failed", reason=reason)

    def _end(self, row: Row, child: Child, stopped: bool) -> None:
        _terminate(child)
        self._children.pop(row.job_id, None)
        if stopped:
            self._office.containers.change(row.job_id, state="stopped", reason="")
            self._bus.tell(row.text("seal_id"), "container_stopped", reason="user_stop")


def _terminate(child: Child) -> None:
    if child.process.stdin is not None:
        child.process.stdin.close()
    try:
        child.process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        child.process.kill()
        child.process.wait()
    if child.process.stdout is not None:
        child.process.stdout.close()
