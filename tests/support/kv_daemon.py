"""A KV node beside a storage node, an indexer and a chain, with wallets that write to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import Daemon, Storage, start_all, wait_for
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Sender, TxStore
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import Submitted, submit
from zerog.storage.codec import TreeBuilder
from zerog.storage.encryption import Encryption
from zerog.storage.kv.batcher import Batch, Batcher
from zerog.storage.kv.client import KvClient
from zerog.storage.remote import Remote, make_pool
from zerog.types import Json

ALICE, BOB, CAROL = (devnet_signer(index) for index in (3, 4, 5))
STREAM, OTHER = b"\x01" * 32, b"\x02" * 32


@dataclass(slots=True)
class KvStack:
    """All four processes and what talks to them."""

    storage: Storage
    node: Daemon
    kv: KvClient

    @property
    def anvil(self) -> AnvilProcess:
        """The chain."""
        return self.storage.anvil

    def sender(self, index: int) -> Sender:
        """A devnet account's transactions; rows are shared, as in any home."""
        return Sender(
            self.storage.chain, TxStore(self.storage.home / "tx.db"), devnet_signer(index)
        )

    def batcher(self, index: int = 3, encryption: Encryption | None = None) -> Batcher:
        """A devnet account that writes."""
        spool = self.storage.home / "spool"
        return Batcher(
            self.kv,
            self.storage.client(),
            self.sender(index),
            self.storage.flow,
            spool,
            encryption,
        )

    def put(self, key: bytes, value: bytes, stream: bytes = STREAM, index: int = 3) -> int:
        """Write one key; gives its version."""
        return self.batcher(index).commit(Batch().put(stream, key, value)).tx_seq

    def submit(self, data: bytes, tags: bytes, intent: str, index: int = 3) -> Submitted:
        """A submission whose file nobody uploads."""
        builder = TreeBuilder()
        builder.update(data)
        tree = builder.finish()
        return submit(self.sender(index), self.storage.flow, tree, intent, tags=tags)

    def upload(
        self, data: bytes, done: Submitted, scratch: Path, client: StorageClient | None = None
    ) -> None:
        """Store the file of a submission; client: None is one through the indexer."""
        scratch.write_bytes(data)
        builder = TreeBuilder()
        builder.update(data)
        tree = builder.finish()
        client = client or self.storage.client()
        client.wait_known(tree.data_root, done.tx_seq, PATIENCE_SECONDS)
        client.upload(scratch, tree, done.tx_seq)

    def store(self, data: bytes, scratch: Path) -> None:
        """Store bytes as a plain file: a transaction over them then waits for nothing."""
        plain = self.submit(data, b"", f"plain:{data.hex()}")
        self.upload(data, plain, scratch)

    def call(self, method: str, *params: Json) -> Json:
        """One raw call to the KV node."""
        return Remote(self.node.url, make_pool(), attempts=1).call(method, *params)

    def wait_result(self, seq: int, timeout_s: float = PATIENCE_SECONDS) -> str:
        """The result string of a transaction, once there is one."""
        wait_for(lambda: self.kv.result(seq) is not None, f"the result of {seq}", timeout_s)
        found = self.kv.result(seq)
        assert found is not None
        return found


@contextmanager
def kv_stack(home: Path, *more: str, **variables: str) -> Iterator[KvStack]:
    """Start all four; end them in reverse order. variables: of the KV node's environment."""
    anvil = AnvilProcess.start(home)
    try:
        storage = Storage.make(home, anvil)
        node = Daemon("zerog.storage.kv", home, free_port(), more, variables)
        try:
            start_all(storage.node, storage.indexer, node)
            yield KvStack(storage, node, KvClient(node.url))
        finally:
            node.stop()
            storage.indexer.stop()
            storage.node.stop()
    finally:
        anvil.stop()
