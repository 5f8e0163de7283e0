"""KV streams of one network, written with the keys of one home.

from zerog.storage.kv.sdk import Streams, stream_id
streams = Streams.connect()
streams.put(stream_id("notes"), {b"greeting": b"hello"}, owner="alice")
streams.kv.get(stream_id("notes"), b"greeting")
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Final, TypeAlias

from zerog.chain.bindings import FlowContract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys as Wallets
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.crypto.keccak import keccak256
from zerog.storage.client.client import StorageClient
from zerog.storage.encryption import Encryption
from zerog.storage.kv.batcher import Batch, Batcher, Committed
from zerog.storage.kv.client import KvClient
from zerog.storage.kv.codec import ID, NEVER_CONFLICTS, Op
from zerog.types import Address

NAME_LABEL: Final = b"zerog/kv/stream/"
_NUMBER: Final = re.compile(r"0[xX][0-9a-fA-F]{1,64}")
PathText: TypeAlias = str | os.PathLike[str]


def stream_id(name: str) -> bytes:
    """32 bytes of a stream: 0x hex, filled up with zeros on the left, or the hash of a name.

    A name is the same stream for everybody; who writes to it first is its admin.
    """
    if _NUMBER.fullmatch(name):
        return int(name, 16).to_bytes(ID, "big")
    return keccak256(NAME_LABEL + name.encode())


class Streams:
    """Reads with `kv`, writes with a key's name; safe for many threads."""

    def __init__(self, settings: Settings, wallets: Wallets | None = None) -> None:
        """wallets: the keys of the home by default. Raises BadRegistry."""
        registry = Registry.load(settings.home)
        self._settings = settings
        self.wallets = wallets or Wallets(settings.home, registry.chain_id)
        self._chain = Chain(settings.rpc_url, expected_chain_id=registry.chain_id)
        self._flow = FlowContract.of(self._chain, registry.contract("Flow"))
        self._storage = StorageClient(settings.indexer_url)
        self.kv = KvClient(settings.kv_url)

    @classmethod
    def connect(cls, home: PathText | None = None) -> Streams:
        """The network that the home's registry names; home: $ZEROG_HOME, else ~/.zerog.

        Raises BadRegistry.
        """
        return cls(Settings.load(None if home is None else Path(home)))

    def writer(self, owner: str, encryption: Encryption | None = None) -> Batcher:
        """Batches paid by `owner`, a name of this home; raises NoSuchKey."""
        sender = Sender(
            self._chain,
            TxStore(self._settings.home / "tx.db"),
            self.wallets.signer(owner),
            self._settings.finality_depth,
        )
        spool = self._settings.home / "spool"
        return Batcher(self.kv, self._storage, sender, self._flow, spool, encryption)

    def put(
        self,
        stream: bytes,
        values: Mapping[bytes, bytes],
        owner: str,
        version: int = NEVER_CONFLICTS,
        encryption: Encryption | None = None,
    ) -> Committed:
        """Write keys at once, all or none; an empty value deletes.

        version: conflict when one of the keys is newer. Raises what Batcher.commit raises.
        """
        batch = Batch(version)
        for key, value in values.items():
            batch.put(stream, key, value)
        return self.writer(owner, encryption).commit(batch)

    def control(
        self, op: Op, stream: bytes, owner: str, key: bytes = b"", account: Address | None = None
    ) -> Committed:
        """Change who may write; raises what Batcher.commit raises."""
        return self.writer(owner).commit(Batch().control(op, stream, key, account))
