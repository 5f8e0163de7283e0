"""HOME/da/placed.db: what this home put, so that a root is enough to get it back."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import Final

from zerog.da.client.results import Placed
from zerog.da.status import Status
from zerog.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE placed (
      number INTEGER PRIMARY KEY AUTOINCREMENT,
      network TEXT NOT NULL,
      request_id TEXT NOT NULL,
      data_root BLOB NOT NULL,
      length INTEGER NOT NULL,
      status INTEGER NOT NULL,
      epoch INTEGER NOT NULL,
      quorum_id INTEGER NOT NULL,
      tx BLOB NOT NULL,
      signed_rows INTEGER NOT NULL,
      total_rows INTEGER NOT NULL,
      policy INTEGER NOT NULL,
      put_at REAL NOT NULL,
      UNIQUE (network, request_id)
    );
    CREATE INDEX placed_by_root ON placed(network, data_root)
    """,
)
_COLUMNS: Final = (
    "request_id, data_root, length, status, epoch, quorum_id, tx, signed_rows, total_rows, policy"
)


class PlacedBlobs:
    """The rows of one network; any thread and any process may use it."""

    def __init__(self, path: Path, network: str) -> None:
        """network: chain and contract; rows of another network are not seen."""
        self._database = Database(path, MIGRATIONS)
        self._network = network

    def keep(self, placed: Placed) -> None:
        """A blob that was put, or what became of it."""
        with self._database.transaction() as cursor:
            cursor.execute(
                f"INSERT INTO placed (network, put_at, {_COLUMNS})"  # noqa: S608 - own columns
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (network, request_id) DO UPDATE SET data_root = excluded.data_root,"
                " status = excluded.status, epoch = excluded.epoch,"
                " quorum_id = excluded.quorum_id, tx = excluded.tx,"
                " signed_rows = excluded.signed_rows, total_rows = excluded.total_rows",
                (self._network, time.time(), *_values(placed)),
            )

    def of_request(self, request_id: str) -> Placed | None:
        """The blob of a request."""
        return self._one("request_id = ?", request_id)

    def of_root(self, data_root: bytes) -> Placed | None:
        """The newest blob of a root, one that is confirmed before any that is not."""
        return self._one("data_root = ?", data_root)

    def rows(self) -> list[Placed]:
        """All, oldest first."""
        found = self._database.connection.execute(
            "SELECT * FROM placed WHERE network = ? ORDER BY number", (self._network,)
        )
        return [_placed(row) for row in found]

    def _one(self, condition: str, value: object) -> Placed | None:
        found = self._database.connection.execute(
            f"SELECT * FROM placed WHERE network = ? AND {condition}"  # noqa: S608 - own text
            " ORDER BY epoch > 0 DESC, number DESC LIMIT 1",
            (self._network, value),
        ).fetchone()
        return None if found is None else _placed(found)


def _values(placed: Placed) -> tuple[object, ...]:
    return (
        placed.request_id,
        placed.data_root,
        placed.length,
        int(placed.status),
        placed.epoch,
        placed.quorum_id,
        placed.confirmation_tx,
        placed.signed_rows,
        placed.total_rows,
        placed.policy,
    )


def _placed(row: sqlite3.Row) -> Placed:
    return Placed(
        row["request_id"],
        row["data_root"],
        row["length"],
        Status(row["status"]),
        row["epoch"],
        row["quorum_id"],
        row["tx"],
        row["signed_rows"],
        row["total_rows"],
        row["policy"],
    )
