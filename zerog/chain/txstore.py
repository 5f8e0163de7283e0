"""The rows of HOME/tx.db: every transaction of every account of a home, before it is sent.

    planned -> signed -> sent -> mined -> final          failed

`planned` has no nonce yet. `failed` with a hash was mined and reverted; `failed` without one
was refused before it was signed, and its intent is free. A signed row keeps its raw bytes for
ever, so that a chain that lost its last blocks can be given them again.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from zerog.chain.errors import NoSuchIntent
from zerog.chain.rpc import Receipt
from zerog.errors import UsageError
from zerog.store import Database
from zerog.types import Address

MIGRATIONS = (
    """
    CREATE TABLE tx (
      place INTEGER PRIMARY KEY AUTOINCREMENT,
      intent TEXT NOT NULL UNIQUE,
      state TEXT NOT NULL,
      sender TEXT NOT NULL,
      target TEXT,
      data BLOB NOT NULL,
      value_wei TEXT NOT NULL,
      nonce INTEGER,
      gas INTEGER,
      raw BLOB,
      hash BLOB,
      sequence INTEGER,
      block_number INTEGER,
      block_hash BLOB,
      tx_index INTEGER,
      gas_used INTEGER,
      error_name TEXT,
      error_data BLOB
    );
    CREATE INDEX tx_by_nonce ON tx(sender, nonce);
    CREATE INDEX tx_by_block ON tx(block_number);
    CREATE TABLE attempt (
      hash BLOB PRIMARY KEY,
      intent TEXT NOT NULL,
      nonce INTEGER NOT NULL,
      raw BLOB NOT NULL
    );
    CREATE INDEX attempt_by_intent ON attempt(intent)
    """,
    """
    CREATE TABLE placed (
      address TEXT PRIMARY KEY,
      logic TEXT NOT NULL,
      code BLOB NOT NULL
    )
    """,
)


class TxState(StrEnum):
    """How far a transaction has durably come."""

    PLANNED = "planned"
    SIGNED = "signed"
    SENT = "sent"
    MINED = "mined"
    FINAL = "final"
    FAILED = "failed"


class IntentTaken(UsageError):
    """Another account's transaction has this intent."""

    def __init__(self, intent: str, sender: Address) -> None:
        self.intent, self.sender = intent, sender
        super().__init__(f"transaction {intent} belongs to {sender}", "use another intent")


@dataclass(frozen=True, slots=True)
class Call:
    """What a transaction does; to None creates a contract from `data`."""

    to: Address | None
    data: bytes = b""
    value_wei: int = 0


@dataclass(frozen=True, slots=True)
class TxRow:
    """One transaction of this home; block_* say where it was last seen mined."""

    intent: str
    state: TxState
    sender: Address
    call: Call = field(repr=False)
    nonce: int | None
    gas: int | None
    raw: bytes | None = field(repr=False)
    hash: bytes | None
    sequence: int | None
    block_number: int | None
    block_hash: bytes | None
    tx_index: int | None
    gas_used: int | None
    error_name: str | None
    error_data: bytes | None

    @property
    def tx_hash(self) -> bytes:
        """The hash of a row that is signed."""
        if self.hash is None:
            raise NoSuchIntent(f"{self.intent} (it is not signed)")
        return self.hash


@dataclass(frozen=True, slots=True)
class Signed:
    """A signed transaction: gas limit, nonce, raw bytes and their hash."""

    nonce: int
    gas: int
    raw: bytes = field(repr=False)
    hash: bytes


class TxStore:
    """The rows of one home; any number of processes may use the file at once."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self.database = Database(path, MIGRATIONS)

    def get(self, intent: str) -> TxRow | None:
        """The row of an intent."""
        return self._one("SELECT * FROM tx WHERE intent = ?", intent)

    def require(self, intent: str) -> TxRow:
        """The row of an intent; raises NoSuchIntent."""
        found = self.get(intent)
        if found is None:
            raise NoSuchIntent(intent)
        return found

    def rows(self) -> list[TxRow]:
        """Every row: in the order of first sending, the unsent ones last."""
        return self._many("SELECT * FROM tx ORDER BY sequence IS NULL, sequence, place")

    def signed_nonces(self) -> list[tuple[str, Address, int]]:
        """(intent, sender, nonce) of what has raw bytes, in the order a chain must be given it.

        That is the order in which it mined them, then the order of signing: of two transactions
        of different accounts, the chain's order is the one that gave the known results. Without
        the bytes: a home may have sent gigabytes, of which a reorg takes back a few.
        """
        found = self.database.connection.execute(
            "SELECT intent, sender, nonce FROM tx WHERE raw IS NOT NULL AND nonce IS NOT NULL"
            " ORDER BY block_number IS NULL, block_number, tx_index, sequence"
        )
        return [(one["intent"], one["sender"], int(one["nonce"])) for one in found]

    def held(self, sender: Address, first: int, last: int) -> dict[int, TxRow]:
        """By nonce, the rows of an account that hold the nonces first..last."""
        rows = self._many(
            "SELECT * FROM tx WHERE sender = ? AND nonce BETWEEN ? AND ?", sender, first, last
        )
        return {row.nonce: row for row in rows if row.nonce is not None}

    def newest_mined(self) -> Iterator[TxRow]:
        """Rows that were seen mined, the newest block first; each is read when it is asked for."""
        found = self.database.connection.execute(
            "SELECT intent FROM tx WHERE block_number IS NOT NULL"
            " ORDER BY block_number DESC, tx_index DESC"
        )
        for intent in [one["intent"] for one in found]:
            row = self.require(intent)
            if row.block_number is not None:  # else another process saw it lost meanwhile
                yield row

    def newest(self) -> TxRow | None:
        """The row in the newest block."""
        return self._one(
            "SELECT * FROM tx WHERE block_number IS NOT NULL ORDER BY block_number DESC LIMIT 1"
        )

    def attempts(self, intent: str) -> list[tuple[bytes, int, bytes]]:
        """(hash, nonce, raw) of everything ever signed for an intent, the newest first."""
        found = self.database.connection.execute(
            "SELECT hash, nonce, raw FROM attempt WHERE intent = ? ORDER BY rowid DESC", (intent,)
        )
        return [(bytes(one["hash"]), int(one["nonce"]), bytes(one["raw"])) for one in found]

    def intent_of(self, tx_hash: bytes) -> str:
        """What a transaction that was signed here is for; raises NoSuchIntent."""
        found = self.database.connection.execute(
            "SELECT intent FROM attempt WHERE hash = ?", (tx_hash,)
        ).fetchone()
        if found is None:
            raise NoSuchIntent(f"of 0x{tx_hash.hex()}")
        return str(found["intent"])

    def plan(self, intent: str, sender: Address, call: Call) -> TxRow:
        """The row of an intent, made or, while it is not signed, changed to `call`.

        Once signed, the first call stands. Raises IntentTaken.
        """
        with self.database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO tx (intent, state, sender, target, data, value_wei)"
                " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (intent) DO UPDATE SET"
                " state = excluded.state, target = excluded.target, data = excluded.data,"
                " value_wei = excluded.value_wei, error_name = NULL, error_data = NULL"
                " WHERE hash IS NULL AND sender = excluded.sender",
                (intent, TxState.PLANNED, sender, call.to, call.data, str(call.value_wei)),
            )
        row = self.require(intent)
        if row.sender != sender:
            raise IntentTaken(intent, row.sender)
        return row

    @contextmanager
    def signing(self, intent: str) -> Iterator[Signing]:
        """The write lock of the store, under which nonces are given."""
        with self.database.transaction() as cursor:
            found = cursor.execute("SELECT * FROM tx WHERE intent = ?", (intent,)).fetchone()
            yield Signing(cursor, None if found is None else _row(found))

    def mark_sent(self, intent: str) -> None:
        """signed -> sent; other states stay."""
        self._write(
            "UPDATE tx SET state = ? WHERE intent = ? AND state = ?",
            TxState.SENT, intent, TxState.SIGNED,
        )  # fmt: skip

    def refuse(self, row: TxRow, name: str, data: bytes) -> None:
        """failed before it was signed, or before it was signed again: the intent is free."""
        self._write(
            "UPDATE tx SET state = ?, error_name = ?, error_data = ?, nonce = NULL, raw = NULL,"
            " hash = NULL, block_number = NULL WHERE intent = ? AND hash IS ?",
            TxState.FAILED, name, data, row.intent, row.hash,
        )  # fmt: skip

    def record(
        self, intent: str, state: TxState, receipt: Receipt, error: tuple[str, bytes] | None
    ) -> None:
        """What the chain says: mined, final or failed, by which of the attempts."""
        name, data = (None, None) if error is None else error
        self._write(
            "UPDATE tx SET state = ?, block_number = ?, block_hash = ?, tx_index = ?,"
            " gas_used = ?, error_name = ?, error_data = ?, hash = a.hash, nonce = a.nonce,"
            " raw = a.raw FROM attempt a WHERE tx.intent = ? AND a.hash = ?",
            state, receipt.block_number, receipt.block_hash, receipt.tx_index, receipt.gas_used,
            name, data, intent, receipt.tx_hash,
        )  # fmt: skip

    def unseen(self, intent: str) -> None:
        """It was mined and is not any more: sent again from here."""
        self._write(
            "UPDATE tx SET state = ?, block_number = NULL, block_hash = NULL, tx_index = NULL,"
            " gas_used = NULL, error_name = NULL, error_data = NULL"
            " WHERE intent = ? AND block_number IS NOT NULL",
            TxState.SENT, intent,
        )  # fmt: skip

    def _write(self, statement: str, *values: object) -> None:
        with self.database.transaction() as cursor:
            cursor.execute(statement, values)

    def _one(self, query: str, *values: object) -> TxRow | None:
        found = self.database.connection.execute(query, values).fetchone()
        return None if found is None else _row(found)

    def _many(self, query: str, *values: object) -> list[TxRow]:
        return [_row(one) for one in self.database.connection.execute(query, values)]


class Signing:
    """What may be done under the write lock: look at the row, take a nonce, store the bytes."""

    def __init__(self, cursor: sqlite3.Cursor, row: TxRow | None) -> None:
        """row: the intent's row as the lock holder sees it."""
        self._cursor = cursor
        self.row = row

    def next_nonce(self, sender: Address, on_chain: int) -> int:
        """Above the chain's and above every nonce of our own rows.

        Mined rows count too: a chain that was restored from an older state has forgotten some,
        and they will be sent again.
        """
        own = self._cursor.execute(
            "SELECT MAX(nonce) AS top FROM tx WHERE sender = ?", (sender,)
        ).fetchone()["top"]
        return on_chain if own is None else max(on_chain, int(own) + 1)

    def is_held(self, sender: Address, nonce: int) -> bool:
        """Whether one of our rows has this nonce."""
        found = self._cursor.execute(
            "SELECT 1 FROM tx WHERE sender = ? AND nonce = ?", (sender, nonce)
        ).fetchone()
        return found is not None

    def put(self, intent: str, sender: Address, call: Call, signed: Signed) -> None:
        """Store the raw bytes: planned -> signed, or signed anew."""
        self._cursor.execute(
            "INSERT INTO tx (intent, state, sender, target, data, value_wei)"
            " VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (intent) DO NOTHING",
            (intent, TxState.PLANNED, sender, call.to, call.data, str(call.value_wei)),
        )
        self._cursor.execute(
            "UPDATE tx SET state = ?, target = ?, data = ?, value_wei = ?, nonce = ?, gas = ?,"
            " raw = ?, hash = ?, block_number = NULL, error_name = NULL, error_data = NULL,"
            " sequence = CASE WHEN nonce IS ? THEN sequence"
            " ELSE (SELECT COALESCE(MAX(sequence), 0) + 1 FROM tx) END WHERE intent = ?",
            (
                TxState.SIGNED, call.to, call.data, str(call.value_wei), signed.nonce, signed.gas,
                signed.raw, signed.hash, signed.nonce, intent,
            ),
        )  # fmt: skip
        self._cursor.execute(
            "INSERT OR IGNORE INTO attempt (hash, intent, nonce, raw) VALUES (?, ?, ?, ?)",
            (signed.hash, intent, signed.nonce, signed.raw),
        )


def _row(found: sqlite3.Row) -> TxRow:
    return TxRow(
        intent=found["intent"],
        state=TxState(found["state"]),
        sender=found["sender"],
        call=Call(found["target"], found["data"], int(found["value_wei"])),
        nonce=found["nonce"],
        gas=found["gas"],
        raw=found["raw"],
        hash=found["hash"],
        sequence=found["sequence"],
        block_number=found["block_number"],
        block_hash=found["block_hash"],
        tx_index=found["tx_index"],
        gas_used=found["gas_used"],
        error_name=found["error_name"],
        error_data=found["error_data"],
    )
