"""The storage node: a daemon that keeps files and serves them over the 0G JSON-RPC.

`python -m zerog.storage.node --home HOME [--host 127.0.0.1] [--port 5678]`; data in HOME/node.
"""

from __future__ import annotations

import argparse
from collections.abc import Mapping
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
from zerog.storage.node.counters import Counters
from zerog.storage.node.logsync import POLL_SECONDS, LogSync
from zerog.storage.node.rpc import NodeRpc
from zerog.storage.node.store import NodeStore

STEP_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is ready to serve."""

    app: ASGIApp
    follow: Cycle


def open_node(settings: Settings) -> Node:
    """Check the network, open the node's data and wire its parts.

    Raises NoRegistry, ChainUnreachable, WrongChain, NoSuchContract, NoCode.
    """
    registry = Registry.load(settings.home)
    chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
    chain_id = chain.chain_id()
    flow = FlowContract(chain, registry.contract("Flow").address)
    if not chain.code(flow.address):
        raise NoCode("Flow", flow.address)
    store = NodeStore(settings.home / "node")
    sync = LogSync(flow, store)
    follow = Cycle("log", sync.step, POLL_SECONDS, STEP_SECONDS)
    rpc = NodeRpc(store, sync, chain_id, flow.address, Counters(), lambda: 0)

    def check() -> Mapping[str, object]:
        return {"ok": True, "height": sync.height(), "next_tx_seq": store.next_seq()}

    app = RpcApp(rpc.methods(), [health_route(check, [follow])])
    return Node(app.asgi, follow)


def main() -> None:
    """Serve until SIGTERM; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-node", description="0G storage node")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=5678)
    chosen = parser.parse_args()
    logs.set_up()
    try:
        node = open_node(Settings.load(chosen.home))
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
    node.follow.start()
    serve(node.app, chosen.host, chosen.port)
    node.follow.stop()
