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
from zerog.storage.runs import check_run, runs
from zerog.storage.wire import FileInfo

BATCH: Final = 8
"""Segments per request; a server of the reference answers at most 10 MB."""
THREADS: Final = 6


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
    """Some segments, each verified; the errors of `download_segments`.

    Neighbours that make a subtree come in one request with one proof for all of them.
    """
    good: list[tuple[int, bytes]] = []
    single: list[int] = []
    for part in runs(indexes, info.size):
        run = indexes[part]
        found = _run(remote, info, run) if len(run) > 1 else None
        if found is None:
            single += run
        else:
            good += found
    good += _singly(remote, info, single) if single else []
    if len(good) == len(single) or not single:
        return good
    data = dict(good)
    return [(index, data[index]) for index in indexes]


def _run(remote: Remote, info: FileInfo, run: Sequence[int]) -> list[tuple[int, bytes]] | None:
    """None when something is missing or wrong: each by itself then shows which."""
    first, behind = remote.run(info.seq, run[0], len(run))
    if first is None or len(behind) != len(run) - 1:
        return None
    data = [bytes(first.data), *behind]
    try:
        check_run(info.data_root, info.size, run[0], data, first.proof)
    except BadProof:
        return None
    return list(zip(run, data, strict=True))


def _singly(remote: Remote, info: FileInfo, indexes: Sequence[int]) -> list[tuple[int, bytes]]:
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
