"""The way of segments to one node: read, proved, sent in batches from a few threads.

    upload_segments(remote, source, tree, tx_seq, missing, *, on_segment=...)
    missing_segments(remote, tree, tx_seq, info) -> list of indexes
    FileSource(path, start=0): a `SegmentSource` over a file or a part of one

At most THREADS batches are in memory at a time.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import TracebackType
from typing import Final, Protocol

from zerog.storage.codec import (
    SEGMENT,
    SEGMENT_SECTORS,
    FileTree,
    segment_length,
)
from zerog.storage.errors import FileChanged, NodeRefused
from zerog.storage.remote import Remote
from zerog.storage.wire import FileInfo, Segment
from zerog.types import Buffer, Json

BATCH: Final = 8
"""Segments per call; the clients of the reference send one to ten."""
THREADS: Final = 6
PROBES: Final = 256
"""Segments that one request asks about."""

FINALIZED: Final = "already uploaded and finalized"
STORED: Final = "has already been uploaded"


class SegmentSource(Protocol):
    """The bytes of one submission, read at any place by several threads at once."""

    def read_at(self, offset: int, length: int) -> Buffer:
        """Exactly `length` bytes from `offset`; raises FileChanged when they are not there."""
        ...


class FileSource:
    """A file, or what of it lies behind `start`; a context manager."""

    def __init__(self, path: Path, start: int = 0) -> None:
        """Opens the file; raises OSError."""
        self._path, self._start = path, start
        self._file = os.open(path, os.O_RDONLY)

    def __enter__(self) -> FileSource:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        at: TracebackType | None,
    ) -> None:
        os.close(self._file)

    def read_at(self, offset: int, length: int) -> bytes:
        """Exactly `length` bytes from `offset`; raises FileChanged."""
        data = os.pread(self._file, length, self._start + offset)
        if len(data) != length:
            raise FileChanged(self._path)
        return data


def nothing(_index: int) -> None:
    """The listener of callers that do not listen."""


def upload_segments(
    remote: Remote,
    source: SegmentSource,
    tree: FileTree,
    tx_seq: int,
    missing: Sequence[int],
    *,
    on_segment: Callable[[int], None] = nothing,
) -> None:
    """Send the segments `missing` of the submission `tx_seq`; returns when the node has them.

    source: the bytes that `tree` was built over, `tree.size` of them.
    on_segment: called with each index that the node holds durably, from one thread at a time.
    Raises FileChanged, NodeUnreachable, NodeRefused; segments sent before stay acknowledged.
    """
    _Sender(remote, source, tree, tx_seq, on_segment).run(missing)


def missing_segments(remote: Remote, tree: FileTree, tx_seq: int, info: FileInfo) -> list[int]:
    """Segments that a node lacks: it is asked for the first sector of each, many per request.

    info: what the node says about the submission. Raises NodeUnreachable, NodeRefused.
    """
    every = range(tree.segment_count)
    if not info.uploaded_segments:
        return list(every)
    missing: list[int] = []
    for first in range(0, len(every), PROBES):
        part = every[first : first + PROBES]
        calls = [_first_sector(tx_seq, index) for index in part]
        found = remote.batch("zgs_downloadSegmentByTxSeq", calls)
        missing += [index for index, held in zip(part, found, strict=True) if held is None]
    return missing


class _Sender:
    """The threads of one `upload_segments`."""

    def __init__(
        self,
        remote: Remote,
        source: SegmentSource,
        tree: FileTree,
        tx_seq: int,
        on_segment: Callable[[int], None],
    ) -> None:
        self._remote, self._source, self._tree, self._seq = remote, source, tree, tx_seq
        self._on_segment = on_segment
        self._lock = threading.Lock()

    def run(self, missing: Sequence[int]) -> None:
        batches = (missing[at : at + BATCH] for at in range(0, len(missing), BATCH))
        threads = min(THREADS, -(-len(missing) // BATCH)) or 1
        with ThreadPoolExecutor(threads, thread_name_prefix="upload") as pool:
            workers = [pool.submit(self._drain, batches) for _ in range(threads)]
        for worker in workers:
            worker.result()

    def _drain(self, batches: Iterator[Sequence[int]]) -> None:
        """Send batch after batch; a failure ends the others too, at their next batch."""
        while True:
            with self._lock:
                batch = next(batches, None)
            if batch is None:
                return
            try:
                self._post([self._segment(index) for index in batch])
            except BaseException:
                with self._lock:
                    for _ in batches:
                        pass
                raise
            with self._lock:
                for index in batch:
                    self._on_segment(index)

    def _post(self, segments: list[Json]) -> None:
        try:
            self._remote.call("zgs_uploadSegmentsByTxSeq", segments, self._seq)
        except NodeRefused as error:
            if FINALIZED not in error.message and STORED not in error.message:
                raise

    def _segment(self, index: int) -> Json:
        size = self._tree.size
        data = memoryview(self._source.read_at(index * SEGMENT, real_length(size, index)))
        wanted = segment_length(size, index)
        if data.nbytes != wanted:
            data = memoryview(bytes(data).ljust(wanted, b"\0"))
        proof = self._tree.proof(index)
        return Segment(self._tree.data_root, data, index, proof, size).to_json()


def real_length(size: int, index: int) -> int:
    """Bytes of segment `index` in a file of `size` bytes, without any padding."""
    return min(SEGMENT, size - index * SEGMENT)


def _first_sector(seq: int, index: int) -> list[Json]:
    sector = index * SEGMENT_SECTORS
    return [seq, sector, sector + 1]
