"""What a KV node knows: the log of submissions, every version of every key, who has which role.

One SQLite file. A transaction's result, values and roles are one database transaction together
with the place in the log, so the process may die at any line. A version of a key is the sequence
number of the transaction that wrote it. Each row knows until when it was the newest, so that any
state, and the rows that a reorg takes back, are found by index.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from zerog.storage.errors import LogGap
from zerog.storage.kv.codec import Write
from zerog.storage.kv.errors import DOWNLOAD_FAILED, StreamsFull
from zerog.storage.kv.rules import Change, Outcome
from zerog.storage.kv.schema import MIGRATIONS, Pending, Submitted, split, to_pending
from zerog.storage.kv.views import LATEST, PIECE, View
from zerog.store import Database

MAX_ADDED: Final = 1024
"""Streams that admin_addStream may make a node follow: anybody may call it."""
EVERY: Final = b""
"""Stands for every stream in the table of followed ones."""
PLAIN: Final = 0
KEPT_REWINDS: Final = 1024


class KvStore:
    """The rows of one node; one thread writes, any number read."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.database = Database(path, MIGRATIONS)

    # ------------------------------------------------------------ the log

    def add(self, cursor: sqlite3.Cursor, log: Submitted, seen: float) -> None:
        """Keep a Submit log, in the follower's transaction; raises LogGap."""
        known: int = cursor.execute("SELECT COALESCE(MAX(seq) + 1, 0) FROM tx").fetchone()[0]
        if log.seq != known:
            raise LogGap(known, log.seq)
        cursor.execute(
            "INSERT INTO tx (seq, block, block_hash, tx_hash, submitter, root, size, streams, seen)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                *(log.seq, log.block, log.block_hash, log.tx_hash, log.submitter),
                *(log.root, str(log.size), b"".join(log.streams), seen),
            ),
        )
        cursor.executemany(
            "INSERT INTO tx_stream VALUES (?, ?)", [(stream, log.seq) for stream in log.streams]
        )

    def rewind(self, cursor: sqlite3.Cursor, block: int) -> None:
        """Drop all that came from blocks above `block`, in the follower's transaction."""
        row = cursor.execute(
            "SELECT seq FROM tx WHERE block > ? ORDER BY block, seq LIMIT 1", (block,)
        ).fetchone()
        if row is None:
            return
        first = int(row["seq"])
        _undo(cursor, first)
        cursor.execute("DELETE FROM tx_stream WHERE seq >= ?", (first,))
        cursor.execute("DELETE FROM tx WHERE seq >= ?", (first,))

    def pending(self, limit: int) -> list[Pending]:
        """The next submissions without a verdict, in order."""
        rows = self.database.connection.execute(
            "SELECT * FROM tx WHERE seq >= (SELECT next FROM replay) ORDER BY seq LIMIT ?",
            (limit,),
        )
        return [to_pending(row) for row in rows]

    def identify(self, found: Iterable[tuple[Submitted, bytes, int]]) -> None:
        """Keep sender and block time of submissions; those that a reorg took meanwhile are left."""
        with self.database.transaction() as cursor:
            cursor.executemany(
                "UPDATE tx SET sender = ?, time = ? WHERE seq = ? AND block_hash = ?",
                [(sender, time, log.seq, log.block_hash) for log, sender, time in found],
            )

    # ------------------------------------------------------------ verdicts

    def applied(self) -> int:
        """The last submission that was judged or passed over; -1 before the first."""
        found: int = self.database.connection.execute("SELECT next FROM replay").fetchone()[0]
        return found - 1

    def result(self, seq: int) -> str | None:
        """The result of a submission; None while it has none, or when it is not ours."""
        row = self.database.connection.execute(
            "SELECT result FROM tx WHERE seq = ? AND seq < (SELECT next FROM replay)", (seq,)
        ).fetchone()
        return None if row is None else row["result"]

    def skip(self, first: int, count: int) -> None:
        """Pass over submissions that are none of ours."""
        with self.database.transaction() as cursor:
            cursor.execute("UPDATE replay SET next = ? WHERE next = ?", (first + count, first))

    def settle(self, log: Submitted, outcome: Outcome, scheme: int = PLAIN) -> bool:
        """Keep a verdict and what it changes, all at once.

        scheme: in which the data was encrypted. False when the submission is not the next one
        any more: a reorg took it.
        """
        with self.database.transaction() as cursor:
            moved = cursor.execute(
                "UPDATE replay SET next = ? WHERE next = ? AND EXISTS"
                " (SELECT 1 FROM tx WHERE seq = ? AND block_hash = ?)",
                (log.seq + 1, log.seq, log.seq, log.block_hash),
            ).rowcount
            if not moved:
                return False
            cursor.execute(
                "UPDATE tx SET result = ?, scheme = ? WHERE seq = ?",
                (outcome.result, scheme, log.seq),
            )
            for write in outcome.writes:
                _write(cursor, log.seq, write)
            for change in outcome.changes:
                _record(cursor, log.seq, change)
            if outcome.committed:
                cursor.executemany(
                    "INSERT OR IGNORE INTO stream VALUES (?, ?)",
                    [(stream, log.seq) for stream in log.streams],
                )
        return True

    # ------------------------------------------------------------ streams

    def follows(self, stream: bytes) -> bool:
        """Whether this node keeps a stream."""
        found = self.database.connection.execute(
            "SELECT 1 FROM followed WHERE stream IN (?, ?)", (EVERY, stream)
        ).fetchone()
        return found is not None

    def streams(self) -> list[bytes]:
        """The streams that are kept; of a node that keeps every one, those that were met."""
        table = "SELECT id FROM stream" if self.follows(EVERY) else "SELECT stream FROM followed"
        return [bytes(row[0]) for row in self.database.connection.execute(table + " ORDER BY 1")]

    def follow(self, streams: Sequence[bytes], limit: int | None = None) -> None:
        """Keep these streams too, EVERY for all; what was passed over for them is judged again.

        limit: of the number of streams followed; raises StreamsFull.
        """
        with self.database.transaction() as cursor:
            added = [stream for stream in streams if not self.follows(stream)]
            held = cursor.execute("SELECT COUNT(*) FROM followed").fetchone()[0]
            if limit is not None and held + len(added) > limit:
                raise StreamsFull(limit)
            cursor.executemany("INSERT INTO followed VALUES (?)", [(one,) for one in added])
            first = self._first_passed(cursor, added)
            if first is not None:
                _undo(cursor, first)

    def _first_passed(self, cursor: sqlite3.Cursor, added: Sequence[bytes]) -> int | None:
        """The first submission that was passed over and is ours now."""
        passed = "SELECT seq, streams FROM tx WHERE result IS NULL AND streams != x''"
        passed += " AND seq < (SELECT next FROM replay)"
        if EVERY not in added:
            passed += " AND seq IN (SELECT seq FROM tx_stream JOIN followed USING (stream))"
        for row in cursor.execute(passed + " ORDER BY seq"):
            if all(self.follows(one) for one in split(row["streams"])):
                return int(row["seq"])
        return None

    # ------------------------------------------------------------ reading

    def at(self, version: int | None = None) -> View:
        """The state that submissions up to `version` made; the newest when None."""
        wanted = LATEST if version is None or version >= self.applied() else version
        return View(self.database.connection, wanted)

    @contextmanager
    def reading(self) -> Iterator[None]:
        """Several queries of this thread over one state."""
        connection = self.database.connection
        connection.execute("BEGIN")
        try:
            yield
        finally:
            connection.execute("COMMIT")

    def rewinds(self, after: int) -> tuple[int, int | None]:
        """(number of the last rewind, the lowest submission taken back since rewind `after`)."""
        row = self.database.connection.execute(
            "SELECT (SELECT COALESCE(MAX(number), 0) FROM rewind),"
            " (SELECT MIN(seq) FROM rewind WHERE number > ?)",
            (after,),
        ).fetchone()
        return int(row[0]), row[1]

    def scheme(self, seq: int) -> int:
        """In which scheme a transaction's data was encrypted; PLAIN when it was not."""
        row = self.database.connection.execute("SELECT scheme FROM tx WHERE seq = ?", (seq,))
        found: int = row.fetchone()["scheme"]
        return found

    def before(self, time: int) -> int:
        """The last judged submission of a block not later than a Unix time; -1 when none is."""
        row = self.database.connection.execute(
            "SELECT seq FROM tx WHERE time <= ? AND seq < (SELECT next FROM replay)"
            " ORDER BY time DESC, seq DESC LIMIT 1",
            (time,),
        ).fetchone()
        return -1 if row is None else int(row["seq"])


def _undo(cursor: sqlite3.Cursor, first: int) -> None:
    """Take back what submission `first` and later ones did; their rows stay, to be judged again.

    A file that did not come in time stays out: the verdicts after it were built on that.
    """
    reached = cursor.execute("SELECT next FROM replay").fetchone()[0]
    if reached <= first:
        return
    cursor.execute(
        "DELETE FROM piece WHERE entry IN (SELECT id FROM entry WHERE version >= ?)", (first,)
    )
    for table in ("entry", "role", "stream"):
        cursor.execute(f"DELETE FROM {table} WHERE version >= ?", (first,))  # noqa: S608
    for table in ("entry", "role"):
        cursor.execute(
            f"UPDATE {table} SET until = {LATEST} WHERE until >= ? AND until < {LATEST}",  # noqa: S608
            (first,),
        )
    cursor.execute(
        "UPDATE tx SET result = NULL WHERE seq >= ? AND result IS NOT ?", (first, DOWNLOAD_FAILED)
    )
    cursor.execute("UPDATE replay SET next = ?", (first,))
    cursor.execute("INSERT INTO rewind (seq) VALUES (?)", (first,))
    cursor.execute(
        "DELETE FROM rewind WHERE number <= (SELECT MAX(number) FROM rewind) - ?", (KEPT_REWINDS,)
    )


def _write(cursor: sqlite3.Cursor, seq: int, write: Write) -> None:
    # By the newest version, not by `until`: a key may have any number of versions.
    cursor.execute(
        "UPDATE entry SET until = ? WHERE id = (SELECT id FROM entry"
        " WHERE stream = ? AND key = ? ORDER BY version DESC LIMIT 1)",
        (seq, write.stream, write.key),
    )
    size = len(write.value)
    entry = cursor.execute(
        "INSERT INTO entry (stream, key, version, size) VALUES (?, ?, ?, ?)",
        (write.stream, write.key, seq, size),
    ).lastrowid
    cursor.executemany(
        "INSERT INTO piece VALUES (?, ?, ?)",
        (
            (entry, number, bytes(write.value[number * PIECE : (number + 1) * PIECE]))
            for number in range(-(-size // PIECE))
        ),
    )


def _record(cursor: sqlite3.Cursor, seq: int, change: Change) -> None:
    place = (change.kind, change.stream, change.account, change.key)
    cursor.execute(
        "UPDATE role SET until = ?1 WHERE kind = ?2 AND stream = ?3 AND account = ?4 AND key = ?5"
        " AND version = (SELECT MAX(version) FROM role"
        " WHERE kind = ?2 AND stream = ?3 AND account = ?4 AND key = ?5)",
        (seq, *place),
    )
    cursor.execute(
        "INSERT INTO role (kind, stream, account, key, version, granted) VALUES (?, ?, ?, ?, ?, ?)",
        (*place, seq, change.granted),
    )
