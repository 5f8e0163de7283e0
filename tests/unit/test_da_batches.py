"""Batches of a disperser's rows: whole, durable, one policy, no blob twice; claims are kept."""

from __future__ import annotations

import math
import time
from pathlib import Path

import pytest

from zerog.da.blobs import BlobStore
from zerog.da.disperser.house import intent, keeping
from zerog.da.disperser.pruning import made_at
from zerog.da.status import Assignment, Blob, Stage
from zerog.da.wire import request_id

pytestmark = pytest.mark.unit

WHERE = Assignment(epoch=7, quorum_id=2, block=90, tx=b"\x01" * 32)


@pytest.fixture(name="store")
def blob_store(tmp_path: Path) -> BlobStore:
    """An empty store."""
    return BlobStore(tmp_path / "blobs.db")


def encoded(store: BlobStore, number: int, root: int = 0, policy: bytes = b"") -> Blob:
    """A row that is encoded; root: its own number if not given."""
    blob = Blob(f"{number:064x}-00", bytes(32), 5, 10.0, 10.0, policy=policy)
    store.accept(blob)
    after = blob.encoded(b"c" * 80, (root or number).to_bytes(32), 12)
    return store.move(blob, after, 11.0)


def names(blobs: list[Blob]) -> list[int]:
    """The numbers of some rows."""
    return [int(blob.request_id[:64], 16) for blob in blobs]


def batch(store: BlobStore, now: float = 20.0, stage: Stage = Stage.ENCODED) -> list[Blob]:
    """Claim one for ten seconds."""
    return store.claim_batch(stage, 3, now, 10.0)


def test_batch_that_was_left_comes_back_whole_and_nothing_is_added(store: BlobStore) -> None:
    for number in (1, 2):
        encoded(store, number)
    first = batch(store)
    encoded(store, 3)
    assert names(first) == [1, 2]
    assert names(batch(store)) == [3], "claimed rows are another's"
    again = batch(store, now=40.0)
    assert again == first
    assert intent("upload", again) == intent("upload", first)
    assert batch(store, now=40.0) != again


def test_batch_moves_as_a_whole_and_is_then_over(store: BlobStore) -> None:
    for number in (1, 2):
        encoded(store, number)
    first = batch(store)
    moved = store.move_all([(blob, blob.uploaded(WHERE)) for blob in first], 21.0)
    assert batch(store, now=99.0) == []
    back = store.move_all([(b, b.again("reorg", 2)) for b in moved], 22.0, hold=50.0)
    assert batch(store, now=49.0) == [], "they rest"
    second = batch(store, now=50.0)
    assert [blob.request_id for blob in second] == [blob.request_id for blob in back]
    assert intent("upload", second) != intent("upload", first), "another transaction"


def test_rows_that_go_on_do_not_rest(store: BlobStore) -> None:
    row = encoded(store, 1)
    store.move(row, row.uploaded(WHERE), 21.0, hold=99.0)
    assert names(store.claim(Stage.UPLOADED, 1, 22.0, 1.0)) == [1]


def test_batch_has_a_limit_and_one_policy(store: BlobStore) -> None:
    encoded(store, 1, policy=b"p" * 32)
    for number in (2, 3, 4, 5, 6):
        encoded(store, number)
    assert [names(batch(store)) for _ in range(3)] == [[1], [2, 3, 4], [5, 6]]


def test_other_requests_of_a_blob_wait_for_the_first(store: BlobStore) -> None:
    first = encoded(store, 1)
    encoded(store, 2, root=1)
    other = encoded(store, 3, root=1, policy=b"p" * 32)
    assert names(batch(store)) == [1]
    assert names(batch(store)) == [3], "another policy is another quorum"
    store.move(other, other.uploaded(WHERE), 21.0)
    first = store.move(first, first.uploaded(WHERE), 21.0)
    assert batch(store) == []
    signed = store.move(first, first.signed(9), 22.0)
    assert batch(store) == []
    assert store.claim_certified(23.0, 5.0) == []
    done = store.move(signed, signed.confirmed(b"t" * 32, 91), 24.0)
    ((waiting, twin),) = store.claim_certified(25.0, 5.0)
    assert (names([waiting]), twin) == ([2], done)
    assert batch(store, now=26.0) == [], "claimed"
    assert batch(store, now=31.0) == [], "its certificate may do for both"
    store.alone(waiting)
    assert names(batch(store, now=31.0)) == [2], "the chain has forgotten it"
    assert names(batch(store, now=51.0)) == [2], "a batch as any other"
    assert store.claim_certified(99.0, 5.0) == []


def test_first_request_that_ends_badly_lets_the_next_one_go(store: BlobStore) -> None:
    first = encoded(store, 1)
    encoded(store, 2, root=1)
    uploaded = store.move(first, first.uploaded(WHERE), 21.0)
    store.move(uploaded, uploaded.failed("lost"), 22.0)
    assert names(batch(store)) == [2]


def test_kept_claims_outlive_their_lease_and_end_with_the_block(store: BlobStore) -> None:
    encoded(store, 1)
    claimed = store.claim_batch(Stage.ENCODED, 3, time.time(), 0.001)
    store.hold(claimed, time.time() + 50)
    assert store.waiting(time.time()) == set()
    with keeping(store, claimed):
        assert store.waiting(time.time() + 40) == set()
    store.hold(claimed, 0)
    assert store.waiting(time.time()) == {Stage.ENCODED}


def test_rows_that_moved_are_not_held(store: BlobStore) -> None:
    row = encoded(store, 1)
    store.move(row, row.uploaded(WHERE), 21.0)
    store.hold([row], 99.0)
    assert store.waiting(22.0) == {Stage.UPLOADED}
    assert store.stages() == {row.request_id: Stage.UPLOADED}


def test_time_of_a_request_is_in_its_id() -> None:
    assert made_at(request_id(bytes(32), 1_700_000_000_500_000_000)) == pytest.approx(1.7e9 + 0.5)
    assert [made_at(name) for name in ("", "abc-zz", "abc-00")] == [math.inf] * 3
