"""The storage path: upload and download against a real node, beside a server that only discards.

python bench/storage_path.py [--json] [--mib 256]

The discarding server is the same HTTP stack without parsing, proving or writing: what loopback
and the client cost alone. Anonymous memory (RssAnon) is sampled in node and client.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psutil
import uvicorn
from starlette.requests import Request
from starlette.responses import JSONResponse

from bench.report import Metric, emit
from tests.support.evm import AnvilProcess
from tests.support.storage_daemons import Storage, free_port, wait_for
from zerog.storage.client.client import StorageClient
from zerog.storage.client.upload import BATCH, Upload
from zerog.storage.codec import SEGMENT, FileTree, segment_count, tree_of
from zerog.storage.remote import Remote, make_pool
from zerog.storage.wire import FileInfo
from zerog.types import Json, no_progress

MIB = 1024 * 1024
MEMORY_TARGET_MIB = 300.0
PROBE_BODY = 4096
"""Requests up to this size are questions, larger ones are segments."""


class Discard:
    """Answers questions with a canned file info and throws segments away."""

    def __init__(self, info: FileInfo) -> None:
        self._info, self._posts = info, 0
        self._wanted = -(-segment_count(info.size) // BATCH)

    async def __call__(self, scope: dict[str, object], receive: object, send: object) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)  # type: ignore[arg-type]
        length = 0
        async for chunk in request.stream():
            length += len(chunk)
        result: Json = 0
        if length <= PROBE_BODY:
            result = {**self._info.to_json(), "finalized": self._posts >= self._wanted}
        else:
            self._posts += 1
        answer = JSONResponse({"jsonrpc": "2.0", "result": result, "id": 1})
        await answer(scope, receive, send)  # type: ignore[arg-type]


class Peak:
    """The largest RssAnon of a process while it is watched, in MiB."""

    def __init__(self, pid: int) -> None:
        self._status = Path(f"/proc/{pid}/status")
        self._stop = threading.Event()
        self.mib = self._now()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End watching; gives the peak."""
        self._stop.set()
        self._thread.join()
        return self.mib

    def _watch(self) -> None:
        while not self._stop.wait(0.02):
            self.mib = max(self.mib, self._now())

    def _now(self) -> float:
        for line in self._status.read_text(encoding="ascii").splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
        return 0.0


def make_file(path: Path, mib: int) -> FileTree:
    """Write a file whose segments all differ, and hash it."""
    block = os.urandom(MIB)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big"))
            file.write(block[8:])
    return tree_of(path)


def discarding(path: Path, tree: FileTree) -> float:
    """Seconds for the same upload to the discarding server."""
    port = free_port()
    info = FileInfo(tree.data_root, tree.nodes, 1024, tree.size, 0, False, 0)
    server = subprocess.Popen(
        [sys.executable, __file__, "--discard", str(port), json.dumps(info.to_json())]
    )
    remote = Remote(f"http://127.0.0.1:{port}", make_pool())
    try:
        wait_for(lambda: _listens(port), "the discarding server")
        start = time.perf_counter()
        Upload(remote, path, tree, 0, no_progress).run()
        return time.perf_counter() - start
    finally:
        server.terminate()
        server.wait()


def _listens(port: int) -> bool:
    return any(
        one.laddr and one.laddr.port == port and one.status == psutil.CONN_LISTEN
        for one in psutil.net_connections("tcp")
    )


def measure(home: Path, mib: int) -> list[Metric]:
    """All figures; the client is this process."""
    path = home / "file"
    tree = make_file(path, mib)
    anvil = AnvilProcess.start(home)
    try:
        storage = Storage.make(home, anvil)
        start = time.perf_counter()
        storage.node.start()
        ready = time.perf_counter() - start
        try:
            found = transfer(storage, path, tree)
        finally:
            storage.node.stop()
    finally:
        anvil.stop()
    return [Metric("node start to healthy", ready, "s"), *found]


def transfer(storage: Storage, path: Path, tree: FileTree) -> list[Metric]:
    """Upload, download, and the discarding server between them."""
    process = storage.node.process
    assert process is not None
    idle = Peak(process.pid).stop()
    node, client = Peak(process.pid), Peak(os.getpid())
    done = storage.submit(tree)
    storage.wait_seen(done.tx_seq + 1)
    store = StorageClient(storage.node.url)
    start = time.perf_counter()
    store.upload(path, tree, done.tx_seq)
    upload = time.perf_counter() - start
    start = time.perf_counter()
    pieces = sum(len(piece) for piece in store.segments(tree.data_root))
    download = time.perf_counter() - start
    assert pieces == tree.size
    node_mib, client_mib = node.stop(), client.stop()
    bare = discarding(path, tree)
    rate = tree.size / MIB
    return [
        Metric("node idle, anonymous memory", idle, "MiB"),
        Metric("upload", rate / upload, "MiB/s"),
        Metric("upload to a discarding server", rate / bare, "MiB/s"),
        Metric("upload, share of the discarding server", bare / upload, "", 0.5),
        Metric("download, verified", rate / download, "MiB/s"),
        Metric("node, peak anonymous memory", node_mib, "MiB", MEMORY_TARGET_MIB, "lower"),
        Metric("client, peak anonymous memory", client_mib, "MiB", MEMORY_TARGET_MIB, "lower"),
        Metric("file", tree.size / SEGMENT, "segments"),
    ]


def main() -> None:
    """Measure, or be the discarding server."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--mib", type=int, default=256)
    parser.add_argument("--discard", nargs=2, metavar=("PORT", "INFO"))
    chosen = parser.parse_args()
    if chosen.discard:
        info = FileInfo.from_json(json.loads(chosen.discard[1]))
        uvicorn.run(Discard(info), host="127.0.0.1", port=int(chosen.discard[0]), log_config=None)
        return
    home = Path(tempfile.mkdtemp(prefix="zerog-bench-"))
    try:
        emit(f"Storage path, {chosen.mib} MiB", measure(home, chosen.mib))
    finally:
        shutil.rmtree(home)


if __name__ == "__main__":
    main()
