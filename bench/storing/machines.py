"""What the measurements stand on: files, a server that discards, clients as processes, memory."""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from tests.support.ports import free_port
from tests.support.storage_daemons import wait_for
from zerog.storage.client.client import StorageClient
from zerog.storage.codec import FileTree, tree_of

MIB = 1024 * 1024
ANSWER = b'{"jsonrpc":"2.0","result":0,"id":1}'
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: %d\r\n\r\n"
LENGTH = re.compile(rb"content-length: *(\d+)", re.IGNORECASE)


def make_file(path: Path, mib: int) -> FileTree:
    """Write a file whose segments all differ from each other and from every other file's."""
    block = os.urandom(MIB)
    with path.open("wb") as file:
        for number in range(mib):
            file.write(number.to_bytes(8, "big"))
            file.write(block[8:])
    return tree_of(path)


def discard(port: int) -> None:
    """Serve for ever: read each request's body, keep nothing, answer 0. A thread per client."""
    with socket.create_server(("127.0.0.1", port)) as server:
        while True:
            connection, _ = server.accept()
            threading.Thread(target=_discard_from, args=(connection,), daemon=True).start()


def _discard_from(connection: socket.socket) -> None:
    buffer = bytearray(MIB)
    view = memoryview(buffer)
    while True:
        filled, end = 0, -1
        while end < 0:
            count = connection.recv_into(view[filled:])
            if not count:
                return
            filled += count
            end = buffer.find(b"\r\n\r\n", 0, filled)
        length = LENGTH.search(buffer, 0, end)
        assert length is not None
        left = int(length[1]) - (filled - end - 4)
        while left:
            left -= connection.recv_into(view[: min(left, MIB)])
        connection.sendall(HEAD % len(ANSWER) + ANSWER)


class Discarding:
    """`discard` in a process of its own; a context manager that gives its URL."""

    def __enter__(self) -> str:
        port = free_port()
        self._process = subprocess.Popen([sys.executable, *_script(), "--discard", str(port)])
        wait_for(lambda: _listens(port), "the discarding server")
        return f"http://127.0.0.1:{port}"

    def __exit__(self, *_: object) -> None:
        self._process.terminate()
        self._process.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


class Peak:
    """The largest RssAnon of a process while it is watched, in MiB."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._stop = threading.Event()
        self.mib = anonymous_mib(pid)
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> float:
        """End watching; gives the peak."""
        self._stop.set()
        self._thread.join()
        return self.mib

    def _watch(self) -> None:
        while not self._stop.wait(0.05):
            self.mib = max(self.mib, anonymous_mib(self._pid))


def anonymous_mib(pid: int) -> float:
    """RssAnon of a process now."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("RssAnon"):
            return int(line.split()[1]) / 1024
    raise ValueError(pid)


def client(act: str, url: str, path: Path, seq: int) -> float:
    """One upload or download after a line on standard input; gives when it ended (monotonic)."""
    tree = tree_of(path)
    store = StorageClient(url)
    print("ready", flush=True)
    sys.stdin.readline()
    if act == "upload":
        store.upload(path, tree, seq)
    else:
        assert sum(map(len, store.segments(tree.data_root))) == tree.size
    return time.monotonic()


def together(act: str, url: str, files: Sequence[tuple[Path, int]]) -> float:
    """Seconds until every one of several client processes, started at once, has all it wants."""
    command = [sys.executable, *_script(), "--client", act, url]
    clients = [
        subprocess.Popen(
            [*command, str(path), str(seq)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for path, seq in files
    ]
    for one in clients:
        assert one.stdout is not None
        one.stdout.readline()
    start = time.monotonic()
    for one in clients:
        assert one.stdin is not None
        one.stdin.write("go\n")
        one.stdin.flush()
    ends: list[float] = [json.loads(one.communicate()[0])["end"] for one in clients]
    return max(ends) - start


def _script() -> list[str]:
    return [str(Path(__file__).resolve().parents[1] / "storage.py")]
