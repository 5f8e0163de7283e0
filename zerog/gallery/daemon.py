"""The gallery's daemon: static files and one document. It holds no key and asks nobody.

    GET  /                 the page            GET  /network.json    what the page must know
    GET  /js/..., ...      its files           GET  /health

`python -m zerog.gallery --home HOME [--host 127.0.0.1] [--port 8080]`.
Everything that matters happens in the browser, between the person's wallet, the chain and the
storage gateway.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from pathlib import Path
from typing import Final

import orjson
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from zerog import logs
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.gallery.network import Network
from zerog.gallery.pages import load_pages
from zerog.service import health_route, serve

DEFAULT_PORT: Final = 8080
HEADERS: Final[Mapping[str, str]] = {
    "Cache-Control": "no-cache",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
PLAIN: Final = "text/plain; charset=utf-8"


def policy(connect: tuple[str, ...]) -> str:
    """The Content-Security-Policy; connect: origins besides the page's own.

    Scripts and styles come from this server alone, and no text ever becomes markup
    (trusted types): what an agent holds cannot act in the page.
    """
    rules = (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self'",
        " ".join(("connect-src 'self'", *connect)),
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
    return "; ".join(rules)


def make_app(settings: Settings) -> Starlette:
    """The HTTP surface over one home; the network is read anew for each page."""
    pages = load_pages()

    def reply(
        body: bytes, media_type: str, status: int = 200, extra: Mapping[str, str] | None = None
    ) -> Response:
        headers = {**HEADERS, **(extra or {})}
        return Response(body, status, headers, media_type)

    def page(request: Request) -> Response:
        found = pages.get(request.url.path)
        if found is None:
            return reply(b"there is no such file\n", PLAIN, 404)
        if request.headers.get("if-none-match") == found.tag:
            return reply(b"", found.media_type, 304, {"ETag": found.tag})
        connect = Network.load(settings).origins()
        extra = {"ETag": found.tag, "Content-Security-Policy": policy(connect)}
        return reply(found.body, found.media_type, 200, extra)

    def network(_: Request) -> Response:
        document = orjson.dumps(Network.load(settings).to_json())
        return reply(document, "application/json")

    def refused(_: Request, error: Exception) -> Response:
        return reply(f"{error}\n".encode(), PLAIN, 503)

    def check() -> Mapping[str, object]:
        return {"ok": True, "chain_id": Network.load(settings).chain_id}

    return Starlette(
        routes=[
            health_route(check),
            Route("/network.json", network, methods=["GET"]),
            Route("/{path:path}", page, methods=["GET"]),
        ],
        exception_handlers={ZerogError: refused},
    )


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-gallery", description="market and gallery page")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=DEFAULT_PORT)
    chosen = parser.parse_args()
    logs.set_up()
    try:
        settings = Settings.load(chosen.home)
        Network.load(settings)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    serve(make_app(settings), chosen.host, chosen.port)


if __name__ == "__main__":
    main()
