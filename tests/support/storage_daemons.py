"""A storage node and its indexer as real processes, beside a real chain with the real Flow."""

from __future__ import annotations

import http.client
import itertools
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import urllib3

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from zerog.chain.bindings import FlowContract
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import Submitted, submit
from zerog.storage.codec import FileTree, SubmissionNode, TreeBuilder, submission_heights
from zerog.storage.remote import Remote
from zerog.types import Json


def wait_for(condition: Callable[[], bool], what: str, timeout_s: float = PATIENCE_SECONDS) -> None:
    """Poll until the condition holds; raises TimeoutError."""
    end = time.monotonic() + timeout_s
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.01)


def file_of(path: Path, size: int, seed: int = 1) -> FileTree:
    """Write `size` random bytes and give their tree."""
    data = random.Random(seed * 1_000_003 + size).randbytes(size)
    path.write_bytes(data)
    builder = TreeBuilder()
    builder.update(data)
    return builder.finish()


def healthy(port: int) -> bool:
    """Whether GET /health says ok."""
    try:
        return bool(health(port)["ok"])
    except (ConnectionError, http.client.HTTPException, TimeoutError):
        return False


def health(port: int) -> dict[str, object]:
    """What GET /health shows."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_SECONDS)
    try:
        connection.request("GET", "/health")
        found: dict[str, object] = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    return found


@dataclass(slots=True)
class Daemon:
    """One `python -m MODULE --home HOME --port PORT`, started and killed at will."""

    module: str
    home: Path
    port: int
    extra: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its endpoint."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """What it prints."""
        return self.home / f"{self.module}-{self.port}.log"

    def start(self) -> None:
        """Start it and wait until it is healthy."""
        start_all(self)

    def launch(self) -> None:
        """Start it."""
        command = [sys.executable, "-m", self.module]
        command += ["--home", str(self.home), "--port", str(self.port), *self.extra]
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                command, stdout=log, stderr=log, env={**os.environ, **self.variables}
            )

    def answers(self) -> bool:
        """Whether it is healthy; raises RuntimeError with its last words when it ended."""
        if self.process is None or self.process.poll() is not None:
            raise RuntimeError(f"{self.module} ended: {self.log.read_text()[-500:]}")
        return healthy(self.port)

    def kill(self) -> None:
        """End it as a power cut would."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """End it in order; gives its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        if self.process is None:
            return 0
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        code = self.process.wait(timeout=PATIENCE_SECONDS)
        self.process = None
        return code


def start_all(*daemons: Daemon) -> None:
    """Start several at once and wait until each is healthy: most of a start is imports."""
    for one in daemons:
        one.launch()
    for one in daemons:
        wait_for(one.answers, f"{one.module} on {one.port}")


@dataclass(slots=True)
class Storage:
    """A home with a deployed Flow, a node and an indexer."""

    home: Path
    anvil: AnvilProcess
    chain: Chain
    flow: FlowContract
    sender: Sender
    node: Daemon
    indexer: Daemon
    intents: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def make(cls, home: Path, anvil: AnvilProcess, params: DeployParams | None = None) -> Storage:
        """Deploy, write the registry; nothing is started yet."""
        chain, deployer = Chain(anvil.url), devnet_signer(1)
        params = params or DeployParams(admin=deployer.address, oracle=devnet_signer(2).address)
        contracts = deploy(chain, home, deployer, deploy_plan(params, deployer.address))
        node = Daemon("zerog.storage.node", home, free_port())
        indexer = Daemon("zerog.storage.indexer", home, free_port())
        endpoints = {"chain": anvil.url, "node": node.url, "indexer": indexer.url}
        Registry(chain.chain_id(), contracts, endpoints, None).save(home)
        sender = Sender(chain, TxStore(home / "tx.db"), devnet_signer(3))
        flow = FlowContract(chain, contracts["Flow"].address)
        return cls(home, anvil, chain, flow, sender, node, indexer)

    def client(self) -> StorageClient:
        """Through the indexer."""
        return StorageClient(self.indexer.url)

    def remote(self) -> Remote:
        """The node itself."""
        return remote_of(self.node)

    def another(self, name: str, *extra: str) -> Daemon:
        """A further node of this home, not started, with a data folder of its own."""
        data = ("--data", str(self.home / name))
        return Daemon("zerog.storage.node", self.home, free_port(), (*data, *extra))

    def call(self, method: str, *params: Json) -> Json:
        """One call to the node."""
        return self.remote().call(method, *params)

    def submit(self, tree: FileTree) -> Submitted:
        """A paid submission of its own, mined."""
        return submit(self.sender, self.flow, tree, f"test:{next(self.intents)}")

    def put(self, path: Path, tree: FileTree) -> Submitted:
        """Submit and upload."""
        done, client = self.submit(tree), self.client()
        client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
        client.upload(path, tree, done.tx_seq)
        return done

    def wait_seen(self, count: int) -> None:
        """Wait until the node's log has `count` submissions."""
        wait_for(lambda: self.next_seq() == count, f"{count} submissions in the node's log")

    def next_seq(self) -> int:
        """nextTxSeq of the node."""
        status = self.call("zgs_getStatus")
        assert isinstance(status, dict)
        found = status["nextTxSeq"]
        assert isinstance(found, int)
        return found


@contextmanager
def running_storage(home: Path, *anvil: str) -> Iterator[Storage]:
    """A chain (with these arguments of anvil), a node and an indexer, ended in reverse order."""
    chain = AnvilProcess.start(home, *anvil)
    try:
        made = Storage.make(home, chain)
        try:
            start_all(made.node, made.indexer)
            yield made
        finally:
            made.indexer.stop()
            made.node.stop()
    finally:
        chain.stop()


def remote_of(node: Daemon) -> Remote:
    """A node, asked once and without patience."""
    return Remote(node.url, urllib3.PoolManager(maxsize=8, retries=False), attempts=1)


def admin_of(node: Daemon) -> Remote:
    """The operator's port of a node."""
    url = str(health(node.port)["admin"])
    return Remote(url, urllib3.PoolManager(maxsize=8, retries=False), attempts=1)


def with_size(tree: FileTree, size: int) -> FileTree:
    """A submission of the same nodes that claims another length."""
    assert submission_heights(size) == tree.heights
    nodes = tuple(SubmissionNode(one.root, one.height) for one in tree.nodes)
    return FileTree(size, tree.data_root, tree.segment_roots, nodes)


def post(storage: Storage, body: bytes, path: str = "/", **headers: str) -> dict[str, object]:
    """One raw POST to the node; gives the answer's JSON."""
    connection = http.client.HTTPConnection(
        "127.0.0.1", storage.node.port, timeout=PATIENCE_SECONDS
    )
    connection.request("POST", path, body, {"content-type": "application/json", **headers})
    answer = connection.getresponse()
    found: dict[str, object] = json.loads(answer.read())
    connection.close()
    return found
