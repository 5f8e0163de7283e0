"""Segments to and from one real node: subsets in any order, resumed, damaged, and in parallel."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from tests.support.storage_daemons import Storage, file_of
from zerog.storage.client.download import download_segments, fetch_segments
from zerog.storage.client.upload import FileSource, missing_segments, upload_segments
from zerog.storage.codec import SECTOR, SEGMENT, FileTree
from zerog.storage.errors import BadSegment, FileChanged, NodeRefused
from zerog.storage.wire import FileInfo

pytestmark = pytest.mark.daemons

SIZE = 21 * SEGMENT + 5 * SECTOR + 9
"""Two runs of eight, shorter ones, and a last segment that ends inside a sector."""


def submitted(storage: Storage, path: Path, size: int, seed: int) -> tuple[FileTree, int]:
    """A file on disk whose submission the node has seen."""
    tree = file_of(path, size, seed)
    seq = storage.submit(tree).tx_seq
    storage.wait_seen(seq + 1)
    return tree, seq


def padded(path: Path) -> list[bytes]:
    """The segments of a file as they are uploaded."""
    data = path.read_bytes()
    data += bytes(-len(data) % SECTOR)
    return [data[at : at + SEGMENT] for at in range(0, len(data), SEGMENT)]


def info(storage: Storage, seq: int) -> FileInfo:
    """What the node says of a submission."""
    found = storage.remote().info_of(seq)
    assert found is not None
    return found


def test_upload_of_a_subset_then_of_the_rest_makes_the_file_final(
    storage: Storage, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    tree, seq = submitted(storage, path, SIZE, 1)
    remote = storage.remote()
    told: list[int] = []
    some = [20, 3, 2, 21, 8, 9, 10, 11]
    with FileSource(path) as source:
        upload_segments(remote, source, tree, seq, some, on_segment=told.append)
        assert sorted(told) == sorted(some)
        rest = missing_segments(remote, tree, seq, info(storage, seq))
        assert rest == [one for one in range(22) if one not in some]
        upload_segments(remote, source, tree, seq, rest, on_segment=told.append)
        assert sorted(told) == list(range(22))
        assert info(storage, seq).finalized
        upload_segments(remote, source, tree, seq, range(22))
    want = padded(path)
    assert list(download_segments(remote, info(storage, seq))) == list(enumerate(want))
    odd = [21, 0, 1, 2, 3, 16, 17, 5]
    assert fetch_segments(remote, info(storage, seq), odd) == [(one, want[one]) for one in odd]


def test_part_of_a_file_is_a_source_and_a_short_one_is_file_changed(
    storage: Storage, tmp_path: Path
) -> None:
    path, whole = tmp_path / "part", tmp_path / "whole"
    tree, seq = submitted(storage, path, 3 * SEGMENT, 2)
    whole.write_bytes(b"before" + path.read_bytes() + b"behind")
    with FileSource(whole, 6) as source:
        upload_segments(storage.remote(), source, tree, seq, [2])
    os.truncate(path, 2 * SEGMENT - 1)
    with FileSource(path) as source, pytest.raises(FileChanged):
        upload_segments(storage.remote(), source, tree, seq, [0, 1])
    assert info(storage, seq).uploaded_segments == 1


def test_upload_of_other_bytes_is_refused_and_stores_nothing(
    storage: Storage, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    tree, seq = submitted(storage, path, 9 * SEGMENT, 3)
    data = bytearray(path.read_bytes())
    data[5 * SEGMENT + 77] ^= 1
    path.write_bytes(data)
    with FileSource(path) as source, pytest.raises(NodeRefused, match="validation failed"):
        upload_segments(storage.remote(), source, tree, seq, range(8))
    assert info(storage, seq).uploaded_segments == 0


def test_download_of_a_damaged_segment_names_it_after_the_good_ones(
    storage: Storage, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    tree, seq = submitted(storage, path, 12 * SEGMENT, 4)
    with FileSource(path) as source:
        upload_segments(storage.remote(), source, tree, seq, range(12))
    stored = max((storage.home / "node" / "data").glob("*.data"), key=os.path.getmtime)
    assert stored.read_bytes() == path.read_bytes()
    with stored.open("r+b") as file:
        file.seek(10 * SEGMENT + 5)
        file.write(b"damage")
    coming = download_segments(storage.remote(), info(storage, seq))
    assert [next(coming)[0] for _ in range(8)] == list(range(8))
    with pytest.raises(BadSegment) as caught:
        next(coming)
    assert caught.value.index == 10


def test_many_uploads_at_once_all_become_final(storage: Storage, tmp_path: Path) -> None:
    made = []
    for number in range(6):
        path = tmp_path / str(number)
        made.append((path, *submitted(storage, path, 3 * SEGMENT + number, 10 + number)))

    def put(path: Path, tree: FileTree, seq: int) -> None:
        with FileSource(path) as source:
            upload_segments(storage.remote(), source, tree, seq, range(tree.segment_count))

    threads = [threading.Thread(target=put, args=one) for one in made]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for path, _, seq in made:
        found = download_segments(storage.remote(), info(storage, seq))
        assert [data for _, data in found] == padded(path)
