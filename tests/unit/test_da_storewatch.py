"""A store of bytes that is not there, or is another one, is never taken for one without bytes."""

from __future__ import annotations

import logging
import time
from pathlib import Path

import pytest

from tests.support.da_store import Desk, away
from zerog.da.disperser.bytestore import BLOB, KINDS, ByteStore, StoreUnreachable
from zerog.da.disperser.storewatch import Adopted, OtherMark
from zerog.da.status import Stage

pytestmark = pytest.mark.unit


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A home that never kept anything."""
    return Desk(tmp_path)


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


def test_store_of_before_there_were_marks_must_have_bytes_also_when_all_blobs_ended(
    desk: Desk,
) -> None:
    """An idle home, whose mount is late: nothing is on its way, and much is kept."""
    before = desk.rows.get(desk.take())
    desk.rows.move(before, before.failed("it ended"), time.time())
    (desk.place / "store.id").unlink()
    desk.rows.path.with_name("store.db").unlink()
    desk.unmount()
    assert away(desk.watch().require).found == ""
    assert list(desk.place.iterdir()) == []
    desk.mount()
    desk.watch().require()
    assert desk.files.identity() == desk.remembered()[0]


@pytest.mark.parametrize("adopted", [False, True])
def test_store_that_was_copied_without_its_empty_folders_gets_them(
    desk: Desk, adopted: bool
) -> None:
    name = f"{BLOB}/{desk.take()}"
    for kind in set(KINDS) - {BLOB}:
        (desk.place / kind).rmdir()
    if adopted:
        (desk.place / "store.id").unlink()
        desk.watch().adopt()
    else:
        desk.watch().require()
    for kind in KINDS:
        desk.files.put(f"{kind}/a", b"made of it")
    assert desk.files.has(name)


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
    assert desk.watch().adopt().identity == first
    running.require_now()
    desk.files = ByteStore(tmp_path / "larger disk")
    desk.files.begin(first)
    assert desk.watch().adopt() == Adopted(desk.files.place, first, 0), "it has its mark already"
    desk.watch().require()


def test_store_of_another_home_is_adopted_by_name_and_then_away_for_that_home(
    desk: Desk, tmp_path: Path
) -> None:
    """So that neither forgets the other's bytes: only one of them has the store."""
    other = Desk(tmp_path / "other")
    theirs = [other.take(b"one"), other.take(b"two")]
    mark, running = other.files.identity(), other.watch()
    running.require()
    desk.take()
    desk.files = ByteStore(other.place)
    for named in ("", "ab" * 16):
        with pytest.raises(OtherMark, match=mark) as caught:
            desk.watch().adopt(named)
        assert (caught.value.found, caught.value.strangers) == (mark, 2)
    assert (desk.files.identity(), len(desk.remembered()[0])) == (mark, 32)
    made = desk.watch().adopt(mark)
    assert made.identity not in {mark, other.remembered()[0]}
    assert (made.identity, 1, 2) == (*desk.remembered(), made.strangers)
    desk.watch().require()
    assert away(running.require_now).found == made.identity
    assert other.files.names(BLOB) == set(theirs)


def test_store_without_a_mark_is_not_adopted_by_one(desk: Desk) -> None:
    desk.take()
    desk.unmount()
    with pytest.raises(OtherMark, match="has no mark") as caught:
        desk.watch().adopt("ab" * 16)
    assert caught.value.mend.endswith("--adopt-store")
    assert list(desk.place.iterdir()) == []


@pytest.mark.parametrize("mark", ["", "nonsense", "a" * 1000])
def test_damaged_mark_is_another_store_until_it_is_adopted(desk: Desk, mark: str) -> None:
    desk.take()
    (desk.place / "store.id").write_text(mark)
    away(desk.watch().require)
    assert desk.watch().adopt().identity == desk.remembered()[0] == desk.files.identity()


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
