"""A proxy before a real storage node that can be honest, gone, or lie in every way we know of."""

from __future__ import annotations

import functools
import gzip
import json
import random
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final, cast

import urllib3

HONEST: Final = "honest"
LOST: Final = ("gone", "silent", "drips", "garbage", "floods", "bomb")
"""Ways of not being of use at all."""
LYING: Final = ("wrong bytes", "wrong proof", "null", "other size", "error", "no data")
"""Ways of living and being of no use: sizes, proofs or bytes are wrong, or missing."""
PRUNED: Final = "pruned"
DATA: Final = "zgs_downloadSegmentWithProof"
INFO: Final = "zgs_getFileInfo"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that give up are what these tests are about."""


class Liar:
    """Stands before one node; `mode` may be changed at any time."""

    def __init__(self, behind: str) -> None:
        """behind: URL of the real node."""
        self.behind, self.mode = behind, HONEST
        self.over = threading.Event()
        self.calls: list[str] = []
        self._held, self._left, self._lock = "", 0, threading.Lock()
        self._released = threading.Event()
        self.pool = urllib3.PoolManager(maxsize=32, retries=False)
        made = type("Handler", (_Handler,), {"liar": self})
        self._server = _Server(("127.0.0.1", 0), made)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,))
        self._thread.start()

    def hold(self, method: str, after: int = 0) -> None:
        """Let so many more calls of methods that begin so pass; the next wait for `release`.

        What such a call does cannot be over, then, however slowly the test goes on.
        """
        with self._lock:
            self._held, self._left = method, after
            self._released.clear()

    def release(self) -> None:
        """Let the held calls go on, as the mode is now."""
        with self._lock:
            self._held = ""
            self._released.set()

    def admit(self, method: str) -> None:
        """Returns when a call may be answered."""
        with self._lock:
            if not (self._held and method.startswith(self._held)):
                return
            self._left -= 1
            if self._left >= 0:
                return
        self._released.wait()

    def stop(self) -> None:
        """End every connection that it keeps waiting."""
        self.release()
        self.over.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Handler(BaseHTTPRequestHandler):
    """One request: forwarded, spoilt on the way back, or not answered."""

    liar: Liar
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""

    def do_POST(self) -> None:
        """A JSON-RPC call, or a batch of them."""
        body = self.rfile.read(int(self.headers["content-length"]))
        self.liar.calls.append(_method(body))
        self.liar.admit(_method(body))
        mode = self.liar.mode
        if mode in LOST:
            self._lost(mode)
            return
        headers = {"content-type": "application/json", "connection": "close"}
        answer = self.liar.pool.request("POST", self.liar.behind, body=body, headers=headers)
        self._say(spoilt(mode, _method(body), answer.data))

    def _say(self, body: bytes, encoding: str = "identity") -> None:
        self.send_response(200)
        self.send_header("content-type", "application/json")
        self.send_header("content-encoding", encoding)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _lost(self, mode: str) -> None:
        self.close_connection = True
        if mode == "silent":
            self.liar.over.wait()
        elif mode == "drips":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            while not self.liar.over.wait(0.1):
                self.wfile.write(b"x")
        elif mode == "garbage":
            self._say(random.Random(1).randbytes(2000))
        elif mode == "bomb":
            self._say(bomb(), "gzip")
        elif mode == "floods":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n\r\n")
            while not self.liar.over.is_set():
                self.wfile.write(b"[" * 65536)


@functools.cache
def bomb() -> bytes:
    """Few bytes that unpack to many."""
    return gzip.compress(b"[" * 50_000_000, 1)


def spoilt(mode: str, method: str, body: bytes) -> bytes:
    """An honest answer as a liar passes it on."""
    found = json.loads(body)
    answers = found if isinstance(found, list) else [found]
    for one in answers:
        result = one.get("result")
        if method.startswith(DATA) and isinstance(result, dict):
            _spoil_data(mode, one, result)
        elif method.startswith(INFO) and isinstance(result, dict) and mode == "other size":
            cast("dict[str, object]", result["tx"])["size"] = int(result["tx"]["size"]) + 1
        elif method.startswith(INFO) and isinstance(result, dict) and mode == PRUNED:
            result.update(pruned=True, finalized=False)
    return json.dumps(found).encode()


def _spoil_data(mode: str, answer: dict[str, object], result: dict[str, object]) -> None:
    if mode == "wrong bytes":
        data = str(result["data"])
        result["data"] = ("A" if data[0] != "A" else "B") + data[1:]
    elif mode == "wrong proof":
        proof = cast("dict[str, list[str]]", result["proof"])
        proof["lemma"][0] = "0x" + "11" * 32
        proof["lemma"][-1] = "0x" + "22" * 32
    elif mode == "null":
        answer["result"] = None
    elif mode == "no data":
        result["data"] = ""
    elif mode == "error":
        del answer["result"]
        answer["error"] = {"code": -32603, "message": "Internal error", "data": "disk"}


def _method(body: bytes) -> str:
    found = json.loads(body)
    first = found[0] if isinstance(found, list) else found
    return str(first["method"])
