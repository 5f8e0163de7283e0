"""HTTP connections to servers that nobody vouches for: no call outlasts its time or its size.

urllib3's read time-out starts anew with every byte, so a server that drips holds a thread as long
as it likes. Here the socket itself knows when the answer must be over.
"""

from __future__ import annotations

import socket
import ssl
import time
from typing import Final

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from zerog.types import Buffer

PIECE: Final = 256 * 1024
CONNECT_SECONDS: Final = 2.0
HOSTS: Final = 1024
"""Servers to which connections are kept open."""


class AnswerTooLarge(urllib3.exceptions.HTTPError):
    """A server sent more than the call allows; the connection is closed."""

    def __init__(self, url: str, limit: int) -> None:
        self.url, self.limit = url, limit
        super().__init__(f"an answer of more than {limit} bytes from {url}")


class GuardedPool(urllib3.PoolManager):
    """Connections as `remote.make_pool` makes them, each call bounded in seconds and in bytes.

    Redirects are not followed and nothing is decompressed: either would let a server decide what
    this process does.
    """

    def __init__(self, connections: int, timeout_s: float, limit: int) -> None:
        """connections: kept per server; timeout_s: for an answer; limit: bytes of its body."""
        context = ssl.create_default_context()
        context.sslsocket_class = _TlsSocket
        timeout = urllib3.Timeout(connect=min(CONNECT_SECONDS, timeout_s), read=timeout_s)
        super().__init__(
            HOSTS, maxsize=connections, timeout=timeout, retries=False, ssl_context=context
        )
        self.pool_classes_by_scheme = {"http": _Pool, "https": _TlsPool}
        self._limit = limit

    def urlopen(  # type: ignore[override]  # as in PoolManager itself
        self, method: str, url: str, redirect: bool = False, **options: object
    ) -> urllib3.BaseHTTPResponse:
        """One request, its answer read whole; `redirect` is not heeded.

        It is sent once more when a kept connection turns out to be closed: every call here may
        be repeated. Raises AnswerTooLarge and urllib3's errors.
        """
        options |= {"preload_content": False, "decode_content": False}
        try:
            answer = super().urlopen(method, url, False, **options)
        except urllib3.exceptions.ProtocolError as error:
            if not isinstance(error.args[-1], ConnectionError):
                raise
            answer = super().urlopen(method, url, False, **options)
        pieces: list[bytes] = []
        taken, piece = 0, _piece(answer, self._limit)
        try:
            while part := answer.read(piece, decode_content=False):
                pieces.append(part)
                taken += len(part)
                if taken > self._limit:
                    raise AnswerTooLarge(url, self._limit)
        except BaseException:
            answer.close()
            raise
        answer.release_conn()
        whole = pieces[0] if len(pieces) == 1 else b"".join(pieces)
        return urllib3.HTTPResponse(whole, status=answer.status, decode_content=False)


def _piece(answer: urllib3.BaseHTTPResponse, limit: int) -> int:
    """How much to read at a time: all of it when its length is told and allowed."""
    told = answer.headers.get("content-length", "")
    return max(PIECE, min(int(told), limit) + 1) if told.isdecimal() else PIECE


class _Socket(socket.socket):
    """A socket whose reads end at `deadline` (monotonic clock), however often bytes arrive."""

    deadline = float("inf")

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


class _TlsSocket(ssl.SSLSocket):
    """The same over TLS."""

    deadline = float("inf")

    def recv_into(self, buffer: Buffer, nbytes: int | None = None, flags: int = 0) -> int:
        self.settimeout(_left(self.deadline))
        return super().recv_into(buffer, nbytes, flags)


def _left(deadline: float) -> float:
    left = deadline - time.monotonic()
    if left <= 0:
        raise TimeoutError("the answer took too long")
    return left


def _arm(sock: socket.socket, timeout_s: float | None) -> None:
    if isinstance(sock, _Socket | _TlsSocket) and timeout_s is not None:
        sock.deadline = time.monotonic() + timeout_s


class _Connection(HTTPConnection):
    def _new_conn(self) -> socket.socket:
        made = _Socket(fileno=super()._new_conn().detach())
        made.settimeout(self.timeout)
        return made

    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as in urllib3
        _arm(self.sock, self.timeout)
        return super().getresponse()


class _TlsConnection(HTTPSConnection):
    def getresponse(self) -> urllib3.HTTPResponse:  # type: ignore[override]  # as in urllib3
        _arm(self.sock, self.timeout)
        return super().getresponse()


class _Pool(HTTPConnectionPool):
    ConnectionCls = _Connection


class _TlsPool(HTTPSConnectionPool):
    ConnectionCls = _TlsConnection
