"""The oracle's daemon: takes signed orders, keeps rows, asks for work, holds consents.

    GET  /health                       POST /v1/transfers
    GET  /v1/info                      GET  /v1/transfers/ID
    GET  /v1/transfers?tokenId=&to=    POST /v1/transfers/ID/consent

It never sees a data key: the grant in an order is sealed to the oracle's key, which only the
worker of the queue `oracle` holds.
"""

from __future__ import annotations

import argparse
import re
from pathlib import Path
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zerog.config import Settings
from zerog.errors import NotFound, Unreachable, ZerogError
from zerog.inft.documents import MalformedDocument
from zerog.inft.oracle_desk import Desk, open_desk
from zerog.service import health_route, serve

MAX_BODY: Final = 64 * 1024
TOKEN_ID: Final = re.compile(r"[0-9]{1,78}")


def _answer(document: object, status: int = 200) -> Response:
    return Response(orjson.dumps(document), status, media_type="application/json")


def _refusal(error: ZerogError) -> Response:
    status = 503 if isinstance(error, Unreachable) else 404 if isinstance(error, NotFound) else 400
    return _answer({"error": str(error)}, status)


async def _body(request: Request) -> dict[str, object]:
    length = int(request.headers.get("content-length", "0") or 0)
    if length > MAX_BODY:
        raise MalformedDocument("body", f"more than {MAX_BODY} bytes")
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > MAX_BODY:
            raise MalformedDocument("body", f"more than {MAX_BODY} bytes")
    try:
        document = orjson.loads(raw)
    except orjson.JSONDecodeError:
        raise MalformedDocument("body", "not JSON") from None
    if not isinstance(document, dict):
        raise MalformedDocument("body", "a JSON object expected")
    return document


def make_app(desk: Desk) -> Starlette:
    """The HTTP surface of a desk."""

    async def order(request: Request) -> Response:
        document = await _body(request)
        return _answer((await run_in_threadpool(desk.order, document)).to_json(), 202)

    async def show(request: Request) -> Response:
        found = await run_in_threadpool(desk.show, request.path_params["id"])
        return _answer(found.to_json())

    async def pending(request: Request) -> Response:
        token, to = request.query_params.get("tokenId", ""), request.query_params.get("to", "")
        if not TOKEN_ID.fullmatch(token):
            raise MalformedDocument("tokenId", "a number expected")
        found = await run_in_threadpool(desk.pending, int(token), to)
        return _answer([one.to_json() for one in found])

    async def consent(request: Request) -> Response:
        document = await _body(request)
        found = await run_in_threadpool(desk.consent, request.path_params["id"], document)
        return _answer(found.to_json())

    async def info(_: Request) -> Response:
        return _answer(
            {
                "address": desk.info.address,
                "publicKey": "0x" + desk.info.public_key.hex(),
                "attestation": desk.info.attestation,
                "chainId": desk.registry.chain_id,
                "token": desk.nft.address,
            }
        )

    async def refused(_: Request, error: Exception) -> Response:
        assert isinstance(error, ZerogError)  # noqa: S101  (registered for that class)
        return _refusal(error)

    return Starlette(
        routes=[
            health_route(lambda: {"ok": True, "attestation": desk.info.attestation}),
            Route("/v1/info", info),
            Route("/v1/transfers", order, methods=["POST"]),
            Route("/v1/transfers", pending, methods=["GET"]),
            Route("/v1/transfers/{id}", show),
            Route("/v1/transfers/{id}/consent", consent, methods=["POST"]),
        ],
        exception_handlers={ZerogError: refused},
    )


def main() -> None:
    """`python -m zerog.inft.oracle --home HOME`."""
    parser = argparse.ArgumentParser(prog="zerog-oracle", description="re-encryption oracle")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=7857)
    chosen = parser.parse_args()
    try:
        desk = open_desk(Settings.load(chosen.home))
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    serve(make_app(desk), chosen.host, chosen.port)


if __name__ == "__main__":
    main()
