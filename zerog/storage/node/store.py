"""What a storage node knows: submissions of the log, and the content it holds for them.

A content is (data root, size): a data root does not bind a length, so submissions of one root
with two lengths are two contents, which neither block nor corrupt each other; submissions equal
in both share one. A content outlives its submission when a reorg drops that.

A segment has a row only after its bytes are on disk; a file is final when each of its segments
has a row. So a process may die at any line.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.follow import CHECKPOINTS
from zerog.crypto.merkle import Proof
from zerog.storage.codec import SECTOR, SEGMENT, SubmissionNode, sector_count, segment_count
from zerog.storage.errors import LogGap
from zerog.storage.node.files import FlatFiles
from zerog.storage.node.groupcommit import GroupCommit
from zerog.storage.node.packing import pack_nodes, pack_proof, unpack_nodes, unpack_proof
from zerog.storage.wire import FileInfo
from zerog.store import Database
from zerog.types import Buffer

EARLY_SECONDS: Final = 300.0
"""How long segments wait for the transaction of their file."""
DROPPED_SECONDS: Final = 86_400.0
"""How long the data of a submission that a reorg dropped waits for its return."""

_LOG = """
CREATE TABLE entry (
    seq INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    size TEXT NOT NULL,
    start TEXT NOT NULL,
    nodes BLOB NOT NULL,
    block INTEGER NOT NULL,
    content INTEGER NOT NULL REFERENCES content (id)
);
CREATE INDEX entry_by_root ON entry (root, seq);
CREATE INDEX entry_by_content ON entry (content);
CREATE INDEX entry_by_block ON entry (block);
CREATE TABLE generation (number INTEGER NOT NULL);
INSERT INTO generation VALUES (0)
"""
_CONTENT = """
CREATE TABLE content (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    root BLOB NOT NULL,
    size TEXT NOT NULL,
    want INTEGER NOT NULL,
    have INTEGER NOT NULL DEFAULT 0,
    paid INTEGER NOT NULL,
    touched REAL NOT NULL,
    UNIQUE (root, size)
);
CREATE TABLE segment (
    content INTEGER NOT NULL REFERENCES content (id),
    number INTEGER NOT NULL,
    proof BLOB NOT NULL,
    PRIMARY KEY (content, number)
) WITHOUT ROWID
"""
MIGRATIONS: Final = (_CONTENT, _LOG, CHECKPOINTS)

_ENTRIES = (
    "SELECT e.seq, e.root, e.size, e.start, e.nodes, e.content, c.want, c.have"
    " FROM entry e JOIN content c ON c.id = e.content "
)


@dataclass(frozen=True, slots=True)
class Submission:
    """A Submit log: sequence, root, size in bytes, first sector, nodes, block number."""

    seq: int
    root: bytes
    size: int
    start: int
    nodes: tuple[SubmissionNode, ...]
    block: int


@dataclass(frozen=True, slots=True)
class Content:
    """The bytes of one (root, size); `want` and `have` count segments."""

    id: int
    root: bytes
    size: int
    want: int
    have: int

    @property
    def complete(self) -> bool:
        """Whether every segment is stored."""
        return self.have == self.want


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission with what is stored of it."""

    seq: int
    start: int
    nodes: tuple[SubmissionNode, ...]
    content: Content

    def info(self) -> FileInfo:
        """As the wire tells it."""
        held = self.content
        return FileInfo(
            data_root=held.root,
            nodes=self.nodes,
            start=self.start,
            size=held.size,
            seq=self.seq,
            finalized=held.complete,
            uploaded_segments=held.have,
        )


@dataclass(frozen=True, slots=True)
class _Put:
    """Written segments that wait to be marked: (index, packed proof) of one content."""

    content: int
    segments: Sequence[tuple[int, bytes]]


class NodeStore:
    """Rows and files of one node; safe for many threads."""

    def __init__(self, folder: Path) -> None:
        """Open or create `folder`/log.db and `folder`/data; files without a row are removed."""
        self.database = Database(folder / "log.db", MIGRATIONS)
        self.files = FlatFiles(folder / "data")
        self._writing = threading.Lock()
        self._group = GroupCommit(self._commit)
        self._remove_strays()

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
        expected = _next_seq(cursor)
        if found.seq < expected:
            row = cursor.execute(
                "SELECT 1 FROM entry WHERE seq = ? AND root = ? AND size = ?",
                (found.seq, found.root, str(found.size)),
            ).fetchone()
            if row is not None:
                return
        if found.seq != expected:
            raise LogGap(expected, found.seq)
        content = _content_of(cursor, found.root, found.size, paid=True)
        cursor.execute(
            "INSERT INTO entry VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                found.seq,
                found.root,
                str(found.size),
                str(found.start),
                pack_nodes(found.nodes),
                found.block,
                content.id,
            ),
        )

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
        return _next_seq(self.database.connection.cursor())

    def entry(self, seq: int) -> Entry | None:
        """The submission with that number."""
        return self._first("WHERE e.seq = ?", seq)

    def by_root(self, root: bytes) -> Entry | None:
        """The first complete submission of a root, else its first one."""
        return self._first("WHERE e.root = ? ORDER BY c.have = c.want DESC, e.seq LIMIT 1", root)

    def by_root_and_size(self, root: bytes, size: int) -> Entry | None:
        """The first submission of a root with that size."""
        return self._first(
            "WHERE e.root = ? AND e.size = ? ORDER BY e.seq LIMIT 1", root, str(size)
        )

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
            return _content_of(cursor, root, size, paid=False)

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
        return {n for n in numbers if connection.execute(query, (content.id, n)).fetchone()}

    def put(self, content: Content, segments: Sequence[tuple[int, Buffer, Proof]]) -> bool:
        """Store (index, data, proof) durably, then mark them; the caller has checked them.

        Gives False, having stored nothing, when the content was dropped meanwhile.
        Raises OSError (no space).
        """
        length = sector_count(content.size) * SECTOR
        self.files.write(content.id, length, [(n * SEGMENT, data) for n, data, _ in segments])
        if self._group.run(_Put(content.id, [(n, pack_proof(proof)) for n, _, proof in segments])):
            return True
        self.files.remove(content.id)
        return False

    def _commit(self, puts: Sequence[_Put]) -> list[bool]:
        """Sync the files, then mark: what several threads wrote costs one sync of each kind."""
        for number in {put.content for put in puts}:
            self.files.sync(number)
        with self._transaction() as cursor:
            return [_mark(cursor, put) for put in puts]

    def read(self, content: Content, first: int, last: int) -> bytes | None:
        """Sectors first..last-1 of a content; None unless all their segments are stored."""
        needed = range(first * SECTOR // SEGMENT, (last * SECTOR - 1) // SEGMENT + 1)
        if len(self.held(content, needed)) < len(needed):
            return None
        return self.files.read(content.id, first * SECTOR, (last - first) * SECTOR)

    def proof(self, content: Content, number: int) -> Proof | None:
        """The proof with which a segment was uploaded; None while it is not stored."""
        row = self.database.connection.execute(
            "SELECT proof FROM segment WHERE content = ? AND number = ?", (content.id, number)
        ).fetchone()
        return None if row is None else unpack_proof(row["proof"])

    def sweep(self, now: float) -> int:
        """Drop contents whose submission did not come (again) in time; gives how many."""
        with self._transaction() as cursor:
            rows = cursor.execute(
                "SELECT id FROM content WHERE touched < CASE paid WHEN 0 THEN ? ELSE ? END"
                " AND NOT EXISTS (SELECT 1 FROM entry WHERE entry.content = content.id)",
                (now - EARLY_SECONDS, now - DROPPED_SECONDS),
            ).fetchall()
            for row in rows:
                cursor.execute("DELETE FROM segment WHERE content = ?", (row["id"],))
                cursor.execute("DELETE FROM content WHERE id = ?", (row["id"],))
        for row in rows:
            self.files.remove(row["id"])
        return len(rows)

    def _first(self, clause: str, *values: object) -> Entry | None:
        row = self.database.connection.execute(_ENTRIES + clause, values).fetchone()
        if row is None:
            return None
        content = Content(row["content"], row["root"], int(row["size"]), row["want"], row["have"])
        return Entry(row["seq"], int(row["start"]), unpack_nodes(row["nodes"]), content)

    def _remove_strays(self) -> None:
        rows = self.database.connection.execute("SELECT id FROM content").fetchall()
        known = {row["id"] for row in rows}
        for number in self.files.numbers():
            if number not in known:
                self.files.remove(number)


def _mark(cursor: sqlite3.Cursor, put: _Put) -> bool:
    """False when the content was dropped."""
    if cursor.execute("SELECT 1 FROM content WHERE id = ?", (put.content,)).fetchone() is None:
        return False
    added = 0
    for number, proof in put.segments:
        added += cursor.execute(
            "INSERT OR IGNORE INTO segment VALUES (?, ?, ?)", (put.content, number, proof)
        ).rowcount
    cursor.execute(
        "UPDATE content SET have = have + ?, touched = ? WHERE id = ?",
        (added, time.time(), put.content),
    )
    return True


def _next_seq(cursor: sqlite3.Cursor) -> int:
    found: int = cursor.execute("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry").fetchone()[0]
    return found


def _content_of(cursor: sqlite3.Cursor, root: bytes, size: int, *, paid: bool) -> Content:
    now = time.time()
    cursor.execute(
        "INSERT OR IGNORE INTO content (root, size, want, paid, touched) VALUES (?, ?, ?, ?, ?)",
        (root, str(size), segment_count(size), paid, now),
    )
    if paid:
        cursor.execute("UPDATE content SET paid = 1 WHERE root = ? AND size = ?", (root, str(size)))
    row = cursor.execute(
        "SELECT id, want, have FROM content WHERE root = ? AND size = ?", (root, str(size))
    ).fetchone()
    return Content(row["id"], root, size, row["want"], row["have"])
