"""The tables of a storage node's log.db, as numbered migrations."""

from __future__ import annotations

from typing import Final

from zerog.chain.follow import CHECKPOINTS

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
_SHARES = """
ALTER TABLE entry ADD COLUMN segment INTEGER NOT NULL DEFAULT 0;
ALTER TABLE entry ADD COLUMN state INTEGER NOT NULL DEFAULT 0;
UPDATE entry SET segment = (CAST(start AS INTEGER) / 1024) & 4294967295;
UPDATE entry SET state = 1 WHERE content IN (SELECT id FROM content WHERE have = want);
UPDATE entry SET state = 3 WHERE CAST(size AS INTEGER) = 9223372036854775807;
CREATE INDEX entry_open ON entry (seq) WHERE state = 0;
CREATE TABLE share (
    content INTEGER NOT NULL REFERENCES content (id),
    residue INTEGER NOT NULL,
    have INTEGER NOT NULL,
    PRIMARY KEY (content, residue)
) WITHOUT ROWID;
CREATE TABLE shard (id INTEGER NOT NULL, num INTEGER NOT NULL);
CREATE TABLE freed (
    content INTEGER NOT NULL,
    number INTEGER NOT NULL,
    PRIMARY KEY (content, number)
) WITHOUT ROWID
"""
"""entry.segment: number of its first segment in the flow, modulo 2^32; entry.state: `State`.
share: held segments by number modulo num_shard, only while a node keeps less than everything.
shard: one row, or none before the first start that knows of shards.
freed: segments given up whose bytes are not yet given back to the disk."""

MIGRATIONS: Final = (_CONTENT, _LOG, CHECKPOINTS, _SHARES)
SEGMENT_MODULUS: Final = 1 << 32
