"""HOME/da/altda.db: where the batches are that rollups know by their keccak256 alone."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from zerog.da.altda.commitment import Generic, Keccak
from zerog.errors import NotFound
from zerog.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE batches (
      network TEXT NOT NULL,
      digest BLOB NOT NULL,
      data_root BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      quorum_id INTEGER NOT NULL,
      put_at REAL NOT NULL,
      PRIMARY KEY (network, digest)
    )
    """,
)


class UnknownBatch(NotFound):
    """A hash of no batch that this server took."""

    def __init__(self, digest: bytes) -> None:
        self.digest = digest
        super().__init__(f"no batch of keccak256 0x{digest.hex()}", "ask the server that took it")


class Batches:
    """The rows of one network; any thread and any process may use it."""

    def __init__(self, path: Path, network: str) -> None:
        """network: chain and contract; rows of another network are not seen."""
        self._database = Database(path, MIGRATIONS)
        self._network = network

    def keep(self, batch: Keccak, where: Generic) -> None:
        """Remember where a batch is, durably; the newest place counts."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT OR REPLACE INTO batches VALUES (?, ?, ?, ?, ?, ?)",
                (
                    self._network,
                    batch.digest,
                    where.data_root,
                    where.epoch,
                    where.quorum_id,
                    time.time(),
                ),
            )

    def where(self, batch: Keccak) -> Generic:
        """Where a batch is; raises UnknownBatch."""
        found = self._database.connection.execute(
            "SELECT * FROM batches WHERE network = ? AND digest = ?", (self._network, batch.digest)
        ).fetchone()
        if found is None:
            raise UnknownBatch(batch.digest)
        return Generic(found["epoch"], found["quorum_id"], found["data_root"])
