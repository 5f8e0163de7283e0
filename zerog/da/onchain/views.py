"""What a signer knows of the chain: which rows are its own, and which blobs were paid for."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from zerog.chain.follow import Follower
from zerog.chain.rpc import Log
from zerog.da.desk import Desk
from zerog.da.headerbook import HeaderBook
from zerog.da.onchain.errors import NoRowsThere, NoSuchQuorum, NotAnnounced, TooOld
from zerog.da.onchain.network import DaNetwork
from zerog.da.onchain.quorumbook import QuorumBook
from zerog.da.onchain.seats import Seat
from zerog.store import Database
from zerog.types import Address

MIGRATIONS: Final = (
    """
    CREATE TABLE upload (
      data_root BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      quorum_id INTEGER NOT NULL,
      block INTEGER NOT NULL
    );
    CREATE INDEX upload_by_root ON upload(data_root);
    CREATE INDEX upload_by_block ON upload(block);
    CREATE INDEX upload_by_epoch ON upload(epoch)
    """,
)


class UploadLog:
    """Announcements of blobs, followed to the final block; one for all signers of a home.

    Any thread, and any process of the home, may use it.
    """

    def __init__(self, network: DaNetwork, path: Path | None = None) -> None:
        """path: of the rows, HOME/da/uploads.db by default."""
        self._entrance = network.entrance
        self._database = Database(path or network.settings.home / "da" / "uploads.db", MIGRATIONS)
        self._lock = threading.Lock()
        self._follower = Follower(
            network.chain,
            self._database,
            [self._entrance.address],
            {self._entrance.topic("DataUpload"): self._keep},
            self._drop,
            network.settings.finality_depth,
            first_block=network.recent_block(),
        )

    def follow(self) -> int:
        """Follow to the final block; how many blocks that were. Raises ChainUnreachable."""
        with self._lock:
            return self._follower.step()

    def has(self, data_root: bytes, epoch: int, quorum_id: int) -> bool:
        """Whether a blob was announced for a quorum; looks at the chain first."""
        self.follow()
        found = self._database.connection.execute(
            "SELECT 1 FROM upload WHERE data_root = ? AND epoch = ? AND quorum_id = ?",
            (data_root, epoch, quorum_id),
        )
        return found.fetchone() is not None

    def prune(self, before: int) -> None:
        """Forget the epochs before one."""
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM upload WHERE epoch < ?", (before,))

    def _keep(self, cursor: sqlite3.Cursor, log: Log) -> None:
        event = self._entrance.decode_event(log)
        if event is not None:
            place = (event.number("epoch"), event.number("quorumId"))
            row = (event.args["dataRoot"], *place, log.block_number)
            cursor.execute("INSERT INTO upload VALUES (?, ?, ?, ?)", row)

    def _drop(self, cursor: sqlite3.Cursor, number: int) -> None:
        cursor.execute("DELETE FROM upload WHERE block > ?", (number,))


class SignerView:
    """The ChainView of one account."""

    def __init__(
        self, network: DaNetwork, account: Address, uploads: UploadLog, quorums: QuorumBook
    ) -> None:
        """quorums: of final blocks; it and uploads may be shared between signers."""
        self._network, self._account = network, account
        self._uploads, self._quorums = uploads, quorums

    def assigned(self, epoch: int, quorum_id: int) -> Sequence[int]:
        """The signer's rows in a quorum, ascending; raises NoRowsThere, TooOld (both Refused)."""
        current = self._network.signers.epoch()
        if epoch + 1 < current:
            raise TooOld(epoch, current)
        try:
            rows = self._quorums.rows_of(self._account, epoch, quorum_id)
        except NoSuchQuorum as error:
            raise NoRowsThere(self._account, epoch, quorum_id) from error
        if not rows:
            raise NoRowsThere(self._account, epoch, quorum_id)
        return rows

    def require_upload(self, data_root: bytes, epoch: int, quorum_id: int) -> None:
        """That a final block has the announcement; raises NotAnnounced (a Refused)."""
        if not self._uploads.has(data_root, epoch, quorum_id):
            raise NotAnnounced(data_root, epoch, quorum_id)


def open_desk(network: DaNetwork, seat: Seat, uploads: UploadLog, quorums: QuorumBook) -> Desk:
    """The desk at which a signer of this home checks, keeps and signs.

    uploads and quorums (of final blocks) are shared by the signers of a process.
    """
    profile = network.profile()
    view = SignerView(network, seat.address, uploads, quorums)
    place = (network.chain.chain_id(), network.entrance_bytes)
    headers = HeaderBook.of(network.settings.home)
    return Desk(seat.key, view, seat.rows(profile), headers, *place, profile)
