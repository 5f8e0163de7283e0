"""A store of bytes that is not there, or is another one, is never taken for one without bytes."""

from __future__ import annotations

import logging
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.da import SMALL
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import BLOB, ByteStore, StoreUnreachable
from zerog.da.disperser.storewatch import StoreAway, StoreWatch
from zerog.da.intake import Intake
from zerog.da.status import Stage

pytestmark = pytest.mark.unit


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


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A home that never kept anything."""
    return Desk(tmp_path)


def away(work: Callable[[], object]) -> StoreAway:
    """What is raised while the store is not there."""
    with pytest.raises(StoreAway) as caught:
        work()
    return caught.value


def test_store_of_a_new_home_gets_a_mark_that_is_remembered(desk: Desk) -> None:
    desk.watch().require()
    identity = desk.files.identity()
    assert len(identity) == 32
    assert desk.remembered() == (identity, 1)
    desk.watch().require()
    assert desk.files.identity() == identity


def test_store_that_is_not_mounted_is_refused_and_nothing_is_written_there(desk: Desk) -> None:
    request = desk.take()
    desk.unmount()
    error = away(desk.watch().require)
    assert (error.found, error.place) == ("", str(desk.place))
    assert "--adopt-store" in error.mend
    away(desk.take)
    assert list(desk.place.iterdir()) == []
    desk.mount()
    desk.watch().require()
    assert desk.files.has(f"{BLOB}/{request}")


def test_store_of_another_home_is_refused_also_by_a_home_without_rows(
    desk: Desk, tmp_path: Path
) -> None:
    other = Desk(tmp_path / "other")
    other.take()
    desk.files = ByteStore(other.place)
    assert away(desk.watch().require).found == other.files.identity()


@pytest.mark.parametrize("marked", [False, True], ids=["before the mark", "after the mark"])
def test_crash_while_a_store_is_marked_is_gone_on_from(desk: Desk, marked: bool) -> None:
    desk.watch().require()
    before = desk.remembered()
    desk.unsettle()
    if not marked:
        (desk.place / "store.id").unlink()
    desk.watch().require()
    assert desk.remembered() == before
    assert desk.files.identity() == before[0]


def test_store_of_before_there_were_marks_must_have_bytes_of_a_row(desk: Desk) -> None:
    request = desk.take()
    (desk.place / "store.id").unlink()
    desk.rows.path.with_name("store.db").unlink()
    desk.unmount()
    away(desk.watch().require)
    desk.mount()
    desk.watch().require()
    assert desk.files.identity() == desk.remembered()[0]
    assert desk.rows.get(request).stage is Stage.ACCEPTED


def test_store_that_was_moved_with_its_mark_is_the_same(desk: Desk, tmp_path: Path) -> None:
    desk.take()
    desk.files = ByteStore(desk.place.rename(tmp_path / "larger disk"))
    desk.watch().require()


def test_adopted_store_is_the_rows_own_from_then_on(desk: Desk, tmp_path: Path) -> None:
    desk.take()
    first = desk.files.identity()
    desk.unmount()
    running = desk.watch()
    away(running.require)
    assert desk.watch().adopt() == first
    running.require_now()
    marked = ByteStore(tmp_path / "marked")
    marked.begin("ab" * 16)
    desk.files = marked
    away(desk.watch().require)
    assert desk.watch().adopt() == "ab" * 16
    desk.watch().require()


@pytest.mark.parametrize("mark", ["", "nonsense", "a" * 1000])
def test_damaged_mark_is_another_store_until_it_is_adopted(desk: Desk, mark: str) -> None:
    desk.take()
    (desk.place / "store.id").write_text(mark)
    away(desk.watch().require)
    assert desk.watch().adopt() == desk.remembered()[0] == desk.files.identity()


def test_store_that_is_away_is_told_once_and_again_when_it_is_back(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    watch = desk.watch()
    watch.require()
    desk.unmount()
    for _ in range(3):
        error = away(watch.require_now)
    assert error.__traceback__ is not None
    assert [record.getMessage() for record in caplog.records] == [str(error)]
    desk.mount()
    watch.require_now()
    watch.require_now()
    assert [one.getMessage() for one in caplog.records][1:] == ["the store of bytes is there again"]


def test_object_that_came_back_is_not_judged_as_gone(desk: Desk) -> None:
    name = f"{BLOB}/{desk.take()}"
    watch = desk.watch()
    with pytest.raises(StoreUnreachable, match="for a moment"):
        watch.require_gone(name)
    desk.files.drop(name)
    watch.require_gone(name)
    desk.unmount()
    away(lambda: watch.require_gone(name))
