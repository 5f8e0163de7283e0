"""The tables of a KV node, and the rows of its log."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass
from typing import Final

from zerog.chain.follow import CHECKPOINTS
from zerog.storage.kv.codec import ID

_LOG = """
CREATE TABLE tx (
    seq INTEGER PRIMARY KEY,
    block INTEGER NOT NULL,
    block_hash BLOB NOT NULL,
    tx_hash BLOB NOT NULL,
    submitter BLOB NOT NULL,
    root BLOB NOT NULL,
    size TEXT NOT NULL,
    streams BLOB NOT NULL,
    seen REAL NOT NULL,
    sender BLOB,
    time INTEGER,
    scheme INTEGER NOT NULL DEFAULT 0,
    result TEXT
);
CREATE INDEX tx_by_block ON tx (block);
CREATE INDEX tx_by_time ON tx (time, seq) WHERE time IS NOT NULL;
CREATE TABLE tx_stream (
    stream BLOB NOT NULL, seq INTEGER NOT NULL, PRIMARY KEY (stream, seq)
) WITHOUT ROWID;
CREATE INDEX tx_stream_by_seq ON tx_stream (seq);
CREATE TABLE followed (stream BLOB PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE replay (next INTEGER NOT NULL);
INSERT INTO replay VALUES (0);
CREATE TABLE rewind (number INTEGER PRIMARY KEY AUTOINCREMENT, seq INTEGER NOT NULL)
"""
_DATA = """
CREATE TABLE entry (
    id INTEGER PRIMARY KEY,
    stream BLOB NOT NULL,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    until INTEGER NOT NULL DEFAULT 9223372036854775807,
    size INTEGER NOT NULL,
    UNIQUE (stream, key, version)
);
CREATE INDEX entry_live ON entry (stream, key)
    WHERE until = 9223372036854775807 AND size > 0;
CREATE INDEX entry_aged ON entry (stream, version, key)
    WHERE until = 9223372036854775807 AND size > 0;
CREATE INDEX entry_by_version ON entry (version);
CREATE INDEX entry_changes ON entry (stream, version, key);
CREATE INDEX entry_ended ON entry (until) WHERE until < 9223372036854775807;
CREATE TABLE piece (
    entry INTEGER NOT NULL, number INTEGER NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (entry, number)
);
CREATE TABLE role (
    kind INTEGER NOT NULL,
    stream BLOB NOT NULL,
    account BLOB NOT NULL,
    key BLOB NOT NULL,
    version INTEGER NOT NULL,
    until INTEGER NOT NULL DEFAULT 9223372036854775807,
    granted INTEGER NOT NULL,
    PRIMARY KEY (kind, stream, account, key, version)
) WITHOUT ROWID;
CREATE INDEX role_by_version ON role (version);
CREATE INDEX role_ended ON role (until) WHERE until < 9223372036854775807;
CREATE TABLE stream (id BLOB PRIMARY KEY, version INTEGER NOT NULL) WITHOUT ROWID;
CREATE INDEX stream_by_version ON stream (version)
"""
MIGRATIONS: Final = (_LOG, _DATA, CHECKPOINTS)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A Submit log as the KV node keeps it; streams is empty for a plain file."""

    seq: int
    block: int
    block_hash: bytes
    tx_hash: bytes
    submitter: bytes
    root: bytes
    size: int
    streams: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Pending:
    """A submission that waits for its result.

    seen: Unix time at which its log was met. sender, time: of its transaction and block; None
    until they were asked for, sender b"" when nobody can be named.
    """

    log: Submitted
    seen: float
    sender: bytes | None
    time: int | None
    result: str | None


def split(streams: bytes) -> tuple[bytes, ...]:
    """Stream ids that were joined."""
    return tuple(streams[at : at + ID] for at in range(0, len(streams), ID))


def to_pending(row: sqlite3.Row) -> Pending:
    """A row of the table tx."""
    log = Submitted(
        row["seq"],
        row["block"],
        row["block_hash"],
        row["tx_hash"],
        row["submitter"],
        row["root"],
        int(row["size"]),
        split(row["streams"]),
    )
    return Pending(log, row["seen"], row["sender"], row["time"], row["result"])
