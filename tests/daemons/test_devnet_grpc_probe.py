"""The supervisor's own health call understands gRPC servers, and takes nothing else for one."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import pytest

from tests.support.patience import PATIENCE_SECONDS
from zerog.da.grpcserver import Server
from zerog.devnet.grpcprobe import grpc_serves
from zerog.devnet.ports import is_free

pytestmark = pytest.mark.daemons


@pytest.fixture
def server() -> Iterator[tuple[Server, str]]:
    """A gRPC server with nothing but health and reflection, and where it answers."""
    made = Server([], 1 << 20, threads=2)
    endpoint = f"127.0.0.1:{made.start('127.0.0.1', 0)}"
    try:
        yield made, endpoint
    finally:
        made.stop(0)


def answer_once(reply: bytes) -> str:
    """A server that gives one client some bytes and hangs up."""
    listener = socket.create_server(("127.0.0.1", 0))

    def serve() -> None:
        with listener, listener.accept()[0] as client:
            client.recv(4096)
            client.sendall(reply)

    threading.Thread(target=serve, daemon=True).start()
    return f"127.0.0.1:{listener.getsockname()[1]}"


def test_grpc_probe_of_a_serving_server_is_true(server: tuple[Server, str]) -> None:
    assert grpc_serves(server[1], PATIENCE_SECONDS)


def test_grpc_probe_of_a_stopped_server_is_false(server: tuple[Server, str]) -> None:
    server[0].stop(0)
    assert not grpc_serves(server[1], PATIENCE_SECONDS)
    assert is_free(int(server[1].rpartition(":")[2]))


@pytest.mark.parametrize(
    "reply",
    [
        b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
        b"",
        bytes(8),
        bytes(3) + b"\x04" + bytes(5),  # settings, and no more
        b"\x00\x00\x07\x00\x01\x00\x00\x00\x01" + b"\x00\x00\x00\x00\x02\x08\x02",  # NOT_SERVING
        b"\x00\x00\x04\x03\x00\x00\x00\x00\x01" + bytes(4),  # reset
        b"\x00\x00\x01\x01\x05\x00\x00\x00\x01\x88",  # headers that end the call
    ],
)
def test_grpc_probe_of_another_answer_is_false(reply: bytes) -> None:
    assert not grpc_serves(answer_once(reply), PATIENCE_SECONDS)


@pytest.mark.parametrize("endpoint", ["", "127.0.0.1", "127.0.0.1:x", "127.0.0.1:1"])
def test_grpc_probe_of_no_server_is_false(endpoint: str) -> None:
    assert not grpc_serves(endpoint, PATIENCE_SECONDS)
