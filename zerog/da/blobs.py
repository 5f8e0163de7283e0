"""The rows of a disperser, HOME/da/disperser/blobs.db: every blob that it took, and its stage.

A row is moved only from the stage in which its mover read it, so of two processes that did the
same work one records it and the other learns that it is late. Nothing is ever forgotten before
`forget`, failed blobs neither.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from zerog.da.status import MOVES, TERMINAL, Assignment, Blob, LateMove, Stage
from zerog.errors import NotFound, Refused
from zerog.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE blobs (
      place INTEGER PRIMARY KEY AUTOINCREMENT,
      request_id TEXT NOT NULL UNIQUE,
      digest BLOB NOT NULL,
      length INTEGER NOT NULL,
      received_at REAL NOT NULL,
      updated_at REAL NOT NULL,
      stage TEXT NOT NULL,
      policy BLOB NOT NULL,
      commitment BLOB NOT NULL,
      data_root BLOB NOT NULL,
      epoch INTEGER, quorum_id INTEGER, upload_block INTEGER, upload_tx BLOB,
      signed_rows INTEGER NOT NULL,
      total_rows INTEGER NOT NULL,
      confirmed_tx BLOB NOT NULL,
      confirmed_block INTEGER NOT NULL,
      retries INTEGER NOT NULL,
      error TEXT NOT NULL,
      claimed_until REAL NOT NULL DEFAULT 0
    );
    CREATE INDEX blobs_by_stage ON blobs(stage, place);
    CREATE INDEX blobs_by_root ON blobs(data_root)
    """,
    """
    ALTER TABLE blobs ADD COLUMN batch INTEGER NOT NULL DEFAULT 0;
    CREATE TABLE batches (number INTEGER PRIMARY KEY AUTOINCREMENT)
    """,
)
LEAST_BYTES: Final = 512 * 1024
"""A blob of one byte: 3,072 rows of 64 bytes, their tree, and what signers are sent."""
_FIELDS: Final = (
    "request_id",
    "digest",
    "length",
    "received_at",
    "updated_at",
    "stage",
    "policy",
    "commitment",
    "data_root",
    "epoch",
    "quorum_id",
    "upload_block",
    "upload_tx",
    "signed_rows",
    "total_rows",
    "confirmed_tx",
    "confirmed_block",
    "retries",
    "error",
)
_INSERT: Final = f"INSERT INTO blobs ({', '.join(_FIELDS)}) VALUES (:{', :'.join(_FIELDS)})"  # noqa: S608
_UPDATE: Final = (
    "UPDATE blobs SET claimed_until = :hold, batch = 0, "  # noqa: S608 - names of columns only
    + ", ".join(f"{name} = :{name}" for name in _FIELDS if name != "request_id")
    + " WHERE request_id = :request_id AND stage = :before AND retries = :retries_before"
)
_ALONE: Final = """
    NOT EXISTS (
      SELECT 1 FROM blobs AS other
      WHERE other.data_root = blobs.data_root AND other.policy = blobs.policy
        AND other.place <> blobs.place
        AND (other.stage IN ('uploaded', 'signed')
             OR other.stage = 'encoded' AND other.place < blobs.place
             OR other.stage IN ('confirmed', 'finalized') AND blobs.batch = 0)
    )"""
"""No other request of the same blob is on its way, is to go first, or has a certificate that may
do for this one too; a batch of -1 says that it does not.
"""


class NoSuchBlob(NotFound):
    """This disperser took no blob under that id; the text is 0G's."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        text = "failed to retrieve blob status: disperse failed or request may not exist"
        super().__init__(text)


class RequestTaken(Refused):
    """An id that another blob has; take another time."""

    def __init__(self, request_id: str) -> None:
        self.request_id = request_id
        super().__init__(f"the id {request_id} is taken")


class BlobStore:
    """The rows; any thread and any process may use it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self._database = Database(path, MIGRATIONS)
        self.path: Final = path

    def accept(self, blob: Blob) -> None:
        """Keep a new blob's row; raises RequestTaken."""
        with self._database.transaction() as cursor:
            try:
                cursor.execute(_INSERT, _columns(blob))
            except sqlite3.IntegrityError as error:
                raise RequestTaken(blob.request_id) from error

    def get(self, request_id: str) -> Blob:
        """A row; raises NoSuchBlob."""
        found = self._all("SELECT * FROM blobs WHERE request_id = ?", request_id)
        if not found:
            raise NoSuchBlob(request_id)
        return found[0]

    def of_root(self, data_root: bytes) -> list[Blob]:
        """The rows of one data root, the oldest first."""
        return self._all("SELECT * FROM blobs WHERE data_root = ? ORDER BY place", data_root)

    def at(self, stage: Stage, limit: int = 1000) -> list[Blob]:
        """Rows in one stage, the oldest first."""
        return self._all(
            "SELECT * FROM blobs WHERE stage = ? ORDER BY place LIMIT ?", stage.value, limit
        )

    def counts(self) -> dict[Stage, int]:
        """How many rows are in each stage."""
        found = self._database.connection.execute(
            "SELECT stage, COUNT(*) FROM blobs GROUP BY stage"
        ).fetchall()
        return {Stage(stage): count for stage, count in found}

    def stages(self) -> dict[str, Stage]:
        """The stage of every row, by request."""
        found = self._database.connection.execute("SELECT request_id, stage FROM blobs").fetchall()
        return {request_id: Stage(stage) for request_id, stage in found}

    def pending_bytes(self) -> int:
        """Bytes of the blobs that are on their way: what bounds what is taken in.

        A blob counts LEAST_BYTES at least, for its encoding takes as much however small it is.
        """
        live = sorted(stage.value for stage in set(Stage) - TERMINAL)
        marks = ", ".join("?" * len(live))
        found = self._database.connection.execute(
            f"SELECT COALESCE(SUM(MAX(length, ?)), 0) FROM blobs WHERE stage IN ({marks})",  # noqa: S608
            [LEAST_BYTES, *live],
        ).fetchone()
        return int(found[0])

    def claim(self, stage: Stage, limit: int, now: float, seconds: float) -> list[Blob]:
        """Rows of a stage for one worker: nobody else gets them before they move or time is up."""
        with self._database.transaction() as cursor:
            found = cursor.execute(
                "SELECT * FROM blobs WHERE stage = ? AND claimed_until <= ? ORDER BY place LIMIT ?",
                (stage.value, now, limit),
            ).fetchall()
            cursor.executemany(
                "UPDATE blobs SET claimed_until = ? WHERE place = ?",
                [(now + seconds, row["place"]) for row in found],
            )
        return [_blob(row) for row in found]

    def claim_batch(self, stage: Stage, limit: int, now: float, seconds: float) -> list[Blob]:
        """Rows that one transaction is for, claimed: those of a batch that was left, or a new one.

        A batch is durable before its transaction is signed, and moves as a whole, so whoever goes
        on with it means the same transaction. One batch of encoded rows holds one policy and no
        blob twice: other requests of a blob wait for the first.
        """
        free = "stage = ? AND claimed_until <= ?"
        with self._database.transaction() as cursor:
            found = cursor.execute(
                f"SELECT * FROM blobs WHERE {free} AND batch = "  # noqa: S608
                f"(SELECT MIN(batch) FROM blobs WHERE {free} AND batch > 0) ORDER BY place",
                (stage.value, now, stage.value, now),
            ).fetchall()
            if not found:
                alone = _ALONE if stage is Stage.ENCODED else "1"
                found = cursor.execute(
                    f"SELECT * FROM blobs WHERE {free} AND batch <= 0 AND {alone} "  # noqa: S608
                    "ORDER BY place LIMIT ?",
                    (stage.value, now, limit),
                ).fetchall()
                if not found:
                    return []
                if stage is Stage.ENCODED:
                    found = [row for row in found if row["policy"] == found[0]["policy"]]
                cursor.execute("INSERT INTO batches DEFAULT VALUES")
            old = found[0]["batch"]
            number = old if old > 0 else cursor.lastrowid
            cursor.executemany(
                "UPDATE blobs SET batch = ?, claimed_until = ? WHERE place = ?",
                [(number, now + seconds, row["place"]) for row in found],
            )
        return [_blob(row) for row in found]

    def claim_certified(self, now: float, seconds: float) -> list[tuple[Blob, Blob]]:
        """Encoded rows in no batch, claimed, each with the newest certified row of the same blob
        and policy.
        """
        twin = (
            "SELECT MAX(place) FROM blobs AS other WHERE other.data_root = blobs.data_root"
            " AND other.policy = blobs.policy AND other.stage IN ('confirmed', 'finalized')"
        )
        with self._database.transaction() as cursor:
            found = cursor.execute(
                f"SELECT * FROM (SELECT *, ({twin}) AS twin FROM blobs WHERE stage = ?"  # noqa: S608
                " AND claimed_until <= ? AND batch = 0) WHERE twin IS NOT NULL ORDER BY place",
                (Stage.ENCODED.value, now),
            ).fetchall()
            pairs = []
            for row in found:
                query = "SELECT * FROM blobs WHERE place = ?"
                pairs.append((_blob(row), _blob(cursor.execute(query, (row["twin"],)).fetchone())))
                later = (now + seconds, row["place"])
                cursor.execute("UPDATE blobs SET claimed_until = ? WHERE place = ?", later)
        return pairs

    def alone(self, blob: Blob) -> None:
        """Give an encoded row back, for an announcement of its own: no certificate does for it."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE blobs SET batch = -1, claimed_until = 0 "
                "WHERE request_id = ? AND stage = ? AND retries = ? AND batch = 0",
                (blob.request_id, Stage.ENCODED.value, blob.retries),
            )

    def hold(self, blobs: Sequence[Blob], until: float) -> None:
        """Keep claimed rows for longer, unless they moved meanwhile; a time that is past gives
        them back.
        """
        with self._database.transaction() as cursor:
            cursor.executemany(
                "UPDATE blobs SET claimed_until = ? "
                "WHERE request_id = ? AND stage = ? AND retries = ?",
                [(until, blob.request_id, blob.stage.value, blob.retries) for blob in blobs],
            )

    def release(self, blobs: Sequence[Blob]) -> None:
        """Give claimed rows back before their time is up."""
        self.hold(blobs, 0)

    def waiting(self, now: float) -> set[Stage]:
        """Stages with rows that nobody works on."""
        query = "SELECT 1 FROM blobs WHERE stage = ? AND claimed_until <= ? LIMIT 1"
        run = self._database.connection.execute
        return {one for one in MOVES if MOVES[one] and run(query, (one.value, now)).fetchone()}

    def move(self, before: Blob, after: Blob, now: float, hold: float = 0) -> Blob:
        """Record a step that `zerog.da.status` allows; the row as it is now.

        hold: until when a row that goes back rests. Raises LateMove when somebody moved the row
        since `before` was read.
        """
        return self.move_all([(before, after)], now, hold)[0]

    def move_all(
        self, moves: Sequence[tuple[Blob, Blob]], now: float, hold: float = 0
    ) -> list[Blob]:
        """As `move`, for all of a batch or for none."""
        made = [replace(after, updated_at=now) for _, after in moves]
        with self._database.transaction() as cursor:
            for (before, _), after in zip(moves, made, strict=True):
                kept = {
                    "before": before.stage.value,
                    "retries_before": before.retries,
                    "hold": hold if after.retries > before.retries else 0.0,
                }
                if not cursor.execute(_UPDATE, {**_columns(after), **kept}).rowcount:
                    raise LateMove(after.request_id, after.stage)
        return made

    def forget(self, older_than: float) -> list[Blob]:
        """Drop rows that ended before a time; they are given, so that their bytes can go."""
        marks = ", ".join("?" * len(TERMINAL))
        ended = [stage.value for stage in sorted(TERMINAL)]
        where = f"stage IN ({marks}) AND updated_at < ?"
        with self._database.transaction() as cursor:
            found = cursor.execute(
                f"SELECT * FROM blobs WHERE {where} ORDER BY place",  # noqa: S608
                (*ended, older_than),
            ).fetchall()
            cursor.execute(f"DELETE FROM blobs WHERE {where}", (*ended, older_than))  # noqa: S608
        return [_blob(row) for row in found]

    def close(self) -> None:
        """Close this thread's connection."""
        self._database.close()

    def _all(self, query: str, *values: object) -> list[Blob]:
        return [_blob(row) for row in self._database.connection.execute(query, values).fetchall()]


def _columns(blob: Blob) -> Mapping[str, object]:
    where = blob.assignment
    named = {name: getattr(blob, name) for name in _FIELDS if hasattr(blob, name)}
    return named | {
        "stage": blob.stage.value,
        "epoch": where.epoch if where else None,
        "quorum_id": where.quorum_id if where else None,
        "upload_block": where.block if where else None,
        "upload_tx": where.tx if where else None,
    }


def _blob(row: sqlite3.Row) -> Blob:
    assignment = None
    if row["epoch"] is not None:
        where = row["epoch"], row["quorum_id"], row["upload_block"], row["upload_tx"]
        assignment = Assignment(*where)
    return Blob(
        request_id=row["request_id"],
        digest=row["digest"],
        length=row["length"],
        received_at=row["received_at"],
        updated_at=row["updated_at"],
        stage=Stage(row["stage"]),
        policy=row["policy"],
        commitment=row["commitment"],
        data_root=row["data_root"],
        assignment=assignment,
        signed_rows=row["signed_rows"],
        total_rows=row["total_rows"],
        confirmed_tx=row["confirmed_tx"],
        confirmed_block=row["confirmed_block"],
        retries=row["retries"],
        error=row["error"],
    )
