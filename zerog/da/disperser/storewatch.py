"""Whether the store of bytes is the one that a home's rows are about.

A mount that is not there yet is an empty folder: whoever takes it for the store finds that every
blob has lost its bytes. So a store has a mark, and HOME/da/disperser/store.db remembers it:

    nothing remembered   a fresh mark is remembered as planned, before it is put anywhere
    planned              it is put into the store, unless that has another one; then it is settled
    settled              the store must show it: while it does not, no blob is judged or taken

A crash between any two of these is gone on from. A store that was moved with its mark is the same
store; for one without it there is `StoreWatch.adopt`.
"""

from __future__ import annotations

import logging
import re
import secrets
import threading
import time
from typing import Final

from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, ByteStore, StoreUnreachable
from zerog.da.status import TERMINAL, Stage
from zerog.errors import Unreachable
from zerog.store import Database

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
"""What one look at the store found is good for so long."""
EXAMPLES: Final = 20
"""Rows of each stage whose bytes may show that an unmarked store is the rows' own."""
MARK: Final = re.compile(r"[0-9a-f]{32}")
MIGRATIONS: Final = (
    """
    CREATE TABLE store (
      place INTEGER PRIMARY KEY CHECK (place = 1),
      identity TEXT NOT NULL,
      settled INTEGER NOT NULL
    )
    """,
)


class StoreAway(Unreachable):
    """What is at the store's place is not the store that the rows are about, or does not answer."""

    def __init__(self, place: str, wanted: str, found: str, reason: str = "") -> None:
        """wanted, found: marks; nothing where there is none. reason: of one that cannot be read."""
        self.place, self.wanted, self.found, self.reason = place, wanted, found, reason
        what = reason or (f"has the mark {found[:8]}…" if MARK.fullmatch(found) else "has no mark")
        super().__init__(
            f"the store of bytes at {place} is away, our blobs are in {wanted[:8]}…: it {what}",
            "mount it, or correct ZEROG_DA_STORE; if it was replaced on purpose: "
            "python -m zerog.da.disperser --home HOME --adopt-store",
        )


class StoreWatch:
    """Looks for the mark; any thread may use it. The log has each change once."""

    def __init__(self, rows: BlobStore, files: ByteStore) -> None:
        """rows: whose bytes `files` should have."""
        self._rows, self._files = rows, files
        self._database = Database(rows.path.with_name("store.db"), MIGRATIONS)
        self._lock = threading.Lock()
        self._due = 0.0
        self._away: tuple[str, str, str] | None = None

    def require(self) -> None:
        """Raises StoreAway while the store is not ours. A look each second."""
        # A store that is away may take many seconds to say so: only one waits for it.
        if self._lock.acquire(blocking=self._away is None):
            try:
                if time.monotonic() >= self._due:
                    self._look()
            finally:
                self._lock.release()
        if away := self._away:
            raise StoreAway(self._files.place, *away)

    def require_now(self) -> None:
        """As `require`, with a look now."""
        self._due = 0.0
        self.require()

    def require_gone(self, name: str) -> None:
        """Make sure of an object that was not found, before something is judged by it.

        Raises StoreAway, and StoreUnreachable when the object, or the store, is there again.
        """
        self.require_now()
        if self._files.has(name):
            raise StoreUnreachable(name, "it was away for a moment")

    def adopt(self) -> str:
        """Take what is at the place as the rows' own store, whatever its mark; gives the mark.

        Blobs on their way whose bytes are not in it will fail. Raises StoreUnreachable.
        """
        found = self._files.identity()
        identity = found if MARK.fullmatch(found) else self._remembered()[0]
        if identity != found:
            self._files.begin(identity)
        with self._database.transaction() as cursor:
            cursor.execute("INSERT OR REPLACE INTO store VALUES (1, ?, 1)", (identity,))
        return identity

    def _look(self) -> None:
        before, (wanted, settled) = self._away, self._remembered()
        try:
            found = self._files.identity()
            if not settled and not found and self._may_be_ours():
                self._files.begin(wanted)
                found = wanted
            away = None if found == wanted else (wanted, found, "")
        except StoreUnreachable as error:
            away = (wanted, "", f"does not answer: {error.reason}")
        if away is None and not settled:
            self._settle(wanted)
        if away is not None and away != before:
            log.error("%s", StoreAway(self._files.place, *away))
        if away is None and before is not None:
            log.warning("the store of bytes is there again")
        self._away, self._due = away, time.monotonic() + LOOK_SECONDS

    def _may_be_ours(self) -> bool:
        """Whether nothing speaks against an unmarked store: where blobs of before there were marks
        are on their way, it must have the bytes of one.
        """
        live = [stage for stage in Stage if stage not in TERMINAL]
        rows = [blob for stage in live for blob in self._rows.at(stage, EXAMPLES)]
        return not rows or any(self._files.has(f"{BLOB}/{blob.request_id}") for blob in rows)

    def _remembered(self) -> tuple[str, bool]:
        """The mark, planned here and now when there is none, and whether it is settled."""
        query = "SELECT identity, settled FROM store"
        found = self._database.connection.execute(query).fetchone()
        if found is None:
            with self._database.transaction() as cursor:
                cursor.execute(
                    "INSERT OR IGNORE INTO store VALUES (1, ?, 0)", (secrets.token_hex(16),)
                )
                found = cursor.execute(query).fetchone()
        return found["identity"], bool(found["settled"])

    def _settle(self, identity: str) -> None:
        """Unless another store was adopted meanwhile."""
        with self._database.transaction() as cursor:
            cursor.execute("UPDATE store SET settled = 1 WHERE identity = ?", (identity,))
