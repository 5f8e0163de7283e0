"""Marks written segments as stored, and the submissions that they complete as final."""

from __future__ import annotations

import sqlite3
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from zerog.storage.wire import ShardConfig


@dataclass(frozen=True, slots=True)
class Marks:
    """Written segments that wait to be marked: (index, packed proof) of one content."""

    content: int
    segments: Sequence[tuple[int, bytes]]


def mark(cursor: sqlite3.Cursor, put: Marks, shard: ShardConfig) -> bool:
    """Count written segments as stored, and what they complete as final.

    False when the content was dropped.
    """
    row = cursor.execute("SELECT want, have FROM content WHERE id = ?", (put.content,)).fetchone()
    if row is None:
        return False
    added: Counter[int] = Counter()
    for number, proof in put.segments:
        added[number % shard.num_shard] += cursor.execute(
            "INSERT OR IGNORE INTO segment VALUES (?, ?, ?)", (put.content, number, proof)
        ).rowcount
    cursor.execute(
        "UPDATE content SET have = have + ?, touched = ? WHERE id = ?",
        (added.total(), time.time(), put.content),
    )
    held = {0: row["have"] + added[0]} if shard.num_shard == 1 else _count(cursor, put, added)
    for number, have in held.items():
        if have == -(-(row["want"] - number) // shard.num_shard):
            cursor.execute(
                "UPDATE entry SET state = 1 WHERE content = ? AND state = 0"
                " AND ((? - segment) & ?) = ?",
                (put.content, shard.shard_id, shard.num_shard - 1, number),
            )
    return True


def _count(cursor: sqlite3.Cursor, put: Marks, added: Counter[int]) -> dict[int, int]:
    """Count new segments; {index modulo num_shard: how many there are now}."""
    held: dict[int, int] = {}
    for number, count in added.items():
        held[number] = cursor.execute(
            "INSERT INTO share VALUES (?, ?, ?) ON CONFLICT (content, residue)"
            " DO UPDATE SET have = have + excluded.have RETURNING have",
            (put.content, number, count),
        ).fetchone()["have"]
    return held
