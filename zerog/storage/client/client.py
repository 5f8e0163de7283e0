"""Puts files on storage nodes and gets them back, verified segment by segment."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Final

from zerog.errors import ZerogError
from zerog.storage.client.nodes import Nodes
from zerog.storage.client.placement import Meter, Placement, times_kept
from zerog.storage.client.reading import Holder, Reading
from zerog.storage.client.upload import FileSource
from zerog.storage.codec import (
    FileTree,
    SubmissionNode,
    fold_nodes,
    padded_sectors,
    segment_count,
)
from zerog.storage.errors import FileNotFinalized, FileUnknown, LengthMismatch, NodeUnreachable
from zerog.storage.remote import ATTEMPTS, Remote
from zerog.storage.wire import FileInfo, ShardedNode
from zerog.types import Progress, no_progress

FIRST_POLL_SECONDS: Final = 0.02
LAST_POLL_SECONDS: Final = 0.25


class StorageClient:
    """A client of one indexer, of one node, or of a list of nodes; safe for many threads."""

    def __init__(self, url: str, nodes: Sequence[str] = ()) -> None:
        """url: of an indexer or a node; which of them is found out at the first call.

        nodes: URLs to use instead of what an indexer would say.
        """
        self.url = url
        self.nodes = Nodes(url, nodes)

    def __repr__(self) -> str:
        return f"StorageClient({self.url!r})"

    def placement(self, replicas: int = 1) -> Placement:
        """For the uploads of one operation."""
        return Placement(self.nodes, replicas)

    def upload(
        self,
        path: Path,
        tree: FileTree,
        tx_seq: int,
        progress: Progress = no_progress,
        replicas: int = 1,
    ) -> None:
        """Bring the submission `tx_seq` to finalised `replicas` times, sending only what lacks.

        path: the bytes that `tree` was built over. progress("upload", done, total) in bytes.
        Raises ReplicasNotMet (with what each node said), FileChanged, NoStorageNode.
        """
        meter = Meter("upload", tree.size * replicas, progress)
        self.placement(replicas).store(lambda: FileSource(path), tree, tx_seq, meter)
        meter.finish()

    def wait_known(self, root: bytes, tx_seq: int, timeout_s: float) -> FileInfo:
        """Wait until nodes that keep everything together have seen the submission of `root`.

        Raises FileUnknown after timeout_s seconds.
        """
        end = time.monotonic() + timeout_s
        pause = FIRST_POLL_SECONDS
        while True:
            known = self._having(root, tx_seq)
            if known and times_kept([node for node, _ in known]):
                return known[0][1]
            if time.monotonic() >= end:
                raise FileUnknown(root)
            time.sleep(pause)
            pause = min(pause * 2, LAST_POLL_SECONDS)

    def is_finalized(self, root: bytes, tx_seq: int, replicas: int = 1) -> bool:
        """Whether nodes hold all of the submission `replicas` times."""
        return self.times_finalized(root, tx_seq) >= replicas

    def times_finalized(
        self, root: bytes, tx_seq: int, living: Sequence[ShardedNode] | None = None
    ) -> int:
        """How often the nodes hold all of a submission; living: who is asked, found out before."""
        having = self._having(root, tx_seq, living)
        return times_kept([n for n, info in having if info.finalized and not info.pruned])

    def locate(self, root: bytes) -> list[FileInfo]:
        """What each node that knows the root has under it, finalised ones first."""
        return [holder.info for holder in self.holders(root)]

    def holders(self, root: bytes) -> list[Holder]:
        """The nodes that know the root, finalised ones first.

        Raises NodeUnreachable when none of the nodes that answer knows it and one does not.
        """
        living = self.nodes.all()
        answers = self.nodes.ask(living, lambda remote, _node: remote.info(root))
        attempts = 1 if len(living) > 1 else ATTEMPTS
        found = [
            Holder(self.nodes.remote(node.url, attempts), info, node.config)
            for node, info in zip(living, answers, strict=True)
            if isinstance(info, FileInfo) and info.data_root == root
        ]
        lost = [error for error in answers if isinstance(error, ZerogError)]
        if not found and lost:
            raise lost[0]
        return sorted(found, key=lambda holder: not holder.info.finalized)

    def subtrees(self, root: bytes) -> list[tuple[SubmissionNode, ...]]:
        """As what nodes of a submission the root is known; only what does fold to it.

        Raises NodeUnreachable.
        """
        told = {info.nodes for info in self.locate(root) if info.nodes}
        return [nodes for nodes in told if fold_nodes(nodes) == root]

    def segments(self, root: bytes, size: int | None = None) -> Iterator[bytes]:
        """The file's bytes, segment by segment, each verified against `root` first.

        size: the length the caller knows to be right; else what most nodes with a finalised
        entry say. A root binds the padded content, so whatever entry the nodes hold gives the
        bytes of every length that the root can have.
        Raises FileUnknown, FileNotFinalized, LengthMismatch, BadSegment, NodeUnreachable.
        """
        reading = self.reading(root, size)
        return (data for _, data in reading.run())

    def reading(self, root: bytes, size: int | None = None) -> Reading:
        """As `segments`, for callers that want some of them, or `failures`."""
        holders = self._ready(root)
        stored = Counter(holder.info.size for holder in holders).most_common(1)[0][0]
        length = stored if size is None else size
        fitting = [one for one in holders if _fits(one.info.size, length)]
        if not fitting:
            raise LengthMismatch(root, length, stored)
        return Reading(root, length, fitting)

    def _ready(self, root: bytes) -> list[Holder]:
        holders = self.holders(root)
        if not holders:
            raise FileUnknown(root)
        ready = [one for one in holders if one.info.finalized and not one.info.pruned]
        if not ready:
            info = holders[0].info
            raise FileNotFinalized(root, info.uploaded_segments, segment_count(info.size))
        return ready

    def _having(
        self, root: bytes, tx_seq: int, nodes: Sequence[ShardedNode] | None = None
    ) -> list[tuple[ShardedNode, FileInfo]]:
        """The nodes that have seen the submission, and what they say of it."""
        living = self.nodes.all() if nodes is None else nodes

        def look(remote: Remote, _node: ShardedNode) -> FileInfo | None:
            return remote.info_of(tx_seq)

        answers = self.nodes.ask(living, look)
        lost = [error for error in answers if isinstance(error, NodeUnreachable)]
        if lost and len(lost) == len(living):
            raise lost[0]
        return [
            (node, info)
            for node, info in zip(living, answers, strict=True)
            if isinstance(info, FileInfo) and info.data_root == root
        ]


def _fits(stored: int, length: int) -> bool:
    """A node that claims a length which the root cannot have beside `length` is not asked."""
    return stored > 0 < length and padded_sectors(stored) == padded_sectors(length)
