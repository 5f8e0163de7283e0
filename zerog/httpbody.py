"""Uvicorn's HTTP protocol with bounds, and with bodies that arrive where the application wants.

`Protocol` closes connections whose head does not come in time and refuses those above a limit.
It offers an ASGI extension, `scope["extensions"][EXTENSION]`, a `DirectBody`: the rest of a body of
known length is received straight into the caller's buffer. Uvicorn's own way copies each byte of
a body four times, in pieces of 64 KiB; megabytes of segments are worth one copy.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import ClassVar, Final
from typing import Protocol as Interface

import httptools
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

EXTENSION: Final = "zerog.body"
HEAD_BYTES: Final = 16_384
"""Read at a time until the place of the body is known."""

_BUSY: Final = b"HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one server takes from its peers."""

    connections: int = 512
    """Further ones are answered with 503 and closed."""
    head_s: float = 10.0
    """From a connection, or from the first byte of a further request, to the end of its headers."""
    pace_s: float = 10.0
    pace_bytes: int = 640 * 1024
    """What a body must bring in each pace_s, unless it ends."""


class BodyTooSlow(TimeoutError):
    """A body did not keep the pace."""


class Disconnected(ConnectionError):
    """The peer went away in the middle of a body."""


class DirectBody(Interface):
    """The extension: what is left of a request's body."""

    async def fill(self, target: memoryview) -> None:
        """Receive exactly len(target) bytes, the end of the body.

        Call it when what `receive` gave so far is taken. Raises BodyTooSlow, Disconnected; then
        the connection cannot be used again: answer with `connection: close`.
        """
        ...


class BoundedProtocol(HttpToolsProtocol):
    """One connection of a server of ours."""

    limits: ClassVar[Limits] = Limits()
    head: _Head
    _head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Begin to wait for a head, or refuse the peer."""
        super().connection_made(transport)
        self.head = _Head(self)
        transport.set_protocol(self.head)
        if len(self.connections) > self.limits.connections:
            transport.write(_BUSY)
            transport.close()
            return
        self._await_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Stop waiting; the request in hand is told."""
        self._head_came()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Parse; the first byte of a further request starts the time for its head."""
        if self.parser is None or self.transport.is_closing():
            return
        if self._head_timer is None and (self.cycle is None or self.cycle.response_complete):
            self._await_head()
        super().data_received(data)

    def on_headers_complete(self) -> None:
        """Start the application, with the extension in its scope."""
        self._head_came()
        super().on_headers_complete()
        self.scope["extensions"] = {EXTENSION: _Rest(self)}  # type: ignore[dict-item]

    def body_came(self) -> None:
        """The body was received beside the parser: go on with a fresh one."""
        self.parser = httptools.HttpRequestParser(self)
        self.on_message_complete()

    def _await_head(self) -> None:
        self._head_timer = self.loop.call_later(self.limits.head_s, self._head_late)

    def _head_came(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _head_late(self) -> None:
        self._head_timer = None
        self.transport.close()


def bounded(limits: Limits) -> type[BoundedProtocol]:
    """The protocol of a server with limits of its own."""

    class Bounded(BoundedProtocol):
        pass

    Bounded.limits = limits
    return Bounded


class _Rest:
    """DirectBody over a connection: takes the place of its protocol until the body is there."""

    def __init__(self, owner: BoundedProtocol) -> None:
        self._owner = owner

    async def fill(self, target: memoryview) -> None:
        """Receive the end of the body into `target`."""
        owner = self._owner
        into = _Filling(owner, target)
        owner.flow.pause_reading()
        owner.transport.set_protocol(into)
        owner.flow.resume_reading()
        try:
            await into.complete()
        finally:
            owner.flow.pause_reading()
            owner.transport.set_protocol(owner.head)
        owner.body_came()
        owner.flow.resume_reading()


class _Stand(asyncio.BufferedProtocol):
    """Stands between a transport and its BoundedProtocol."""

    def __init__(self, owner: BoundedProtocol) -> None:
        self._owner = owner

    def connection_lost(self, exc: Exception | None) -> None:
        self._owner.connection_lost(exc)

    def pause_writing(self) -> None:
        self._owner.pause_writing()

    def resume_writing(self) -> None:
        self._owner.resume_writing()


class _Head(_Stand):
    """Passes bytes on in small pieces: what comes behind the head has a better place to go to."""

    def __init__(self, owner: BoundedProtocol) -> None:
        super().__init__(owner)
        self._buffer = bytearray(HEAD_BYTES)

    def get_buffer(self, sizehint: int) -> bytearray:
        return self._buffer

    def buffer_updated(self, nbytes: int) -> None:
        self._owner.data_received(bytes(memoryview(self._buffer)[:nbytes]))


class _Filling(_Stand):
    """Gives the transport the caller's buffer to read into."""

    def __init__(self, owner: BoundedProtocol, target: memoryview) -> None:
        super().__init__(owner)
        self._target, self._filled = target, 0
        self._done: asyncio.Future[None] = owner.loop.create_future()

    async def complete(self) -> None:
        """Return when the buffer is full; raises BodyTooSlow, Disconnected."""
        limits, before = self._owner.limits, 0
        while not self._done.done():
            await asyncio.wait({self._done}, timeout=limits.pace_s)
            if not self._done.done() and self._filled - before < limits.pace_bytes:
                raise BodyTooSlow
            before = self._filled
        self._done.result()

    def get_buffer(self, sizehint: int) -> memoryview:
        return self._target[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        self._filled += nbytes
        if self._filled == len(self._target):
            self._owner.flow.pause_reading()
            self._done.set_result(None)

    def connection_lost(self, exc: Exception | None) -> None:
        if not self._done.done():
            self._done.set_exception(Disconnected())
        super().connection_lost(exc)
