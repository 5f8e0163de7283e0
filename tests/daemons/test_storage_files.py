"""Files go in and come out whole, at every boundary of the segment and sector layout."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import Storage, file_of, with_size
from zerog.storage.client.client import StorageClient
from zerog.storage.errors import (
    FileNotFinalized,
    FileUnknown,
    LengthMismatch,
    NodeUnreachable,
)

pytestmark = pytest.mark.daemons

SIZES = [1, 255, 256, 257, 512, 1000, 4096, 7425, 65535, 76800, 262143, 262144, 262145]
SIZES += [700_000, 1_000_000, 1_048_576, 1_310_721, 3_000_000]


def read(client: StorageClient, root: bytes, size: int | None = None) -> bytes:
    return b"".join(client.segments(root, size))


@pytest.mark.parametrize("size", SIZES)
def test_file_uploaded_downloads_identical(storage: Storage, tmp_path: Path, size: int) -> None:
    path = tmp_path / "file"
    tree = file_of(path, size)
    done = storage.put(path, tree)
    client = storage.client()
    assert client.is_finalized(tree.data_root, done.tx_seq)
    assert read(client, tree.data_root) == path.read_bytes()
    assert done.fee_wei == sum(2**h for h in tree.heights) * 232_830_643


def test_upload_reports_progress_to_the_end(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", 5_000_000, seed=3)
    done = storage.submit(tree)
    client = storage.client()
    client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
    seen: list[tuple[int, int]] = []
    client.upload(tmp_path / "file", tree, done.tx_seq, lambda _, at, of: seen.append((at, of)))
    assert seen[0] == (0, tree.size)
    assert seen[-1] == (tree.size, tree.size)
    assert seen == sorted(seen)


def test_upload_twice_sends_nothing_and_succeeds(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", 600_000, seed=4)
    done = storage.put(tmp_path / "file", tree)
    (tmp_path / "file").unlink()
    storage.client().upload(tmp_path / "file", tree, done.tx_seq)


def test_second_submission_of_stored_file_is_final_at_once(
    storage: Storage, tmp_path: Path
) -> None:
    tree = file_of(tmp_path / "file", 300_000, seed=5)
    first = storage.put(tmp_path / "file", tree)
    second = storage.submit(tree)
    assert second.tx_seq > first.tx_seq
    client = storage.client()
    assert client.wait_known(tree.data_root, second.tx_seq, PATIENCE_SECONDS).finalized
    assert client.locate(tree.data_root)[0].seq == first.tx_seq


@pytest.mark.parametrize("order", [(300_000, 300_100), (300_100, 300_000)])
def test_two_lengths_of_one_root_both_come_out_whole(
    storage: Storage, tmp_path: Path, order: tuple[int, int]
) -> None:
    data = bytes([order[0] % 251]) * 300_000
    (tmp_path / "short").write_bytes(data)
    (tmp_path / "long").write_bytes(data + bytes(100))
    from zerog.storage.codec import tree_of

    trees = {300_000: tree_of(tmp_path / "short"), 300_100: tree_of(tmp_path / "long")}
    assert trees[300_000].data_root == trees[300_100].data_root
    paths = {300_000: tmp_path / "short", 300_100: tmp_path / "long"}
    root, client = trees[300_000].data_root, storage.client()
    first, second = (storage.submit(trees[size]) for size in order)
    client.wait_known(root, second.tx_seq, PATIENCE_SECONDS)
    client.upload(paths[order[1]], trees[order[1]], second.tx_seq)
    assert not client.is_finalized(root, first.tx_seq)
    assert read(client, root) == paths[order[1]].read_bytes()
    for size, path in paths.items():
        assert read(client, root, size) == path.read_bytes()
    client.upload(paths[order[0]], trees[order[0]], first.tx_seq)
    assert client.is_finalized(root, first.tx_seq)
    assert client.is_finalized(root, second.tx_seq)
    assert read(client, root) == paths[order[0]].read_bytes()


def test_submission_that_lies_about_its_length_does_not_stop_the_file(
    storage: Storage, tmp_path: Path
) -> None:
    tree = file_of(tmp_path / "file", 1_048_576, seed=6)
    lie = storage.submit(with_size(tree, 1_048_576 - 70_000 + 5_000))
    done = storage.submit(tree)
    client = storage.client()
    client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
    client.upload(tmp_path / "file", tree, done.tx_seq)
    assert read(client, tree.data_root) == (tmp_path / "file").read_bytes()
    assert not client.is_finalized(tree.data_root, lie.tx_seq)


def test_submit_with_same_intent_pays_once(storage: Storage, tmp_path: Path) -> None:
    from zerog.storage.client.submit import submit

    tree = file_of(tmp_path / "file", 1000, seed=7)
    before = storage.flow.submissions()
    first = submit(storage.sender, storage.flow, tree, "pays-once")
    again = submit(storage.sender, storage.flow, tree, "pays-once")
    assert first == again
    assert storage.flow.submissions() == before + 1


def test_segments_of_unknown_root_is_file_unknown(storage: Storage) -> None:
    with pytest.raises(FileUnknown) as caught:
        storage.client().segments(bytes(31) + b"\1")
    assert caught.value.root == bytes(31) + b"\1"


def test_segments_before_upload_is_not_finalized(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", 600_000, seed=8)
    done = storage.submit(tree)
    client = storage.client()
    client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
    with pytest.raises(FileNotFinalized) as caught:
        client.segments(tree.data_root)
    assert (caught.value.stored, caught.value.wanted) == (0, 3)


def test_segments_with_impossible_size_is_length_mismatch(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", 5000, seed=9)
    storage.put(tmp_path / "file", tree)
    with pytest.raises(LengthMismatch):
        storage.client().segments(tree.data_root, 500_000)


def test_wait_known_of_unmined_submission_times_out(storage: Storage) -> None:
    with pytest.raises(FileUnknown):
        storage.client().wait_known(bytes(32), 1 << 40, 0.1)


def test_client_without_server_is_node_unreachable(free_port: int) -> None:
    with pytest.raises(NodeUnreachable, match="zerog up"):
        StorageClient(f"http://127.0.0.1:{free_port}").locate(bytes(32))


def test_client_speaks_to_a_node_without_indexer(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", 70_000, seed=10)
    storage.put(tmp_path / "file", tree)
    assert read(StorageClient(storage.node.url), tree.data_root) == (tmp_path / "file").read_bytes()


def test_shorter_file_on_disk_is_file_changed(storage: Storage, tmp_path: Path) -> None:
    from zerog.storage.errors import FileChanged

    tree = file_of(tmp_path / "file", 600_000, seed=11)
    done = storage.submit(tree)
    client = storage.client()
    client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
    (tmp_path / "file").write_bytes(b"short")
    with pytest.raises(FileChanged):
        client.upload(tmp_path / "file", tree, done.tx_seq)
