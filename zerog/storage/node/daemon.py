"""The storage node: a daemon that keeps files and serves them over the 0G JSON-RPC.

`python -m zerog.storage.node --home HOME [--port 5678] [--admin-port 5679] [--data DIR]
[--shard ID/NUM] [--peers URL,URL] [--max-sectors N]`; docs/storage.md says what each is for.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from starlette.types import ASGIApp

from zerog import logs
from zerog.chain.bindings import FlowContract, RewardContract
from zerog.chain.deploy import NoCode
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.config import Settings
from zerog.errors import ZerogError
from zerog.rpcserver import RpcApp
from zerog.service import Check, Cycle, health_route
from zerog.storage.node import filesync, pruning
from zerog.storage.node.admin import AdminRpc, LoopbackOnly
from zerog.storage.node.counters import Counters
from zerog.storage.node.filesync import FileSync
from zerog.storage.node.intake import Intake
from zerog.storage.node.logsync import POLL_SECONDS, LogSync
from zerog.storage.node.peers import Network, peers_of
from zerog.storage.node.pruning import Floor, Pruner, floor_of
from zerog.storage.node.rpc import NodeRpc
from zerog.storage.node.serving import ADMIN_HOST, ADMIN_PORT, LOOPBACK, PUBLIC_PORT, Servers
from zerog.storage.node.store import NodeStore
from zerog.storage.shards import parse_shard
from zerog.storage.wire import ShardConfig

STEP_SECONDS: Final = 60.0
REWARD: Final = "ChunkReward"


@dataclass(frozen=True, slots=True)
class Options:
    """How one node is to run; the defaults are those of a first node of a home."""

    host: str = ADMIN_HOST
    port: int = PUBLIC_PORT
    admin_port: int | None = None
    """None: 5679 beside port 5678, else a free one that /health names."""
    data: Path | None = None
    shard: ShardConfig | None = None
    peers: Sequence[str] = ()
    max_sectors: int | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """A node that is ready to serve."""

    servers: Servers
    app: ASGIApp
    operators: ASGIApp
    cycles: Sequence[Cycle]
    files: FileSync

    @property
    def follow(self) -> Cycle:
        """The cycle that follows the chain."""
        return self.cycles[0]

    def run(self) -> None:
        """Serve until SIGTERM or admin_shutdown; raises AdminPortTaken."""
        self.servers.bind()
        for cycle in self.cycles:
            cycle.start()
        self.servers.run(self.app, self.operators)
        self.files.close()
        for cycle in self.cycles:
            cycle.stop()


def open_node(settings: Settings, options: Options | None = None) -> Node:
    """Check the network, open the node's data and wire its parts.

    Raises BadRegistry, ChainUnreachable, WrongChain, NoSuchContract, NoCode, BadUrl, ShardDiffers,
    AdminInPublic.
    """
    chosen = options or Options()
    registry = Registry.load(settings.home)
    chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
    network = Network(chain.chain_id(), registry.contract("Flow").address)
    flow = FlowContract(chain, registry.contract("Flow").address)
    if not chain.code(flow.address):
        raise NoCode("Flow", flow.address)
    store = NodeStore(chosen.data or settings.home / "node", chosen.shard)
    counters = Counters()
    sync = LogSync(flow, store)
    files = FileSync(store, Intake(store), peers_of(_others(chosen), network), counters)
    pruner = Pruner(store, counters, chosen.max_sectors, _floor(chain, registry))
    cycles = [
        Cycle("log", sync.step, POLL_SECONDS, STEP_SECONDS),
        Cycle("files", files.step, filesync.POLL_SECONDS, filesync.DEADLINE_SECONDS),
        Cycle("prune", pruner.step, pruning.POLL_SECONDS, pruning.DEADLINE_SECONDS),
    ]
    servers = Servers(chosen.host, chosen.port, _admin_port(chosen))
    rpc = NodeRpc(store, sync, chain.chain_id(), flow.address, counters, files.live_peers)
    operator = AdminRpc(store, sync, files, counters, servers, cycles[1].wake)
    shown = {**rpc.methods(), **(operator.methods() if servers.shared else {})}
    health = health_route(_check(store, sync, files, servers), cycles)
    return Node(
        servers=servers,
        app=RpcApp(shown, [health]).asgi,
        operators=LoopbackOnly(RpcApp(operator.methods(), threads=2).asgi),
        cycles=cycles,
        files=files,
    )


def _check(store: NodeStore, sync: LogSync, files: FileSync, servers: Servers) -> Check:
    """What /health shows of a node."""

    def check() -> Mapping[str, object]:
        shard = store.shard
        return {
            "ok": True,
            "height": sync.height(),
            "next_tx_seq": store.next_seq(),
            "open_files": store.open_count(),
            "shard": f"{shard.shard_id}/{shard.num_shard}",
            "live_peers": files.live_peers(),
            "admin": servers.urls[1],
        }

    return check


def _admin_port(options: Options) -> int | None:
    beside = ADMIN_PORT if options.port == PUBLIC_PORT else None
    return beside if options.admin_port is None else options.admin_port


def _others(options: Options) -> list[str]:
    """Peers without this node itself, so that one list serves all nodes."""
    own = {f"http://{host}:{options.port}" for host in (*LOOPBACK, options.host)}
    return [url for url in options.peers if url.rstrip("/") not in own]


def _floor(chain: Chain, registry: Registry) -> Callable[[], Floor | None]:
    found = registry.contracts.get(REWARD)
    if found is None:
        return lambda: None
    reward = RewardContract.of(chain, found)
    return lambda: floor_of(reward)


def options_of(parser: argparse.ArgumentParser) -> tuple[Path, Options]:
    """Home and options from the command line; raises BadShard."""
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--host", default=ADMIN_HOST)
    parser.add_argument("--port", type=int, default=PUBLIC_PORT)
    parser.add_argument("--admin-port", type=int, help="on loopback; equal to --port: all on one")
    parser.add_argument("--data", type=Path, help="HOME/node if not given")
    parser.add_argument("--shard", help="ID/NUM: keep every NUMth segment of the flow")
    parser.add_argument("--peers", default="", help="URLs of other nodes, comma separated")
    parser.add_argument("--max-sectors", type=int, help="halve the share above nine tenths of it")
    chosen = parser.parse_args()
    return chosen.home, Options(
        host=chosen.host,
        port=chosen.port,
        admin_port=chosen.admin_port,
        data=chosen.data,
        shard=parse_shard(chosen.shard) if chosen.shard else None,
        peers=[url.strip() for url in chosen.peers.split(",") if url.strip()],
        max_sectors=chosen.max_sectors,
    )


def main() -> None:
    """Serve until SIGTERM or admin_shutdown; a wrong set-up is one line and an exit code."""
    parser = argparse.ArgumentParser(prog="zerog-node", description="0G storage node")
    try:
        home, options = options_of(parser)
        logs.set_up()
        open_node(Settings.load(home), options).run()
    except ZerogError as error:
        parser.exit(error.exit_code, f"error: {error}\n")
