"""Request bodies over real connections: whole whatever their cut, bounded whatever their sender."""

from __future__ import annotations

import hashlib
import json
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path

import pytest
import uvicorn

from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import wait_for
from zerog.httpbody import HEAD_BYTES, Limits, bounded
from zerog.rpcserver import MAX_BODY_BYTES, UNKNOWN_LENGTH_BYTES, RpcApp
from zerog.service import server
from zerog.types import Json

pytestmark = pytest.mark.daemons

PATIENT = Limits(connections=8, head_s=PATIENCE_SECONDS, pace_s=PATIENCE_SECONDS)
HASTY_HEAD = replace(PATIENT, head_s=0.4)
HASTY_BODY = replace(PATIENT, pace_s=0.4, pace_bytes=64 * 1024)
"""For peers that break the limits; one that keeps them may be slow on a busy machine."""
MIB = 1024 * 1024


def digest(text: Json) -> Json:
    """What came, in short."""
    raw = bytes(text) if isinstance(text, memoryview) else str(text).encode()
    return f"{len(raw)} {hashlib.sha256(raw).hexdigest()}"


def expected(text: str) -> str:
    """The answer to `request(text)`."""
    return f"{len(text)} {hashlib.sha256(text.encode()).hexdigest()}"


def request(text: str) -> bytes:
    """A JSON-RPC body."""
    return json.dumps({"id": 1, "method": "digest", "params": [text]}).encode()


def head(length: int | None, *lines: str) -> bytes:
    """A request head."""
    size = "transfer-encoding: chunked" if length is None else f"content-length: {length}"
    return "\r\n".join(["POST / HTTP/1.1", "host: x", size, *lines, "", ""]).encode()


@contextmanager
def running(limits: Limits = PATIENT) -> Iterator[int]:
    """The port of an RPC server in a thread of this process."""
    port = free_port()
    app = RpcApp({"digest": digest}, body_s=limits.pace_s)
    made: uvicorn.Server = server(app.asgi, "127.0.0.1", port, bounded(limits))
    thread = threading.Thread(target=made.run)
    thread.start()
    wait_for(lambda: made.started, "the server")
    try:
        yield port
    finally:
        made.should_exit = True
        thread.join(PATIENCE_SECONDS)


def connect(port: int) -> socket.socket:
    """One connection."""
    return socket.create_connection(("127.0.0.1", port), timeout=PATIENCE_SECONDS)


def answer(connection: socket.socket) -> tuple[int, bytes]:
    """(status, body) of the next answer; a peer that closed without one is status 0.

    Not a byte more is read: the next answer may follow at once.
    """
    got = b""
    while not got.endswith(b"\r\n\r\n"):
        piece = connection.recv(1)
        if not piece:
            return 0, got
        got += piece
    lines = got.lower().split(b"\r\n")
    size = sum(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
    body = b""
    while len(body) < size:
        body += connection.recv(size - len(body))
    return int(lines[0].split()[1]), body


def result(connection: socket.socket) -> object:
    """`result` of the next answer."""
    status, body = answer(connection)
    assert status == 200
    return json.loads(body)["result"]


def test_bodies_of_every_length_come_whole_on_one_connection() -> None:
    with running() as port, connect(port) as one:
        edges = [HEAD_BYTES - len(head(16_384)) + more for more in (-1, 0, 1)]
        for length in (1, *edges, 65_536, 65_537, 3 * MIB + 7, 5 * MIB):
            body = request("z" * length)
            one.sendall(head(len(body)) + body)
            assert result(one) == expected("z" * length)


def test_body_sent_in_drops_comes_whole() -> None:
    body = request("y" * 300_000)
    with running() as port, connect(port) as one:
        one.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        whole = head(len(body)) + body
        for at in range(0, len(whole), 1999):
            one.sendall(whole[at : at + 1999])
        assert result(one) == expected("y" * 300_000)


def test_chunked_body_comes_whole_and_a_large_one_is_413() -> None:
    body = request("c" * 200_000)
    with running() as port:
        with connect(port) as one:
            chunks = [body[at : at + 70_000] for at in range(0, len(body), 70_000)]
            framed = b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks)
            one.sendall(head(None) + framed + b"0\r\n\r\n")
            assert result(one) == expected("c" * 200_000)
        with connect(port) as one:
            one.sendall(head(None))
            chunk = b"10000\r\n" + bytes(65_536) + b"\r\n"
            for _ in range(UNKNOWN_LENGTH_BYTES // 65_536 + 1):
                one.sendall(chunk)
            assert answer(one)[0] == 413


def test_expect_100_continue_is_answered_before_the_body() -> None:
    body = request("e" * 100_000)
    with running() as port, connect(port) as one:
        one.sendall(head(len(body), "expect: 100-continue"))
        assert answer(one) == (100, b"")
        one.sendall(body)
        assert result(one) == expected("e" * 100_000)


def test_pipelined_requests_are_answered_in_turn() -> None:
    texts = ["a" * 200_000, "b", "c" * 2 * MIB, "d" * 70_000]
    bodies = [request(text) for text in texts]
    with running() as port, connect(port) as one:
        everything = b"".join(head(len(body)) + body for body in bodies)
        sender = threading.Thread(target=one.sendall, args=(everything,))
        sender.start()
        assert [result(one) for _ in texts] == [expected(text) for text in texts]
        sender.join()


def test_declared_length_above_the_limit_is_413_and_closes() -> None:
    with running() as port, connect(port) as one:
        one.sendall(head(MAX_BODY_BYTES + 1))
        assert answer(one)[0] == 413
        assert one.recv(1) == b""


def test_body_that_does_not_keep_the_pace_is_408_and_closes() -> None:
    with running(HASTY_BODY) as port, connect(port) as one:
        one.sendall(head(3 * MIB) + bytes(100_000))
        assert answer(one)[0] == 408
        assert one.recv(1) == b""


def test_chunked_body_that_does_not_end_is_408() -> None:
    with running(HASTY_BODY) as port, connect(port) as one:
        one.sendall(head(None) + b"5\r\nhello\r\n")
        assert answer(one)[0] == 408


@pytest.mark.parametrize("sent", [b"", b"POST / HT", b"POST / HTTP/1.1\r\nhost: x\r\n"])
def test_head_that_does_not_come_closes(sent: bytes) -> None:
    """On a busy machine before we come to it, which is then told by an error."""
    with running(HASTY_HEAD) as port, connect(port) as one, suppress(ConnectionError):
        one.sendall(sent)
        assert one.recv(1) == b""


def test_connections_above_the_limit_are_503_until_one_ends() -> None:
    limits = replace(PATIENT, connections=3)
    with running(limits) as port:
        held = [connect(port) for _ in range(3)]
        for one in held:
            one.sendall(head(len(request("x"))) + request("x"))
            assert result(one) == expected("x")
        with connect(port) as further:
            assert answer(further)[0] == 503
        held.pop().close()

        def served() -> bool:
            with connect(port) as again:
                again.sendall(head(len(request("x"))) + request("x"))
                return answer(again)[0] == 200

        wait_for(served, "a free place")
        for one in held:
            one.close()


def test_peers_that_go_away_in_the_middle_leave_nothing_taken() -> None:
    with running(replace(PATIENT, connections=500)) as port:
        for _ in range(60):  # 60 * 3 MiB are more than all bodies may hold together
            with connect(port) as gone:
                gone.sendall(head(3 * MIB) + bytes(90_000))
        body = request("w" * 3 * MIB)
        with connect(port) as one:
            one.sendall(head(len(body)) + body)
            assert result(one) == expected("w" * 3 * MIB)


def test_many_slow_senders_take_bounded_memory_and_others_are_served() -> None:
    with running(replace(PATIENT, connections=500, pace_s=2.0, pace_bytes=MIB)) as port:
        before = anonymous()
        slow = [connect(port) for _ in range(100)]
        for one in slow:
            one.sendall(head(4 * MIB) + bytes(150_000))
        body = request("v" * MIB)
        with connect(port) as good:
            good.settimeout(PATIENCE_SECONDS)
            good.sendall(head(len(body)) + body)
            assert result(good) == expected("v" * MIB)
        assert anonymous() - before < 200 * MIB
        for one in slow:
            one.close()


def anonymous() -> int:
    """RssAnon of this process in bytes."""
    status = Path(f"/proc/{os.getpid()}/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("RssAnon"))
    return int(line.split()[1]) * 1024
