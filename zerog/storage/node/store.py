"""What a storage node knows: submissions of the log, and the content it holds for them.

A segment has a row only after its bytes are on disk, and its bytes go only after its row; a
submission is final when each of its segments in the node's share has a row. So a process may die
at any line. A content outlives its submission when a reorg drops that.
"""

from __future__ import annotations

import logging
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from zerog.crypto.merkle import Proof
from zerog.storage.codec import SECTOR, SEGMENT, SubmissionNode, sector_count, segment_count
from zerog.storage.node import sharding
from zerog.storage.node.entries import (
    Content,
    Entry,
    State,
    Submission,
    content_of,
    entries,
    insert,
    next_seq,
)
from zerog.storage.node.files import FlatFiles
from zerog.storage.node.gate import Gate
from zerog.storage.node.groupcommit import GroupCommit
from zerog.storage.node.holes import punch
from zerog.storage.node.packing import pack_proof, unpack_nodes, unpack_proof
from zerog.storage.node.schema import MIGRATIONS
from zerog.storage.node.segments import Marks, mark
from zerog.storage.shards import residue
from zerog.storage.wire import ShardConfig
from zerog.store import Database
from zerog.types import Buffer

EARLY_SECONDS: Final = 300.0
"""How long segments wait for the transaction of their file."""
DROPPED_SECONDS: Final = 86_400.0
"""How long the data of a submission that a reorg dropped waits for its return."""
MAX_ROW: Final = (1 << 63) - 1
"""Above every number that SQLite keeps: there is no such row."""
WINDOW: Final = 1024

log = logging.getLogger(__name__)


class NodeStore:
    """Rows and files of one node; safe for many threads."""

    def __init__(self, folder: Path, shard: ShardConfig | None = None) -> None:
        """Open or create `folder`/log.db and `folder`/data; files without a row are removed.

        shard: the share to keep, a part of the present one. Raises ShardDiffers.
        """
        self.database = Database(folder / "log.db", MIGRATIONS)
        self.files = FlatFiles(folder / "data")
        self._writing = threading.Lock()
        self._gate = Gate()
        self._freeing = 0
        self._group = GroupCommit(self._commit)
        self._remove_strays()
        with self._transaction() as cursor:
            self.shard, wanted = sharding.load(cursor, shard)
        self._release()
        if wanted != self.shard:
            self.narrow(wanted)

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Cursor]:
        """Threads of this process queue here: SQLite's own wait polls and is slow."""
        with self._writing, self.database.transaction() as cursor:
            yield cursor

    # ------------------------------------------------------------------ the log

    def add(self, cursor: sqlite3.Cursor, found: Submission) -> None:
        """Insert a submission in the follower's transaction; one that is there is left.

        Raises LogGap when it does not continue the log.
        """
        insert(cursor, found, self.shard)

    def rewind(self, cursor: sqlite3.Cursor, block: int) -> None:
        """Forget submissions above `block`, in the follower's transaction; keep their data."""
        cursor.execute(
            "UPDATE content SET touched = ? WHERE id IN"
            " (SELECT content FROM entry WHERE block > ?)",
            (time.time(), block),
        )
        cursor.execute("DELETE FROM entry WHERE block > ?", (block,))
        cursor.execute("UPDATE generation SET number = number + 1")

    def next_seq(self) -> int:
        """The sequence number that the next submission will have."""
        return next_seq(self.database.connection.cursor())

    def entry(self, seq: int) -> Entry | None:
        """The submission with that number."""
        return None if seq > MAX_ROW else self._first("WHERE e.seq = :seq", seq=seq)

    def by_root(self, root: bytes, *, available: bool = False) -> Entry | None:
        """The first final submission of a root, else its first one.

        available: else the first that can still become final; None when there is none.
        """
        clause = "WHERE e.root = :root ORDER BY e.state = 1 DESC, e.state = 3, e.seq LIMIT 1"
        if available:
            clause = "WHERE e.root = :root AND e.state < 2 ORDER BY e.state DESC, e.seq LIMIT 1"
        return self._first(clause, root=root)

    def by_root_and_size(self, root: bytes, size: int) -> Entry | None:
        """The first submission of a root with that size that lacks something, else the first."""
        clause = "WHERE e.root = :root AND e.size = :size ORDER BY e.state, e.seq LIMIT 1"
        return self._first(clause, root=root, size=str(size))

    def open_entries(self, after: int, quiet_since: float, limit: int) -> list[Entry]:
        """Submissions that lack segments, with numbers above `after`.

        quiet_since: only those that nothing was uploaded for since then (Unix seconds).
        """
        clause = (
            "WHERE e.state = 0 AND e.seq > :after AND c.touched <= :quiet"
            " ORDER BY e.seq LIMIT :limit"
        )
        values = {"after": after, "quiet": quiet_since, "limit": limit}
        return list(entries(self.database.connection, self.shard, clause, **values))

    def counts(self) -> dict[str, int]:
        """How many submissions stand where: {"open", "final", "pruned", "unstorable"}."""
        rows = self.database.connection.execute(
            "SELECT state, COUNT(*) AS many FROM entry GROUP BY state"
        )
        found = {row["state"]: row["many"] for row in rows}
        return {state.name.lower(): found.get(int(state), 0) for state in State}

    def open_count(self) -> int:
        """How many submissions lack segments of our share."""
        found: int = self.database.connection.execute(
            "SELECT COUNT(*) FROM entry WHERE state = 0"
        ).fetchone()[0]
        return found

    def oldest_start(self) -> int | None:
        """First sector of the oldest submission that is not pruned."""
        row = self.database.connection.execute(
            "SELECT start FROM entry WHERE state IN (0, 1) ORDER BY seq LIMIT 1"
        ).fetchone()
        return None if row is None else int(row["start"])

    def log_after(self, seq: int) -> tuple[int, list[tuple[int, tuple[SubmissionNode, ...]]]]:
        """(generation, [(start, nodes) of each submission from `seq` on]), one consistent view.

        The generation changes with every rewind.
        """
        connection = self.database.connection
        connection.execute("BEGIN")
        try:
            number: int = connection.execute("SELECT number FROM generation").fetchone()[0]
            rows = connection.execute(
                "SELECT start, nodes FROM entry WHERE seq >= ? ORDER BY seq", (seq,)
            ).fetchall()
        finally:
            connection.execute("COMMIT")
        return number, [(int(row["start"]), unpack_nodes(row["nodes"])) for row in rows]

    # ------------------------------------------------------------------ content

    def content(self, root: bytes, size: int) -> Content:
        """The content of that root and size, made when it is missing (nobody has paid then)."""
        with self._transaction() as cursor:
            return content_of(cursor, root, size, paid=False)

    def early_bytes(self) -> int:
        """Sizes of all contents that no transaction has paid for, together."""
        found: int = self.database.connection.execute(
            "SELECT COALESCE(SUM(CAST(size AS INTEGER)), 0) FROM content WHERE paid = 0"
        ).fetchone()[0]
        return found

    def held(self, content: Content, numbers: Sequence[int]) -> set[int]:
        """Which of these segments are stored."""
        connection = self.database.connection
        query = "SELECT 1 FROM segment WHERE content = ? AND number = ?"
        return {
            n
            for n in numbers
            if n <= MAX_ROW and connection.execute(query, (content.id, n)).fetchone()
        }

    def missing(self, entry: Entry) -> Iterator[int]:
        """Segments of our share that a submission lacks, in order; read in windows."""
        shard, content = self.shard, entry.content
        step = WINDOW * shard.num_shard
        for first in range(residue(shard, entry.start), segment_count(content.size), step):
            end = min(first + step, segment_count(content.size))
            rows = self.database.connection.execute(
                "SELECT number FROM segment WHERE content = ? AND number >= ? AND number < ?",
                (content.id, first, end),
            )
            stored = {row["number"] for row in rows}
            yield from (n for n in range(first, end, shard.num_shard) if n not in stored)

    def put(self, content: Content, segments: Sequence[tuple[int, Buffer, Proof]]) -> bool:
        """Store (index, data, proof) durably, then mark them; the caller has checked them.

        Gives False, having stored nothing, when the content was dropped meanwhile.
        Raises OSError (no space).
        """
        length = sector_count(content.size) * SECTOR
        parts = [(n * SEGMENT, data) for n, data, _ in segments]
        marks = Marks(content.id, [(n, pack_proof(proof)) for n, _, proof in segments])
        with self._gate.passing():
            self.files.write(content.id, length, parts, sparse=self.shard.num_shard > 1)
            if self._group.run(marks):
                return True
            self.files.remove(content.id)
            return False

    def _commit(self, puts: Sequence[Marks]) -> list[bool]:
        """Sync the files, then mark: what several threads wrote costs one sync of each kind."""
        for number in {put.content for put in puts}:
            self.files.sync(number)
        with self._transaction() as cursor:
            return [mark(cursor, put, self.shard) for put in puts]

    def read(self, content: Content, first: int, last: int) -> bytes | None:
        """Sectors first..last-1 of a content; None unless all their segments are stored."""
        needed = range(first * SECTOR // SEGMENT, (last * SECTOR - 1) // SEGMENT + 1)
        before = self._freeing
        if len(self.held(content, needed)) < len(needed):
            return None
        data = None
        try:
            data = self.files.read(content.id, first * SECTOR, (last - first) * SECTOR)
        except FileNotFoundError:
            if len(self.held(content, needed)) == len(needed):
                raise
        # Bytes go only after their rows: what still has one was whole when it was read.
        moved = before % 2 or before != self._freeing
        return None if moved and len(self.held(content, needed)) < len(needed) else data

    def proof(self, content: Content, number: int) -> Proof | None:
        """The proof with which a segment was uploaded; None while it is not stored."""
        row = self.database.connection.execute(
            "SELECT proof FROM segment WHERE content = ? AND number = ?", (content.id, number)
        ).fetchone()
        return None if row is None else unpack_proof(row["proof"])

    def stored_sectors(self) -> int:
        """Sectors of all stored segments."""
        found = self.database.connection.execute(
            "SELECT COALESCE(SUM(MIN(have * 1024, (CAST(size AS INTEGER) + 255) / 256)), 0)"
            " FROM content WHERE have > 0"
        ).fetchone()[0]
        return int(found)

    def sweep(self, now: float) -> int:
        """Drop contents whose submission did not come (again) in time; gives how many."""
        with self._transaction() as cursor:
            rows = cursor.execute(
                "SELECT id FROM content WHERE touched < CASE paid WHEN 0 THEN ? ELSE ? END"
                " AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.content = content.id)",
                (now - EARLY_SECONDS, now - DROPPED_SECONDS),
            ).fetchall()
            for row in rows:
                for table in ("segment", "share"):
                    cursor.execute(f"DELETE FROM {table} WHERE content = ?", (row["id"],))  # noqa: S608
                cursor.execute("DELETE FROM content WHERE id = ?", (row["id"],))
        for row in rows:
            self.files.remove(row["id"])
        return len(rows)

    # ------------------------------------------------------------------ keeping less

    def narrow(self, shard: ShardConfig) -> int:
        """Keep only `shard`, a part of the present share; gives the segments given up."""
        old = self.shard

        def rows(cursor: sqlite3.Cursor) -> int:
            return sharding.narrow(cursor, old, shard)

        return self._give_up(rows, shard)

    def give_up_below(self, sector: int) -> int:
        """Prune all submissions that end at or below a sector; gives the segments given up."""
        shard = self.shard
        return self._give_up(lambda cursor: sharding.give_up_below(cursor, sector, shard), shard)

    def _give_up(self, rows: Callable[[sqlite3.Cursor], int], shard: ShardConfig) -> int:
        """No upload is under way meanwhile, so no byte is freed that was just written."""
        old = self.shard
        with self._gate.shut():
            self._freeing += 1
            try:
                with self._transaction() as cursor:
                    freed = rows(cursor)
                    self.shard = shard  # before the commit: the follower comes right behind it
            except BaseException:
                self.shard = old
                raise
            else:
                self._release()
            finally:
                self._freeing += 1
        return freed

    def _release(self) -> None:
        """Give the bytes of all segments in `freed` back to the disk, but not of those that came
        back since: a disk that failed here before leaves its notes behind.
        """
        connection = self.database.connection
        noted = connection.execute(
            "SELECT content, number FROM freed f WHERE NOT EXISTS (SELECT 1 FROM segment s"
            " WHERE s.content = f.content AND s.number = f.number) ORDER BY 1, 2"
        ).fetchall()
        for content, rows in groupby(noted, key=itemgetter("content")):
            kept = connection.execute("SELECT 1 FROM segment WHERE content = ?", (content,))
            if kept.fetchone() is None:
                self.files.remove(content)
            else:
                parts = [(row["number"] * SEGMENT, SEGMENT) for row in rows]
                if not punch(self.files.path(content), parts):
                    log.warning("%d segments keep their disk space: no holes here", len(parts))
        with self._transaction() as cursor:
            cursor.execute("DELETE FROM freed")

    def _first(self, clause: str, **values: object) -> Entry | None:
        return next(iter(entries(self.database.connection, self.shard, clause, **values)), None)

    def _remove_strays(self) -> None:
        rows = self.database.connection.execute("SELECT id FROM content").fetchall()
        known = {row["id"] for row in rows}
        for number in self.files.numbers():
            if number not in known:
                self.files.remove(number)
