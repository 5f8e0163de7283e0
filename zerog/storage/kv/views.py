"""A KV store as it was at a version: keys in order, values in part, who has which role."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from zerog.storage.kv.rules import Kind

LATEST: Final = (1 << 63) - 1
"""A version that no submission reaches."""
PIECE: Final = 262_144
"""Bytes of a value in one row: what one query may ask for."""

_COLUMNS: Final = "SELECT id, key, version, size FROM entry "


@dataclass(frozen=True, slots=True)
class Found:
    """A version of a key; size 0 is a deletion."""

    id: int
    key: bytes
    version: int
    size: int


class View:
    """One thread's look at a version; a State of the rules."""

    def __init__(self, connection: sqlite3.Connection, version: int) -> None:
        """version: LATEST, or the last submission whose effects are seen."""
        self._connection, self._version = connection, version

    # ------------------------------------------------------------ the state of the rules

    def newest(self, stream: bytes, key: bytes) -> int:
        """See rules.State."""
        found = self.get(stream, key)
        return 0 if found is None else found.version

    def is_new(self, stream: bytes) -> bool:
        """See rules.State."""
        return not self._is("FROM stream WHERE id = ? AND version <= ?", stream, self._version)

    def holds(self, kind: Kind, stream: bytes, key: bytes = b"", account: bytes = b"") -> bool:
        """See rules.State."""
        row = self._connection.execute(
            "SELECT granted FROM role WHERE kind = ? AND stream = ? AND account = ? AND key = ?"
            " AND version <= ? ORDER BY version DESC LIMIT 1",
            (kind, stream, account, key, self._version),
        ).fetchone()
        return row is not None and bool(row["granted"])

    def writes_some_key(self, stream: bytes, account: bytes) -> bool:
        """See rules.State."""
        return self._is(
            "FROM role WHERE kind = ? AND stream = ? AND account = ? AND granted = 1"
            " AND version <= ? AND until > ?",
            Kind.KEY_WRITER,
            stream,
            account,
            self._version,
            self._version if self._version < LATEST else LATEST - 1,
        )

    # ------------------------------------------------------------ keys and values

    def get(self, stream: bytes, key: bytes) -> Found | None:
        """The newest version of a key, a deletion too; None for a key never written."""
        return self._first(
            "WHERE stream = ? AND key = ? AND version <= ? ORDER BY version DESC LIMIT 1",
            (stream, key, self._version),
        )

    def after(self, stream: bytes, key: bytes | None, inclusive: bool = False) -> Found | None:
        """The first key after `key` (the first of all when None) that is not deleted."""
        return self._step(stream, key, ">=" if inclusive else ">", "ASC")

    def before(self, stream: bytes, key: bytes | None, inclusive: bool = False) -> Found | None:
        """The last key before `key` (the last of all when None) that is not deleted."""
        return self._step(stream, key, "<=" if inclusive else "<", "DESC")

    def _step(self, stream: bytes, key: bytes | None, side: str, order: str) -> Found | None:
        """side and order are our own words, never a caller's."""
        when, at = f"until = {LATEST}", list[int]()
        if self._version < LATEST:
            when, at = "version <= ? AND until > ?", [self._version, self._version]
        limit = "" if key is None else f"AND key {side} ?"
        values = [stream] if key is None else [stream, key]
        clause = f"WHERE stream = ? {limit} AND size > 0 AND {when} ORDER BY key {order} LIMIT 1"
        return self._first(clause, (*values, *at))

    def read(self, found: Found, start: int, length: int) -> bytes:
        """Bytes of a value from `start`, at most `length`, fewer at its end."""
        end = min(start + length, found.size)
        if end <= start:
            return b""
        first, last = start // PIECE, (end - 1) // PIECE
        rows = self._connection.execute(
            "SELECT data FROM piece WHERE entry = ? AND number BETWEEN ? AND ? ORDER BY number",
            (found.id, first, last),
        )
        data = b"".join(row["data"] for row in rows)
        return data[start - first * PIECE : end - first * PIECE]

    # ------------------------------------------------------------ what changed, what is old

    def changes(self, stream: bytes, after: tuple[int, bytes], limit: int) -> list[Found]:
        """Writes and deletions behind the place (version, key), oldest first."""
        return self._many(
            "WHERE stream = ? AND (version, key) > (?, ?) AND version <= ?"
            " ORDER BY version, key LIMIT ?",
            (stream, *after, self._version, limit),
        )

    def aged(
        self, stream: bytes, version: int, after: tuple[int, bytes], limit: int
    ) -> list[Found]:
        """Keys whose newest version is at most `version`, behind the place (version, key)."""
        return self._many(
            f"INDEXED BY entry_aged WHERE stream = ? AND until = {LATEST} AND size > 0"
            " AND (version, key) > (?, ?) AND version <= ? ORDER BY version, key LIMIT ?",
            (stream, *after, version, limit),
        )

    def _is(self, clause: str, *values: object) -> bool:
        row = self._connection.execute(f"SELECT 1 {clause} LIMIT 1", values).fetchone()
        return row is not None

    def _first(self, clause: str, values: Sequence[object]) -> Found | None:
        found = self._many(clause, values)
        return found[0] if found else None

    def _many(self, clause: str, values: Sequence[object]) -> list[Found]:
        rows = self._connection.execute(_COLUMNS + clause, values)
        return [Found(row["id"], row["key"], row["version"], row["size"]) for row in rows]
