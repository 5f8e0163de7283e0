"""Two nodes with a share each, a node that runs out of room, and an old home."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.ports import free_port
from tests.support.storage_daemons import (
    Daemon,
    Storage,
    admin_of,
    file_of,
    health,
    remote_of,
    start_all,
    wait_for,
)
from zerog.storage.codec import SEGMENT, FileTree, segment_length
from zerog.storage.errors import NodeRefused
from zerog.storage.shards import owns
from zerog.storage.wire import FileInfo, Segment, ShardConfig
from zerog.types import Json

pytestmark = pytest.mark.daemons


def segment_of(path: Path, tree: FileTree, index: int) -> Json:
    data = path.read_bytes()[index * SEGMENT : (index + 1) * SEGMENT]
    padded = data.ljust(segment_length(tree.size, index), b"\0")
    return Segment(tree.data_root, padded, index, tree.proof(index), tree.size).to_json()


@pytest.fixture
def pair(own_storage: Storage) -> Iterator[tuple[Storage, list[Daemon]]]:
    """A chain, and two nodes with half of the flow each."""
    own_storage.node.stop()
    nodes = [own_storage.another(f"half-{n}", "--shard", f"{n}/2") for n in range(2)]
    own_storage.node = nodes[0]
    try:
        start_all(*nodes)
        yield own_storage, nodes
    finally:
        for node in nodes:
            node.stop()


def infos(nodes: list[Daemon], seq: int) -> list[FileInfo]:
    found = [remote_of(node).info_of(seq) for node in nodes]
    return [one for one in found if one is not None]


def test_each_half_keeps_its_own_and_drops_the_rest_in_silence(
    pair: tuple[Storage, list[Daemon]], tmp_path: Path
) -> None:
    storage, nodes = pair
    path = tmp_path / "file"
    tree = file_of(path, 5 * SEGMENT - 1000)
    seq = storage.submit(tree).tx_seq
    wait_for(lambda: len(infos(nodes, seq)) == 2, "both logs")
    for number, node in enumerate(nodes):
        remote, shard = remote_of(node), ShardConfig(number, 2)
        assert remote.shard_config() == shard
        start = infos(nodes, seq)[0].start
        ours = [i for i in range(5) if owns(shard, start, i)]
        theirs = [i for i in range(5) if i not in ours]
        sent = [segment_of(path, tree, i) for i in range(5)]
        assert remote.call("zgs_uploadSegmentByTxSeq", sent[theirs[0]], seq) == 0
        assert infos(nodes, seq)[number].uploaded_segments == 0
        assert remote.call("zgs_uploadSegment", sent[ours[0]]) == 0
        told = infos(nodes, seq)[number]
        assert (told.uploaded_segments, told.is_cached, told.finalized) == (1, True, False)
        assert remote.call("zgs_uploadSegmentsByTxSeq", sent, seq) == 0
        told = infos(nodes, seq)[number]
        assert (told.uploaded_segments, told.is_cached, told.finalized) == (5, False, True)
        with pytest.raises(NodeRefused, match="already uploaded and finalized"):
            remote.call("zgs_uploadSegmentsByTxSeq", sent, seq)
        for i in range(5):
            got = remote.segment(seq, i)
            sector = remote.call("zgs_downloadSegmentByTxSeq", seq, 1024 * i, 1024 * i + 1)
            assert (got is None, sector is None) == (i in theirs, i in theirs)
        first = start + 1024 * ours[0]
        assert remote.call("zgs_getSectorProof", first) is not None
        with pytest.raises(NodeRefused, match="not stored here"):
            remote.call("zgs_getSectorProof", start + 1024 * theirs[0])
    flow = storage.flow.read("computeFlowRoot")
    assert isinstance(flow, bytes)
    proof = remote_of(nodes[1]).call("zgs_getSectorProof", first, "0x" + flow.hex())
    assert isinstance(proof, dict)
    assert proof["lemma"][-1] == "0x" + flow.hex()


def test_halves_fetch_their_shares_from_a_whole_node_and_each_other(
    pair: tuple[Storage, list[Daemon]], tmp_path: Path
) -> None:
    storage, nodes = pair
    path = tmp_path / "file"
    tree = file_of(path, 9 * SEGMENT)
    seq = storage.submit(tree).tx_seq
    wait_for(lambda: len(infos(nodes, seq)) == 2, "both logs")
    sent = [segment_of(path, tree, i) for i in range(9)]
    for node in nodes:
        remote_of(node).call("zgs_uploadSegmentsByTxSeq", sent, seq)
    urls = ",".join(node.url for node in nodes)
    whole = storage.another("whole", "--peers", urls)
    replica = storage.another("replica", "--shard", "1/2", "--peers", urls)
    try:
        start_all(whole, replica)
        for node in (whole, replica):
            remote = remote_of(node)
            wait_for(lambda at=remote: at.call("zgs_checkFileFinalized", seq) is True, "a copy")  # type: ignore[misc]
        assert all(remote_of(whole).segment(seq, i) is not None for i in range(9))
        assert admin_of(whole).call("admin_getFileLocation", seq, True) is not None
        got = [remote_of(replica).segment(seq, i) is not None for i in range(9)]
        assert sum(got) in {4, 5}
    finally:
        whole.stop()
        replica.stop()


def test_node_without_room_halves_its_share_and_stays_so(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    data = ("--data", str(tmp_path / "small"))
    node = Daemon("zerog.storage.node", storage.home, free_port(), data)
    node.start()
    tree = file_of(tmp_path / "file", 16 * SEGMENT)
    single = file_of(tmp_path / "single", SEGMENT, seed=2)
    try:
        for path, each in ((tmp_path / "file", tree), (tmp_path / "single", single)):
            seq = storage.submit(each).tx_seq
            wait_for(lambda at=seq: remote_of(node).info_of(at) is not None, "the log")  # type: ignore[misc]
            for first in range(0, each.segment_count, 8):
                last = min(first + 8, each.segment_count)
                sent = [segment_of(path, each, i) for i in range(first, last)]
                remote_of(node).call("zgs_uploadSegmentsByTxSeq", sent, seq)
        node.kill()
        node.extra = (*data, "--max-sectors", str(10 * 1024))
        node.start()
        wait_for(lambda: health(node.port)["shard"] != "0/1", "the smaller share")
        shard = remote_of(node).shard_config()
        assert shard.num_shard == 2
        node.kill()
        node.extra = data
        node.start()
        assert remote_of(node).shard_config() == shard
        info = remote_of(node).info_of(0)
        assert info is not None
        assert info.finalized
        held = [remote_of(node).segment(0, i) is not None for i in range(16)]
        assert held == [owns(shard, info.start, i) for i in range(16)]
        one = remote_of(node).info_of(1)
        assert one is not None
        gone = not owns(shard, one.start, 0)
        assert (one.pruned, one.finalized) == (gone, not gone)
        root = "0x" + single.data_root.hex()
        assert (remote_of(node).call("zgs_getFileInfo", root, True) is None) == gone
        assert remote_of(node).call("zgs_getFileInfo", root, False) is not None
        if gone:
            sent = [segment_of(tmp_path / "single", single, 0)]
            with pytest.raises(NodeRefused, match="Invalid params: root; data: already pruned"):
                remote_of(node).call("zgs_uploadSegmentsByTxSeq", sent, 1)
    finally:
        node.stop()


def test_number_of_a_segment_or_file_beyond_63_bits_is_no_crash(storage: Storage) -> None:
    big = (1 << 64) - 1
    assert storage.call("zgs_getFileInfoByTxSeq", big) is None
    assert storage.call("zgs_checkFileFinalized", big) is None
    assert storage.call("zgs_downloadSegmentByTxSeq", big, 0, 1) is None
    assert storage.call("zgs_getHashAtNodeIndex", big) is None
    assert storage.call("zgs_getDataByNodeIndex", big) is None
    assert storage.call("zgs_getMetaDataByNodeIndex", big) is None
    with pytest.raises(NodeRefused, match="beyond the flow"):
        storage.call("zgs_getSectorProof", big)
    with pytest.raises(NodeRefused, match="need_available"):
        storage.call("zgs_getFileInfo", "0x" + "11" * 32, 1)
    with pytest.raises(NodeRefused, match="not a root of the flow"):
        storage.call("zgs_getSectorProof", 0, "0x" + "11" * 32)


def test_segment_of_the_flow_by_number_over_the_wire(storage: Storage, tmp_path: Path) -> None:
    tree = file_of(tmp_path / "file", SEGMENT, seed=5)
    seq = storage.put(tmp_path / "file", tree).tx_seq
    info = FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", seq))
    number = info.start // 1024
    assert storage.call("zgs_getHashAtNodeIndex", number) == "0x" + tree.data_root.hex()
    found = storage.call("zgs_getDataByNodeIndex", number)
    assert isinstance(found, list)
    assert b"".join(map(bytes, found)) == (tmp_path / "file").read_bytes()
    assert f'"submissions":[{seq}]' in str(storage.call("zgs_getMetaDataByNodeIndex", number))
