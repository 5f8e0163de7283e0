"""What happens to rows when a node keeps less than before: a smaller share, or unpaid chunks.

All of it runs in the caller's transaction and only notes in `freed` which bytes are to go: a
node that dies behind the commit finds the note at its next start.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass

from zerog.errors import UsageError
from zerog.storage.flow import submission_sectors
from zerog.storage.node.entries import State
from zerog.storage.node.packing import unpack_nodes
from zerog.storage.shards import WHOLE, refines
from zerog.storage.wire import ShardConfig


class ShardDiffers(UsageError):
    """A node is to keep a share of the flow that is no part of what it keeps."""

    def __init__(self, found: ShardConfig, wanted: ShardConfig) -> None:
        self.found, self.wanted = found, wanted
        super().__init__(
            f"the node's data is shard {found.shard_id}/{found.num_shard},"
            f" not {wanted.shard_id}/{wanted.num_shard}",
            "a share can only get smaller: give another one another folder",
        )


@dataclass(frozen=True, slots=True)
class _Row:
    """An entry as far as sharing out goes."""

    seq: int
    segment: int
    state: State

    def residue(self, shard: ShardConfig) -> int:
        return (shard.shard_id - self.segment) % shard.num_shard


def load(cursor: sqlite3.Cursor, wanted: ShardConfig | None) -> tuple[ShardConfig, ShardConfig]:
    """(share that the rows are for, share to keep from now on).

    wanted: what the operator asks for; a node that has halved its share since keeps to that.
    Raises ShardDiffers when the wanted share is no part of the present one.
    """
    row = cursor.execute("SELECT id, num FROM shard").fetchone()
    if row is None:
        empty = cursor.execute("SELECT 1 FROM content LIMIT 1").fetchone() is None
        found = (wanted or WHOLE) if empty else WHOLE
        cursor.execute("INSERT INTO shard VALUES (?, ?)", (found.shard_id, found.num_shard))
    else:
        found = ShardConfig(row["id"], row["num"])
    if wanted is None or refines(found, wanted):
        return found, found
    if not refines(wanted, found):
        raise ShardDiffers(found, wanted)
    return found, wanted


def narrow(cursor: sqlite3.Cursor, old: ShardConfig, new: ShardConfig) -> int:
    """Keep the share `new`, a part of `old`; gives how many segments are given up."""
    cursor.execute("UPDATE shard SET id = ?, num = ?", (new.shard_id, new.num_shard))
    contents = cursor.execute("SELECT id, want FROM content").fetchall()
    return sum(_narrow_one(cursor, row["id"], row["want"], old, new) for row in contents)


def give_up_below(cursor: sqlite3.Cursor, sector: int, shard: ShardConfig) -> int:
    """Prune every submission that ends at or below a sector; gives the segments given up."""
    live = cursor.execute(
        "SELECT seq, start, nodes, content FROM entry WHERE state IN (0, 1) ORDER BY seq"
    )
    pruned: list[tuple[int, int]] = []
    for row in live:
        start = int(row["start"])
        if start >= sector:
            break
        if start + submission_sectors([n.height for n in unpack_nodes(row["nodes"])]) <= sector:
            pruned.append((row["seq"], row["content"]))
    _set_states(cursor, [seq for seq, _ in pruned], State.PRUNED)
    freed = 0
    for content in sorted({content for _, content in pruned}):
        freed += _free_unneeded(cursor, content, shard)
        _counts(cursor, content, shard)
    return freed


def _narrow_one(
    cursor: sqlite3.Cursor, content: int, want: int, old: ShardConfig, new: ShardConfig
) -> int:
    """One content: states of its entries, its segments, its counts."""

    def wanted(row: _Row, shard: ShardConfig) -> int:
        return max(0, -(-(want - row.residue(shard)) // shard.num_shard))

    live = _live(cursor, content)
    had = [row for row in live if row.state is State.FINAL and wanted(row, old)]
    _set_states(cursor, [row.seq for row in had if not wanted(row, new)], State.PRUNED)
    freed = _free_unneeded(cursor, content, new)
    held = _counts(cursor, content, new)
    ready = [
        row.seq
        for row in live
        if row.state is State.OPEN and held.get(row.residue(new), 0) == wanted(row, new)
    ]
    _set_states(cursor, ready, State.FINAL)
    return freed


def _live(cursor: sqlite3.Cursor, content: int) -> list[_Row]:
    rows = cursor.execute(
        "SELECT seq, segment, state FROM entry WHERE content = ? AND state IN (0, 1)", (content,)
    )
    return [_Row(row["seq"], row["segment"], State(row["state"])) for row in rows]


def _free_unneeded(cursor: sqlite3.Cursor, content: int, shard: ShardConfig) -> int:
    """Give up what no submission of a content needs; one that waits for its log keeps all."""
    if cursor.execute("SELECT 1 FROM entry WHERE content = ?", (content,)).fetchone() is None:
        return 0
    needed = {row.residue(shard) for row in _live(cursor, content)}
    numbers = cursor.execute("SELECT number FROM segment WHERE content = ?", (content,))
    gone = [
        (content, row["number"]) for row in numbers if row["number"] % shard.num_shard not in needed
    ]
    cursor.executemany("INSERT OR IGNORE INTO freed VALUES (?, ?)", gone)
    cursor.executemany("DELETE FROM segment WHERE content = ? AND number = ?", gone)
    return len(gone)


def _counts(cursor: sqlite3.Cursor, content: int, shard: ShardConfig) -> dict[int, int]:
    """Count a content's segments anew: {number modulo num_shard: how many}."""
    rows = cursor.execute(
        "SELECT number % ? AS residue, COUNT(*) AS have FROM segment WHERE content = ?"
        " GROUP BY residue",
        (shard.num_shard, content),
    ).fetchall()
    found: dict[int, int] = {row["residue"]: row["have"] for row in rows}
    total = sum(found.values())
    cursor.execute("UPDATE content SET have = ? WHERE id = ?", (total, content))
    cursor.execute("DELETE FROM share WHERE content = ?", (content,))
    if shard.num_shard > 1:
        cursor.executemany(
            "INSERT INTO share VALUES (?, ?, ?)",
            [(content, number, have) for number, have in found.items()],
        )
    return found


def _set_states(cursor: sqlite3.Cursor, seqs: Iterable[int], state: State) -> None:
    cursor.executemany(
        "UPDATE entry SET state = ? WHERE seq = ?", [(int(state), seq) for seq in seqs]
    )
