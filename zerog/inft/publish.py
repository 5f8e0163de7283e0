"""From a packed container to a finalised file: the steps that mint and re-encryption share.

Both rows pass through `encrypted` and `submitted` with the values `data_root`, `size`,
`container` (a file name in the spool) and then `tx_seq`, `submit_tx`, `submit_gas`, `fee_wei`.
"""

from __future__ import annotations

import secrets
from pathlib import Path
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.tx import Sender
from zerog.crypto.aead import Reader
from zerog.crypto.container import SUITE_AES_256_GCM
from zerog.errors import Tampered
from zerog.inft.jobstore import Row
from zerog.inft.spool import write_container
from zerog.storage.client.client import StorageClient
from zerog.storage.client.submit import submit
from zerog.storage.codec import FileTree, tree_of
from zerog.types import Progress

KNOWN_SECONDS: Final = 30.0


class SpoolDamaged(Tampered):
    """A packed container is not what its row says."""

    def __init__(self, path: Path, expected: bytes, found: bytes) -> None:
        self.path, self.expected, self.found = path, expected, found
        super().__init__(f"{path} has the root 0x{found.hex()}, its row says 0x{expected.hex()}")


class Publisher:
    """Packs a container, pays for it and stores it; every step may be run again."""

    def __init__(
        self,
        sender: Sender,
        flow: FlowContract,
        storage: StorageClient,
        spool: Path,
        progress: Progress,
    ) -> None:
        """spool: the folder that holds the packed containers."""
        self._sender, self._flow, self._storage = sender, flow, storage
        self._spool, self._progress = spool, progress

    def pack(
        self,
        row: Row,
        data_key: bytes,
        plain: Reader,
        plain_size: int,
        suite: int = SUITE_AES_256_GCM,
    ) -> Row:
        """keyed -> encrypted: the plaintext, encrypted into a file of this attempt's own."""
        self.forget(row)
        container = f"{row.job_id}-{secrets.token_hex(4)}.zg"
        target = self._spool / container
        tree = write_container(target, data_key, plain, plain_size, self._progress, suite)
        root = "0x" + tree.data_root.hex()
        return row.to("encrypted", container=container, data_root=root, size=tree.size)

    def submit(self, row: Row) -> Row:
        """encrypted -> submitted: one Flow submission, never paid twice."""
        done = submit(self._sender, self._flow, self._tree(row), f"{row.job_id}:submit")
        return row.to(
            "submitted",
            tx_seq=done.tx_seq,
            submit_tx="0x" + done.tx_hash.hex(),
            submit_gas=done.gas_used,
            fee_wei=done.fee_wei,
        )

    def upload(self, row: Row) -> Row:
        """submitted -> uploaded: every segment stored, the file finalised.

        The submission is looked up again first: a chain that lost its last blocks may have
        given it another sequence number.
        """
        tree = self._tree(row)
        done = submit(self._sender, self._flow, tree, f"{row.job_id}:submit")
        self._storage.wait_known(tree.data_root, done.tx_seq, KNOWN_SECONDS)
        path = self._spool / row.text("container")
        self._storage.upload(path, tree, done.tx_seq, self._progress)
        return row.to("uploaded", tx_seq=done.tx_seq)

    def is_settled(self, row: Row) -> bool:
        """Whether the submission is as deep as the network wants; raises TxReverted."""
        return self._sender.settle(f"{row.job_id}:submit") is not None

    def _tree(self, row: Row) -> FileTree:
        """The tree of the row's container, hashed again from disk; raises SpoolDamaged."""
        path = self._spool / row.text("container")
        tree = tree_of(path)
        if tree.data_root != row.blob("data_root"):
            raise SpoolDamaged(path, row.blob("data_root"), tree.data_root)
        return tree

    def forget(self, row: Row) -> None:
        """Remove every container of the row from the spool, half written ones too."""
        for path in self._spool.glob(f"{row.job_id}-*"):
            path.unlink(missing_ok=True)
