"""The headers of blobs that the signers of a home signed for: they outlive the blobs' bytes.

A header is asked for by challenge as well, and nothing on the chain has it. Without its rows a
signer could still find it by trying, but that takes a minute.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zerog.da.params import Header
from zerog.da.wire import SignOrder
from zerog.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE header (
      data_root BLOB PRIMARY KEY,
      epoch INTEGER NOT NULL,
      k INTEGER NOT NULL,
      n INTEGER NOT NULL,
      row_size INTEGER NOT NULL,
      length INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX header_by_epoch ON header(epoch)
    """,
)


class HeaderBook:
    """One for all signers of a home; any thread and any process of it may use it."""

    def __init__(self, path: Path) -> None:
        """Open or create the file."""
        self._database = Database(path, MIGRATIONS)

    @classmethod
    def of(cls, home: Path) -> HeaderBook:
        """HOME/da/headers.db."""
        return cls(home / "da" / "headers.db")

    def keep(self, orders: Sequence[SignOrder]) -> None:
        """Keep the headers of what is to be signed, durably; each belongs to its data root."""
        rows = []
        for order in orders:
            header = order.commitment.header
            sizes = (header.k, header.n, header.row_size, header.length)
            rows.append((order.data_root, order.epoch, *sizes))
        with self._database.transaction() as cursor:
            cursor.executemany(
                "INSERT INTO header VALUES (?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (data_root) DO UPDATE SET epoch = MAX(epoch, excluded.epoch)",
                rows,
            )

    def get(self, data_root: bytes) -> Header | None:
        """The header of a blob that was signed for here, if it is still known."""
        found = self._database.connection.execute(
            "SELECT k, n, row_size, length FROM header WHERE data_root = ?", (data_root,)
        ).fetchone()
        return None if found is None else Header(*found)

    def prune(self, before: int) -> None:
        """Forget what was signed for in no epoch from `before` on."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM header WHERE epoch < ?", (before,))
