"""The KV node: a daemon that replays the flow's KV transactions and answers kv_ queries.

`python -m zerog.storage.kv --home HOME [--host 127.0.0.1] [--port 6789] [--streams ID,ID]
[--deadline SECONDS]`; data in HOME/kv. Without --streams it keeps every stream. Keys of encrypted
streams are in the files that ZEROG_KV_KEY_FILE and ZEROG_KV_WALLET_KEY_FILE name.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp

from zerog import logs
from zerog.chain.bindings import FlowContract
from zerog.chain.deploy import NoCode
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.rpcserver import RpcApp
from zerog.service import Cycle, health_route, serve
from zerog.storage.client.client import StorageClient
from zerog.storage.kv.fetch import Fetcher, Keys
from zerog.storage.kv.replay import DEADLINE_SECONDS, Replayer
from zerog.storage.kv.rpc import KvRpc
from zerog.storage.kv.store import EVERY, KvStore
from zerog.storage.kv.wire import parse_streams

POLL_SECONDS: Final = 0.1
STEP_SECONDS: Final = 300.0
"""A step may download and apply a large transaction."""


@dataclass(frozen=True, slots=True)
class KvNode:
    """A node that is ready to serve."""

    app: ASGIApp
    replay: Cycle


def open_kv(settings: Settings, streams: Sequence[bytes], deadline_s: float) -> KvNode:
    """Check the network, open the node's data and wire its parts.

    streams: those to keep, besides what the node kept before. Raises BadRegistry,
    ChainUnreachable, WrongChain, NoSuchContract, NoCode, BadSetting.
    """
    registry = Registry.load(settings.home)
    chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
    chain_id = chain.chain_id()
    flow = FlowContract.of(chain, registry.contract("Flow"))
    if not chain.code(flow.address):
        raise NoCode("Flow", flow.address)
    folder = settings.home / "kv"
    store = KvStore(folder / "kv.db")
    store.follow(streams)
    fetcher = Fetcher(StorageClient(settings.indexer_url), folder, Keys.load(os.environ))
    replayer = Replayer(flow, store, fetcher, deadline_s)
    cycle = Cycle("replay", replayer.step, POLL_SECONDS, STEP_SECONDS)

    def check() -> Mapping[str, object]:
        return {
            "ok": True,
            "height": replayer.height(),
            "applied_seq": store.applied(),
            "waiting": replayer.waiting,
        }

    rpc = KvRpc(store, chain_id, lambda: chain.head().timestamp)
    app = RpcApp(rpc.methods(), [health_route(check, [cycle])])
    return KvNode(app.asgi, cycle)


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-kv", description="0G KV node")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=6789)
    parser.add_argument("--streams", default="", help="ids, comma separated; default: all")
    parser.add_argument("--deadline", type=float, default=DEADLINE_SECONDS, metavar="SECONDS")
    chosen = parser.parse_args()
    logs.set_up()
    try:
        streams = parse_streams(chosen.streams) or [EVERY]
        node = open_kv(Settings.load(chosen.home), streams, chosen.deadline)
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    node.replay.start()
    serve(node.app, chosen.host, chosen.port)
    node.replay.stop()
