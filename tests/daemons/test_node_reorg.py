"""Reorganisations of one to thirty blocks, with files in every state above the fork."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.storage_daemons import Storage, file_of, wait_for
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.submit import submit
from zerog.storage.codec import SEGMENT, FileTree, segment_length
from zerog.storage.errors import NodeRefused
from zerog.storage.wire import FileInfo, Segment
from zerog.types import Json

pytestmark = pytest.mark.daemons


def segment_of(path: Path, tree: FileTree, index: int) -> Json:
    data = path.read_bytes()[index * SEGMENT : (index + 1) * SEGMENT]
    padded = data.ljust(segment_length(tree.size, index), b"\0")
    return Segment(tree.data_root, padded, index, tree.proof(index), tree.size).to_json()


def state(storage: Storage, seq: int) -> tuple[bytes, int, bool]:
    """(root, segments, final) of a submission."""
    info = FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", seq))
    return info.data_root, info.uploaded_segments, info.finalized


@pytest.mark.parametrize("depth", range(1, 31))
def test_reorg_drops_files_keeps_their_data_and_takes_them_back_in_another_order(
    storage: Storage, tmp_path: Path, depth: int
) -> None:
    """Above the fork: one whole file, one begun, one only submitted, one with early segments."""
    chain, anvil = storage.chain, storage.anvil
    paths = {name: tmp_path / name for name in ("whole", "begun", "bare", "early")}
    trees = {
        name: file_of(path, 700_000, depth * 9 + n) for n, (name, path) in enumerate(paths.items())
    }
    below = file_of(tmp_path / "below", 300_000, depth)
    kept = storage.put(tmp_path / "below", below)
    fork, first = chain.head().number, kept.tx_seq + 1
    snapshot = anvil.rpc("evm_snapshot")
    old = sender(storage, tmp_path / "old.db")
    storage.call(
        "zgs_uploadSegments", [segment_of(paths["early"], trees["early"], i) for i in range(3)]
    )
    for name in ("whole", "begun", "bare"):
        submit(old, storage.flow, trees[name], name)
    storage.wait_seen(first + 3)
    for name, count in (("whole", 3), ("begun", 1)):
        sent = [segment_of(paths[name], trees[name], i) for i in range(count)]
        storage.call("zgs_uploadSegments", sent)
    rest = depth - (chain.head().number - fork)
    if rest > 0:
        anvil.rpc("anvil_mine", hex(rest))
        wait_for(lambda: height(storage) == fork + depth, "the node at the old head")
    anvil.rpc("evm_revert", snapshot)
    anvil.rpc("evm_increaseTime", 7)
    new = sender(storage, tmp_path / "new.db")
    if depth % 2:
        anvil.rpc("anvil_mine", hex(depth + 1))
    order = ("early", "begun", "whole")
    for name in order:
        submit(new, storage.flow, trees[name], name)

    def followed() -> bool:
        status = storage.call("zgs_getStatus")
        assert isinstance(status, dict)
        at_head = status["logSyncBlock"] == "0x" + chain.head().hash.hex()
        return bool(at_head and status["nextTxSeq"] == first + 3)

    wait_for(followed, "the new branch")
    expected = {"early": (3, True), "begun": (1, False), "whole": (3, True)}
    for place, name in enumerate(order):
        assert state(storage, first + place) == (trees[name].data_root, *expected[name])
    assert storage.call("zgs_getFileInfo", "0x" + trees["bare"].data_root.hex(), False) is None
    assert state(storage, kept.tx_seq)[2]
    root = storage.flow.read("computeFlowRoot")
    assert isinstance(root, bytes)
    context = storage.call("zgs_getFlowContext")
    assert isinstance(context, list)
    assert context[0] == "0x" + root.hex()
    rest_of = [segment_of(paths["begun"], trees["begun"], i) for i in (1, 2)]
    assert storage.call("zgs_uploadSegmentsByTxSeq", rest_of, first + 1) == 0
    for place, name in enumerate(order):
        found = b"".join(storage.client().segments(trees[name].data_root))
        assert found == paths[name].read_bytes()
        proof = storage.call("zgs_getSectorProof", start_of(storage, first + place))
        assert isinstance(proof, dict)
        assert proof["lemma"][-1] == "0x" + root.hex()
    with pytest.raises(NodeRefused, match="already uploaded"):
        storage.call("zgs_uploadSegmentsByTxSeq", rest_of, first + 1)


def sender(storage: Storage, path: Path) -> Sender:
    """One that remembers nothing of the other branch."""
    return Sender(storage.chain, TxStore(path), devnet_signer(5))


def height(storage: Storage) -> int:
    status = storage.call("zgs_getStatus")
    assert isinstance(status, dict)
    found = status["logSyncHeight"]
    assert isinstance(found, int)
    return found


def start_of(storage: Storage, seq: int) -> int:
    return FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", seq)).start
