"""A node's store fed like the node feeds it, without a chain: placed by the flow's rules."""

from __future__ import annotations

import random
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from zerog.storage.codec import SEGMENT, FileTree, TreeBuilder, segment_length
from zerog.storage.flow import FlowModel
from zerog.storage.node.entries import Entry, Submission
from zerog.storage.node.store import NodeStore
from zerog.storage.wire import ShardConfig


@dataclass(frozen=True, slots=True)
class Blob:
    """A file's bytes and tree."""

    data: bytes
    tree: FileTree

    @classmethod
    def make(cls, size: int, seed: int = 1) -> Blob:
        """`size` random bytes."""
        data = random.Random(seed * 1_000_003 + size).randbytes(size)
        builder = TreeBuilder()
        builder.update(data)
        return cls(data, builder.finish())

    def segment(self, index: int) -> bytes:
        """As it is uploaded."""
        data = self.data[index * SEGMENT : (index + 1) * SEGMENT]
        return data.ljust(segment_length(self.tree.size, index), b"\0")


@dataclass(slots=True)
class FedStore:
    """A store whose log is made here."""

    folder: Path
    store: NodeStore
    flow: FlowModel = field(default_factory=FlowModel)
    roots: list[bytes] = field(default_factory=list)
    blobs: list[Blob] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, shard: ShardConfig | None = None) -> FedStore:
        """An empty one."""
        return cls(folder, NodeStore(folder, shard))

    def reopen(self, shard: ShardConfig | None = None) -> None:
        """As after a restart of the process."""
        self.store = NodeStore(self.folder, shard)

    def submit(self, blob: Blob, block: int = 1) -> Entry:
        """The next submission of the log."""
        seq, tree = len(self.blobs), blob.tree
        start = self.flow.append(tree.nodes).start
        found = Submission(seq, tree.data_root, tree.size, start, tree.nodes, block)
        with self.store.database.transaction() as cursor:
            self.store.add(cursor, found)
        self.blobs.append(blob)
        self.roots.append(self.flow.root())
        return self.entry(seq)

    def entry(self, seq: int) -> Entry:
        """A submission that is there."""
        found = self.store.entry(seq)
        assert found is not None
        return found

    def put(self, seq: int, indexes: Iterable[int] | None = None) -> None:
        """Store segments, by default those that the submission lacks."""
        entry, blob = self.entry(seq), self.blobs[seq]
        chosen = list(self.store.missing(entry) if indexes is None else indexes)
        parts = [(i, blob.segment(i), blob.tree.proof(i)) for i in chosen]
        assert self.store.put(entry.content, parts)
