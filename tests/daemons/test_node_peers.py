"""A node fetches from its peers what it lacks, whatever the peers are like."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.support.liars import DATA, HONEST, Liar
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
from zerog.storage.client.client import StorageClient
from zerog.storage.codec import FileTree
from zerog.types import Json

pytestmark = pytest.mark.daemons

LOST = ("silent", "garbage")
MODES = ("wrong bytes", "wrong proof", "null", "other size", "error", *LOST)


@contextmanager
def running(*nodes: Daemon) -> Iterator[None]:
    try:
        start_all(*nodes)
        yield
    finally:
        for node in nodes:
            node.stop()


def put_files(storage: Storage, folder: Path, sizes: Sequence[int]) -> list[FileTree]:
    trees = []
    for number, size in enumerate(sizes):
        path = folder / f"file-{number}"
        trees.append(file_of(path, size, seed=number + 40))
        storage.put(path, trees[-1])
    return trees


def final(node: Daemon, count: int) -> bool:
    found = remote_of(node).batch("zgs_checkFileFinalized", [[seq] for seq in range(count)])
    return found == [True] * count


def whole(node: Daemon, folder: Path, trees: Sequence[FileTree]) -> None:
    client = StorageClient(node.url)
    for number, tree in enumerate(trees):
        data = b"".join(client.segments(tree.data_root, tree.size))
        assert data == (folder / f"file-{number}").read_bytes()


def info_of(node: Daemon, seq: int) -> dict[str, Json]:
    found = admin_of(node).call("admin_getSyncInfo", seq)
    assert isinstance(found, dict)
    return dict(found[str(seq)])


def test_fresh_node_catches_up_with_the_whole_chain_and_goes_on(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    sizes = [1, 256, 262_144, 262_145, 5_000_000, *([3000] * 20)]
    trees = put_files(storage, tmp_path, sizes)
    fresh = storage.another("fresh", "--peers", f"{storage.node.url},http://127.0.0.1:1")
    with running(fresh):
        wait_for(lambda: final(fresh, len(sizes)), "the fresh node to have everything")
        whole(fresh, tmp_path, trees)
        assert health(fresh.port)["open_files"] == 0
        more = file_of(tmp_path / f"file-{len(sizes)}", 400_000, seed=900)
        done = storage.submit(more)
        wait_for(lambda: remote_of(fresh).info_of(done.tx_seq) is not None, "the log")
        StorageClient(storage.node.url).upload(tmp_path / f"file-{len(sizes)}", more, done.tx_seq)
        wait_for(lambda: final(fresh, done.tx_seq + 1), "the next file")
        counts = admin_of(fresh).call("admin_getMetrics", "sync.")
        assert isinstance(counts, dict)
        assert int(str(counts["sync.bytes"])) >= sum(sizes)


def test_node_killed_while_it_catches_up_ends_whole(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    trees = put_files(storage, tmp_path, [20_000_000, 15_000_000])
    peer = Liar(storage.node.url)
    fresh = storage.another("fresh", "--peers", peer.url)

    def stored() -> int:
        infos = [remote_of(fresh).info_of(number) for number in range(2)]
        return sum(info.uploaded_segments for info in infos if info is not None)

    try:
        had = 0
        for _ in range(3):
            peer.hold(DATA, after=2)  # so that it is still catching up when it is killed
            with running(fresh):
                wait_for(lambda at=had: stored() > at, "more segments")  # type: ignore[misc]
                had = stored()
                assert not final(fresh, 2)
                fresh.kill()
            peer.release()
        with running(fresh):
            wait_for(lambda: final(fresh, 2), "the killed node to have everything")
            whole(fresh, tmp_path, trees)
    finally:
        peer.stop()


@pytest.mark.parametrize("mode", MODES)
def test_bad_peer_is_left_and_a_good_one_serves(
    storage: Storage, tmp_path: Path, mode: str
) -> None:
    liar = Liar(storage.node.url)
    liar.mode = mode
    data = ("--data", str(tmp_path / "fresh"), "--peers")
    alone = Daemon("zerog.storage.node", storage.home, free_port(), (*data, liar.url))
    path = tmp_path / "file"
    tree = file_of(path, 1_300_000, seed=storage.flow.submissions())
    seq = storage.put(path, tree).tx_seq
    try:
        with running(alone):
            enough = 0 if mode in LOST else 2
            wait_for(lambda: len(liar.calls) > enough, "the peer to be asked")
            wait_for(lambda: remote_of(alone).info_of(seq) is not None, "the log")
            if mode not in LOST:
                wait_for(lambda: bool(info_of(alone, seq)["lastError"]), "an error")
                told = info_of(alone, seq)
                assert (told["wantedSegments"], told["storedSegments"]) == (5, 0)
                assert liar.url in str(told["peers"])
            assert remote_of(alone).call("zgs_checkFileFinalized", seq) is False
            assert health(alone.port)["ok"]
        both = (*data, f"{liar.url},{storage.node.url}")
        helped = Daemon("zerog.storage.node", storage.home, free_port(), both)
        with running(helped):
            checked = remote_of(helped)
            wait_for(lambda: checked.call("zgs_checkFileFinalized", seq) is True, "the good peer's")
            found = b"".join(StorageClient(helped.url).segments(tree.data_root, tree.size))
            assert found == path.read_bytes()
    finally:
        liar.stop()


def test_forger_is_banned_and_told_of(own_storage: Storage, tmp_path: Path) -> None:
    storage = own_storage
    liar = Liar(storage.node.url)
    liar.mode = "wrong bytes"
    fresh = storage.another("fresh", "--peers", liar.url)
    try:
        with running(fresh):
            put_files(storage, tmp_path, [600_000])

            def banned() -> bool:
                found = admin_of(fresh).call("admin_getPeers")
                assert isinstance(found, dict)
                return bool(found[liar.url]["connectionStatus"]["status"] == "banned")

            wait_for(banned, "the ban")
            network = admin_of(fresh).call("admin_getNetworkInfo")
            assert isinstance(network, dict)
            assert (network["totalPeers"], network["bannedPeers"]) == (1, 1)
            asked = len(liar.calls)
            admin_of(fresh).call("admin_startSyncFile", 0)
            wait_for(
                lambda: admin_of(fresh).call("admin_getSyncStatus", 0) == "no peer answers",
                "the request to have its turn",
            )
            assert len(liar.calls) == asked
            assert info_of(fresh, 0)["storedSegments"] == 0
    finally:
        liar.stop()


@pytest.mark.parametrize(
    "answer",
    [
        b'[{"id":{},"result":1},{"id":[1],"result":null},7,null]',
        b'{"id":1,"result":{"networkIdentity":[]}}',
        b'{"id":1,"result":' + b"[" * 5000 + b"]" * 5000 + b"}",
        b'{"id":1,"error":{"code":"x","message":{}}}',
    ],
)
def test_peer_that_answers_nonsense_does_not_stop_the_cycle(
    own_storage: Storage, answer: bytes
) -> None:
    class Nonsense(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.send_header("content-length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            """Quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Nonsense) as server:
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        url = f"http://127.0.0.1:{server.server_address[1]}"
        fresh = own_storage.another("fresh", "--peers", url)
        with running(fresh):
            peers = admin_of(fresh)

            def told() -> bool:
                found = peers.call("admin_getPeers")
                assert isinstance(found, dict)
                return bool(found[url]["lastError"])

            wait_for(told, "the nonsense to be noticed")
            assert health(fresh.port)["ok"]
        server.shutdown()


def test_peer_of_another_network_is_not_asked_for_files(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    other = Storage.make(tmp_path / "other", storage.anvil)
    other.node.start()
    fresh = storage.another("fresh", "--peers", other.node.url)
    try:
        with running(fresh):

            def told() -> bool:
                peers = admin_of(fresh).call("admin_getPeers")
                assert isinstance(peers, dict)
                return "another network" in str(peers[other.node.url]["lastError"])

            wait_for(told, "the peer to be recognised")
            assert health(fresh.port)["live_peers"] == 0
    finally:
        other.node.stop()


def test_operator_stops_and_starts_the_fetching_of_a_file(
    own_storage: Storage, tmp_path: Path
) -> None:
    storage = own_storage
    put_files(storage, tmp_path, [2_000_000])
    liar = Liar(storage.node.url)
    liar.mode = "gone"
    fresh = storage.another("fresh", "--peers", liar.url)
    try:
        with running(fresh):
            admin, remote = admin_of(fresh), remote_of(fresh)
            wait_for(lambda: remote.info_of(0) is not None, "the log")
            admin.call("admin_terminateSync", 0)
            liar.mode = HONEST
            wait_for(lambda: health(fresh.port)["live_peers"] == 1, "the peer's return")
            other = file_of(tmp_path / "other", 300_000, seed=7)
            seq = storage.put(tmp_path / "other", other).tx_seq
            wait_for(lambda: remote.call("zgs_checkFileFinalized", seq) is True, "another file")
            assert admin.call("admin_getSyncStatus", 0) == "stopped"
            assert info_of(fresh, 0)["storedSegments"] == 0
            admin.call("admin_startSyncChunks", 0, 1024, 3000)
            wait_for(lambda: remote.segment(0, 2) is not None, "the segments")
            admin.call("admin_startSyncFile", 0)
            wait_for(lambda: remote.call("zgs_checkFileFinalized", 0) is True, "all of it")
            assert admin.call("admin_getSyncStatus", 0) in {"final", "waiting"}
    finally:
        liar.stop()
