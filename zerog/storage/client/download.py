"""The way of segments from one node: fetched ahead in batches, verified, given in order.

    download_segments(remote, info, indexes=None) -> Iterator[(index, data)]
    fetch_segments(remote, info, indexes) -> list of the same, one request in this thread

At most THREADS batches of BATCH segments are in memory at a time.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Final

from zerog.crypto.merkle import BadProof
from zerog.storage.codec import WrongSegmentLength, check_segment, segment_count
from zerog.storage.errors import BadSegment
from zerog.storage.remote import Remote
from zerog.storage.wire import FileInfo

BATCH: Final = 4
"""Segments per request; a server of the reference answers at most 10 MB."""
THREADS: Final = 4


def download_segments(
    remote: Remote, info: FileInfo, indexes: Sequence[int] | None = None
) -> Iterator[tuple[int, bytes]]:
    """(index, data) of a submission's segments, in the order of `indexes` (default: all).

    info: the submission as this node or another told it; only its root and size are relied on.
    Each segment is verified against (info.data_root, info.size) before it is given; data is whole
    sectors, so the last one may be longer than the file. Raises BadSegment(root, index, url)
    (missing or not proved), NodeUnreachable, NodeRefused, BadAnswer; what was given before is good:
    go on with another node from the first index that was not.
    """
    wanted = range(segment_count(info.size)) if indexes is None else indexes
    batches = deque(wanted[at : at + BATCH] for at in range(0, len(wanted), BATCH))
    waiting: deque[Future[list[tuple[int, bytes]]]] = deque()
    with ThreadPoolExecutor(THREADS, thread_name_prefix="download") as pool:
        try:
            while batches or waiting:
                while batches and len(waiting) < THREADS:
                    waiting.append(pool.submit(fetch_segments, remote, info, batches.popleft()))
                yield from waiting.popleft().result()
        finally:
            for one in waiting:
                one.cancel()


def fetch_segments(
    remote: Remote, info: FileInfo, indexes: Sequence[int]
) -> list[tuple[int, bytes]]:
    """Some segments in one request, each verified; the errors of `download_segments`."""
    found = remote.segments(info.seq, indexes)
    good: list[tuple[int, bytes]] = []
    for index, segment in zip(indexes, found, strict=True):
        if segment is None:
            raise BadSegment(info.data_root, index, remote.url)
        try:
            check_segment(info.data_root, index, segment.data, segment.proof, info.size)
        except (BadProof, WrongSegmentLength) as error:
            raise BadSegment(info.data_root, index, remote.url) from error
        good.append((index, bytes(segment.data)))
    return good
