"""A file as the body of an HTTP answer: verified piece by piece, never wrong, never all in memory.

A piece that no node can prove ends the connection: the client sees fewer bytes than the announced
length, not wrong ones.
"""

from __future__ import annotations

import asyncio
import logging
import mimetypes
import re
from collections import deque
from collections.abc import AsyncGenerator, Callable, Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Message, Receive, Scope, Send

from zerog.errors import ZerogError
from zerog.storage.codec import SEGMENT
from zerog.storage.indexer.envelope import Code, answer

AHEAD: Final = 3
"""Pieces that are fetched before the client took the one before them."""
SEND_SECONDS: Final = 60.0
"""A client that takes no piece for so long is let go."""
NAME_BYTES: Final = 200

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Part:
    """One stored file of a body: its length and how its segments are fetched."""

    size: int
    segment: Callable[[int], bytes]


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes first..last-1 of a body."""

    first: int
    last: int


@dataclass(frozen=True, slots=True)
class Body:
    """What is served: parts one after the other, under a name and a tag."""

    parts: Sequence[Part]
    name: str
    etag: str

    @property
    def size(self) -> int:
        """Bytes of all parts."""
        return sum(part.size for part in self.parts)

    def pieces(self, chosen: Range) -> Iterator[tuple[Part, int, int, int]]:
        """(part, segment, from, to) that make up the bytes of a range."""
        first, last, base = chosen.first, chosen.last, 0
        for part in self.parts:
            start, end = max(first - base, 0), min(last - base, part.size)
            for index in range(start // SEGMENT, -(-end // SEGMENT) if end > start else 0):
                at = index * SEGMENT
                yield part, index, max(start - at, 0), min(end - at, SEGMENT)
            base += part.size


class NotSatisfiable(ZerogError):
    """A range that lies behind the end of the file."""

    def __init__(self, text: str, size: int) -> None:
        self.text, self.size = text, size
        super().__init__(f"no bytes {text[:40]!r} in a file of {size}")


def parse_range(text: str | None, size: int) -> Range | None:
    """The one range of a Range header; None for none, several or one that is no byte range.

    Raises NotSatisfiable. (RFC 9110, 14.1.2: what cannot be understood is ignored.)
    """
    found = re.fullmatch(r"bytes=\s*([0-9]{0,18})-([0-9]{0,18})\s*", text or "")
    if found is None or not (found[1] or found[2]):
        return None
    if not found[1]:
        first, last = max(size - int(found[2]), 0), size
    else:
        first = int(found[1])
        last = min(int(found[2]) + 1, size) if found[2] else size
        if found[2] and int(found[2]) < first:
            return None
    if first >= size or first >= last:
        raise NotSatisfiable(text or "", size)
    return Range(first, last)


def disposition(name: str) -> str:
    """Content-Disposition under a name that no client can take for a path or a header."""
    kept = re.sub(r"[\x00-\x1f\x7f/\\]", "_", name.encode("utf-8", "replace").decode("utf-8"))
    kept = kept.encode()[:NAME_BYTES].decode("utf-8", "ignore").strip(". ") or "file"
    plain = re.sub(r'[^ -~]|["\\%;]', "_", kept)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(kept, safe='')}"


def media_type(name: str) -> str:
    """By the name's ending; never one that the browser may guess further."""
    return mimetypes.guess_type(name)[0] or "application/octet-stream"


def serve_body(request: Request, body: Body, threads: Executor) -> Response:
    """Whole, a range, or 304/416, as the request's headers ask."""
    headers = {
        "accept-ranges": "bytes",
        "etag": body.etag,
        "content-disposition": disposition(body.name),
        "cache-control": "no-cache",
        "x-content-type-options": "nosniff",
        "content-security-policy": "sandbox; default-src 'none'",
        "access-control-expose-headers": "content-disposition, content-range, etag, accept-ranges",
    }
    if {body.etag, "*"} & _tags(request.headers.get("if-none-match")):
        return Response(status_code=304, headers=headers)
    asked = request.headers.get("range")
    if request.headers.get("if-range", body.etag) != body.etag:
        asked = None
    try:
        part = parse_range(asked, body.size)
    except NotSatisfiable:
        return Response(status_code=416, headers={"content-range": f"bytes */{body.size}"})
    chosen = part or Range(0, body.size)
    headers["content-length"] = str(chosen.last - chosen.first)
    headers["content-type"] = media_type(body.name)
    if part is not None:
        headers["content-range"] = f"bytes {part.first}-{part.last - 1}/{body.size}"
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers)
    return VerifiedStream(body, chosen, threads, status, headers)


def _tags(header: str | None) -> set[str]:
    return {one.strip().removeprefix("W/") for one in (header or "").split(",")}


class VerifiedStream(Response):
    """Sends pieces as they are proved; the connection ends early when one cannot be."""

    def __init__(
        self, body: Body, chosen: Range, threads: Executor, status: int, headers: dict[str, str]
    ) -> None:
        """threads: where pieces are fetched; headers: with the length of the chosen range."""
        super().__init__(status_code=status, headers=headers)
        self._pieces = body.pieces(chosen)
        self._threads = threads
        self._etag = body.etag

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send everything, or as much as can be proved and is taken.

        Nothing is sent before the first piece is there: without it the answer is an error.
        """
        start: Message = {
            "type": "http.response.start",
            "status": self.status_code,
            "headers": self.raw_headers,
        }
        pieces, left = self._fetched(), asyncio.ensure_future(_disconnected(receive))
        begun = False
        try:
            async for piece in pieces:
                if left.done():
                    return
                if not begun:
                    await _sent(send, start)
                    begun = True
                await _sent(send, _message(piece, True))
            if not begun:
                await _sent(send, start)
            await _sent(send, _message(b"", False))
        except ZerogError as error:
            log.warning("download of %s ended early: %s", self._etag, error)
            if not begun:
                await answer(str(error), Code.INTERNAL)(scope, receive, send)
        except TimeoutError:
            log.info("download of %s: the client takes nothing", self._etag)
        finally:
            left.cancel()
            await pieces.aclose()

    async def _fetched(self) -> AsyncGenerator[bytes, None]:
        loop = asyncio.get_running_loop()
        waiting: deque[asyncio.Future[bytes]] = deque()
        try:
            while True:
                while len(waiting) < AHEAD and (one := next(self._pieces, None)) is not None:
                    waiting.append(loop.run_in_executor(self._threads, _piece, *one))
                if not waiting:
                    return
                yield await waiting.popleft()
        finally:
            for future in waiting:
                future.cancel()
                future.add_done_callback(_heard)


def _piece(part: Part, index: int, start: int, end: int) -> bytes:
    return part.segment(index)[start:end]


async def _disconnected(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        continue


async def _sent(send: Send, message: Message) -> None:
    async with asyncio.timeout(SEND_SECONDS):
        await send(message)


def _message(piece: bytes, more: bool) -> Message:
    return {"type": "http.response.body", "body": piece, "more_body": more}


def _heard(future: asyncio.Future[bytes]) -> None:
    """Nobody waits for a piece fetched ahead once the answer has ended."""
    if not future.cancelled():
        future.exception()
