"""The flow as the chain tells it to a miner: submissions and epochs, taken back by a reorg.

`sealing` says up to where all that could be sealed was: a rewind moves it back too, and takes what
`sealed_store` knows to be missing of the files.

Positions are 256-bit numbers on the chain and are kept as 32 big-endian bytes, which sort like
the numbers: a submission may claim more sectors than SQLite's integers count.
"""

from __future__ import annotations

import sqlite3
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.follow import CHECKPOINTS, Follower
from zerog.chain.rpc import Log
from zerog.storage.flow import submission_sectors
from zerog.storage.flowproof import FlowTree
from zerog.storage.mining.pora import EMPTY_DIGEST
from zerog.storage.mining.sealing import Epoch, Filed
from zerog.storage.node.logsync import decode_submit
from zerog.storage.node.packing import pack_nodes, unpack_nodes
from zerog.store import Database

NAME: Final = "miner"

MIGRATION: Final = (
    """
CREATE TABLE filed (
    seq INTEGER PRIMARY KEY,
    root BLOB NOT NULL,
    size BLOB NOT NULL,
    first BLOB NOT NULL,
    beyond BLOB NOT NULL,
    nodes BLOB NOT NULL,
    block INTEGER NOT NULL
);
CREATE INDEX filed_by_first ON filed (first);
CREATE INDEX filed_by_beyond ON filed (beyond);
CREATE INDEX filed_by_block ON filed (block);
CREATE TABLE epoch (
    place INTEGER PRIMARY KEY AUTOINCREMENT,
    digest BLOB NOT NULL UNIQUE,
    first BLOB NOT NULL,
    beyond BLOB NOT NULL,
    block INTEGER NOT NULL
);
CREATE INDEX epoch_by_first ON epoch (first);
CREATE INDEX epoch_by_beyond ON epoch (beyond);
CREATE INDEX epoch_by_block ON epoch (block);
CREATE TABLE sealing (
    only INTEGER PRIMARY KEY CHECK (only = 1),
    miner BLOB NOT NULL,
    cursor BLOB NOT NULL
);
"""
    + CHECKPOINTS
)


class ChainLog:
    """Submissions and epochs of one Flow; any number of processes may follow with one file."""

    def __init__(self, flow: FlowContract, database: Database) -> None:
        """database: with this module's MIGRATION."""
        self._flow, self._database = flow, database
        self._follower = Follower(
            flow.chain,
            database,
            [flow.address],
            {flow.topic("Submit"): self._submitted, flow.topic("NewEpoch"): self._rolled},
            rewind,
            first_block=flow.first_block,
            name=NAME,
        )

    def step(self) -> int:
        """Follow to the head; gives how many blocks. Raises ChainUnreachable, RpcFailure."""
        return self._follower.step()

    def height(self) -> int:
        """The last block that was followed."""
        return self._follower.height()

    def epochs(self, first: int, beyond: int) -> list[Epoch]:
        """Closed epochs that added any of the sectors [first, beyond), in order."""
        rows = self._database.connection.execute(
            "SELECT * FROM epoch WHERE first < beyond AND"
            " place >= (SELECT place FROM epoch WHERE beyond > ? ORDER BY beyond, place LIMIT 1)"
            " AND place <="
            " (SELECT place FROM epoch WHERE first < ? ORDER BY first DESC, place DESC LIMIT 1)"
            " ORDER BY place",
            (word(first), word(beyond)),
        )
        return [_epoch(row) for row in rows]

    def last_epoch(self) -> Epoch | None:
        """The one that closed last; None before any."""
        row = self._database.connection.execute(
            "SELECT * FROM epoch ORDER BY place DESC LIMIT 1"
        ).fetchone()
        return None if row is None else _epoch(row)

    def files(self, first: int, beyond: int) -> list[Filed]:
        """Submissions with any of the sectors [first, beyond), in order."""
        rows = self._database.connection.execute(
            "SELECT * FROM filed WHERE"
            " seq >= (SELECT seq FROM filed WHERE beyond > ? ORDER BY beyond LIMIT 1) AND"
            " seq <= (SELECT seq FROM filed WHERE first < ? ORDER BY first DESC LIMIT 1)"
            " ORDER BY seq",
            (word(first), word(beyond)),
        )
        return [_filed(row) for row in rows]

    def file(self, seq: int) -> Filed | None:
        """The submission of that number."""
        row = self._database.connection.execute(
            "SELECT * FROM filed WHERE seq = ?", (seq,)
        ).fetchone()
        return None if row is None else _filed(row)

    def tree(self, length: int) -> FlowTree:
        """The flow when it had `length` sectors; raises NotAFlowLength."""
        rows = self._database.connection.execute(
            "SELECT first, nodes FROM filed WHERE beyond <= ? ORDER BY seq", (word(length),)
        )
        return FlowTree(
            [(number(row["first"]), unpack_nodes(row["nodes"])) for row in rows], length
        )

    def _submitted(self, cursor: sqlite3.Cursor, log: Log) -> None:
        found = decode_submit(self._flow, log)
        sectors = submission_sectors([node.height for node in found.nodes])
        cursor.execute(
            "INSERT OR REPLACE INTO filed VALUES (?, ?, ?, ?, ?, ?, ?)",
            (
                found.seq,
                found.root,
                word(found.size),
                word(found.start),
                word(found.start + sectors),
                pack_nodes(found.nodes),
                log.block_number,
            ),
        )

    def _rolled(self, cursor: sqlite3.Cursor, log: Log) -> None:
        """A new epoch; one without a digest closes nothing, its sectors wait for the next."""
        event = self._flow.decode_event(log)
        if event is None or event.name != "NewEpoch":
            raise TypeError(f"a log of block {log.block_number} is no NewEpoch")
        digest = event.args["context"]
        if not isinstance(digest, bytes):
            raise TypeError(f"NewEpoch.context is {digest!r}")
        if digest == EMPTY_DIGEST:
            return
        last = cursor.execute("SELECT beyond FROM epoch ORDER BY place DESC LIMIT 1").fetchone()
        first = last["beyond"] if last else word(0)
        cursor.execute(
            "INSERT INTO epoch (digest, first, beyond, block) VALUES (?, ?, ?, ?)",
            (digest, first, word(event.number("flowLength")), log.block_number),
        )


def word(value: int) -> bytes:
    """A number as 32 big-endian bytes: they sort as the numbers do."""
    return value.to_bytes(32, "big")


def number(value: bytes) -> int:
    """The way back."""
    return int.from_bytes(value, "big")


def rewind(cursor: sqlite3.Cursor, block: int) -> None:
    """Take back what came from blocks above `block`; what was sealed waits for its digest.

    A number that is given anew may be another file's: nothing is known to be missing of that.
    """
    cursor.execute(
        "DELETE FROM missing WHERE seq IN (SELECT seq FROM filed WHERE block > ?)", (block,)
    )
    cursor.execute("DELETE FROM filed WHERE block > ?", (block,))
    cursor.execute("DELETE FROM epoch WHERE block > ?", (block,))
    last = cursor.execute("SELECT beyond FROM epoch ORDER BY place DESC LIMIT 1").fetchone()
    end = last["beyond"] if last else word(0)
    cursor.execute("UPDATE sealing SET cursor = MIN(cursor, ?)", (end,))


def _epoch(row: sqlite3.Row) -> Epoch:
    return Epoch(row["place"], row["digest"], number(row["first"]), number(row["beyond"]))


def _filed(row: sqlite3.Row) -> Filed:
    return Filed(
        row["seq"],
        row["root"],
        number(row["size"]),
        number(row["first"]),
        number(row["beyond"]),
        unpack_nodes(row["nodes"]),
    )
