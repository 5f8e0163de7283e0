"""Does a gRPC server say that it serves? One call of grpc.health.v1.Health/Check, by hand.

The supervisor forks and must stay small and single-threaded, so it cannot load gRPC itself. The
frames are those of RFC 9113, the header block is literal (RFC 7541, 6.2.2), and of the answer
only the message counts.
"""

from __future__ import annotations

import socket
import struct
from typing import BinaryIO, Final

from zerog.devnet.shape import HOST

_HEAD: Final = struct.Struct(">HBBBI")
"""Length as 16 and 8 bits, type, flags, stream."""
DATA, HEADERS, RESET, SETTINGS, GOAWAY = 0, 1, 3, 4, 7
END_STREAM, END_HEADERS = 1, 4
PREFACE: Final = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
POST, SCHEME_HTTP = b"\x83", b"\x86"
AUTHORITY, PATH, CONTENT_TYPE, NEW_NAME = b"\x01", b"\x04", b"\x0f\x10", b"\x00"
SERVING: Final = b"\x00\x00\x00\x00\x02\x08\x01"
"""Not compressed, two bytes: field 1 is 1."""
MOST_FRAMES: Final = 32


def grpc_serves(endpoint: str, timeout_s: float, service: str = "") -> bool:
    """Whether the server at host:port answers SERVING; service: of one of its services."""
    host, _, port = endpoint.rpartition(":")
    try:
        with socket.create_connection((host or HOST, int(port)), timeout_s) as connection:
            connection.sendall(_question(endpoint, service))
            with connection.makefile("rb") as answer:
                return _message(answer) == SERVING
    except (OSError, ValueError):
        return False


def _question(endpoint: str, service: str) -> bytes:
    headers = (
        *(POST, SCHEME_HTTP, PATH + _text("/grpc.health.v1.Health/Check")),
        *(AUTHORITY + _text(endpoint), CONTENT_TYPE + _text("application/grpc")),
        NEW_NAME + _text("te") + _text("trailers"),
    )
    asked = _frame(HEADERS, END_HEADERS, 1, b"".join(headers))
    named = b"\x0a" + _text(service) if service else b""  # field 1, a string
    message = b"\x00" + len(named).to_bytes(4) + named  # not compressed
    return PREFACE + _frame(SETTINGS, 0, 0, b"") + asked + _frame(DATA, END_STREAM, 1, message)


def _text(value: str) -> bytes:
    """A string of less than 127 bytes, not compressed."""
    return bytes([len(value)]) + value.encode("ascii")


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    size = len(payload)
    return _HEAD.pack(size >> 8, size & 0xFF, kind, flags, stream) + payload


def _message(answer: BinaryIO) -> bytes:
    """The first message of the answer; empty when the call ends without one."""
    for _ in range(MOST_FRAMES):
        head = answer.read(_HEAD.size)
        if len(head) < _HEAD.size:
            return b""
        high, low, kind, flags, _stream = _HEAD.unpack(head)
        payload = answer.read(high << 8 | low)
        if kind == DATA:
            return payload
        if kind in (RESET, GOAWAY) or (kind == HEADERS and flags & END_STREAM):
            return b""
    return b""
