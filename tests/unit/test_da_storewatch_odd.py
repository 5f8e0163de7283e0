"""A store of bytes that is slow, goes at the wrong moment, or has many words for one thing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.da import SMALL
from tests.support.da_store import Desk, away
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.da.disperser.bytestore import BLOB, ByteStore, StoreUnreachable
from zerog.da.intake import Intake

pytestmark = pytest.mark.unit


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A home that never kept anything."""
    return Desk(tmp_path)


class Slow(ByteStore):
    """The desk's store, which has its answer at once and gives it when it may."""

    def __init__(self, place: Path) -> None:
        """It may, until somebody says otherwise."""
        super().__init__(place)
        self.may, self.asked = threading.Event(), threading.Event()
        self.may.set()

    def identity(self) -> str:
        """As ByteStore."""
        found = super().identity()
        self.asked.set()
        assert self.may.wait(PATIENCE_SECONDS)
        return found


@pytest.fixture
def slow(desk: Desk) -> Iterator[Slow]:
    """A store that answers late."""
    desk.take()
    made = desk.files = Slow(desk.place)
    made.may.clear()
    yield made
    made.may.set()


def test_look_now_is_one_that_began_after_the_call(desk: Desk, slow: Slow) -> None:
    watch = desk.watch()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(watch.require)
        assert slow.asked.wait(PATIENCE_SECONDS)
        desk.unmount()
        second = pool.submit(watch.require_now)
        wait_for(second.running, "the second call")
        slow.may.set()
        first.result()
        away(second.result)


def test_store_that_does_not_answer_is_waited_for_by_one_and_not_for_long_by_others(
    desk: Desk, slow: Slow
) -> None:
    watch = desk.watch()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(watch.require)
        assert slow.asked.wait(PATIENCE_SECONDS)
        watch.require_known()
        for call in (watch.require, watch.require_now, watch.require_known):
            assert away(call).reason == "has not answered yet"
        assert not first.done()
        slow.may.set()
        first.result()
    watch.require_now()
    watch.require_known()


class Leaving(ByteStore):
    """A store that goes when it is asked for an object."""

    leave: Callable[[], None] | None = None

    def has(self, name: str) -> bool:
        """As ByteStore."""
        if self.leave:
            self.leave()
        return super().has(name)


def test_object_is_not_judged_as_gone_when_the_store_went_while_it_was_looked_for(
    desk: Desk,
) -> None:
    name = f"{BLOB}/{desk.take()}"
    files = desk.files = Leaving(desk.place)
    watch = desk.watch()
    watch.require()
    files.leave = desk.unmount
    away(lambda: watch.require_gone(name))


def test_blob_that_was_put_below_a_mount_is_not_promised(desk: Desk) -> None:
    """It went since the last look, and there are folders below it."""
    intake = Intake(desk.rows, desk.files, lambda _: None, SMALL)
    intake.take(b"kept")
    desk.unmount()
    desk.files.make_folders()
    away(lambda: intake.take(b"put below"))
    assert len(desk.rows.stages()) == 1


def test_client_does_not_wait_for_a_store_that_is_known_to_be_away(desk: Desk, slow: Slow) -> None:
    intake = Intake(desk.rows, slow, lambda _: None, SMALL, watched=True)
    slow.may.set()
    desk.unmount()
    away(intake.ready)
    slow.may.clear()
    slow.asked.clear()
    away(lambda: intake.take(b"for nowhere"))
    assert not slow.asked.is_set(), "the next look is not a client's"
    slow.may.set()
    desk.mount()
    intake.watch.require_now()
    assert intake.take(b"it is back").request_id in desk.rows.stages()


def test_bytes_go_nowhere_before_the_first_look_has_an_answer(desk: Desk, slow: Slow) -> None:
    intake = Intake(desk.rows, slow, lambda _: None, SMALL, watched=True)
    kept = slow.names(BLOB)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(intake.ready)
        assert slow.asked.wait(PATIENCE_SECONDS)
        assert away(lambda: intake.take(b"too early")).reason == "has not answered yet"
        assert slow.names(BLOB) == kept
        slow.may.set()
        first.result()


class Muttering(ByteStore):
    """A store that is not there, and gives another text for it each time."""

    times = 0

    def identity(self) -> str:
        """As ByteStore."""
        self.times += 1
        raise StoreUnreachable("store.id", f"request {self.times} was in vain")


def test_reason_that_has_another_text_each_time_is_told_once(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    desk.files = Muttering(desk.place)
    watch = desk.watch()
    reasons = [away(watch.require_now).reason for _ in range(2)]
    assert reasons[0] != reasons[1]
    assert len(caplog.records) == 1
    assert "request 1 " in caplog.text
