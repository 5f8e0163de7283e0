"""The HTTP surface of an attestor (0gfoundation/0g-agentic-id: attestor routes)."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from zerog.errors import NotFound, Unreachable, ZerogError
from zerog.inft.agentic.bus import Listener
from zerog.inft.agentic.card import avatar
from zerog.inft.agentic.desk import Desk
from zerog.inft.agentic.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotAuthorised,
    NotOwner,
    Stale,
)
from zerog.inft.agentic.wire import Fields, blob
from zerog.service import Cycle, health_route

MAX_BODY: Final = 4 * 1024 * 1024
STATUS: Final[tuple[tuple[type[ZerogError], int], ...]] = (
    (NotAuthorised, 401),
    (NotOwner, 401),
    (Stale, 401),
    (Forbidden, 403),
    (NotFound, 404),
    (Conflict, 409),
    (Unreachable, 503),
)
Operation = Callable[[Fields], dict[str, object]]


def answer(document: object, status: int = 200) -> Response:
    """A document as JSON, for any origin: wallets ask from their own pages."""
    headers = {"access-control-allow-origin": "*"}
    return Response(orjson.dumps(document), status, headers, "application/json")


async def body_of(request: Request, limit: int = MAX_BODY) -> dict[str, object]:
    """The JSON object of a request; raises BadRequest."""
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > limit:
            raise BadRequest("body", f"more than {limit} bytes")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise BadRequest("body", "JSON expected") from None
    if not isinstance(document, dict):
        raise BadRequest("body", "a JSON object expected")
    return document


def seal_in(text: str) -> bytes:
    """A seal id in a path or a query; raises BadRequest."""
    return blob({"seal_id": text}, "seal_id", 32)


async def refused(_: Request, error: Exception) -> Response:
    """A refusal by its status, with its one line."""
    status = next((code for kind, code in STATUS if isinstance(error, kind)), 400)
    return answer({"error": str(error)}, status)


def make_app(desk: Desk, cycles: Sequence[Cycle], wake: Callable[[], None]) -> Starlette:
    """The routes of a desk; wake: begins the work that a request has left."""

    def post(path: str, operation: Operation, status: int = 200) -> Route:
        async def handle(request: Request) -> Response:
            document = await run_in_threadpool(operation, await body_of(request))
            wake()
            return answer(document, status)

        return Route(path, handle, methods=["POST"])

    def lifecycle(action: str) -> Route:
        return post(f"/{action}", lambda body: desk.lifecycle(action, body), 202)

    def probe(body: Fields) -> dict[str, object]:
        seal_id = blob(body, "seal_id", 32)
        return {"seal_id": "0x" + seal_id.hex(), "phase": desk.views.phase(seal_id)}

    return Starlette(
        routes=[
            *_reads(desk, cycles),
            post("/deploy", desk.deploy),
            post("/clone", desk.clone),
            *(lifecycle(action) for action in ("start", "stop", "reset", "retry")),
            post("/provision", desk.provision),
            post("/status", desk.status),
            post("/probe", probe),
        ],
        exception_handlers={ZerogError: refused},
    )


def _reads(desk: Desk, cycles: Sequence[Cycle]) -> tuple[BaseRoute, ...]:
    views = desk.views

    async def deployments(request: Request) -> Response:
        query, headers = request.query_params, request.headers
        auth = (headers.get("x-auth-message", ""), headers.get("x-auth-signature", ""))
        slim = query.get("slim", "") in {"1", "true"}
        return answer(await run_in_threadpool(views.deployments, query.get("owner"), slim, auth))

    async def deployment(request: Request) -> Response:
        seal_id = seal_in(request.path_params["seal_id"])
        return answer(await run_in_threadpool(views.deployment, seal_id))

    async def card(request: Request) -> Response:
        seal_id = seal_in(request.path_params["seal_id"])
        return answer(await run_in_threadpool(views.card, seal_id))

    async def config(_: Request) -> Response:
        return answer(views.config())

    async def picture(request: Request) -> Response:
        seed = request.path_params["seed"].removesuffix(".svg")[:128]
        return Response(avatar(seed), media_type="image/svg+xml")

    async def alive(_: Request) -> Response:
        return PlainTextResponse("ok")

    async def subscribe(socket: WebSocket) -> None:
        await _serve_socket(desk, socket)

    health = health_route(lambda: {"ok": True, "attestation": "simulated"}, cycles)
    return (
        health,
        Route("/", alive),
        Route("/config", config),
        Route("/deployments", deployments),
        Route("/deployment/{seal_id}", deployment),
        Route("/card/{seal_id}", card),
        Route("/avatar/{seed}", picture),
        WebSocketRoute("/ws/subscribe", subscribe),
    )


async def _serve_socket(desk: Desk, socket: WebSocket) -> None:
    try:
        seal_id = seal_in(socket.query_params.get("seal_id", ""))
        phase = await run_in_threadpool(desk.views.phase, seal_id)
    except ZerogError:
        await socket.close(1008)
        return
    name = "0x" + seal_id.hex()
    listener = desk.bus.join(name)
    if listener is None:
        await socket.close(1013)
        return
    await socket.accept()
    gone = asyncio.create_task(_until_gone(socket))
    told = asyncio.create_task(_tell(socket, listener, name, phase))
    try:
        await asyncio.wait({gone, told}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        desk.bus.leave(name, listener)
        for task in (gone, told):
            task.cancel()
        await asyncio.gather(gone, told, return_exceptions=True)


async def _tell(socket: WebSocket, listener: Listener, name: str, phase: str) -> None:
    """Where the deployment is now, then the news."""
    first = {"event": "phase_changed", "seal_id": name, "phase": phase}
    await socket.send_text(orjson.dumps(first).decode())
    while True:
        await socket.send_text(orjson.dumps(await listener.events.get()).decode())


async def _until_gone(socket: WebSocket) -> None:
    """Read and forget what a listener says, until it leaves."""
    while True:
        try:
            await socket.receive_text()
        except (WebSocketDisconnect, KeyError):
            return
