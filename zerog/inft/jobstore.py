"""Rows of long work: which state a mint, a transfer or a re-encryption has durably reached.

A row is moved only after the side effect of its step is durable, and each step, run again,
finds what it did before; so any process may die at any line. One process at a time works on
a row: it holds a lease, which ends when its process is gone (on another host: when it lapses).
"""

from __future__ import annotations

import os
import socket
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import orjson
import psutil

from zerog.errors import NotFound, ZerogError
from zerog.store import Database

LEASE_SECONDS: Final = 15.0
REQUEUE_SECONDS: Final = 10.0
Value = str | int | None

MIGRATIONS: Final = (
    """
    CREATE TABLE jobs (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      job_id TEXT NOT NULL UNIQUE,
      kind TEXT NOT NULL,
      state TEXT NOT NULL,
      data BLOB NOT NULL,
      error TEXT,
      holder TEXT,
      lease_until REAL NOT NULL DEFAULT 0,
      queued_until REAL NOT NULL DEFAULT 0,
      updated_at REAL NOT NULL
    );
    CREATE INDEX jobs_by_state ON jobs(state);
    CREATE TABLE identity (instance BLOB NOT NULL);
    CREATE TABLE notes (
      job_id TEXT NOT NULL, name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (job_id, name)
    )
    """,
)


ALL: Final = "SELECT * FROM jobs ORDER BY seq"
BY_ID: Final = "SELECT * FROM jobs WHERE job_id = ?"
BY_STATE: Final = "SELECT * FROM jobs WHERE state IN (SELECT value FROM json_each(?)) ORDER BY seq"
STALLED: Final = (
    "SELECT job_id, holder, lease_until FROM jobs"
    " WHERE state NOT IN (SELECT value FROM json_each(?)) AND queued_until < ?"
)


class UnknownJob(NotFound):
    """No row has that id."""

    def __init__(self, job_id: str) -> None:
        self.job_id = job_id
        super().__init__(f"no job {job_id}", "zerog inft jobs lists them")


class JobBusy(ZerogError):
    """Another live process works on the row."""

    def __init__(self, job_id: str, holder: str) -> None:
        self.job_id, self.holder = job_id, holder
        super().__init__(f"job {job_id} is being worked on by {holder}", "wait for it")


class LeaseLost(ZerogError):
    """Another process took the row over, or moved it, while this one worked."""

    def __init__(self, job_id: str, state: str) -> None:
        self.job_id, self.state = job_id, state
        super().__init__(f"job {job_id} is no longer ours in state {state}")


@dataclass(frozen=True, slots=True)
class Row:
    """One job: `data` holds plain values only; keys in it are sealed."""

    seq: int
    job_id: str
    kind: str
    state: str
    data: Mapping[str, Value]
    error: str | None = None

    def text(self, name: str) -> str:
        """A text value that this state promises."""
        found = self.data[name]
        if not isinstance(found, str):
            raise TypeError(f"{name} of job {self.job_id} is {found!r}")
        return found

    def number(self, name: str) -> int:
        """An integer value that this state promises."""
        found = self.data[name]
        if not isinstance(found, int):
            raise TypeError(f"{name} of job {self.job_id} is {found!r}")
        return found

    def known_text(self, name: str) -> str | None:
        """A text value, where the row has come so far."""
        return self.text(name) if self.data.get(name) is not None else None

    def known_number(self, name: str) -> int | None:
        """An integer value, where the row has come so far."""
        return self.number(name) if self.data.get(name) is not None else None

    def blob(self, name: str) -> bytes:
        """A hex value as bytes."""
        return bytes.fromhex(self.text(name).removeprefix("0x"))

    def to(self, state: str, **changes: Value) -> Row:
        """This row in its next state, with more data."""
        return replace(self, state=state, data={**self.data, **changes})


def this_process() -> str:
    """Names this process so that another one on the same host can see whether it lives."""
    me = psutil.Process()
    return f"{socket.gethostname()}/{me.pid}/{me.create_time():.2f}"


def is_gone(holder: str) -> bool:
    """Whether a holder on this host has ended; of another host's nothing is known."""
    host, pid, started = holder.rsplit("/", 2)
    if host != socket.gethostname():
        return False
    try:
        process = psutil.Process(int(pid))
        if process.status() == psutil.STATUS_ZOMBIE:
            return True
        return abs(process.create_time() - float(started)) > 1
    except psutil.NoSuchProcess:
        return True


def _holds(holder: str, until: float) -> bool:
    """Whether a lease still counts. A process of this host keeps it for as long as it lives,
    suspended or not; of another host only the clock can tell."""
    if holder.rsplit("/", 2)[0] == socket.gethostname():
        return not is_gone(holder)
    return until > time.time()


class JobStore:
    """The rows of one file; safe for many processes."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.database = Database(path, MIGRATIONS)

    def add(self, job_id: str, kind: str, state: str, data: Mapping[str, Value]) -> Row:
        """Insert a row; the row that is already there wins."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "INSERT OR IGNORE INTO jobs (job_id, kind, state, data, updated_at)"
                " VALUES (?, ?, ?, ?, ?)",
                (job_id, kind, state, orjson.dumps(dict(data)), time.time()),
            )
        return self.get(job_id)

    def get(self, job_id: str) -> Row:
        """The row as it is now; raises UnknownJob."""
        found = self._select(BY_ID, job_id)
        if not found:
            raise UnknownJob(job_id)
        return found[0]

    def rows(self) -> list[Row]:
        """All rows, oldest first."""
        return self._select(ALL)

    def in_state(self, *states: str) -> list[Row]:
        """The rows in any of these states, oldest first."""
        return self._select(BY_STATE, orjson.dumps(states).decode())

    def _select(self, query: str, *values: str) -> list[Row]:
        found = self.database.connection.execute(query, values)
        return [
            Row(r["seq"], r["job_id"], r["kind"], r["state"], orjson.loads(r["data"]), r["error"])
            for r in found
        ]

    def advance(self, old: Row, new: Row) -> Row:
        """Move a row whose lease this process holds; raises LeaseLost if it moved meanwhile."""
        with self.database.transaction() as cursor:
            moved = cursor.execute(
                "UPDATE jobs SET state = ?, data = ?, error = ?, updated_at = ?"
                " WHERE job_id = ? AND state = ? AND holder = ?",
                (
                    new.state,
                    orjson.dumps(dict(new.data)),
                    new.error,
                    time.time(),
                    old.job_id,
                    old.state,
                    this_process(),
                ),
            ).rowcount
        if moved != 1:
            raise LeaseLost(old.job_id, old.state)
        return new

    @contextmanager
    def lease(self, job_id: str) -> Iterator[None]:
        """Hold the row for the length of the block; raises JobBusy or UnknownJob."""
        self._claim(job_id)
        ended = threading.Event()
        pulse = threading.Thread(target=self._renew, args=(job_id, ended), daemon=True)
        pulse.start()
        try:
            yield
        finally:
            ended.set()
            pulse.join()
            self._release(job_id)

    def _claim(self, job_id: str) -> None:
        with self.database.transaction() as cursor:
            found = cursor.execute(
                "SELECT holder, lease_until FROM jobs WHERE job_id = ?", (job_id,)
            ).fetchone()
            if found is None:
                raise UnknownJob(job_id)
            holder, until = found["holder"], found["lease_until"]
            if holder is not None and _holds(holder, until):
                raise JobBusy(job_id, holder)
            cursor.execute(
                "UPDATE jobs SET holder = ?, lease_until = ? WHERE job_id = ?",
                (this_process(), time.time() + LEASE_SECONDS, job_id),
            )

    def _renew(self, job_id: str, ended: threading.Event) -> None:
        while not ended.wait(LEASE_SECONDS / 3):
            with self.database.transaction() as cursor:
                cursor.execute(
                    "UPDATE jobs SET lease_until = ? WHERE job_id = ? AND holder = ?",
                    (time.time() + LEASE_SECONDS, job_id, this_process()),
                )
        self.database.close()

    def _release(self, job_id: str) -> None:
        with self.database.transaction() as cursor:
            cursor.execute(
                "UPDATE jobs SET holder = NULL, lease_until = 0, queued_until = 0"
                " WHERE job_id = ? AND holder = ?",
                (job_id, this_process()),
            )

    def note(self, job_id: str, name: str, value: str, instead_of: str | None = None) -> str:
        """Keep a value beside a row, without its lease; gives the one that is kept.

        The first one stays, unless it is the one that `instead_of` names.
        """
        with self.database.transaction() as cursor:
            cursor.execute("INSERT OR IGNORE INTO notes VALUES (?, ?, ?)", (job_id, name, value))
            cursor.execute(
                "UPDATE notes SET value = ? WHERE job_id = ? AND name = ? AND value = ?",
                (value, job_id, name, instead_of),
            )
        return self.notes(job_id)[name]

    def notes(self, job_id: str) -> dict[str, str]:
        """The values kept beside a row."""
        found = self.database.connection.execute(
            "SELECT name, value FROM notes WHERE job_id = ?", (job_id,)
        )
        return {row["name"]: row["value"] for row in found}

    def take_stalled(self, done: Sequence[str]) -> list[str]:
        """Ids of unfinished rows that nobody holds, each handed out once per REQUEUE_SECONDS."""
        stalled = []
        with self.database.transaction() as cursor:
            now = time.time()
            rows = cursor.execute(STALLED, (orjson.dumps(list(done)).decode(), now)).fetchall()
            for row in rows:
                if row["holder"] is None or not _holds(row["holder"], row["lease_until"]):
                    stalled.append(row["job_id"])
                    cursor.execute(
                        "UPDATE jobs SET queued_until = ? WHERE job_id = ?",
                        (now + REQUEUE_SECONDS, row["job_id"]),
                    )
        return stalled

    def instance(self) -> bytes:
        """31 random bytes that this file drew once: the high part of the nonces it gives out."""
        with self.database.transaction() as cursor:
            found = cursor.execute("SELECT instance FROM identity").fetchone()
            if found is None:
                drawn = os.urandom(31)
                cursor.execute("INSERT INTO identity VALUES (?)", (drawn,))
                return drawn
            kept: bytes = found["instance"]
            return kept
