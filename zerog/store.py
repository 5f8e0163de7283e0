"""Rows on SQLite: write-ahead log, full sync, explicit transactions, numbered migrations.

One file may be used by several processes at once. A reader never waits; a writer waits for
the other writer, at most BUSY_SECONDS.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from zerog.errors import ZerogError

BUSY_SECONDS = 30.0


class StoreTooNew(ZerogError):
    """The file was written by a later version of this library."""

    def __init__(self, path: Path, found: int, known: int) -> None:
        self.path, self.found, self.known = path, found, known
        super().__init__(f"{path} has schema {found}, this version knows {known}", "upgrade zerog")


class Database:
    """One SQLite file; a connection per thread, so that any thread may use the object."""

    def __init__(self, path: Path, migrations: Sequence[str]) -> None:
        """Open or create `path` and apply the migrations that it lacks.

        migrations: SQL scripts; the number applied is kept in the file's user_version.
        Raises StoreTooNew when the file knows more migrations than were given.
        """
        self.path = path
        self._local = threading.local()
        path.parent.mkdir(parents=True, exist_ok=True)
        self._migrate(migrations)

    def _migrate(self, migrations: Sequence[str]) -> None:
        if self._version() == len(migrations):
            return
        with self.transaction() as cursor:
            done = cursor.execute("PRAGMA user_version").fetchone()[0]
            if done > len(migrations):
                raise StoreTooNew(self.path, done, len(migrations))
            for script in migrations[done:]:
                for statement in filter(None, (part.strip() for part in script.split(";"))):
                    cursor.execute(statement)
            cursor.execute(f"PRAGMA user_version = {len(migrations)}")

    def _version(self) -> int:
        found: int = self.connection.execute("PRAGMA user_version").fetchone()[0]
        return found

    @property
    def connection(self) -> sqlite3.Connection:
        """This thread's connection, in autocommit; rows come as sqlite3.Row."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            found = sqlite3.connect(self.path, timeout=BUSY_SECONDS, isolation_level=None)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA journal_mode = WAL")
            found.execute("PRAGMA synchronous = FULL")
            found.execute("PRAGMA secure_delete = ON")  # what is erased leaves no copy in the file
            self._local.connection = found
        return found

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Cursor]:
        """A write transaction that holds the write lock from its start; commits or rolls back."""
        cursor = self.connection.cursor()
        cursor.execute("BEGIN IMMEDIATE")
        try:
            yield cursor
        except BaseException:
            cursor.execute("ROLLBACK")
            raise
        cursor.execute("COMMIT")

    def close(self) -> None:
        """Close this thread's connection."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is not None:
            found.close()
            self._local.connection = None
