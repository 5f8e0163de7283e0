"""Rows of long work: one worker at a time, nothing moved behind its back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from zerog.inft.jobstore import JobBusy, JobStore, LeaseLost, UnknownJob, is_gone, this_process

pytestmark = pytest.mark.unit


@pytest.fixture
def store(tmp_path: Path) -> JobStore:
    return JobStore(tmp_path / "jobs.db")


def hold_in_child(store: JobStore, job_id: str) -> subprocess.Popen[bytes]:
    """A process of its own that takes the row's lease, says so, and stays until it is killed."""
    code = (
        "import sys\nfrom pathlib import Path\nfrom zerog.inft.jobstore import JobStore\n"
        f"store = JobStore(Path({str(store.database.path)!r}))\n"
        f"with store.lease({job_id!r}):\n print('held', flush=True)\n sys.stdin.read()\n"
    )
    child = subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None
    assert child.stdout.readline() == b"held\n"
    return child


def test_row_added_twice_keeps_the_first(store: JobStore) -> None:
    store.add("a", "mint", "planned", {"n": 1})
    assert store.add("a", "mint", "planned", {"n": 2}).number("n") == 1


def test_row_advanced_under_lease_is_durable(store: JobStore) -> None:
    row = store.add("a", "mint", "planned", {"n": 1})
    with store.lease("a"):
        store.advance(row, row.to("keyed", draft_key="ab"))
    again = JobStore(store.database.path).get("a")
    assert (again.state, again.blob("draft_key"), again.number("n")) == ("keyed", b"\xab", 1)


def test_row_advanced_without_lease_is_refused(store: JobStore) -> None:
    row = store.add("a", "mint", "planned", {})
    with pytest.raises(LeaseLost) as caught:
        store.advance(row, row.to("keyed"))
    assert caught.value.state == "planned"


def test_row_advanced_from_a_stale_state_is_refused(store: JobStore) -> None:
    row = store.add("a", "mint", "planned", {})
    with store.lease("a"):
        store.advance(row, row.to("keyed"))
        with pytest.raises(LeaseLost):
            store.advance(row, row.to("keyed"))


def test_lease_of_a_living_process_is_respected(store: JobStore) -> None:
    store.add("a", "mint", "planned", {})
    child = hold_in_child(store, "a")
    try:
        with pytest.raises(JobBusy) as caught, store.lease("a"):
            pass
        assert f"/{child.pid}/" in caught.value.holder
        assert store.take_stalled(["final"]) == []
    finally:
        child.kill()
        child.communicate()


def test_lease_of_a_killed_process_is_free_at_once(store: JobStore) -> None:
    store.add("a", "mint", "planned", {})
    child = hold_in_child(store, "a")
    child.kill()
    child.communicate()
    assert store.take_stalled(["final"]) == ["a"]
    with store.lease("a"):
        pass


def test_stalled_row_is_handed_out_once_per_period(store: JobStore) -> None:
    store.add("a", "mint", "planned", {})
    store.add("b", "mint", "final", {})
    assert store.take_stalled(["final"]) == ["a"]
    assert store.take_stalled(["final"]) == []


def test_lease_of_an_unknown_row_is_refused(store: JobStore) -> None:
    with pytest.raises(UnknownJob), store.lease("nobody"):
        pass


def test_note_written_twice_keeps_the_first(store: JobStore) -> None:
    store.add("a", "reseal", "signed", {})
    assert store.note("a", "consent", "one") == "one"
    assert store.note("a", "consent", "two") == "one"
    assert store.notes("a") == {"consent": "one"}


def test_note_instead_of_the_kept_one_replaces_it(store: JobStore) -> None:
    store.add("a", "reseal", "signed", {})
    store.note("a", "consent", "one")
    assert store.note("a", "consent", "two", instead_of="one") == "two"
    assert store.note("a", "consent", "three", instead_of="one") == "two"


def test_lease_of_a_suspended_process_is_respected(store: JobStore) -> None:
    store.add("a", "mint", "planned", {})
    child = hold_in_child(store, "a")
    try:
        os.kill(child.pid, signal.SIGSTOP)
        with store.database.transaction() as cursor:
            cursor.execute("UPDATE jobs SET lease_until = 0")
        with pytest.raises(JobBusy), store.lease("a"):
            pass
    finally:
        child.kill()
        child.communicate()


def test_instance_of_a_store_never_changes(store: JobStore) -> None:
    first = store.instance()
    assert len(first) == 31
    assert JobStore(store.database.path).instance() == first


def test_holder_on_another_host_is_never_called_gone() -> None:
    assert not is_gone("elsewhere.example/1/1.00")
    assert not is_gone(this_process())
