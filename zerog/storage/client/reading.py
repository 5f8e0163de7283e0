"""A file from several nodes at once: every segment verified, liars left behind.

Batches are fetched ahead in threads and given in order; at most AHEAD batches are in memory.
A node that gives a segment that does not prove, or does not answer, is asked again only when no
other node has what is wanted.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from zerog.errors import Tampered, ZerogError
from zerog.storage.client.download import BATCH, fetch_segments
from zerog.storage.codec import SEGMENT, segment_count
from zerog.storage.errors import BadSegment, NodeRefused, NodeUnreachable
from zerog.storage.remote import Remote
from zerog.storage.shards import owns
from zerog.storage.wire import FileInfo, ShardConfig

AHEAD: Final = 4
"""Batches under way."""

Piece = tuple[int, bytes]
_Batch = tuple[list[Piece], ZerogError | None]
"""What was found before the first segment that nobody gave, and why nobody did."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A node with a finalised submission of the root, and which share of it the node keeps."""

    remote: Remote
    info: FileInfo
    config: ShardConfig

    def keeps(self, index: int) -> bool:
        """Whether segment `index` should be there; all padding counts as there."""
        return index >= segment_count(self.info.size) or owns(self.config, self.info.start, index)


class Reading:
    """One reading of a root, `size` bytes long, from its holders."""

    def __init__(self, root: bytes, size: int, holders: Sequence[Holder]) -> None:
        """holders: at least one; the first are preferred only as long as they behave."""
        self.size, self._root, self._holders = size, root, list(holders)
        self._bad: dict[str, ZerogError] = {}
        self._lock = threading.Lock()

    @property
    def failures(self) -> dict[str, ZerogError]:
        """What each node that was left behind did."""
        with self._lock:
            return dict(self._bad)

    def run(self, indexes: Sequence[int] | None = None) -> Iterator[Piece]:
        """(index, data) in the order of `indexes` (default: all), cut to the file's length.

        Raises BadSegment, or NodeUnreachable when nobody answers at all.
        """
        wanted = range(segment_count(self.size)) if indexes is None else indexes
        batches = deque(
            (at // BATCH, wanted[at : at + BATCH]) for at in range(0, len(wanted), BATCH)
        )
        waiting: deque[Future[_Batch]] = deque()
        with ThreadPoolExecutor(AHEAD, thread_name_prefix="read") as pool:
            try:
                while batches or waiting:
                    while batches and len(waiting) < AHEAD:
                        waiting.append(pool.submit(self._batch, *batches.popleft()))
                    pieces, error = waiting.popleft().result()
                    yield from pieces
                    if error is not None:
                        raise error
            finally:
                for one in waiting:
                    one.cancel()

    def _batch(self, turn: int, indexes: Sequence[int]) -> _Batch:
        """Each segment from the first holder that gives a good one; the nodes take turns."""
        found: dict[int, bytes] = {}
        for holder in self._in_turn(turn):
            mine = [index for index in indexes if index not in found and holder.keeps(index)]
            if mine:
                found |= self._ask(holder, mine)
            if len(found) == len(indexes):
                break
        good = list(takewhile(found.__contains__, indexes))
        pieces = [(index, found[index]) for index in good]
        return pieces, self._failure(indexes[len(good)]) if len(good) < len(indexes) else None

    def _ask(self, holder: Holder, indexes: Sequence[int]) -> dict[int, bytes]:
        """What the holder gives, verified."""
        real = [index for index in indexes if index < segment_count(holder.info.size)]
        found = {index: self._cut(index, b"") for index in indexes if index not in real}
        groups = deque([real] if real else [])
        while groups:
            group = groups.popleft()
            try:
                pieces = fetch_segments(holder.remote, holder.info, group)
            except (NodeUnreachable, NodeRefused, Tampered) as error:
                with self._lock:
                    self._bad.setdefault(holder.remote.url, error)
                if isinstance(error, BadSegment) and len(group) > 1:
                    # One damaged segment spoils neither its neighbours nor their order.
                    groups.extend([index] for index in group if index != error.index)
                continue
            found |= {index: self._cut(index, data) for index, data in pieces}
        return found

    def _in_turn(self, turn: int) -> list[Holder]:
        """Those that behave, beginning with another one each time; the rest last."""
        with self._lock:
            good = [one for one in self._holders if one.remote.url not in self._bad]
            rest = [one for one in self._holders if one.remote.url in self._bad]
        at = turn % len(good) if good else 0
        return good[at:] + good[:at] + rest

    def _failure(self, index: int) -> ZerogError:
        errors = self.failures
        lost = [error for error in errors.values() if isinstance(error, NodeUnreachable)]
        if lost and len(lost) == len(self._holders):
            return lost[0]
        liars = [url for url, error in errors.items() if not isinstance(error, NodeUnreachable)]
        return BadSegment(self._root, index, (liars or [self._holders[0].remote.url])[0])

    def _cut(self, index: int, data: bytes) -> bytes:
        """To the file's own length: another entry of the root may be shorter or longer."""
        length = min(SEGMENT, self.size - index * SEGMENT)
        return data[:length].ljust(length, b"\0")
