"""One upload to one node: asks what is missing, sends that in batches from a few threads."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final

from zerog.storage.codec import (
    SEGMENT,
    SEGMENT_SECTORS,
    FileTree,
    segment_count,
    segment_length,
)
from zerog.storage.errors import FileChanged, FileNotFinalized, FileUnknown, NodeRefused
from zerog.storage.remote import Remote
from zerog.storage.wire import FileInfo, Segment
from zerog.types import Json, Progress

BATCH: Final = 8
"""Segments per call; the clients of the reference send one to ten."""
THREADS: Final = 4
PROBES: Final = 256
"""Segments that one request asks about."""

FINALIZED: Final = "already uploaded and finalized"
STORED: Final = "has already been uploaded"


class Upload:
    """Brings one submission to finalised on one node."""

    def __init__(
        self, remote: Remote, path: Path, tree: FileTree, tx_seq: int, progress: Progress
    ) -> None:
        """path: the bytes that `tree` was built over; tx_seq: of the submission."""
        self._remote, self._path, self._tree, self._seq = remote, path, tree, tx_seq
        self._progress = progress
        self._done = 0
        self._lock = threading.Lock()

    def run(self) -> None:
        """Raises FileUnknown, FileChanged, FileNotFinalized, NodeUnreachable, NodeRefused."""
        info = self._info()
        if not info.finalized:
            self._send(self._missing(info))
            info = self._info()
        if not info.finalized:
            wanted = self._tree.segment_count
            raise FileNotFinalized(self._tree.data_root, info.uploaded_segments, wanted)
        self._progress("upload", self._tree.size, self._tree.size)

    def _info(self) -> FileInfo:
        found = self._remote.info_of(self._seq)
        if found is None or found.data_root != self._tree.data_root:
            raise FileUnknown(self._tree.data_root)
        return found

    def _missing(self, info: FileInfo) -> list[int]:
        """Segments that the node does not hold: it is asked for the first sector of each."""
        every = range(segment_count(self._tree.size))
        if not info.uploaded_segments:
            return list(every)
        missing: list[int] = []
        for first in range(0, len(every), PROBES):
            part = every[first : first + PROBES]
            calls = [_first_sector(self._seq, index) for index in part]
            found = self._remote.batch("zgs_downloadSegmentByTxSeq", calls)
            missing += [index for index, held in zip(part, found, strict=True) if held is None]
        self._done = self._tree.size - sum(self._length(index) for index in missing)
        return missing

    def _send(self, missing: Sequence[int]) -> None:
        """At most THREADS batches are in memory at a time."""
        self._progress("upload", self._done, self._tree.size)
        batches = (missing[at : at + BATCH] for at in range(0, len(missing), BATCH))
        file = os.open(self._path, os.O_RDONLY)
        try:
            with ThreadPoolExecutor(THREADS, thread_name_prefix="upload") as pool:
                workers = [pool.submit(self._drain, file, batches) for _ in range(THREADS)]
            for worker in workers:
                worker.result()
        finally:
            os.close(file)

    def _drain(self, file: int, batches: Iterator[Sequence[int]]) -> None:
        """Send batch after batch; a failure ends the others too, at their next batch."""
        while True:
            with self._lock:
                batch = next(batches, None)
            if batch is None:
                return
            try:
                self._post([self._segment(file, index) for index in batch])
            except BaseException:
                with self._lock:
                    for _ in batches:
                        pass
                raise
            with self._lock:
                self._done += sum(self._length(index) for index in batch)
                self._progress("upload", self._done, self._tree.size)

    def _post(self, segments: list[Json]) -> None:
        try:
            self._remote.call("zgs_uploadSegmentsByTxSeq", segments, self._seq)
        except NodeRefused as error:
            if FINALIZED not in error.message and STORED not in error.message:
                raise

    def _segment(self, file: int, index: int) -> Json:
        wanted = segment_length(self._tree.size, index)
        real = self._length(index)
        data = os.pread(file, real, index * SEGMENT)
        if len(data) != real:
            raise FileChanged(self._path)
        return Segment(
            self._tree.data_root,
            data.ljust(wanted, b"\0"),
            index,
            self._tree.proof(index),
            self._tree.size,
        ).to_json()

    def _length(self, index: int) -> int:
        return min(SEGMENT, self._tree.size - index * SEGMENT)


def _first_sector(seq: int, index: int) -> list[Json]:
    sector = index * SEGMENT_SECTORS
    return [seq, sector, sector + 1]
