"""Rows of a disperser: stages, what clients see, races, claims and restarts."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.da.blobs import LEAST_BYTES, BlobStore, NoSuchBlob, RequestTaken
from zerog.da.status import (
    MOVES,
    STATUS,
    TERMINAL,
    Assignment,
    BadMove,
    Blob,
    LateMove,
    Stage,
    Status,
)

pytestmark = pytest.mark.unit

WHERE = Assignment(epoch=7, quorum_id=2, block=90, tx=b"\x01" * 32)
LATER = Assignment(epoch=8, quorum_id=0, block=99, tx=b"\x02" * 32)


@pytest.fixture(name="store")
def blob_store(tmp_path: Path) -> BlobStore:
    """An empty store."""
    return BlobStore(tmp_path / "blobs.db")


def new(number: int = 1, length: int = 5) -> Blob:
    """A blob that has just come in."""
    return Blob(f"{number:064x}-00", bytes([number]) * 32, length, 10.0, 10.0)


def encoded(blob: Blob) -> Blob:
    """The same with its root."""
    return blob.encoded(b"c" * 80, blob.digest, 3072)


def signed() -> Blob:
    """A blob one step before its confirmation."""
    return encoded(new()).uploaded(WHERE).signed(2048)


STEPS: dict[Stage, Callable[[Blob], Blob]] = {
    Stage.ENCODED: encoded,
    Stage.UPLOADED: lambda blob: blob.uploaded(WHERE),
    Stage.SIGNED: lambda blob: blob.signed(2048),
    Stage.CONFIRMED: lambda blob: blob.confirmed(b"t" * 32, 95),
    Stage.FINALIZED: lambda blob: blob.finalized(),
    Stage.FAILED: lambda blob: blob.failed("why"),
    Stage.INSUFFICIENT: lambda blob: blob.again("few", 0, unsigned=True, signed_rows=3),
}


def test_way_to_finalized_shows_published_statuses() -> None:
    blob, seen = new(), [new().status]
    for stage in list(STEPS)[:5]:
        blob = STEPS[stage](blob)
        seen.append(blob.status)
    assert seen == [Status.PROCESSING] * 4 + [Status.CONFIRMED, Status.FINALIZED]
    assert [status.value for status in Status] == [0, 1, 2, 3, 4, 5]
    assert set(STATUS) == set(Stage)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(sorted(STEPS)), max_size=12))
def test_no_sequence_of_steps_leaves_the_table(steps: list[Stage]) -> None:
    blob = new()
    for step in steps:
        if step in MOVES[blob.stage]:
            blob = STEPS[step](blob)
            assert blob.stage is step
        else:
            with pytest.raises(BadMove):
                STEPS[step](blob)


def test_too_few_signatures_retries_then_is_insufficient_with_reason() -> None:
    blob = encoded(new()).uploaded(WHERE)
    blob = blob.again("1500 rows of 2048", 1, unsigned=True, signed_rows=1500)
    assert (blob.stage, blob.retries, blob.assignment) == (Stage.ENCODED, 1, None)
    blob = blob.uploaded(LATER).again("1500 rows of 2048", 1, unsigned=True, signed_rows=1500)
    assert blob.status is Status.INSUFFICIENT_SIGNATURES
    assert (blob.signed_rows, blob.error) == (1500, "1500 rows of 2048")


def test_upload_that_always_fails_ends_as_failed() -> None:
    blob = encoded(new())
    for _ in range(3):
        blob = blob.again("no fee", 2)
    assert (blob.status, blob.error) == (Status.FAILED, "no fee")


def test_reorg_takes_a_confirmed_blob_back() -> None:
    blob = signed().confirmed(b"t" * 32, 95).again("reorg", 2)
    assert (blob.status, blob.confirmed_tx, blob.assignment) == (Status.PROCESSING, b"", None)


def test_blob_certified_before_is_confirmed_where_it_was() -> None:
    blob = encoded(new()).confirmed(b"", 95, LATER)
    assert (blob.status, blob.assignment) == (Status.CONFIRMED, LATER)


def test_every_field_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "blobs.db"
    store = BlobStore(path)
    rows = [
        Blob("a-1", b"1" * 32, 3, 1.0, 2.0, policy=b"p" * 32),
        signed().confirmed(b"t" * 32, 95),
        encoded(new(2)).failed("the reason"),
    ]
    for row in rows:
        store.accept(row)
    store.close()
    again = BlobStore(path)
    assert [again.get(row.request_id) for row in rows] == rows
    assert again.get(rows[2].request_id).status is Status.FAILED


def test_unknown_and_repeated_ids_are_named(store: BlobStore) -> None:
    with pytest.raises(NoSuchBlob) as caught:
        store.get("a-1")
    assert (
        str(caught.value)
        == "failed to retrieve blob status: disperse failed or request may not exist"
    )
    store.accept(new())
    with pytest.raises(RequestTaken):
        store.accept(new())


def test_second_mover_of_a_row_is_late_and_changes_nothing(store: BlobStore) -> None:
    store.accept(blob := new())
    moved = store.move(blob, encoded(blob), 11.0)
    with pytest.raises(LateMove):
        store.move(blob, blob.failed("by another"), 12.0)
    assert store.get(blob.request_id) == moved
    assert moved.updated_at == 11.0


def test_mover_that_read_before_a_retry_is_late(store: BlobStore) -> None:
    store.accept(blob := encoded(new()))
    first = store.move(blob, blob.uploaded(WHERE), 11.0)
    back = store.move(first, first.again("reorg", 3), 12.0)
    second = store.move(back, back.uploaded(LATER), 13.0)
    with pytest.raises(LateMove):
        store.move(first, first.signed(2048), 14.0)
    assert store.get(blob.request_id) == second


def test_batch_moves_whole_or_not_at_all(store: BlobStore) -> None:
    one, two = new(1), new(2)
    store.accept(one)
    store.accept(two)
    store.move(two, encoded(two), 11.0)
    with pytest.raises(LateMove):
        store.move_all([(one, encoded(one)), (two, encoded(two))], 12.0)
    assert store.get(one.request_id) == one


def test_claimed_rows_go_to_one_worker_until_moved_or_late(store: BlobStore) -> None:
    for number in (1, 2, 3):
        store.accept(new(number))
    first = store.claim(Stage.ACCEPTED, 2, now=100.0, seconds=30.0)
    assert first == [new(1), new(2)]
    assert store.claim(Stage.ACCEPTED, 2, now=110.0, seconds=30.0) == [new(3)]
    store.release(first[:1])
    assert store.claim(Stage.ACCEPTED, 9, now=111.0, seconds=30.0) == [new(1)]
    assert store.claim(Stage.ACCEPTED, 9, now=131.0, seconds=1.0) == [new(2)]
    moved = store.move(new(2), encoded(new(2)), 132.0)
    assert store.claim(Stage.ENCODED, 9, now=132.0, seconds=1.0) == [moved]


def test_counts_and_pending_bytes_leave_out_what_ended(store: BlobStore) -> None:
    store.accept(new(1, length=LEAST_BYTES + 100))
    store.accept(new(2, length=20).failed("why"))
    store.accept(encoded(new(3, length=7)))
    assert store.pending_bytes() == 2 * LEAST_BYTES + 100, "however small a blob is"
    assert store.counts() == {Stage.ACCEPTED: 1, Stage.FAILED: 1, Stage.ENCODED: 1}
    assert store.at(Stage.ENCODED) == [encoded(new(3, length=7))]


def test_forget_drops_only_old_ends(store: BlobStore) -> None:
    old = new(1).failed("why")
    store.accept(old)
    store.accept(new(2))
    store.accept(Blob("c-3", b"3" * 32, 5, 50.0, 50.0).failed("why"))
    assert store.forget(older_than=20.0) == [old]
    assert store.counts() == {Stage.ACCEPTED: 1, Stage.FAILED: 1}


def test_rows_of_one_root_are_all_found(store: BlobStore) -> None:
    first = encoded(new(1))
    second = Blob("b-2", first.digest, 5, 10.0, 10.0).encoded(b"c" * 80, first.data_root, 3072)
    store.accept(first)
    store.accept(second)
    assert store.of_root(first.data_root) == [first, second]
    assert store.of_root(b"0" * 32) == []


def test_ends_have_no_way_out() -> None:
    assert {Stage.FINALIZED, Stage.FAILED, Stage.INSUFFICIENT} == TERMINAL
