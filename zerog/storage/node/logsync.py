"""A storage node's view of the chain: Submit logs become entries, a reorg takes them back."""

from __future__ import annotations

import sqlite3
import threading
import time
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.follow import Follower
from zerog.chain.rpc import Log
from zerog.errors import ZerogError
from zerog.storage.codec import SubmissionNode, fold_nodes
from zerog.storage.flow import FlowModel
from zerog.storage.node.entries import Submission
from zerog.storage.node.store import NodeStore

POLL_SECONDS: Final = 0.1
SWEEP_SECONDS: Final = 30.0


class PlacementDiffers(ZerogError):
    """The contract put a submission elsewhere than the flow's rules do."""

    def __init__(self, seq: int, expected: int, found: int) -> None:
        self.seq, self.expected, self.found = seq, expected, found
        super().__init__(f"submission {seq} lies at sector {found} instead of {expected}")


class LogSync:
    """Keeps a store in step with the chain's head."""

    def __init__(self, flow: FlowContract, store: NodeStore) -> None:
        """flow: the contract whose log is followed, without confirmations."""
        self._flow, self._store = flow, store
        self._swept = time.monotonic()
        self._follower = Follower(
            flow.chain,
            store.database,
            [flow.address],
            {flow.topic("Submit"): self._submitted},
            store.rewind,
        )

    def step(self) -> None:
        """Follow to the head; now and then drop data that waited in vain."""
        while self._follower.step():
            pass
        if time.monotonic() - self._swept > SWEEP_SECONDS:
            self._swept = time.monotonic()
            self._store.sweep(time.time())

    def caught_up(self) -> bool:
        """Whether the log is followed to the chain's head; raises ChainUnreachable."""
        return self.height() >= self._flow.chain.head().number

    def height(self) -> int:
        """The last block that was followed; -1 before the first."""
        return self._follower.height()

    def block_hash(self) -> bytes:
        """Hash of that block."""
        return self._follower.block_hash()

    def _submitted(self, cursor: sqlite3.Cursor, log: Log) -> None:
        self._store.add(cursor, decode_submit(self._flow, log))


def decode_submit(flow: FlowContract, log: Log) -> Submission:
    """A Submit log as a submission; the data root is the fold of its nodes.

    Source: 0gfoundation/0g-storage-contracts: contracts/interfaces/IFlow.sol (event Submit).
    """
    event = flow.decode_event(log)
    if event is None or event.name != "Submit":
        raise TypeError(f"a log of block {log.block_number} is no Submit")
    submission = event.args["submission"]
    if not isinstance(submission, tuple):
        raise TypeError(f"submission is {type(submission).__name__}")
    size, _tags, pairs = submission
    nodes = tuple(SubmissionNode(bytes(root), int(height)) for root, height in pairs)
    return Submission(
        seq=event.number("submissionIndex"),
        root=fold_nodes(nodes),
        size=int(size),
        start=event.number("startPos"),
        nodes=nodes,
        block=log.block_number,
    )


class FlowView:
    """Length and root of the whole flow, brought up to date when somebody asks."""

    def __init__(self, store: NodeStore) -> None:
        """store: whose log is modelled."""
        self._store = store
        self._model = FlowModel()
        self._count = 0
        self._generation: int | None = None
        self._lock = threading.Lock()

    def context(self) -> tuple[bytes, int]:
        """(root, length in sectors); raises PlacementDiffers."""
        with self._lock:
            generation, log = self._store.log_after(self._count)
            if generation != self._generation:
                self._model, self._count, self._generation = FlowModel(), 0, generation
                _, log = self._store.log_after(0)
            for start, nodes in log:
                placed = self._model.append(nodes)
                if placed.start != start:
                    raise PlacementDiffers(self._count, placed.start, start)
                self._count += 1
            return self._model.root(), self._model.length
