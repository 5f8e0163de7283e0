"""Rows of a member and of the board: what was seen, what was shared. No secret is in them."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Final

from zerog.inft.committee.release import SignedShare
from zerog.store import Database

MIGRATIONS: Final = (
    """
    CREATE TABLE work (
      release TEXT PRIMARY KEY,
      block INTEGER NOT NULL,
      seen_at REAL NOT NULL,
      asked_at REAL NOT NULL,
      done INTEGER
    );
    CREATE TABLE held (
      token_id TEXT NOT NULL,
      item INTEGER NOT NULL,
      key_id INTEGER NOT NULL,
      block INTEGER NOT NULL,
      moved_to INTEGER NOT NULL DEFAULT 0,
      PRIMARY KEY (token_id, item, key_id)
    );
    CREATE TABLE posted (
      seq INTEGER PRIMARY KEY AUTOINCREMENT,
      tag TEXT NOT NULL,
      slot INTEGER NOT NULL,
      item INTEGER NOT NULL,
      share BLOB NOT NULL,
      signature BLOB NOT NULL,
      UNIQUE (tag, slot, item)
    )
    """,
)
AGAIN_SECONDS: Final = 3.0
"""After this long a release that was worked on and has not ended is asked for again."""
LOST_SECONDS: Final = 15.0
"""After this long a message that nobody worked on is taken for lost."""
KEPT_SHARES: Final = 100_000
"""Rows of the board; older ones make room. One is some 700 bytes."""


class Shares:
    """Shares by what they are bound to (`Release.tag`), in the order in which they came."""

    def __init__(self, path: Path) -> None:
        """path: the SQLite file."""
        self.database = Database(path, MIGRATIONS)

    def put(self, tag: str, shares: list[SignedShare]) -> None:
        """Keep one member's shares, one per item; the first ones stay."""
        with self.database.transaction() as cursor:
            for item, (slot, share, signature) in enumerate(shares):
                cursor.execute(
                    "INSERT OR IGNORE INTO posted (tag, slot, item, share, signature)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (tag, slot, item, share, signature),
                )
            cursor.execute(
                "DELETE FROM posted WHERE seq <= (SELECT max(seq) FROM posted) - ?",
                (KEPT_SHARES,),
            )

    def of(self, tag: str) -> list[list[SignedShare]]:
        """Each member's shares, one per item; members in the order in which they came."""
        rows = self.database.connection.execute(
            "SELECT slot, share, signature FROM posted WHERE tag = ? ORDER BY seq", (tag,)
        ).fetchall()
        found: dict[int, list[SignedShare]] = {}
        for row in rows:
            made = SignedShare(int(row["slot"]), bytes(row["share"]), bytes(row["signature"]))
            found.setdefault(made.slot, []).append(made)
        return list(found.values())


class Desk(Shares):
    """A member's rows: its work, and the shares that it made, so that it makes each once."""

    def seen(self, release_id: str, block: int) -> None:
        """A release became due with a block; seen again after an end, it is due again."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO work VALUES (?, ?, ?, 0, NULL) ON CONFLICT (release) DO UPDATE"
                " SET block = excluded.block, seen_at = excluded.seen_at, asked_at = 0,"
                " done = NULL WHERE done IS NOT NULL",
                (release_id, block, time.time()),
            )

    def outdated(self, newest: int) -> list[tuple[int, int, int]]:
        """Token, item and block of deposits under older keys, each given once per newest key."""
        query = (
            "SELECT token_id, item, max(key_id) AS key_id, block, moved_to FROM held"
            " GROUP BY token_id, item HAVING max(key_id) < ? AND moved_to < ?"
        )
        rows = self.database.connection.execute(query, (newest, newest)).fetchall()
        return [(int(row["token_id"]), int(row["item"]), int(row["block"])) for row in rows]

    def move(self, release_id: str, where: tuple[int, int, int], newest: int) -> None:
        """Make an outdated deposit's move due, once; where: as `outdated` gave it."""
        token_id, item, block = where
        self.seen(release_id, block)
        with self.database.transaction() as cursor:
            cursor.execute(
                "UPDATE held SET moved_to = ? WHERE token_id = ? AND item = ?",
                (newest, str(token_id), item),
            )

    def done(self, release_id: str, block: int) -> None:
        """It came to its end with a block, well or not."""
        with self.database.transaction() as cursor:
            cursor.execute("UPDATE work SET done = ? WHERE release = ?", (block, release_id))

    def due(self) -> list[str]:
        """What is to be asked for now; counts as asked, and is not given again until it ran, or
        its message must be lost."""
        now = time.time()
        with self.database.transaction() as cursor:
            rows = cursor.execute(
                "SELECT release FROM work WHERE done IS NULL AND asked_at < ? ORDER BY seen_at",
                (now - LOST_SECONDS,),
            ).fetchall()
            names = [str(row["release"]) for row in rows]
            cursor.executemany(
                "UPDATE work SET asked_at = ? WHERE release = ?", [(now, name) for name in names]
            )
        return names

    def ran(self, release_id: str) -> None:
        """It was worked on; where it has not ended it is due again after AGAIN_SECONDS."""
        with self.database.transaction() as cursor:
            cursor.execute(
                "UPDATE work SET asked_at = ? WHERE release = ?",
                (time.time() - LOST_SECONDS + AGAIN_SECONDS, release_id),
            )

    def age_s(self, release_id: str) -> float:
        """Seconds since a release was first seen; 0 for one that was not."""
        row = self.database.connection.execute(
            "SELECT seen_at FROM work WHERE release = ?", (release_id,)
        ).fetchone()
        return 0.0 if row is None else time.time() - float(row["seen_at"])
