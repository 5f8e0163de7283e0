"""One submission to as many nodes as it takes: every segment to each node that keeps it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from typing import Final, TypeAlias

from zerog.errors import ZerogError
from zerog.storage.client.errors import ReplicasNotMet
from zerog.storage.client.nodes import Nodes
from zerog.storage.client.upload import (
    SegmentSource,
    missing_segments,
    real_length,
    upload_segments,
)
from zerog.storage.codec import FileTree, segment_count
from zerog.storage.errors import FileNotFinalized, FileUnknown, NotEnoughNodes
from zerog.storage.remote import Remote
from zerog.storage.selection import EVERYTHING, coverage, select
from zerog.storage.shards import owns
from zerog.storage.wire import FileInfo, ShardedNode
from zerog.types import Progress

KNOWN_SECONDS: Final = 30.0
"""For a node to follow the chain up to a submission that is mined."""
FIRST_POLL_SECONDS: Final = 0.02
LAST_POLL_SECONDS: Final = 0.25


Opening: TypeAlias = Callable[[], AbstractContextManager[SegmentSource]]
"""How to open the bytes of a submission; may be called from several threads."""


class Meter:
    """Adds up what many threads do, for one progress line."""

    def __init__(self, step: str, total: int, progress: Progress) -> None:
        """total: bytes that the step moves."""
        self._step, self._total, self._progress = step, total, progress
        self._done = 0
        self._lock = threading.Lock()

    def add(self, size: int) -> None:
        """Never beyond the total: a node that failed may have counted."""
        with self._lock:
            self._done = min(self._total, self._done + size)
            self._progress(self._step, self._done, self._total)

    def finish(self) -> None:
        """All is done, also what needed no doing."""
        self.add(self._total)


def times_kept(nodes: Sequence[ShardedNode]) -> int:
    """How often these nodes together keep everything."""
    return coverage(EVERYTHING, [node.config for node in nodes])


class Placement:
    """Brings submissions to `replicas` copies of everything, going around nodes that fail."""

    def __init__(self, nodes: Nodes, replicas: int, known_s: float = KNOWN_SECONDS) -> None:
        """known_s: how long a node may take to see the submission."""
        self._nodes, self._replicas, self._known_s = nodes, replicas, known_s
        self._living: list[ShardedNode] | None = None
        self._chance = random.Random()  # noqa: S311  (a choice among equals, no secret)

    def store(self, opening: Opening, tree: FileTree, tx_seq: int, meter: Meter) -> list[str]:
        """Send what is missing until the file is finalised `replicas` times; gives the URLs.

        opening: the bytes of `tree`, opened only where something is missing.
        Raises FileChanged, OSError, ReplicasNotMet with what each node said (where there is
        one node only, what it said), and what `Nodes.all` raises.
        """
        living = self._nodes_once()
        done: list[ShardedNode] = []
        failures: dict[str, ZerogError] = {}

        def upload(_quick: Remote, node: ShardedNode) -> ZerogError | None:
            try:
                self._bring(self._nodes.remote(node.url), node, opening, tree, tx_seq, meter)
            except (FileUnknown, FileNotFinalized) as error:
                return error
            return None

        while times_kept(done) < self._replicas:
            rest = [node for node in living if node.url not in failures]
            try:
                chosen = select(rest, self._replicas, "min", self._chance)
            except NotEnoughNodes as error:
                if len(living) == len(failures) == 1:
                    raise failures[living[0].url] from None
                held = times_kept(done)
                raise ReplicasNotMet(tree.data_root, self._replicas, held, failures) from error
            todo = [node for node in chosen if node not in done]
            for node, result in zip(todo, self._nodes.ask(todo, upload), strict=True):
                if result is None:
                    done.append(node)
                else:
                    failures[node.url] = result
        return [node.url for node in done]

    def require(self, root: bytes) -> None:
        """Before anything is paid: raise ReplicasNotMet where no choice of nodes could do."""
        living = self._nodes_once()
        if times_kept(living) < self._replicas:
            raise ReplicasNotMet(root, self._replicas, 0, {})

    def held(self, root: bytes, size: int, tx_seq: int | None = None) -> FileInfo | None:
        """A submission of this content that the nodes hold `replicas` times already.

        size: bytes; a root alone does not bind it. tx_seq: that submission and no other.
        """
        living = self._nodes_once()

        def look(remote: Remote, _node: ShardedNode) -> FileInfo | None:
            return remote.info(root) if tx_seq is None else remote.info_of(tx_seq)

        found = self._nodes.ask(living, look)
        having = [
            (node, info)
            for node, info in zip(living, found, strict=True)
            if isinstance(info, FileInfo)
            and (info.data_root, info.size) == (root, size)
            and info.finalized
            and not info.pruned
        ]
        enough = having and times_kept([node for node, _ in having]) >= self._replicas
        return having[0][1] if enough else None

    def _nodes_once(self) -> list[ShardedNode]:
        """The list of one operation: asked for once, however many files it has."""
        if self._living is None:
            self._living = self._nodes.all()
        return self._living

    def _bring(
        self,
        remote: Remote,
        node: ShardedNode,
        opening: Opening,
        tree: FileTree,
        tx_seq: int,
        meter: Meter,
    ) -> None:
        """To finalised on one node, its own segments only."""
        info = self._wait_known(remote, tree.data_root, tx_seq)
        own = [i for i in range(segment_count(tree.size)) if owns(node.config, info.start, i)]
        if info.finalized:
            meter.add(sum(real_length(tree.size, index) for index in own))
            return
        lacking = set(missing_segments(remote, tree, tx_seq, info))
        meter.add(sum(real_length(tree.size, index) for index in own if index not in lacking))
        missing = [index for index in own if index in lacking]

        def count(index: int) -> None:
            meter.add(real_length(tree.size, index))

        with opening() as source:
            upload_segments(remote, source, tree, tx_seq, missing, on_segment=count)
        after = self._wait_known(remote, tree.data_root, tx_seq)
        if not after.finalized:
            raise FileNotFinalized(tree.data_root, after.uploaded_segments, len(own))

    def _wait_known(self, remote: Remote, root: bytes, tx_seq: int) -> FileInfo:
        """Until the node has followed the chain to the submission; raises FileUnknown."""
        end = time.monotonic() + self._known_s
        pause = FIRST_POLL_SECONDS
        while True:
            info = remote.info_of(tx_seq)
            if info is not None and info.data_root == root:
                return info
            if time.monotonic() >= end:
                raise FileUnknown(root)
            time.sleep(pause)
            pause = min(pause * 2, LAST_POLL_SECONDS)
