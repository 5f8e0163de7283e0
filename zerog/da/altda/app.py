"""The HTTP surface (ethereum-optimism/specs: specs/experimental/alt-da.md; optimism: op-alt-da).

    POST /put, /put/     batch -> commitment, 50 bytes
    POST /put/0x00..     batch whose keccak256 is in the path
    GET  /get/0x..       batch
    GET  /health

200 done; 400 means nothing; 404 there is no such batch and never will be, for anybody (a keccak256
is known to the server alone that took it); 408 and 413 a body too slow or too large; 500 refused,
again as it is; 503 what may pass (op-batcher then takes another layer for a while). A refusal's
body is its one line.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from zerog.da.altda.commitment import parse
from zerog.da.altda.desk import Desk
from zerog.da.client.errors import worth_again
from zerog.da.errors import BadEncoding
from zerog.da.params import MAX_BLOB_BYTES
from zerog.errors import NotFound, Refused, UsageError, ZerogError
from zerog.service import Check, health_route

BODY_SECONDS: Final = 60.0
AT_ONCE: Final = 4
"""Puts, and gets: a batch of 31 MiB takes some 130 MB here while it is worked on."""
RETRY: Final = {"retry-after": "5"}
OCTETS: Final = "application/octet-stream"


class Busy(Refused):
    """All seats are taken."""

    def __init__(self, seats: int) -> None:
        self.seats = seats
        super().__init__(f"{seats} batches are being worked on", "try again later")


class BodyTooLarge(UsageError):
    """A batch above what a blob holds."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"a batch has at most {limit} bytes")


class BodyEmpty(UsageError):
    """A put of nothing."""

    def __init__(self) -> None:
        super().__init__("a batch of no bytes")


class Seats:
    """So many at once, and nobody waits; used in one event loop."""

    def __init__(self, count: int) -> None:
        self._count, self._free = count, count

    def __enter__(self) -> None:
        """Raises Busy."""
        if not self._free:
            raise Busy(self._count)
        self._free -= 1

    def __exit__(self, *_error: object) -> None:
        self._free += 1


def make_app(
    desk: Desk, check: Check, limit: int = MAX_BLOB_BYTES, at_once: int = AT_ONCE
) -> Starlette:
    """The routes; limit: bytes of a batch; at_once: puts, and gets, that are worked on."""
    puts, gets = Seats(at_once), Seats(at_once)

    async def put(request: Request) -> Response:
        with puts:
            data = await body_of(request, limit)
            made = await run_in_threadpool(desk.put, data)
        return Response(made.encode(), media_type=OCTETS)

    async def put_as(request: Request) -> Response:
        wanted = parse(request.path_params["commitment"])
        with puts:
            await run_in_threadpool(desk.put_as, wanted, await body_of(request, limit))
        return Response(b"", media_type=OCTETS)

    async def get(request: Request) -> Response:
        wanted = parse(request.path_params["commitment"])
        with gets:
            found = await run_in_threadpool(desk.get, wanted)
        return Response(bytes(found), media_type=OCTETS)

    return Starlette(
        routes=[
            health_route(check),
            _route("/put", put, "POST", "PUT"),
            _route("/put/", put, "POST", "PUT"),
            _route("/put/{commitment}", put_as, "POST", "PUT"),
            _route("/get/{commitment}", get, "GET"),
        ],
        exception_handlers={ZerogError: refused, TimeoutError: _slow, ClientDisconnect: _slow},
    )


def _route(path: str, handle: Callable[[Request], Awaitable[Response]], *methods: str) -> Route:
    return Route(path, handle, methods=list(methods))


async def body_of(request: Request, limit: int) -> bytes:
    """The whole body; raises BodyEmpty, BodyTooLarge, TimeoutError, ClientDisconnect."""
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared) > limit:
        raise BodyTooLarge(limit)
    body = bytearray()
    async with asyncio.timeout(BODY_SECONDS):
        async for piece in request.stream():
            body += piece
            if len(body) > limit:
                raise BodyTooLarge(limit)
    if not body:
        raise BodyEmpty
    return bytes(body)


def status_of(error: ZerogError) -> int:
    """The code of an error."""
    if isinstance(error, Busy) or worth_again(error):
        return 503
    if isinstance(error, BodyTooLarge):
        return 413
    if isinstance(error, NotFound | BadEncoding):
        return 404
    return 400 if isinstance(error, UsageError) else 500


async def refused(_request: Request, error: Exception) -> Response:
    """One line and a code."""
    code = status_of(error) if isinstance(error, ZerogError) else 500
    headers = RETRY if code == 503 else {}
    if isinstance(error, BodyTooLarge | Busy):
        headers = {**headers, "connection": "close"}
    return PlainTextResponse(f"{error}\n", code, headers)


async def _slow(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("the body did not come\n", 408, {"connection": "close"})
