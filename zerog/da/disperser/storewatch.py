"""Whether the store of bytes is the one that a home's rows are about.

A mount that is not there yet is an empty folder: whoever takes it for the store finds that every
blob has lost its bytes. So a store has a mark, and HOME/da/disperser/store.db remembers it:

    nothing remembered   a fresh mark is remembered as planned, before it is put anywhere
    planned              it is put into the store, unless that has another one; then it is settled
    settled              the store must show it: while it does not, no blob is judged or taken

A crash between any two of these is gone on from. A store that was moved with its mark is the same
store; for one without it, or with another's, there is `StoreWatch.adopt`.
"""

from __future__ import annotations

import logging
import math
import re
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, KINDS, ByteStore, StoreUnreachable
from zerog.da.status import Stage
from zerog.errors import Unreachable, UsageError
from zerog.store import Database

log = logging.getLogger(__name__)
LOOK_SECONDS: Final = 1.0
"""What one look at the store found is good for so long."""
SLOW_SECONDS: Final = 3.0
"""A store whose look takes longer counts as away for everybody but the one who looks."""
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


class OtherMark(UsageError):
    """A store to adopt has a mark that was not named, or not the one that was."""

    def __init__(self, place: str, given: str, found: str, strangers: int) -> None:
        """given, found: marks; nothing where there is none. strangers: objects without a row."""
        self.place, self.given, self.found, self.strangers = place, given, found, strangers
        shown = found if MARK.fullmatch(found) else ""  # what is none may be anything
        has = f"has the mark {shown}" if shown else "has no mark"
        super().__init__(
            f"the store of bytes at {place} {has}, and {strangers} objects that no row here is of",
            "correct ZEROG_DA_STORE; only if no other disperser needs them, for they will be "
            f"deleted: --adopt-store {shown}".rstrip(),
        )


@dataclass(frozen=True, slots=True)
class Adopted:
    """What was adopted. strangers: objects that no row is of, which `forget` will delete."""

    place: str
    identity: str
    strangers: int


class StoreWatch:
    """Looks for the mark; any thread may use it. The log has each change once."""

    def __init__(self, rows: BlobStore, files: ByteStore) -> None:
        """rows: whose bytes `files` should have."""
        self._rows, self._files = rows, files
        self._database = Database(rows.path.with_name("store.db"), MIGRATIONS)
        self._lock = threading.Lock()
        self._away: tuple[str, str, str] | None = None
        self._due = 0.0
        self._looking: float | None = None  # since when, by the monotonic clock
        self._began = -math.inf  # when the last look that has ended began
        self._whole = False

    @property
    def looked(self) -> bool:
        """Whether anything is known of the store yet."""
        return self._began > -math.inf

    def require(self) -> None:
        """Raises StoreAway while the store is not ours. A look each second."""
        self._require(lambda: time.monotonic() >= self._due)

    def require_now(self) -> None:
        """As `require`, by a look that begins after this call."""
        called = time.monotonic()
        self._require(lambda: self._began <= called)

    def require_known(self) -> None:
        """As `require`, by what is known: never looks, never waits."""
        if away := self._away or self._silent():
            raise StoreAway(self._files.place, *away)

    def require_gone(self, name: str) -> None:
        """Make sure of an object that was not found, before something is judged by it.

        Raises StoreAway, and StoreUnreachable when the object, or the store, is there again.
        """
        self.require_now()
        if self._files.has(name):
            raise StoreUnreachable(name, "it was away for a moment")
        self.require_now()  # it may have gone in between

    def adopt(self, named: str = "") -> Adopted:
        """Take what is at the place as the rows' own store.

        named: its mark; nothing for a store without one. A store with a mark of others gets a
        fresh one, so that who had it finds that it is away. Blobs on their way whose bytes are
        not in it will fail. Raises OtherMark, StoreUnreachable.
        """
        found, wanted = self._files.identity(), self._remembered()[0]
        others = found != wanted and MARK.fullmatch(found) is not None
        known = self._rows.stages()
        strangers = sum(len(self._files.names(kind).difference(known)) for kind in KINDS)
        if named != found and (named or others):
            raise OtherMark(self._files.place, named, found, strangers)
        identity = secrets.token_hex(16) if others else wanted
        # A crash between the two leaves a store that is nobody's, and this command to repeat.
        self._files.begin(identity)
        with self._database.transaction() as cursor:
            cursor.execute("INSERT OR REPLACE INTO store VALUES (1, ?, 1)", (identity,))
        return Adopted(self._files.place, identity, strangers)

    def _require(self, stale: Callable[[], bool]) -> None:
        """stale: whether what is known will not do. A store may take minutes to say that it is
        away: one waits for it, the others not for long.
        """
        away = self._away
        if stale():
            patience = 0.0 if away or self._silent() else SLOW_SECONDS
            if not self._lock.acquire(timeout=patience):
                raise StoreAway(self._files.place, *(away or self._unanswered()))
            try:
                if stale():
                    self._look()
            finally:
                self._lock.release()
        if away := self._away:
            raise StoreAway(self._files.place, *away)

    def _silent(self) -> tuple[str, str, str] | None:
        """What to say while a look takes too long."""
        since = self._looking
        slow = since is not None and time.monotonic() > since + SLOW_SECONDS
        return self._unanswered() if slow else None

    def _unanswered(self) -> tuple[str, str, str]:
        return self._remembered()[0], "", "has not answered yet"

    def _look(self) -> None:
        before = self._away
        began = self._looking = time.monotonic()
        try:
            away = self._find()
        finally:
            self._looking = None
        if away is not None and (before is None or _kind(away) != _kind(before)):
            log.error("%s", StoreAway(self._files.place, *away))
        if away is None and before is not None:
            log.warning("the store of bytes is there again")
        self._away, self._whole = away, away is None
        self._began, self._due = began, time.monotonic() + LOOK_SECONDS

    def _find(self) -> tuple[str, str, str] | None:
        """Why the store is away: wanted, found, reason; None when it is ours, and fit for use."""
        wanted, settled = self._remembered()
        try:
            found = self._files.identity()
            if not settled and not found and self._may_be_ours():
                self._files.begin(wanted)
            elif found != wanted:
                return wanted, found, ""
            elif not self._whole:
                self._files.make_folders()  # a copy may have left out what was empty
        except StoreUnreachable as error:
            return wanted, "", f"does not answer: {error.reason}"
        if not settled:
            self._settle(wanted)
        return None

    def _may_be_ours(self) -> bool:
        """Whether nothing speaks against an unmarked store: where there are rows of before there
        were marks, also of blobs that ended, it must have the bytes of one. A row goes before its
        bytes do, so some have theirs.
        """
        rows = [blob for stage in Stage for blob in self._rows.at(stage, EXAMPLES)]
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


def _kind(away: tuple[str, str, str]) -> tuple[str, bool]:
    """What the log tells apart: the text of a reason may be another one each time."""
    _, found, reason = away
    return found, bool(reason)
