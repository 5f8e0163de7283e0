"""The indexer: tells clients which storage nodes there are and which of them have a file.

`python -m zerog.storage.indexer --home HOME [--host 127.0.0.1] [--port 12345]`. Its nodes are
given (`ZEROG_NODE_URL`, else the registry), none is discovered. Nothing is kept on disk.
"""

from __future__ import annotations

import argparse
import random
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from starlette.types import ASGIApp

from zerog import logs
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.rpcserver import SERVER_ERROR, Method, RpcApp, RpcError, invalid_params
from zerog.service import Cycle, health_route, serve
from zerog.storage import wire
from zerog.storage.errors import BadField, NodeUnreachable
from zerog.storage.remote import Remote, make_pool
from zerog.storage.shards import select
from zerog.storage.wire import FileInfo, ShardedNode
from zerog.types import Json

POLL_SECONDS: Final = 5.0
POLL_TIMEOUT_SECONDS: Final = 5.0
STEP_SECONDS: Final = 60.0


class NodeList:
    """The nodes that answered when they were last asked."""

    def __init__(self, urls: Sequence[str]) -> None:
        """urls: as clients are to reach them."""
        pool = make_pool(timeout_s=POLL_TIMEOUT_SECONDS)
        self._remotes = [Remote(url, pool, attempts=1) for url in urls]
        self._alive: dict[str, ShardedNode] = {}
        self._lock = threading.Lock()

    def poll(self) -> None:
        """Ask each node for its shard, and time the answer."""
        for remote in self._remotes:
            self._ask(remote)

    def alive(self) -> list[ShardedNode]:
        """Nodes that live; with none known, asks at once instead of at the next poll."""
        with self._lock:
            found = list(self._alive.values())
        if not found:
            self.poll()
            with self._lock:
                found = list(self._alive.values())
        return found

    def holders(self, root: bytes) -> list[ShardedNode] | None:
        """Nodes with the finalised file, else those that know it; None when none knows it.

        Raises NodeUnreachable when no node answers at all.
        """
        found: list[tuple[ShardedNode, FileInfo]] = []
        alive = {node.url: node for node in self.alive()}
        answered = False
        for remote in self._remotes:
            if remote.url not in alive:
                continue
            try:
                info = remote.info(root)
            except NodeUnreachable:
                continue
            answered = True
            if info is not None and not info.pruned:
                found.append((alive[remote.url], info))
        if not answered:
            raise NodeUnreachable(", ".join(remote.url for remote in self._remotes))
        final = [node for node, info in found if info.finalized]
        return final or [node for node, _ in found] or None

    def hosts(self) -> list[str]:
        """Host parts of all nodes' URLs, alive or not."""
        return sorted({urlsplit(remote.url).hostname or "" for remote in self._remotes})

    def _ask(self, remote: Remote) -> None:
        start = time.monotonic()
        try:
            config = remote.shard_config()
        except ZerogError:
            with self._lock:
                self._alive.pop(remote.url, None)
            return
        latency_ms = round((time.monotonic() - start) * 1000)
        with self._lock:
            self._alive[remote.url] = ShardedNode(remote.url, config, latency_ms, int(time.time()))


class IndexerRpc:
    """The indexer_ methods (0gfoundation/0g-storage-client: indexer)."""

    def __init__(self, nodes: NodeList) -> None:
        """nodes: the trusted ones; nothing else is known."""
        self._nodes = nodes
        self._chance = random.Random()  # noqa: S311  (spreads load, guards nothing)

    def methods(self) -> dict[str, Method]:
        """By wire name."""
        return {
            "indexer_getShardedNodes": self.sharded_nodes,
            "indexer_getSelectedNodes": self.selected_nodes,
            "indexer_getFileLocations": self.file_locations,
            "indexer_getNodeLocations": self.node_locations,
        }

    def sharded_nodes(self) -> Json:
        """Every node that lives; both lists are always there."""
        return _lists(self._nodes.alive())

    def selected_nodes(
        self,
        replicas: Json,
        method: Json = "min",
        _full_trusted: Json = True,
        dropped: Json = None,
    ) -> Json:
        """Nodes that hold everything `replicas` times, without the dropped URLs."""
        try:
            count = max(1, wire.to_number(replicas, "expected_replica"))
            urls = [] if dropped is None else wire.items(dropped, "dropped")
            wanted = str(method) if method else "min"
            nodes = [node for node in self._nodes.alive() if node.url not in urls]
            return _lists(select(nodes, count, wanted, self._chance))
        except BadField as error:
            raise invalid_params(error.field, error.text) from error

    def file_locations(self, root: Json) -> Json:
        """Nodes that have the file; the error `file not found` for an unknown root."""
        try:
            wanted = wire.to_hash(root, "root")
        except BadField as error:
            raise invalid_params(error.field, error.text) from error
        found = self._nodes.holders(wanted)
        if found is None:
            raise RpcError(SERVER_ERROR, "file not found")
        return [node.to_json() for node in found]

    def node_locations(self) -> Json:
        """Each node's host with an empty place: no outside service is asked where it stands."""
        empty = {"city": "", "region": "", "country": "", "loc": "", "timezone": ""}
        return dict.fromkeys(self._nodes.hosts(), empty)


def _lists(nodes: Sequence[ShardedNode]) -> Json:
    return {"trusted": [node.to_json() for node in nodes], "discovered": []}


def open_indexer(settings: Settings) -> tuple[ASGIApp, Cycle]:
    """The application and the cycle that keeps its list fresh; raises BadUrl."""
    nodes = NodeList([settings.node_url])
    poll = Cycle("nodes", nodes.poll, POLL_SECONDS, STEP_SECONDS)

    def check() -> Mapping[str, object]:
        return {"ok": True, "nodes": len(nodes.alive())}

    app = RpcApp(IndexerRpc(nodes).methods(), [health_route(check, [poll])], threads=4)
    return app.asgi, poll


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-indexer", description="0G storage indexer")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=12345)
    chosen = parser.parse_args()
    logs.set_up()
    try:
        app, poll = open_indexer(Settings.load(chosen.home))
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    poll.start()
    serve(app, chosen.host, chosen.port)
    poll.stop()
