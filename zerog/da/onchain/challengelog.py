"""Challenges as the chain has them, in rows of a home."""

from __future__ import annotations

import json
import sqlite3
import threading
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.follow import KEEP_BLOCKS, Follower
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Log
from zerog.da.onchain.network import DaNetwork
from zerog.store import Database
from zerog.types import Address

MIGRATIONS: Final = (
    """
    CREATE TABLE challenge (
      id INTEGER PRIMARY KEY,
      signer TEXT NOT NULL,
      data_root BLOB NOT NULL,
      epoch INTEGER NOT NULL,
      quorum_id INTEGER NOT NULL,
      row INTEGER NOT NULL,
      piece INTEGER NOT NULL,
      deadline INTEGER NOT NULL,
      block INTEGER NOT NULL,
      closed INTEGER
    );
    CREATE INDEX challenge_by_signer ON challenge(signer) WHERE closed IS NULL
    """,
    "ALTER TABLE challenge ADD COLUMN of_header INTEGER NOT NULL DEFAULT 0",
)

FOLLOWER: Final = "pieces and headers"
"""Under its first name, "main", the follower passed over challenges for headers. A home that has
rows of that time begins anew; to read an event again changes nothing.
"""


@dataclass(frozen=True, slots=True)
class Asked:
    """A challenge that is open; deadline: the last block of an answer.

    piece: None when the header of the blob is asked for.
    """

    challenge_id: int
    signer: Address
    data_root: bytes
    epoch: int
    quorum_id: int
    row: int
    piece: int | None
    deadline: int


class ChallengeLog:
    """Follows DAChallenge to the head: an answer must not wait for finality."""

    def __init__(self, network: DaNetwork, path: Path | None = None) -> None:
        """path: of the rows, HOME/da/challenges.db by default."""
        self._contract = contract = network.challenge
        home = network.settings.home
        self._database = Database(path or home / "da" / "challenges.db", MIGRATIONS)
        self._lock = threading.Lock()
        self._follower = Follower(
            network.chain,
            self._database,
            [contract.address],
            {
                contract.topic("ChallengeOpened"): self._open,
                contract.topic("HeaderChallengeOpened"): self._open,
                contract.topic("ChallengeAnswered"): self._close,
                contract.topic("ChallengeLost"): self._close,
            },
            self._rewind,
            first_block=network.recent_block(),
            name=FOLLOWER,
        )

    def follow(self) -> int:
        """Follow to the head; how many blocks that were. Raises ChainUnreachable."""
        with self._lock:
            return self._follower.step()

    def open_against(self, accounts: Collection[Address]) -> list[Asked]:
        """Open challenges of some signers, the most urgent first."""
        found = self._database.connection.execute(
            "SELECT * FROM challenge WHERE closed IS NULL"
            " AND signer IN (SELECT value FROM json_each(?)) ORDER BY deadline, id",
            (json.dumps(list(accounts)),),
        )
        return [_asked(row) for row in found]

    def prune(self) -> None:
        """Forget what has been over for so long that no reorg can open it again."""
        before = self._follower.height() - KEEP_BLOCKS
        with self._database.transaction() as cursor:
            cursor.execute("DELETE FROM challenge WHERE closed < ?", (before,))

    def _open(self, cursor: sqlite3.Cursor, log: Log) -> None:
        event = self._contract.decode_event(log)
        if event is None:
            return
        of_header = event.name == "HeaderChallengeOpened"
        cursor.execute(
            "INSERT OR REPLACE INTO challenge VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, ?)",
            (
                event.number("challengeId"),
                event.args["signer"],
                event.args["dataRoot"],
                *(event.number(name) for name in ("epoch", "quorumId", "row")),
                0 if of_header else event.number("piece"),
                event.number("deadline"),
                log.block_number,
                of_header,
            ),
        )

    def _close(self, cursor: sqlite3.Cursor, log: Log) -> None:
        number = int.from_bytes(log.topics[1])
        cursor.execute("UPDATE challenge SET closed = ? WHERE id = ?", (log.block_number, number))

    def _rewind(self, cursor: sqlite3.Cursor, number: int) -> None:
        cursor.execute("DELETE FROM challenge WHERE block > ?", (number,))
        cursor.execute("UPDATE challenge SET closed = NULL WHERE closed > ?", (number,))


def _asked(row: sqlite3.Row) -> Asked:
    return Asked(
        challenge_id=row["id"],
        signer=to_address(row["signer"]),
        data_root=bytes(row["data_root"]),
        epoch=row["epoch"],
        quorum_id=row["quorum_id"],
        row=row["row"],
        piece=None if row["of_header"] else row["piece"],
        deadline=row["deadline"],
    )
