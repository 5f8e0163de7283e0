"""From a packed container to a finalised file: the steps that mint and re-encryption share.

Both rows pass through `encrypted` and `submitted` with the values `data_root`, `size`,
`container` (a file name in the spool) and then `tx_seq`, `submit_tx`, `submit_gas`, `fee_wei`.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.tx import Sender
from zerog.inft.jobstore import Row
from zerog.storage.client import StorageClient
from zerog.storage.codec import FileTree, tree_of
from zerog.storage.submit import submit
from zerog.types import Progress

KNOWN_SECONDS: Final = 30.0


class Publisher:
    """Pays for a container and stores it; every step may be run again."""

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

    def tree(self, row: Row) -> FileTree:
        """The tree of the row's container, hashed again from disk."""
        return tree_of(self._spool / row.text("container"))

    def submit(self, row: Row) -> Row:
        """encrypted -> submitted: one Flow submission, never paid twice."""
        done = submit(self._sender, self._flow, self.tree(row), f"{row.job_id}:submit")
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
        tree = self.tree(row)
        done = submit(self._sender, self._flow, tree, f"{row.job_id}:submit")
        self._storage.wait_known(tree.data_root, done.tx_seq, KNOWN_SECONDS)
        path = self._spool / row.text("container")
        self._storage.upload(path, tree, done.tx_seq, self._progress)
        return row.to("uploaded", tx_seq=done.tx_seq)

    def forget(self, row: Row) -> None:
        """Remove the container from the spool, when it is stored and the row is final."""
        (self._spool / row.text("container")).unlink(missing_ok=True)
