"""Rows that a signer keeps: found by index, whole after a restart, gone with their epoch."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL
from zerog.da.codec import Encoded, check_rows, encode
from zerog.da.rowstore import BrokenRows, Kept, RowsNotHere, RowStore
from zerog.da.wire import RowsAsked

pytestmark = pytest.mark.unit

OWN = (1, 4, 7, 11)


@pytest.fixture(scope="module", name="encoded")
def encoded_blob() -> Encoded:
    """A blob in 12 rows."""
    return encode(b"a row of a blob " * 400, SMALL)


def kept(encoded: Encoded, epoch: int = 3) -> Kept:
    """Where it is kept."""
    return Kept(epoch, 2, encoded.commitment.data_root(CHAIN_ID, ENTRANCE))


def asked(encoded: Encoded, *indices: int, epoch: int = 3) -> RowsAsked:
    """Some of its rows."""
    where = kept(encoded, epoch)
    return RowsAsked(where.epoch, where.quorum_id, where.data_root, indices)


@pytest.fixture(name="store")
def filled_store(tmp_path: Path, encoded: Encoded) -> RowStore:
    """A store with the signer's rows."""
    store = RowStore(tmp_path / "rows", SMALL)
    rows = [encoded.row_proof(index) for index in reversed(OWN)]
    store.keep(kept(encoded), encoded.commitment, rows)
    return store


def test_kept_rows_prove_after_a_restart(store: RowStore, encoded: Encoded) -> None:
    given = RowStore(store.folder, SMALL).rows(asked(encoded, 4, 11))
    assert given.commitment == encoded.commitment
    assert [row.index for row in given.rows] == [4, 11]
    check_rows(given.commitment, given.rows)


@pytest.mark.parametrize(("indices", "missing"), [((1, 2), [2]), ((0,), [0]), ((11, 12), [12])])
def test_row_that_is_not_kept_named(
    store: RowStore, encoded: Encoded, indices: tuple[int, ...], missing: list[int]
) -> None:
    with pytest.raises(RowsNotHere) as caught:
        store.rows(asked(encoded, *indices))
    assert caught.value.missing == missing


def test_unknown_blob_named_as_published(store: RowStore, encoded: Encoded) -> None:
    with pytest.raises(RowsNotHere, match=r"^blob not found$"):
        store.rows(asked(encoded, 1, epoch=4))


def test_same_rows_again_change_nothing(store: RowStore, encoded: Encoded) -> None:
    (path,) = (store.folder / "3").iterdir()
    before = path.stat()
    store.keep(kept(encoded), encoded.commitment, [encoded.row_proof(index) for index in OWN])
    assert path.stat() == before
    assert [row.index for row in store.rows(asked(encoded, *OWN)).rows] == list(OWN)


def test_rows_that_another_thread_wrote_are_on_the_disk_before_they_are_signed_for(
    store: RowStore, encoded: Encoded
) -> None:
    opened: list[str] = []
    listening = [True]

    def note(event: str, args: tuple[object, ...]) -> None:
        if listening and event == "open":
            opened.append(str(args[0]))

    sys.addaudithook(note)  # stays until the process ends, and hears nothing more
    store.keep(kept(encoded), encoded.commitment, [encoded.row_proof(index) for index in OWN])
    listening.clear()
    assert opened[1:] == [str(store.folder / "3"), str(store.folder)], "synced, by their names"


@pytest.mark.parametrize("length", [0, 50, 100, -1])
def test_damaged_file_named(store: RowStore, encoded: Encoded, length: int) -> None:
    (path,) = (store.folder / "3").iterdir()
    path.write_bytes(path.read_bytes()[:length])
    with pytest.raises(BrokenRows):
        store.rows(asked(encoded, 1))


@pytest.mark.parametrize("at", [0, 81, 200, -1])
def test_damaged_file_is_mended_before_it_is_signed_for_again(
    store: RowStore, encoded: Encoded, at: int
) -> None:
    (path,) = (store.folder / "3").iterdir()
    good = path.read_bytes()
    bad = bytearray(good)
    bad[at] ^= 1
    path.write_bytes(bad)
    store.keep(kept(encoded), encoded.commitment, [encoded.row_proof(index) for index in OWN])
    assert path.read_bytes() == good


def test_same_rows_from_many_threads_at_once_are_kept_whole(
    store: RowStore, encoded: Encoded
) -> None:
    """A disperser that asks again while the first order is still in work."""
    rows = [encoded.row_proof(index) for index in OWN]
    (path,) = (store.folder / "3").iterdir()
    good = path.read_bytes()
    with ThreadPoolExecutor(8) as pool:
        for epoch in range(4, 24):
            where = kept(encoded, epoch)
            done = [pool.submit(store.keep, where, encoded.commitment, rows) for _ in range(8)]
            for one in done:
                one.result()
            (path,) = (store.folder / str(epoch)).iterdir()
            assert path.read_bytes() == good


def test_old_epochs_go_and_later_ones_stay(store: RowStore, encoded: Encoded) -> None:
    store.keep(kept(encoded, 10), encoded.commitment, [encoded.row_proof(1)])
    assert [one.epoch for one in store.kept()] == [3, 10]
    assert store.prune(before=10) == 1
    assert list(store.kept()) == [kept(encoded, 10)]
    store.drop(kept(encoded, 10))
    assert list(store.kept()) == []


def test_list_of_blobs_goes_on_when_an_epoch_is_pruned_under_it(
    store: RowStore, encoded: Encoded
) -> None:
    rows = [encoded.row_proof(index) for index in OWN]
    for epoch in (4, 5):
        store.keep(kept(encoded, epoch), encoded.commitment, rows)
    found = store.kept()
    assert next(found).epoch == 3
    store.prune(5)
    assert [one.epoch for one in found] == [5]
