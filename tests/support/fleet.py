"""Several real storage nodes in this process, each behind a proxy that a test may turn bad."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from tests.support.evm import AnvilProcess
from tests.support.liars import Liar
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import wait_for
from zerog.chain.bindings import FlowContract
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.storage.client.submit import submit
from zerog.storage.codec import SEGMENT, FileTree, TreeBuilder, segment_length
from zerog.storage.node.daemon import Node, Options, open_node
from zerog.storage.remote import Remote, make_pool
from zerog.storage.shards import owns
from zerog.storage.wire import Segment, ShardConfig


class Server:
    """An ASGI application on a free loopback port, in a thread."""

    def __init__(self, app: object, port: int | None = None) -> None:
        """Starts; returns when it listens."""
        self.port = port or free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        config = uvicorn.Config(
            app,  # type: ignore[arg-type]
            host="127.0.0.1",
            port=self.port,
            log_config=None,
            access_log=False,
            lifespan="off",
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        wait_for(lambda: self._server.started, f"a server on {self.port}")

    def stop(self) -> None:
        """End it and wait."""
        self._server.should_exit = True
        self._thread.join(timeout=PATIENCE_SECONDS)


@dataclass(slots=True)
class Member:
    """One node of the fleet."""

    node: Node
    server: Server
    liar: Liar
    remote: Remote

    @property
    def url(self) -> str:
        """As the world reaches it: through its proxy."""
        return self.liar.url

    def stop(self) -> None:
        """End proxy, server and log cycle."""
        self.liar.stop()
        self.server.stop()
        self.node.files.close()
        for cycle in self.node.cycles:
            cycle.stop()


@dataclass(slots=True)
class Stored:
    """A submitted file of a test."""

    data: bytes
    tree: FileTree
    tx_seq: int

    @property
    def root(self) -> str:
        """0x hex."""
        return "0x" + self.tree.data_root.hex()


@dataclass(slots=True)
class Fleet:
    """Nodes over one chain, without an indexer."""

    home: Path
    members: list[Member]
    sender: Sender
    flow: FlowContract
    intents: Iterator[int] = field(default_factory=itertools.count)

    @property
    def urls(self) -> tuple[str, ...]:
        """Of all members."""
        return tuple(member.url for member in self.members)

    def submit(self, data: bytes) -> Stored:
        """Pay for a file and wait until every node has seen it; nothing is uploaded."""
        builder = TreeBuilder()
        builder.update(data)
        tree = builder.finish()
        done = submit(self.sender, self.flow, tree, f"fleet:{next(self.intents)}")
        stored = Stored(data, tree, done.tx_seq)
        for member in self.members:
            wait_for(
                lambda remote=member.remote: remote.info_of(done.tx_seq) is not None,  # type: ignore[misc]
                f"submission {done.tx_seq} at {member.server.url}",
            )
        return stored

    def put(self, data: bytes, places: Sequence[int]) -> Stored:
        """Submit a file and upload all of it to the members at these places."""
        stored = self.submit(data)
        for place in places:
            self.upload(stored, place)
        return stored

    def upload(self, stored: Stored, place: int, indexes: Sequence[int] | None = None) -> None:
        """Send segments (default: all of its share) to one member, past its proxy."""
        remote = self.members[place].remote
        info, shard = remote.info_of(stored.tx_seq), remote.shard_config()
        assert info is not None
        every = range(stored.tree.segment_count) if indexes is None else indexes
        wanted = [index for index in every if owns(shard, info.start, index)]
        for index in wanted:
            segment = segment_of(stored, index)
            remote.call("zgs_uploadSegmentByTxSeq", segment.to_json(), stored.tx_seq)

    def hold(self, method: str, after: int) -> None:
        """Let each member answer so many more calls of a kind; `heal` lets the others go on."""
        for member in self.members:
            member.liar.hold(method, after)

    def heal(self) -> None:
        """Every member is honest again, and answers."""
        for member in self.members:
            member.liar.mode = "honest"
            member.liar.release()


def segment_of(stored: Stored, index: int) -> Segment:
    """One segment of a file with its proof."""
    length = segment_length(len(stored.data), index)
    data = stored.data[index * SEGMENT : (index + 1) * SEGMENT].ljust(length, b"\0")
    root, proof = stored.tree.data_root, stored.tree.proof(index)
    return Segment(root, data, index, proof, len(stored.data))


@contextmanager
def running_fleet(home: Path, count: int, shards: int = 1, peers: bool = False) -> Iterator[Fleet]:
    """A chain with a Flow and `count` nodes; member i keeps share i % shards of the flow.

    peers: whether the nodes fetch from each other what they lack.
    """
    anvil = AnvilProcess.start(home)
    members: list[Member] = []
    try:
        chain, deployer = Chain(anvil.url), devnet_signer(1)
        params = DeployParams(admin=deployer.address, oracle=devnet_signer(2).address)
        contracts = deploy(chain, home, deployer, deploy_plan(params, deployer.address))
        Registry(chain.chain_id(), contracts, {"chain": anvil.url}, None).save(home)
        ports = [free_port() for _ in range(count)]
        urls = [f"http://127.0.0.1:{port}" for port in ports] if peers else []
        for number, port in enumerate(ports):
            options = Options(
                port=port,
                admin_port=port,
                data=home / f"node-{number}",
                shard=ShardConfig(number % shards, shards),
                peers=urls,
            )
            members.append(started(open_node(Settings.load(home, {}), options), port))
        wait_for(lambda: all(_connected(one, len(urls) - 1) for one in members), "live peers")
        sender = Sender(chain, TxStore(home / "tx.db"), devnet_signer(3))
        flow = FlowContract(chain, contracts["Flow"].address)
        yield Fleet(home, members, sender, flow)
    finally:
        for member in members:
            member.stop()
        anvil.stop()


def started(node: Node, port: int) -> Member:
    """A node with its cycles, served behind a proxy."""
    for cycle in node.cycles:
        cycle.start()
    server = Server(node.app, port)
    return Member(node, server, Liar(server.url), Remote(server.url, make_pool(8)))


def _connected(member: Member, peers: int) -> bool:
    return member.node.files.live_peers() >= peers
