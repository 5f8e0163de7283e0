"""A disperser's rows and a place for their bytes, as the watch of a store sees them."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.da import SMALL
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.disperser.storewatch import StoreAway, StoreWatch
from zerog.da.intake import Intake


class Desk:
    """A home's rows, and a place for its bytes that can be mounted and unmounted."""

    def __init__(self, home: Path) -> None:
        self.rows = BlobStore(home / "blobs.db")
        self.place, self.elsewhere = home / "bytes", home / "unmounted"
        self.files = ByteStore(self.place)

    def watch(self) -> StoreWatch:
        """As a process that just began has it."""
        return StoreWatch(self.rows, self.files)

    def take(self, data: bytes = b"bytes that are promised") -> str:
        """A blob that is on its way; its request."""
        return Intake(self.rows, self.files, lambda _: None, SMALL).take(data).request_id

    def unmount(self) -> None:
        """What is left at the place is an empty folder."""
        self.place.rename(self.elsewhere)
        self.place.mkdir()

    def mount(self) -> None:
        """Over what was written there meanwhile."""
        self.place.rename(self.place.with_name("below"))
        self.elsewhere.rename(self.place)

    def remembered(self) -> tuple[str, int]:
        """The mark, and whether it is settled."""
        with sqlite3.connect(self.rows.path.with_name("store.db")) as database:
            found: tuple[str, int] = database.execute(
                "SELECT identity, settled FROM store"
            ).fetchone()
        return found

    def unsettle(self) -> None:
        """As a crash before the last step leaves it."""
        with sqlite3.connect(self.rows.path.with_name("store.db")) as database:
            database.execute("UPDATE store SET settled = 0")


def away(work: Callable[[], object]) -> StoreAway:
    """What is raised while the store is not there."""
    with pytest.raises(StoreAway) as caught:
        work()
    return caught.value
