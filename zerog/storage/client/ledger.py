"""HOME/storage.db: what this home stored, or is about to store and pay for.

A row is written before its transaction is planned, so that whoever repeats an upload finds the
intent of the first attempt, in whatever batch it was: nothing is paid for twice. What is paid
for is the key (network, payer, root, length, tags, submitter) and a serial number, which grows
only when a second submission of the same content is asked for. An extension has a row only while
it is under way.
"""

from __future__ import annotations

import json
import secrets
import sqlite3
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.hexes import to_address
from zerog.crypto.keccak import keccak256
from zerog.storage.client.endowment import Part
from zerog.storage.client.submit import BATCH, Submission, Submitted
from zerog.storage.codec import SubmissionNode, fold_nodes
from zerog.store import Database
from zerog.types import Address

MIGRATIONS: Final = (
    """
    CREATE TABLE submission (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      key BLOB NOT NULL,
      serial INTEGER NOT NULL,
      intent TEXT NOT NULL,
      place INTEGER NOT NULL,
      name TEXT NOT NULL,
      payer TEXT NOT NULL,
      root BLOB NOT NULL,
      size INTEGER NOT NULL,
      tags BLOB NOT NULL,
      submitter TEXT,
      nodes TEXT NOT NULL,
      created_s INTEGER NOT NULL,
      tx_seq INTEGER,
      tx_hash BLOB,
      fee_wei TEXT,
      stored INTEGER NOT NULL DEFAULT 0,
      UNIQUE (key, serial),
      UNIQUE (intent, place)
    );
    CREATE INDEX submission_by_root ON submission(root)
    """,
    """
    CREATE TABLE extension (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      key BLOB NOT NULL UNIQUE,
      intent TEXT NOT NULL,
      parts TEXT NOT NULL
    )
    """,
)


@dataclass(frozen=True, slots=True)
class Order:
    """A content that somebody wants to pay for; name: for lists."""

    name: str
    root: bytes
    submission: Submission


@dataclass(frozen=True, slots=True)
class Row:
    """One submission of this home; tx_*, fee_wei: once it is paid."""

    number: int
    serial: int
    intent: str
    place: int
    payer: Address
    order: Order
    created_s: int
    tx_seq: int | None
    tx_hash: bytes | None
    fee_wei: int | None
    stored: bool


@dataclass(frozen=True, slots=True)
class Extension:
    """Time that is to be paid for; parts: by pricing chunk, as they were planned."""

    key: bytes
    intent: str
    parts: tuple[Part, ...]


class Ledger:
    """The rows of one home on one network; any number of processes may use the file at once."""

    def __init__(self, path: Path, network: str) -> None:
        """network: chain id and Flow address; rows of another network are not seen."""
        self._database = Database(path, MIGRATIONS)
        self._network = network

    def plan(self, orders: Sequence[Order], payer: Address, again: bool = False) -> list[Row]:
        """The rows of these orders, in their order; new ones share intents by up to BATCH.

        An order that is planned, paid or stored already keeps its row; with `again` one that is
        stored gets a new row. Equal orders share a row.
        """
        keys = [self._key(order, payer) for order in orders]
        fresh = [(key, order) for key, order in dict(zip(keys, orders, strict=True)).items()]
        with self._database.transaction() as cursor:
            last = {key: _last(cursor, key) for key, _ in fresh}
            new = [
                (key, order)
                for key, order in fresh
                if (row := last[key]) is None or (again and row.stored)
            ]
            for at in range(0, len(new), BATCH):
                intent = f"storage:{secrets.token_hex(12)}"
                for place, (key, order) in enumerate(new[at : at + BATCH]):
                    row = last[key]
                    serial = 0 if row is None else row.serial + 1
                    _insert(cursor, key, serial, intent, place, order, payer)
            rows = {key: _last(cursor, key) for key in last}
        found = [rows[key] for key in keys]
        return [row for row in found if row is not None]

    def find(self, order: Order, payer: Address) -> Row | None:
        """The newest row of an order."""
        return _last(self._database.connection.cursor(), self._key(order, payer))

    def batch(self, intent: str) -> list[Row]:
        """Everything that the transaction of an intent is to pay for, in order."""
        return self._many("SELECT * FROM submission WHERE intent = ? ORDER BY place", intent)

    def paid(self, intent: str, results: Sequence[Submitted]) -> None:
        """Keep what the chain said; again after a reorg, which may give other numbers."""
        with self._database.transaction() as cursor:
            for place, one in enumerate(results):
                cursor.execute(
                    "UPDATE submission SET tx_seq = ?, tx_hash = ?, fee_wei = ?"
                    " WHERE intent = ? AND place = ?",
                    (one.tx_seq, one.tx_hash, str(one.fee_wei), intent, place),
                )

    def failed(self, intent: str) -> None:
        """Forget rows whose transaction has failed for good: nothing was paid."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM submission WHERE intent = ?", (intent,))

    def mark_stored(self, rows: Sequence[Row]) -> None:
        """The nodes hold them."""
        numbers = [(row.number,) for row in rows if not row.stored]
        with self._database.transaction() as cursor:
            cursor.executemany("UPDATE submission SET stored = 1 WHERE number = ?", numbers)

    def rows(self) -> list[Row]:
        """All of this network, oldest first."""
        prefix = self._prefix()
        return self._many(
            "SELECT * FROM submission WHERE substr(key, 1, ?) = ? ORDER BY number",
            len(prefix), prefix,
        )  # fmt: skip

    def size_of(self, root: bytes) -> int | None:
        """The length under which this home stored a root, where it did so under one only."""
        found = self._many("SELECT * FROM submission WHERE root = ?", root)
        sizes = {row.order.submission.size for row in found}
        return sizes.pop() if len(sizes) == 1 else None

    def rows_of(self, root: bytes) -> list[Row]:
        """Those of a root, oldest first."""
        prefix = self._prefix()
        return self._many(
            "SELECT * FROM submission WHERE root = ? AND substr(key, 1, ?) = ? ORDER BY number",
            root, len(prefix), prefix,
        )  # fmt: skip

    def extension(
        self, payer: Address, tx_seq: int, terms: str, parts: Sequence[Part] = ()
    ) -> Extension | None:
        """The open extension of a submission on these terms; begun with `parts`, if any.

        terms: what was asked for, in words of the caller's own.
        """
        key = self._prefix() + keccak256(f"{payer}/{tx_seq}/{terms}".encode())
        with self._database.transaction() as cursor:
            query = "SELECT * FROM extension WHERE key = ?"
            found = cursor.execute(query, (key,)).fetchone()
            if found is None and parts:
                _put_extension(cursor, key, parts)
                found = cursor.execute(query, (key,)).fetchone()
        if found is None:
            return None
        kept = tuple(Part(chunk, int(wei)) for chunk, wei in json.loads(found["parts"]))
        return Extension(found["key"], found["intent"], kept)

    def end_extension(self, extension: Extension, left: Sequence[Part] = ()) -> None:
        """All is paid but `left`, which a new intent is to pay: the old one failed for good."""
        with self._database.transaction() as cursor:
            gone = cursor.execute(
                "DELETE FROM extension WHERE key = ? AND intent = ?",
                (extension.key, extension.intent),
            )
            if left and gone.rowcount:
                _put_extension(cursor, extension.key, left)

    def _many(self, query: str, *values: object) -> list[Row]:
        return [_row(one) for one in self._database.connection.execute(query, values)]

    def _prefix(self) -> bytes:
        return keccak256(self._network.encode())[:8]

    def _key(self, order: Order, payer: Address) -> bytes:
        submission = order.submission
        said = [payer, submission.submitter or payer, str(submission.size)]
        content = order.root + keccak256(submission.tags) + "/".join(said).encode()
        return self._prefix() + keccak256(content)


def _last(cursor: sqlite3.Cursor, key: bytes) -> Row | None:
    found = cursor.execute(
        "SELECT * FROM submission WHERE key = ? ORDER BY serial DESC LIMIT 1", (key,)
    ).fetchone()
    return None if found is None else _row(found)


def _insert(
    cursor: sqlite3.Cursor,
    key: bytes,
    serial: int,
    intent: str,
    place: int,
    order: Order,
    payer: Address,
) -> None:
    nodes = [[node.root.hex(), node.height] for node in order.submission.nodes]
    cursor.execute(
        "INSERT INTO submission (key, serial, intent, place, name, payer, root, size, tags,"
        " submitter, nodes, created_s) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            key, serial, intent, place, order.name, payer, order.root, order.submission.size,
            order.submission.tags, order.submission.submitter, json.dumps(nodes),
            int(time.time()),
        ),
    )  # fmt: skip


def _put_extension(cursor: sqlite3.Cursor, key: bytes, parts: Sequence[Part]) -> None:
    cursor.execute(
        "INSERT INTO extension (key, intent, parts) VALUES (?, ?, ?)",
        (
            key,
            f"extend:{secrets.token_hex(12)}",
            json.dumps([[part.chunk, str(part.amount_wei)] for part in parts]),
        ),
    )


def _row(found: sqlite3.Row) -> Row:
    nodes = tuple(
        SubmissionNode(bytes.fromhex(root), height) for root, height in json.loads(found["nodes"])
    )
    submitter = found["submitter"]
    submission = Submission(
        found["size"], nodes, found["tags"], to_address(submitter) if submitter else None
    )
    return Row(
        number=found["number"],
        serial=found["serial"],
        intent=found["intent"],
        place=found["place"],
        payer=to_address(found["payer"]),
        order=Order(found["name"], fold_nodes(nodes), submission),
        created_s=found["created_s"],
        tx_seq=found["tx_seq"],
        tx_hash=found["tx_hash"],
        fee_wei=None if found["fee_wei"] is None else int(found["fee_wei"]),
        stored=bool(found["stored"]),
    )
