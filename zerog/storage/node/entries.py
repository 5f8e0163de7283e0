"""Rows of a storage node: submissions of the log, and the contents that they name.

A content is (data root, size): a data root does not bind a length, so submissions of one root
with two lengths are two contents, which neither block nor corrupt each other; submissions equal
in both share one. Whether a submission is final is its own matter: where a node keeps a share of
the flow, two submissions of one content may need different segments of it.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from zerog.storage.codec import SEGMENT_SECTORS, SubmissionNode, segment_count
from zerog.storage.errors import LogGap
from zerog.storage.node.packing import pack_nodes, unpack_nodes
from zerog.storage.node.schema import SEGMENT_MODULUS
from zerog.storage.shards import owned_count, residue
from zerog.storage.wire import FileInfo, ShardConfig

MAX_SIZE: Final = (1 << 63) - 1
"""No file system keeps a longer file; the Flow contract takes up to 2^72 bytes."""
MAX_NUMBER: Final = (1 << 64) - 1
"""Numbers of the wire are u64: what is longer is told as this."""


class State(IntEnum):
    """Where a submission stands on this node."""

    OPEN = 0
    FINAL = 1
    """Every segment of the node's share is stored."""
    PRUNED = 2
    """Its data was given up."""
    UNSTORABLE = 3
    """Longer than any file can be."""


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
    """The bytes of one (root, size)."""

    id: int
    root: bytes
    size: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A submission with what is stored of it: `stored` of the `wanted` segments of our share."""

    seq: int
    start: int
    nodes: tuple[SubmissionNode, ...]
    content: Content
    state: State
    stored: int
    wanted: int

    @property
    def final(self) -> bool:
        """Whether every segment of our share is stored."""
        return self.state is State.FINAL

    @property
    def pruned(self) -> bool:
        """Whether its data was given up."""
        return self.state is State.PRUNED

    def info(self) -> FileInfo:
        """As the wire tells it; like the reference, a final file counts as wholly uploaded."""
        held = self.content
        settled = self.final or self.pruned
        return FileInfo(
            data_root=held.root,
            nodes=self.nodes,
            start=min(self.start, MAX_NUMBER),
            size=min(held.size, MAX_NUMBER),
            seq=self.seq,
            finalized=self.final,
            uploaded_segments=segment_count(held.size) if settled else self.stored,
            is_cached=not settled and self.stored > 0,
            pruned=self.pruned,
        )


_ENTRY = (
    "SELECT e.seq, e.root, e.size, e.start, e.nodes, e.content, e.state, CASE WHEN :num = 1"
    " THEN c.have ELSE COALESCE((SELECT s.have FROM share s WHERE s.content = e.content"
    " AND s.residue = ((:id - e.segment) & (:num - 1))), 0) END AS held"
    " FROM entry e JOIN content c ON c.id = e.content "
)


def entries(
    connection: sqlite3.Connection, shard: ShardConfig, clause: str, **values: object
) -> Iterable[Entry]:
    """Submissions by an SQL clause over entry e and content c."""
    named = {"id": shard.shard_id, "num": shard.num_shard, **values}
    for row in connection.execute(_ENTRY + clause, named):
        size, start = int(row["size"]), int(row["start"])
        content = Content(row["content"], row["root"], size)
        wanted = owned_count(shard, start, size)
        yield Entry(
            seq=row["seq"],
            start=start,
            nodes=unpack_nodes(row["nodes"]),
            content=content,
            state=State(row["state"]),
            stored=min(row["held"], wanted),
            wanted=wanted,
        )


def insert(cursor: sqlite3.Cursor, found: Submission, shard: ShardConfig) -> None:
    """Insert a submission; one that is there is left. Raises LogGap when it does not continue.

    It is final at once when every segment of our share is here already, or none is ours.
    """
    expected = next_seq(cursor)
    if found.seq < expected:
        same = cursor.execute(
            "SELECT 1 FROM entry WHERE seq = ? AND root = ? AND size = ?",
            (found.seq, found.root, str(found.size)),
        ).fetchone()
        if same is not None:
            return
    if found.seq != expected:
        raise LogGap(expected, found.seq)
    content = content_of(cursor, found.root, found.size, paid=True)
    cursor.execute(
        "INSERT INTO entry (seq, root, size, start, nodes, block, content, segment, state)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            found.seq,
            found.root,
            str(found.size),
            str(found.start),
            pack_nodes(found.nodes),
            found.block,
            content.id,
            found.start // SEGMENT_SECTORS % SEGMENT_MODULUS,
            _first_state(cursor, found, content, shard),
        ),
    )


def _first_state(
    cursor: sqlite3.Cursor, found: Submission, content: Content, shard: ShardConfig
) -> State:
    if found.size > MAX_SIZE:
        return State.UNSTORABLE
    wanted = owned_count(shard, found.start, found.size)
    held = stored_of(cursor, content.id, shard, residue(shard, found.start)) if wanted else 0
    return State.FINAL if held == wanted else State.OPEN


def stored_of(cursor: sqlite3.Cursor, content: int, shard: ShardConfig, number: int) -> int:
    """How many segments with index % num_shard == number a content has."""
    query, values = "SELECT have FROM content WHERE id = ?", [content]
    if shard.num_shard > 1:
        query, values = (
            "SELECT have FROM share WHERE content = ? AND residue = ?",
            [content, number],
        )
    row = cursor.execute(query, values).fetchone()
    return 0 if row is None else int(row["have"])


def next_seq(cursor: sqlite3.Cursor) -> int:
    """The sequence number that the next submission will have."""
    found: int = cursor.execute("SELECT COALESCE(MAX(seq) + 1, 0) FROM entry").fetchone()[0]
    return found


def content_of(cursor: sqlite3.Cursor, root: bytes, size: int, *, paid: bool) -> Content:
    """The content of that root and size, made when it is missing."""
    now = time.time()
    cursor.execute(
        "INSERT OR IGNORE INTO content (root, size, want, paid, touched) VALUES (?, ?, ?, ?, ?)",
        (root, str(size), segment_count(size), paid, now),
    )
    if paid:
        cursor.execute(
            "UPDATE content SET paid = 1, touched = ? WHERE root = ? AND size = ?",
            (now, root, str(size)),
        )
    row = cursor.execute(
        "SELECT id FROM content WHERE root = ? AND size = ?", (root, str(size))
    ).fetchone()
    return Content(row["id"], root, size)
