"""Holds a job's row in one state from outside, so that a process can be killed inside it.

No hook in the product: the test takes SQLite's write lock on the store, which nobody can then
write, sees that the row is in the wanted state, lets the caller kill its victim, sees that the
row still is there, and lets go.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS


@dataclass(frozen=True, slots=True)
class Watch:
    """Which row to wait for: the first of `kind` whose id was not there before."""

    database: Path
    kind: str
    known: frozenset[str]

    @classmethod
    def start(cls, database: Path, kind: str) -> Watch:
        """Remember the rows there are now."""
        with _open(database) as connection:
            rows = connection.execute("SELECT job_id FROM jobs").fetchall()
        return cls(database, kind, frozenset(row[0] for row in rows))

    def state(self, connection: sqlite3.Connection) -> tuple[str, str] | None:
        """Id and state of the new row, once it is there."""
        for job_id, state in connection.execute(
            "SELECT job_id, state FROM jobs WHERE kind = ? ORDER BY seq DESC LIMIT 3", (self.kind,)
        ):
            if job_id not in self.known:
                return str(job_id), str(state)
        return None

    def strike(
        self,
        wanted: str,
        kill: Callable[[], None],
        delay: float = 0,
        seconds: float = PATIENCE_SECONDS,
    ) -> str | None:
        """Kill while the new row is in state `wanted`; gives its id, or None when it was missed.

        delay: how long the step goes on, its row held, before the kill.

        Raises TimeoutError when the row neither reaches nor passes the state.
        """
        end = time.monotonic() + seconds
        connection = _open(self.database)
        try:
            while time.monotonic() < end:
                found = self.state(connection)
                if found is not None and found[1] == wanted:
                    return self._strike_now(connection, wanted, kill, delay)
                if found is not None and found[1] in {"final", "failed", "expired"}:
                    return None
                time.sleep(0.0005)
        finally:
            connection.close()
        raise TimeoutError(f"no new {self.kind} row reached {wanted}")

    def _strike_now(
        self,
        connection: sqlite3.Connection,
        wanted: str,
        kill: Callable[[], None],
        delay: float,
    ) -> str | None:
        connection.execute("BEGIN IMMEDIATE")
        try:
            held = self.state(connection)
            if held is None or held[1] != wanted:
                return None
            time.sleep(delay)
            kill()
            after = self.state(connection)
            assert after == held, f"the row moved from {held} to {after} under the lock"
            return held[0]
        finally:
            connection.execute("ROLLBACK")


def _open(database: Path) -> sqlite3.Connection:
    return sqlite3.connect(database, timeout=PATIENCE_SECONDS, isolation_level=None)
