"""A node that is killed, a chain that turns back: nothing is lost, nothing half is called whole."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
from pathlib import Path
from typing import cast

import pytest

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import Storage, file_of, wait_for
from zerog.chain.registry import Deployed, Registry
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.errors import ZerogError
from zerog.storage.client.submit import submit
from zerog.storage.codec import FileTree
from zerog.storage.errors import BadSegment, NodeRefused, NodeUnreachable
from zerog.storage.remote import Remote, make_pool
from zerog.storage.wire import FileInfo
from zerog.types import Json

pytestmark = pytest.mark.daemons


def stored(storage: Storage, seq: int) -> FileInfo:
    return FileInfo.from_json(storage.call("zgs_getFileInfoByTxSeq", seq))


def read(storage: Storage, tree: FileTree) -> bytes:
    return b"".join(storage.client().segments(tree.data_root))


def test_node_killed_again_and_again_during_upload_ends_whole(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage, chance = own_storage, random.Random(5)
    path = tmp_path / "file"
    tree = file_of(path, 40_000_000, seed=5)
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    kills = died_uploading = start = 0
    for _ in range(3):
        start += chance.randrange(tree.size // 10, tree.size // 5)

        def watch(_step: str, at: int, _of: int, kill_at: int = start) -> None:
            if at >= kill_at and storage.node.process is not None:
                storage.node.kill()

        before = stored(storage, done.tx_seq)
        if before.finalized:
            break
        try:
            storage.client().upload(path, tree, done.tx_seq, watch)
        except (NodeUnreachable, NodeRefused):
            died_uploading += 1
        if storage.node.process is None:
            kills += 1
            storage.node.start()
            assert stored(storage, done.tx_seq).uploaded_segments >= before.uploaded_segments
    storage.client().upload(path, tree, done.tx_seq)
    assert kills >= 2
    assert died_uploading >= 2
    assert stored(storage, done.tx_seq).finalized
    assert read(storage, tree) == path.read_bytes()


def test_node_killed_while_idle_keeps_files_and_follows_on(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    first = file_of(tmp_path / "first", 500_000, seed=1)
    storage.put(tmp_path / "first", first)
    storage.node.kill()
    second = file_of(tmp_path / "second", 300_000, seed=2)
    done = storage.submit(second)
    storage.node.start()
    storage.wait_seen(done.tx_seq + 1)
    storage.client().upload(tmp_path / "second", second, done.tx_seq)
    assert read(storage, first) == (tmp_path / "first").read_bytes()
    assert read(storage, second) == (tmp_path / "second").read_bytes()


def test_daemon_told_to_stop_ends_at_once(own_storage: Storage) -> None:
    """uvicorn closes its connections and then dies of the signal itself."""
    assert own_storage.node.stop() in {0, -signal.SIGTERM}
    assert own_storage.indexer.stop() in {0, -signal.SIGTERM}


def test_reorg_drops_entry_keeps_data_and_finalises_its_return(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    kept = file_of(tmp_path / "kept", 300_000, seed=1)
    storage.put(tmp_path / "kept", kept)
    snapshot = storage.anvil.rpc("evm_snapshot")
    lost = file_of(tmp_path / "lost", 600_000, seed=2)
    done = storage.put(tmp_path / "lost", lost)
    assert stored(storage, done.tx_seq).finalized
    storage.anvil.rpc("evm_revert", snapshot)
    storage.wait_seen(done.tx_seq)
    assert storage.call("zgs_getFileInfoByTxSeq", done.tx_seq) is None
    assert storage.call("zgs_getFileInfo", "0x" + lost.data_root.hex(), True) is None
    assert read(storage, kept) == (tmp_path / "kept").read_bytes()
    other = file_of(tmp_path / "other", 1000, seed=3)
    bystander = Sender(storage.chain, TxStore(tmp_path / "other.db"), devnet_signer(4))
    submit(bystander, storage.flow, other, "other")
    again = submit(storage.sender, storage.flow, lost, "test:1")
    assert again.tx_seq == done.tx_seq + 1
    storage.wait_seen(again.tx_seq + 1)
    assert stored(storage, again.tx_seq).finalized
    assert read(storage, lost) == (tmp_path / "lost").read_bytes()
    root = storage.flow.read("computeFlowRoot")
    assert isinstance(root, bytes)
    context = storage.call("zgs_getFlowContext")
    assert isinstance(context, list)
    assert context[0] == "0x" + root.hex()


def test_damaged_segment_on_disk_is_never_handed_on(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    path = tmp_path / "file"
    tree = file_of(path, 1_500_000, seed=1)
    storage.put(path, tree)
    (data,) = (storage.home / "node" / "data").glob("*.data")
    whole = bytearray(data.read_bytes())
    whole[2 * 262_144 + 77] ^= 1
    data.write_bytes(whole)
    pieces = storage.client().segments(tree.data_root)
    assert b"".join([next(pieces), next(pieces)]) == path.read_bytes()[: 2 * 262_144]
    with pytest.raises(BadSegment) as caught:
        next(pieces)
    assert (caught.value.index, caught.value.url) == (2, storage.node.url)


def test_files_without_a_row_are_removed_at_start(own_storage: Storage) -> None:
    storage = own_storage
    storage.node.kill()
    stray = storage.home / "node" / "data" / "000000ff.data"
    stray.write_bytes(b"left by a crash")
    storage.node.start()
    assert not stray.exists()


def test_indexer_names_node_and_file_locations(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    indexer = Remote(storage.indexer.url, make_pool(), attempts=1)
    nodes = indexer.call("indexer_getShardedNodes")
    assert isinstance(nodes, dict)
    assert nodes["discovered"] == []
    (node,) = nodes["trusted"]
    assert node["url"] == storage.node.url
    assert node["config"] == {"shardId": 0, "numShard": 1}
    assert isinstance(node["latency"], int)
    for wanted in ([1, "min", True, []], [1, "1", False]):
        chosen = indexer.call("indexer_getSelectedNodes", *cast("list[Json]", wanted))
        assert isinstance(chosen, dict)
        (one,) = chosen["trusted"]  # latency and time are those of its last sign of life
        assert (one["url"], one["config"], chosen["discovered"]) == (
            storage.node.url,
            node["config"],
            [],
        )
    for params in ((2, "min", True), (1, "random", True, [storage.node.url])):
        with pytest.raises(NodeRefused, match="cannot select a subset"):
            indexer.call("indexer_getSelectedNodes", *params)
    locations = indexer.call("indexer_getNodeLocations")
    assert isinstance(locations, dict)
    assert set(locations["127.0.0.1"]) == {"city", "region", "country", "loc", "timezone"}
    tree = file_of(tmp_path / "file", 300_000)
    root = "0x" + tree.data_root.hex()
    with pytest.raises(NodeRefused, match="file not found"):
        indexer.call("indexer_getFileLocations", root)
    storage.put(tmp_path / "file", tree)
    found = indexer.call("indexer_getFileLocations", root)
    assert isinstance(found, list)
    assert [one["url"] for one in found] == [storage.node.url]
    storage.node.kill()
    with pytest.raises(NodeRefused, match="no answer from"):
        indexer.call("indexer_getFileLocations", root)


def test_indexer_notices_a_node_that_dies_and_returns(own_storage: Storage) -> None:
    storage = own_storage
    storage.node.kill()
    with pytest.raises(ZerogError):
        storage.client().locate(bytes(32))
    storage.node.start()
    wait_for(lambda: storage.client().locate(bytes(32)) == [], "the node in the list again")


@pytest.mark.parametrize("fault", ["no home", "no chain", "wrong chain", "no contract"])
def test_node_start_with_wrong_setup_is_one_line_and_a_code(
    anvil: AnvilProcess, tmp_path: Path, fault: str
) -> None:
    expected = {"no home": 2, "no chain": 1, "wrong chain": 2, "no contract": 1}
    if fault != "no home":
        Storage.make(tmp_path, anvil)
        registry = Registry.load(tmp_path)
        if fault == "no chain":
            dead = f"http://127.0.0.1:{free_port()}"
            registry = registry.with_endpoints({"chain": dead})
        elif fault == "wrong chain":
            registry = Registry(1337, registry.contracts, registry.endpoints, None)
        else:
            flow = registry.contracts["Flow"]
            empty = Deployed(devnet_signer(9).address, flow.block, flow.tx_hash, flow.code_hash)
            registry = Registry(
                registry.chain_id,
                {**registry.contracts, "Flow": empty},
                registry.endpoints,
                None,
            )
        registry.save(tmp_path)
    command = [sys.executable, "-m", "zerog.storage.node", "--home", str(tmp_path)]
    command += ["--port", str(free_port())]
    ended = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    assert ended.returncode == expected[fault]
    assert ended.stderr.startswith("error: ")
    assert ended.stderr.count("\n") == 1
