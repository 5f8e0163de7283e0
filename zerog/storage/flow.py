"""The flow: one append-only tree over all sectors of all files; twin of the Flow contract.

Sector 0 is reserved and its leaf hash is the zero word; gaps are filled with the hashes of zero
sectors. (0gfoundation/0g-storage-contracts: contracts/dataFlow/Flow.sol, utils/FlowTreeLib.sol)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

from zerog.crypto.merkle import ZERO_HASHES, node
from zerog.errors import UsageError
from zerog.storage.codec import SECTOR, SEGMENT_SECTORS, SubmissionNode

MAX_HEIGHT: Final = 64
MAX_SPREAD: Final = 4
RESERVED_LEAF: Final = bytes(32)


class InvalidSubmission(UsageError):
    """The Flow contract takes no submission of these heights and this length."""

    def __init__(self, length: int, heights: Sequence[int]) -> None:
        self.length, self.heights = length, tuple(heights)
        super().__init__(f"nodes of heights {list(heights)} do not fit a file of {length} bytes")


@dataclass(frozen=True, slots=True)
class Placement:
    """Where a submission lies in the flow: first sector, number of sectors."""

    start: int
    length: int


def submission_sectors(heights: Sequence[int]) -> int:
    """Sectors that a submission covers."""
    return sum(1 << height for height in heights)


def valid_submission(length: int, heights: Sequence[int]) -> bool:
    """Whether Flow accepts nodes of these heights for a file of `length` bytes.

    Heights descend strictly, below 64, and span fewer than four; the file must reach into the
    last sixteenth of what they cover, so that nobody claims more than padding makes of it.
    """
    if not heights or not 0 <= heights[-1] <= heights[0] < MAX_HEIGHT:
        return False
    if heights[0] - heights[-1] >= MAX_SPREAD:
        return False
    if any(left <= right for left, right in pairwise(heights)):
        return False
    capacity = submission_sectors(heights)
    if capacity < 16:
        at_least = capacity - 1
    elif len(heights) == 1:
        at_least = capacity - capacity // 16
    else:
        at_least = capacity - (1 << (heights[0] - 3))
    return at_least * SECTOR < length <= capacity * SECTOR


def fee(heights: Sequence[int], price_per_sector: int) -> int:
    """Wei for a submission: its sectors at the market's price; gaps of the flow cost nothing."""
    return submission_sectors(heights) * price_per_sector


class FlowModel:
    """Length and root of the flow, submission by submission.

    Keeps one root per set bit of the length: the perfect subtrees that the sectors so far make.
    """

    __slots__ = ("_length", "_peaks")

    def __init__(self) -> None:
        self._length = 1
        self._peaks: dict[int, bytes] = {0: RESERVED_LEAF}

    @property
    def length(self) -> int:
        """Sectors so far, the reserved one and the gaps included (`currentLength`)."""
        return self._length

    def append(self, nodes: Sequence[SubmissionNode]) -> Placement:
        """Place a submission as the contract does; raises InvalidSubmission for bad heights.

        Only the order of the heights is judged here: the file's length is `valid_submission`'s.
        """
        heights = [each.height for each in nodes]
        sectors = submission_sectors(heights)
        if not valid_submission(sectors * SECTOR, heights):
            raise InvalidSubmission(sectors * SECTOR, heights)
        self._fill_to(next_start(self._length, heights[0], sectors))
        start = self._length
        for each in nodes:
            self._fill_to(_align(self._length, 1 << each.height))
            self._push(each.height, each.root)
        return Placement(start, sectors)

    def root(self) -> bytes:
        """Root of the smallest perfect tree over all sectors, zeros behind the last one."""
        running = b""
        top = (self._length - 1).bit_length()
        for height in range(top):
            peak = self._peaks.get(height)
            if running:
                running = node(peak, running) if peak else node(running, ZERO_HASHES[height])
            elif peak:
                running = node(peak, ZERO_HASHES[height])
        return running or self._peaks[top]

    def _fill_to(self, end: int) -> None:
        """Zero sectors up to `end`, in the largest aligned subtrees."""
        while self._length < end:
            low_bit = (self._length & -self._length).bit_length() - 1
            height = min(low_bit, (end - self._length).bit_length() - 1)
            self._push(height, ZERO_HASHES[height])

    def _push(self, height: int, root: bytes) -> None:
        """Append one aligned perfect subtree and merge it with its left neighbours."""
        self._length += 1 << height
        while height in self._peaks:
            root = node(self._peaks.pop(height), root)
            height += 1
        self._peaks[height] = root


def next_start(length: int, first_height: int, sectors: int) -> int:
    """First sector of a submission behind `length` sectors.

    Aligned to its first node; a submission that would begin inside a segment and end in another
    one begins at the next segment instead.
    """
    start = _align(length, 1 << first_height)
    inside = start % SEGMENT_SECTORS != 0
    if inside and start // SEGMENT_SECTORS != (start + sectors - 1) // SEGMENT_SECTORS:
        start = _align(start, SEGMENT_SECTORS)
    return _align(start, 1 << first_height)


def _align(position: int, unit: int) -> int:
    return -(-position // unit) * unit
