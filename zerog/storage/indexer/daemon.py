"""The indexer: tells clients which nodes there are and who has a file, and serves files itself.

`python -m zerog.storage.indexer --home HOME [--host 127.0.0.1] [--port 12345]
[--nodes URL,URL] [--discovered URL,URL] [--public-url INTERNAL=PUBLIC] [--max-download BYTES]`.
Its nodes are given (`--nodes`, else ZEROG_NODE_URLS or ZEROG_NODE_URL, else the registry); it
starts and answers while none of them lives. Nothing is kept on disk.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp

from zerog import logs
from zerog.config import Settings
from zerog.errors import UsageError, ZerogError
from zerog.rpcserver import RpcApp
from zerog.service import Cycle, health_route, serve
from zerog.storage.indexer.envelope import admit_status_600
from zerog.storage.indexer.files import Files
from zerog.storage.indexer.gateway import DEFAULT_CAP, Gateway
from zerog.storage.indexer.nodes import Nodes, NodeUrls, urls_of
from zerog.storage.indexer.rpc import IndexerRpc

POLL_SECONDS: Final = 5.0
STEP_SECONDS: Final = 60.0
THREADS: Final = 16


class BadPublicUrl(UsageError):
    """A mapping of URLs that cannot be used."""

    def __init__(self, text: str) -> None:
        self.text = text
        super().__init__(f"--public-url {text!r} is no INTERNAL=PUBLIC", "give two http URLs")


def open_indexer(
    urls: NodeUrls, cap: int = DEFAULT_CAP, poll_s: float = POLL_SECONDS
) -> tuple[ASGIApp, Cycle]:
    """The application and the cycle that keeps its list fresh; raises BadUrl.

    cap: bytes of a file that the gateway serves; poll_s: pause between looks at the nodes.
    """
    nodes = Nodes(urls)
    files = Files(nodes)
    poll = Cycle("nodes", nodes.poll, poll_s, STEP_SECONDS)

    def check() -> Mapping[str, object]:
        alive = sum(1 for link in nodes.links if link.seen)
        return {"ok": True, "nodes": alive, "known_nodes": len(nodes.links)}

    routes = [health_route(check, [poll]), *Gateway(files, cap).routes()]
    app = RpcApp(IndexerRpc(files).methods(), routes, threads=THREADS)
    return app.asgi, poll


def node_urls(settings: Settings, given: str, discovered: str, public: Sequence[str]) -> NodeUrls:
    """From the settings and the command line; raises BadPublicUrl."""
    known = settings.node_urls or (settings.node_url,)
    trusted = urls_of(given) or urls_of(",".join(known))
    return NodeUrls(trusted, urls_of(discovered), dict(_mapping(text) for text in public))


def _mapping(text: str) -> tuple[str, str]:
    internal, sign, public = text.partition("=")
    if not sign or not all(one.startswith(("http://", "https://")) for one in (internal, public)):
        raise BadPublicUrl(text)
    return internal.rstrip("/"), public.rstrip("/")


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-indexer", description="0G storage indexer")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12345)
    parser.add_argument("--nodes", default="", metavar="URL,URL", help="trusted nodes")
    parser.add_argument("--discovered", default="", metavar="URL,URL", help="other nodes")
    parser.add_argument("--public-url", action="append", default=[], metavar="INTERNAL=PUBLIC")
    parser.add_argument("--max-download", type=int, default=DEFAULT_CAP, metavar="BYTES")
    chosen = parser.parse_args()
    logs.set_up()
    try:
        settings = Settings.load(chosen.home)
        urls = node_urls(settings, chosen.nodes, chosen.discovered, chosen.public_url)
        app, poll = open_indexer(urls, chosen.max_download)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    admit_status_600()
    poll.start()
    serve(app, chosen.host, chosen.port)
    poll.stop()
