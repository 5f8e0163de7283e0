"""JSON-RPC 2.0 over HTTP as the official 0G clients expect it, for every daemon of the house.

POST to any path, bodies up to 100 MB, batches, CORS `*`; an answer has `result` or `error`,
never both and never `"error": null`; ids come back byte for byte (the TS SDK's are above 2^53);
missing `params` mean none. Methods are plain functions and run in worker threads.

HTTP 413 answers a body above MAX_BODY_BYTES, or one without a content length above
UNKNOWN_LENGTH_BYTES; 408 one that comes too slowly (zerog.httpbody); both close the connection.
"""

from __future__ import annotations

import asyncio
import inspect
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Final, TypeAlias

import orjson
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from zerog.errors import ZerogError
from zerog.httpbody import EXTENSION, DirectBody, Disconnected
from zerog.rpcbody import BodyPool, parse
from zerog.types import Json

Method: TypeAlias = Callable[..., Json]

PARSE_ERROR: Final = -32700
INVALID_REQUEST: Final = -32600
METHOD_NOT_FOUND: Final = -32601
INVALID_PARAMS: Final = -32602
INTERNAL_ERROR: Final = -32603
SERVER_ERROR: Final = -32000

MAX_BODY_BYTES: Final = 100 * 1024 * 1024
MAX_BODIES_BYTES: Final = 64 * 1024 * 1024
"""What all requests in flight may hold together; further ones wait before they are read."""
UNKNOWN_LENGTH_BYTES: Final = 4 * 1024 * 1024
"""Largest body without a content length, and what it is counted with."""
BODY_SECONDS: Final = 30.0
THREADS: Final = 8

_log = logging.getLogger(__name__)


class RpcError(ZerogError):
    """A JSON-RPC error answer."""

    def __init__(self, code: int, message: str, data: str | None = None) -> None:
        """data: short text that some clients match instead of the message."""
        self.code, self.message, self.data = code, message, data
        super().__init__(f"{message} ({code})")

    def to_json(self) -> dict[str, Json]:
        """The `error` member."""
        found: dict[str, Json] = {"code": self.code, "message": self.message}
        if self.data is not None:
            found["data"] = self.data
        return found


def invalid_params(param: str, text: str) -> RpcError:
    """-32602: the long text in the message (Go, Python match there), the short one in data (TS)."""
    return RpcError(INVALID_PARAMS, f"Invalid params: {param}; data: {text}", text)


class BodyTooLarge(ZerogError):
    """A request body is above the limit."""

    def __init__(self, size: int, limit: int) -> None:
        self.size, self.limit = size, limit
        super().__init__(f"request body of {size} bytes is above {limit}")


@dataclass(frozen=True, slots=True)
class _Bound:
    """A method with its arity, read once, so that a call is checked without catching TypeError."""

    run: Method
    least: int
    most: int

    @classmethod
    def of(cls, method: Method) -> _Bound:
        least = most = 0
        for parameter in inspect.signature(method).parameters.values():
            most += 1
            least += parameter.default is inspect.Parameter.empty
        return cls(method, least, most)

    def call(self, params: Sequence[Json]) -> Json:
        """Further parameters are ignored, as the reference does."""
        if len(params) < self.least:
            raise invalid_params("params", f"expected {self.least} parameters, got {len(params)}")
        return self.run(*params[: self.most])


class _Budget:
    """Bytes that requests in flight may hold; one larger than what is left waits."""

    def __init__(self, total: int) -> None:
        self._total = self._free = total
        self._changed = asyncio.Condition()

    async def take(self, size: int) -> None:
        async with self._changed:
            await self._changed.wait_for(lambda: self._free >= size or self._free == self._total)
            self._free -= size

    async def give(self, size: int) -> None:
        async with self._changed:
            self._free += size
            self._changed.notify_all()


class RpcApp:
    """Methods by name behind one ASGI application, `asgi`."""

    def __init__(
        self,
        methods: Mapping[str, Method],
        routes: Sequence[BaseRoute] = (),
        threads: int = THREADS,
        body_s: float = BODY_SECONDS,
    ) -> None:
        """routes: further HTTP routes, such as /health, that win over the RPC's.

        body_s: for a body without a content length, and for the first bytes of any other.
        """
        self._body_s = body_s
        self._methods = {name: _Bound.of(method) for name, method in methods.items()}
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="rpc")
        self._bodies = BodyPool()
        self._budget = _Budget(MAX_BODIES_BYTES)
        self.asgi = Starlette(
            routes=[*routes, Route("/{path:path}", self._post, methods=["POST"])],
            middleware=[
                Middleware(
                    CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"]
                )
            ],
            exception_handlers={Exception: _crashed},
        )

    def answer(self, body: bytes | bytearray, length: int | None = None) -> bytes:
        """The answer to one request body, single or batch; empty for notifications alone.

        length: of the body, when the buffer is longer. Methods get strings from LONG_STRING on
        as memoryviews, valid until they return.
        """
        try:
            request = parse(body, length)
        except orjson.JSONDecodeError:
            return _encode(_failure(None, RpcError(PARSE_ERROR, "Parse error")))
        exact = _Ids(memoryview(body)[:length])
        if not isinstance(request, list):
            single = self._one(request, exact, None)
            return b"" if single is None else _encode(single)
        if not request:
            return _encode(_failure(None, RpcError(INVALID_REQUEST, "Invalid Request")))
        answers = [self._one(one, exact, place) for place, one in enumerate(request)]
        return _encode([one for one in answers if one is not None] or None)

    def _one(self, request: Json, ids: _Ids, place: int | None) -> dict[str, object] | None:
        if not isinstance(request, dict) or not isinstance(request.get("method"), str):
            return _failure(None, RpcError(INVALID_REQUEST, "Invalid Request"))
        notification = "id" not in request
        request_id = None if notification else ids.of(request["id"], place)
        try:
            result = self._dispatch(request)
        except RpcError as error:
            return None if notification else _failure(request_id, error)
        except ZerogError as error:
            return (
                None if notification else _failure(request_id, RpcError(SERVER_ERROR, str(error)))
            )
        except OSError as error:
            _log.exception("%s failed", request["method"])
            failed = RpcError(INTERNAL_ERROR, "Internal error", error.strerror)
            return None if notification else _failure(request_id, failed)
        if notification:
            return None
        return {"jsonrpc": "2.0", "result": result, "id": request_id}

    def _dispatch(self, request: Mapping[str, Json]) -> Json:
        found = self._methods.get(str(request["method"]))
        if found is None:
            raise RpcError(METHOD_NOT_FOUND, "Method not found")
        params = request.get("params")
        if params is None:
            params = []
        if isinstance(params, str | memoryview) or not isinstance(params, Sequence):
            raise invalid_params("params", "expected an array")
        return found.call(params)

    async def _post(self, request: Request) -> Response:
        declared = request.headers.get("content-length", "")
        size = int(declared) if declared.isdecimal() else None
        if size is not None and size > MAX_BODY_BYTES:
            return _closing("request body too large", 413)
        counted = UNKNOWN_LENGTH_BYTES if size is None else size
        await self._budget.take(counted)
        body = self._bodies.take(counted)
        try:
            length = await _read(request, body, size, self._body_s)
            loop = asyncio.get_running_loop()
            answer = await loop.run_in_executor(self._pool, self.answer, body, length)
            self._bodies.give(body)  # not when cancelled: the thread may still read it
        except BodyTooLarge:
            return _closing("request body too large", 413)
        except TimeoutError:
            return _closing("request body too slow", 408)
        except (ClientDisconnect, Disconnected):
            return _closing("", 400)
        finally:
            await self._budget.give(counted)
        if not answer:
            return Response(status_code=204)
        return Response(answer, media_type="application/json")


class _Ids:
    """Gives ids back as they were written; numbers that orjson cannot keep are read again."""

    def __init__(self, body: memoryview) -> None:
        self._body = body

    def of(self, request_id: Json, place: int | None) -> object:
        """place: index in the batch, None for a single request."""
        if not isinstance(request_id, float):
            return request_id if isinstance(request_id, str | int) else None
        whole = json.loads(bytes(self._body), parse_float=_Number, parse_int=_Number)
        one = whole if place is None else whole[place]
        return orjson.Fragment(one["id"].text)


@dataclass(frozen=True, slots=True)
class _Number:
    """A JSON number as its text."""

    text: str


async def _read(request: Request, body: bytearray, size: int | None, wait_s: float) -> int:
    """Fill the buffer; gives how many bytes came. size: as declared.

    Raises BodyTooLarge, TimeoutError, ClientDisconnect, Disconnected.
    """
    direct: DirectBody | None = request.scope.get("extensions", {}).get(EXTENSION)
    filled = 0
    async with asyncio.timeout(wait_s) as limit:
        while True:
            message = await request.receive()
            if message["type"] != "http.request":
                raise ClientDisconnect
            chunk = message.get("body", b"")
            end = filled + len(chunk)
            if end > len(body):
                raise BodyTooLarge(end, len(body))
            body[filled:end] = chunk
            filled = end
            if not message.get("more_body", False):
                return filled
            if direct is not None and size is not None and filled < size:
                limit.reschedule(None)  # the extension has a pace of its own
                await direct.fill(memoryview(body)[filled:size])
                return size


def _failure(request_id: object, error: RpcError) -> dict[str, object]:
    return {"jsonrpc": "2.0", "error": error.to_json(), "id": request_id}


def _encode(answer: object) -> bytes:
    return b"" if answer is None else orjson.dumps(answer)


def _closing(text: str, status: int) -> Response:
    """An answer while the rest of the body is not read: the connection ends with it."""
    return Response(text, status, {"connection": "close"})


async def _crashed(_request: Request, _error: Exception) -> Response:
    """The answer to a defect of ours; Starlette raises it on, so that the log has the trace."""
    failed = RpcError(INTERNAL_ERROR, "Internal error")
    return Response(_encode(_failure(None, failed)), 500, media_type="application/json")
