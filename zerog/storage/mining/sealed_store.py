"""What a miner keeps: the sealed flow in one flat file, and rows that say which of it is good.

The file has one place of 256 KiB for each load that was ever sealed, given in the order of the
first sealing: a flow may be longer, of gaps alone, than any file system lets a file be. A run of
units has a row only after its bytes are on disk, and loses it before they are overwritten: a
process may die at any line. A row counts as long as its miner and its epoch do; after a reorg that
changes the digest the units are sealed again.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Final

from zerog.errors import ZerogError
from zerog.files import sync_folder
from zerog.storage.codec import HASH, SEGMENT
from zerog.storage.mining.chainlog import MIGRATION as CHAIN_LOG
from zerog.storage.mining.chainlog import number, word
from zerog.storage.mining.pora import SEAL_UNIT
from zerog.storage.mining.ranges import LOAD_SECTORS, UNIT_SECTORS
from zerog.storage.mining.sealing import Epoch, SealedLoad, SealedRun, Unit
from zerog.store import Database

FIRST_PAUSE_SECONDS: Final = 5.0
LONGEST_PAUSE_SECONDS: Final = 600.0

RUNS: Final = """
CREATE TABLE run (
    load INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    miner BLOB NOT NULL,
    digest BLOB NOT NULL,
    roots BLOB NOT NULL,
    siblings BLOB NOT NULL,
    PRIMARY KEY (load, unit)
) WITHOUT ROWID;
CREATE TABLE missing (
    seq INTEGER PRIMARY KEY,
    load INTEGER NOT NULL,
    due REAL NOT NULL,
    pause REAL NOT NULL
);
CREATE INDEX missing_by_due ON missing (due)
"""
PLACES: Final = """
CREATE TABLE place (
    load INTEGER PRIMARY KEY,
    slot INTEGER NOT NULL UNIQUE
);
INSERT INTO place SELECT DISTINCT load, load FROM run
"""
"""Homes of before have each load where the flow has it."""
MIGRATIONS: Final = (CHAIN_LOG, RUNS, PLACES)


class SealedFileFailed(ZerogError):
    """The sealed data cannot be written."""

    def __init__(self, path: Path, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be written: {reason}", "make room, or see ZEROG_MINE_GIB")


class SealedStore:
    """Rows and file of one miner's folder. Many may read; one at a time may seal."""

    def __init__(self, folder: Path) -> None:
        """Open or create `folder`/miner.db and `folder`/sealed.data; without the file no row."""
        self.database = Database(folder / "miner.db", MIGRATIONS)
        self._path = folder / "sealed.data"
        if not self._path.exists():
            with self.database.transaction() as cursor:
                cursor.execute("DELETE FROM run")
                cursor.execute("DELETE FROM place")
                cursor.execute("DELETE FROM sealing")
            os.close(os.open(self._path, os.O_WRONLY | os.O_CREAT, 0o644))
            sync_folder(folder)

    def cursor_of(self, miner_id: bytes) -> int:
        """Up to which sector all was sealed that could be; 0 for an id that is new here."""
        with self.database.transaction() as cursor:
            row = cursor.execute("SELECT miner, cursor FROM sealing").fetchone()
            if row is not None and row["miner"] == miner_id:
                return number(row["cursor"])
            cursor.execute("INSERT OR REPLACE INTO sealing VALUES (1, ?, ?)", (miner_id, word(0)))
        return 0

    def load(self, load: int, miner_id: bytes, epochs: Sequence[Epoch]) -> SealedLoad:
        """What counts of a load for this miner; epochs: those that added any of its sectors."""
        units: dict[int, Unit] = {}
        siblings = b""
        for row in self._rows(load):
            roots = row["roots"]
            counts = row["miner"] == miner_id and _is_closed(load, row, epochs)
            if counts:
                siblings = row["siblings"]
                for at in range(0, len(roots), HASH):
                    units[row["unit"] + at // HASH] = Unit(row["digest"], roots[at : at + HASH])
        return SealedLoad(load, units, siblings)

    def read(self, load: int) -> bytes:
        """The bytes of a load as they lie there: 256 KiB, of which `load` says what counts."""
        row = self.database.connection.execute(
            "SELECT slot FROM place WHERE load = ?", (load,)
        ).fetchone()
        if row is None:
            return bytes(SEGMENT)
        file = os.open(self._path, os.O_RDONLY)
        try:
            return os.pread(file, SEGMENT, row["slot"] * SEGMENT).ljust(SEGMENT, b"\0")
        finally:
            os.close(file)

    def put(
        self, loads: Mapping[int, Collection[int]], runs: Sequence[SealedRun], miner_id: bytes
    ) -> None:
        """Make runs durable, then let them count; rows of their loads that do not count go first.

        loads: for each load the units that count and stay. Raises SealedFileFailed.
        """
        with self.database.transaction() as cursor:
            for load, kept in loads.items():
                for row in self._rows(load):
                    if row["unit"] not in kept:
                        place = (load, row["unit"])
                        cursor.execute("DELETE FROM run WHERE load = ? AND unit = ?", place)
            slots = {load: _slot(cursor, load) for load in sorted({run.load for run in runs})}
        pieces = [(slots[run.load] * SEGMENT + run.unit * SEAL_UNIT, run.data) for run in runs]
        try:
            self._write(pieces)
        except OSError as error:
            raise SealedFileFailed(self._path, error.strerror or str(error)) from error
        with self.database.transaction() as cursor:
            cursor.executemany(
                "INSERT INTO run VALUES (?, ?, ?, ?, ?, ?)",
                [(r.load, r.unit, miner_id, r.digest, r.roots, r.siblings) for r in runs],
            )

    def advance(self, miner_id: bytes, before: int, after: int, last: Epoch) -> None:
        """Move the place up to which all is sealed; not when a rewind came in between.

        last: the epoch that was the newest one when the loads were looked at.
        """
        with self.database.transaction() as cursor:
            cursor.execute(
                "UPDATE sealing SET cursor = ? WHERE miner = ? AND cursor = ?"
                " AND EXISTS (SELECT 1 FROM epoch WHERE place = ?)",
                (word(after), miner_id, word(before), last.place),
            )

    def drop(self, load: int) -> None:
        """Forget what is sealed of a load whose bytes are damaged, so that it is sealed again."""
        with self.database.transaction() as cursor:
            cursor.execute("DELETE FROM run WHERE load = ?", (load,))
            cursor.execute(
                "UPDATE sealing SET cursor = MIN(cursor, ?)", (word(load * LOAD_SECTORS),)
            )

    def postpone(self, seq: int, load: int, now: float) -> None:
        """Look for the data of a submission again later, from that load on; each time later.

        While it is waited for the load only goes down: a cursor that a reorg or another miner id
        moved back passes loads that were sealed when the row was made.
        """
        with self.database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO missing VALUES (?1, ?2, ?3 + ?4, ?4) ON CONFLICT (seq) DO UPDATE"
                " SET load = MIN(load, ?2),"
                " pause = CASE WHEN due > ?3 THEN pause ELSE MIN(pause * 2, ?5) END,"
                " due = CASE WHEN due > ?3 THEN due ELSE ?3 + MIN(pause * 2, ?5) END",
                (seq, load, now, FIRST_PAUSE_SECONDS, LONGEST_PAUSE_SECONDS),
            )

    def found_up_to(self, seq: int, load: int) -> None:
        """A submission's data is there, and what lies before that load is sealed."""
        with self.database.transaction() as cursor:
            cursor.execute("UPDATE missing SET load = ? WHERE seq = ?", (load, seq))

    def forget(self, seq: int) -> None:
        """A submission's data was found to its end, or the submission is gone."""
        with self.database.transaction() as cursor:
            cursor.execute("DELETE FROM missing WHERE seq = ?", (seq,))

    def due(self, now: float, limit: int) -> list[tuple[int, int]]:
        """(submission, load to go on from) of those whose data it is time to look for again."""
        rows = self.database.connection.execute(
            "SELECT seq, load FROM missing WHERE due <= ? ORDER BY due LIMIT ?", (now, limit)
        )
        return [(row["seq"], row["load"]) for row in rows]

    def used_bytes(self) -> int:
        """What the sealed data takes on disk."""
        return self._path.stat().st_blocks * 512

    def waiting(self, seqs: Sequence[int], now: float) -> set[int]:
        """Those of the submissions whose data was missing, and is not looked for yet."""
        connection = self.database.connection
        query = "SELECT 1 FROM missing WHERE seq = ? AND due > ?"
        return {seq for seq in seqs if connection.execute(query, (seq, now)).fetchone()}

    def counts(self) -> tuple[int, int]:
        """(sealed units, submissions without data), of whatever miner and epoch."""
        row = self.database.connection.execute(
            "SELECT (SELECT COALESCE(SUM(LENGTH(roots)), 0) FROM run) AS hashed,"
            " (SELECT COUNT(*) FROM missing) AS missing"
        ).fetchone()
        return row["hashed"] // HASH, row["missing"]

    def _rows(self, load: int) -> list[sqlite3.Row]:
        return self.database.connection.execute(
            "SELECT * FROM run WHERE load = ? ORDER BY unit", (load,)
        ).fetchall()

    def _write(self, pieces: Sequence[tuple[int, bytes]]) -> None:
        """(offset, bytes) each, durable afterwards; the file always ends with a whole load."""
        if not pieces:
            return
        file = os.open(self._path, os.O_WRONLY)
        try:
            length = (max(offset for offset, _ in pieces) // SEGMENT + 1) * SEGMENT
            if os.fstat(file).st_size < length:
                os.ftruncate(file, length)
            for offset, data in pieces:
                _write_all(file, data, offset)
            os.fsync(file)
        finally:
            os.close(file)


def _slot(cursor: sqlite3.Cursor, load: int) -> int:
    """The load's place in the file, given to it for ever when it is new."""
    cursor.execute(
        "INSERT OR IGNORE INTO place SELECT ?, COALESCE(MAX(slot) + 1, 0) FROM place", (load,)
    )
    found = cursor.execute("SELECT slot FROM place WHERE load = ?", (load,)).fetchone()
    return int(found["slot"])


def _is_closed(load: int, row: sqlite3.Row, epochs: Sequence[Epoch]) -> bool:
    """Whether a run's epoch is one of the chain's and holds all of its units."""
    first = load * LOAD_SECTORS + (row["unit"] + 1) * UNIT_SECTORS
    last = first + (len(row["roots"]) // HASH - 1) * UNIT_SECTORS
    return any(
        one.digest == row["digest"] and one.first < first and last <= one.beyond for one in epochs
    )


def _write_all(file: int, data: bytes, offset: int) -> None:
    view = memoryview(data)
    while view:
        count = os.pwrite(file, view, offset)
        view, offset = view[count:], offset + count
