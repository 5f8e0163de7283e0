"""Puts files on storage nodes and gets them back, verified segment by segment."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Final

from zerog.errors import Tampered
from zerog.storage.client.upload import Upload
from zerog.storage.codec import (
    SEGMENT,
    FileTree,
    check_segment,
    padded_sectors,
    segment_count,
)
from zerog.storage.errors import (
    BadAnswer,
    BadSegment,
    FileNotFinalized,
    FileUnknown,
    LengthMismatch,
    NodeRefused,
    NodeUnreachable,
    NoStorageNode,
)
from zerog.storage.remote import Remote, make_pool
from zerog.storage.wire import FileInfo, ShardedNode
from zerog.types import Progress, no_progress

AHEAD: Final = 4
"""Segments that are fetched before they are asked for."""
FIRST_POLL_SECONDS: Final = 0.02
LAST_POLL_SECONDS: Final = 0.25

Source = tuple[Remote, FileInfo]


class StorageClient:
    """A client of one indexer, or of one node directly; safe for many threads."""

    def __init__(self, url: str) -> None:
        """url: of an indexer or a node; which of them is found out at the first call."""
        self.url = url
        self._pool = make_pool()
        self._front = Remote(url, self._pool)

    def __repr__(self) -> str:
        return f"StorageClient({self.url!r})"

    def upload(
        self, path: Path, tree: FileTree, tx_seq: int, progress: Progress = no_progress
    ) -> None:
        """Bring the submission `tx_seq` to finalised on the nodes, sending only what they lack.

        path: the bytes that `tree` was built over. progress("upload", done, total) in bytes.
        Raises FileUnknown (the submission is not there), NodeUnreachable, NodeRefused,
        FileNotFinalized.
        """
        for remote in self._keepers():
            Upload(remote, path, tree, tx_seq, progress).run()

    def wait_known(self, root: bytes, tx_seq: int, timeout_s: float) -> FileInfo:
        """Wait until every node that keeps the file has seen the submission `tx_seq` of `root`.

        Raises FileUnknown after timeout_s seconds.
        """
        end = time.monotonic() + timeout_s
        pause = FIRST_POLL_SECONDS
        while True:
            found = [remote.info_of(tx_seq) for remote in self._keepers()]
            known = [info for info in found if info is not None and info.data_root == root]
            if len(known) == len(found):
                return known[0]
            if time.monotonic() >= end:
                raise FileUnknown(root)
            time.sleep(pause)
            pause = min(pause * 2, LAST_POLL_SECONDS)

    def is_finalized(self, root: bytes, tx_seq: int) -> bool:
        """Whether every keeper holds all of the submission; False while one does not know it."""
        for remote in self._keepers():
            info = remote.info_of(tx_seq)
            if info is None or info.data_root != root or not info.finalized:
                return False
        return True

    def locate(self, root: bytes) -> list[FileInfo]:
        """What each node that knows the root has under it, finalised ones first."""
        return [info for _, info in self._sources(root)]

    def segments(self, root: bytes, size: int | None = None) -> Iterator[bytes]:
        """The file's bytes, segment by segment, each verified against `root` first.

        size: the length the caller knows to be right; else the nodes' first finalised entry
        tells it. A root binds the padded content, so whatever entry the nodes hold gives the
        bytes of every length that the root can have.
        Raises FileUnknown, FileNotFinalized, LengthMismatch, BadSegment, NodeUnreachable.
        """
        sources = self._finalized(root)
        length = sources[0][1].size if size is None else size
        stored = sources[0][1].size
        if length < 1 or padded_sectors(length) != padded_sectors(stored):
            raise LengthMismatch(root, length, stored)
        return _Download(root, length, sources).run()

    def _finalized(self, root: bytes) -> list[Source]:
        sources = self._sources(root)
        if not sources:
            raise FileUnknown(root)
        ready = [source for source in sources if source[1].finalized]
        if not ready:
            info = sources[0][1]
            raise FileNotFinalized(root, info.uploaded_segments, segment_count(info.size))
        return ready

    def _sources(self, root: bytes) -> list[Source]:
        found: list[Source] = []
        lost: NodeUnreachable | None = None
        for remote in self._remotes():
            try:
                info = remote.info(root)
            except NodeUnreachable as error:
                lost = error
                continue
            if info is not None and info.data_root == root:
                found.append((remote, info))
        if not found and lost is not None:
            raise lost
        return sorted(found, key=lambda source: not source[1].finalized)

    def _keepers(self) -> list[Remote]:
        """Where an upload goes: one node that keeps the whole flow, else all nodes."""
        nodes = self._nodes()
        whole = [node for node in nodes if node.config.num_shard == 1]
        return [self._remote(node.url) for node in whole[:1] or nodes]

    def _remotes(self) -> list[Remote]:
        return [self._remote(node.url) for node in self._nodes()]

    def _nodes(self) -> list[ShardedNode]:
        """The indexer's trusted nodes, nearest first; the node itself when there is no indexer."""
        found = self._front.nodes()
        if found is None:
            return [ShardedNode(self.url, self._front.shard_config(), 0, 0)]
        if not found:
            raise NoStorageNode(self.url)
        return sorted(found, key=lambda node: node.latency_ms)

    def _remote(self, url: str) -> Remote:
        return self._front if url == self.url else Remote(url, self._pool)


class _Download:
    """One reading of a file: fetches ahead in threads, yields in order."""

    def __init__(self, root: bytes, size: int, sources: list[Source]) -> None:
        self._root, self._size, self._sources = root, size, sources

    def run(self) -> Iterator[bytes]:
        """Exactly `size` bytes in pieces of a segment."""
        count = segment_count(self._size)
        waiting: deque[Future[bytes]] = deque()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="download") as pool:
            try:
                for index in range(min(AHEAD, count)):
                    waiting.append(pool.submit(self._fetch, index))
                for index in range(count):
                    piece = waiting.popleft().result()
                    if index + AHEAD < count:
                        waiting.append(pool.submit(self._fetch, index + AHEAD))
                    yield piece
            finally:
                for one in waiting:
                    one.cancel()

    def _fetch(self, index: int) -> bytes:
        """Segment `index` from the first node that gives a good one."""
        lost: NodeUnreachable | None = None
        bad = self._sources[0][0].url
        for remote, info in self._sources:
            try:
                return self._cut(index, self._stored(remote, info, index))
            except NodeUnreachable as error:
                lost = error
            except (Tampered, NodeRefused):
                bad = remote.url
        if lost is not None and len(self._sources) == 1:
            raise lost
        raise BadSegment(self._root, index, bad)

    def _stored(self, remote: Remote, info: FileInfo, index: int) -> bytes:
        """The verified segment of the node's own entry; b"" when it is all padding there."""
        if index >= segment_count(info.size):
            return b""
        found = remote.segment(info.seq, index)
        if found is None:
            raise BadAnswer(remote.url, "segment", "not there any more")
        check_segment(self._root, index, found.data, found.proof, info.size)
        return bytes(found.data)

    def _cut(self, index: int, data: bytes) -> bytes:
        """To the file's own length: another entry of the root may be shorter or longer."""
        length = min(SEGMENT, self._size - index * SEGMENT)
        return data[:length].ljust(length, b"\0")
