"""How a file becomes sectors, segments, submission nodes and a data root.

Units: a sector is 256 bytes, a segment 1,024 sectors; every hash is Keccak-256, every tree
left-complete. A file is padded with zeros to a number of sectors that makes at most four perfect
subtrees (`padded_sectors`); their roots are what a submission to the Flow contract carries.
(0gfoundation/0g-storage-client: core/dataflow.go, core/merkle)

A data root binds the content, not its length: `abc` and `abc` with a zero behind it share one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from zerog.crypto.keccak import chunk_hashes, keccak256, perfect_root
from zerog.crypto.merkle import (
    ZERO_HASHES,
    BadProof,
    Proof,
    check,
    levels,
    node,
    prove_in,
    siblings,
    tree_root,
)
from zerog.errors import Tampered, UsageError
from zerog.types import Buffer, DataRoot

SECTOR: Final = 256
SEGMENT: Final = 262_144
SEGMENT_SECTORS: Final = SEGMENT // SECTOR
SEGMENT_HEIGHT: Final = 10
HASH: Final = 32


class EmptyFile(UsageError):
    """An empty file has no tree: the Flow contract takes no submission of length zero."""

    def __init__(self, size: int) -> None:
        self.size = size
        super().__init__(f"a file of {size} bytes cannot be stored", "give it at least one byte")


class NoSuchSegment(UsageError):
    """An index beyond the segments of a file."""

    def __init__(self, index: int, count: int) -> None:
        self.index, self.count = index, count
        super().__init__(f"there is no segment {index} in a file of {count}")


class WrongSegmentLength(Tampered):
    """A segment is not as long as the size of its file demands."""

    def __init__(self, index: int, expected: int, got: int) -> None:
        self.index, self.expected, self.got = index, expected, got
        super().__init__(f"segment {index} has {got} bytes instead of {expected}")


@dataclass(frozen=True, slots=True)
class SubmissionNode:
    """One perfect subtree of the padded file: its root, and log2 of its sectors."""

    root: bytes
    height: int


def sector_count(size: int) -> int:
    """Sectors that hold `size` bytes; raises EmptyFile below one byte."""
    if size < 1:
        raise EmptyFile(size)
    return -(-size // SECTOR)


def padded_sectors(size: int) -> int:
    """Sectors of the padded file: a sixteenth of the next power of two at most is padding."""
    sectors = sector_count(size)
    power = 1 << (sectors - 1).bit_length()
    unit = max(1, power // 16)
    return -(-sectors // unit) * unit


def submission_heights(size: int) -> tuple[int, ...]:
    """Heights of the submission nodes: the bits of the padded sector count, highest first."""
    padded = padded_sectors(size)
    return tuple(bit for bit in range(padded.bit_length() - 1, -1, -1) if padded >> bit & 1)


def segment_count(size: int) -> int:
    """Segments that a client uploads: those with real data."""
    return -(-sector_count(size) // SEGMENT_SECTORS)


def padded_segment_count(size: int) -> int:
    """Leaves of the file tree."""
    return -(-padded_sectors(size) // SEGMENT_SECTORS)


def segment_length(size: int, index: int) -> int:
    """Bytes of an uploaded segment: real sectors only, the last one zero-filled.

    Raises NoSuchSegment.
    """
    count = segment_count(size)
    if not 0 <= index < count:
        raise NoSuchSegment(index, count)
    return min(SEGMENT, sector_count(size) * SECTOR - index * SEGMENT)


def padded_segment_sectors(size: int, index: int) -> int:
    """Sectors of a segment in the padded file; raises NoSuchSegment."""
    count = padded_segment_count(size)
    if not 0 <= index < count:
        raise NoSuchSegment(index, count)
    return min(SEGMENT_SECTORS, padded_sectors(size) - index * SEGMENT_SECTORS)


def segment_root(data: Buffer, sectors: int) -> bytes:
    """Left-complete root over `sectors` sectors: `data`, then zeros. Data may end anywhere."""
    view = memoryview(data).cast("B")
    if len(view) == SEGMENT and sectors == SEGMENT_SECTORS:
        return perfect_root(view)
    return tree_root(_sector_hashes(view, sectors))


def _sector_hashes(view: memoryview, sectors: int) -> list[bytes]:
    """Hashes of the sectors of one segment with its zero padding."""
    whole = len(view) // SECTOR * SECTOR
    joined = chunk_hashes(view[:whole])
    if whole < len(view):
        joined += keccak256(bytes(view[whole:]).ljust(SECTOR, b"\0"))
    hashes = [joined[at : at + HASH] for at in range(0, len(joined), HASH)]
    return hashes + [ZERO_HASHES[0]] * (sectors - len(hashes))


def fold_nodes(nodes: Sequence[SubmissionNode]) -> DataRoot:
    """The data root of a file from its submission nodes, as storage nodes find it."""
    *before, last = nodes
    root = last.root
    for each in reversed(before):
        root = node(each.root, root)
    return DataRoot(root)


def identity_of(nodes: Sequence[SubmissionNode]) -> bytes:
    """The `identity` topic of Submit, which is also the submission's digest."""
    return keccak256(b"".join(each.root for each in nodes))


@dataclass(frozen=True)
class FileTree:
    """The hashes of a file that uploading and proving need; its content is not kept.

    size: real bytes. segment_roots: of the padded file. nodes: of the submission, highest first.
    """

    size: int
    data_root: DataRoot
    segment_roots: tuple[bytes, ...]
    nodes: tuple[SubmissionNode, ...]

    @property
    def segment_count(self) -> int:
        """Segments with real data."""
        return segment_count(self.size)

    @property
    def padded_segment_count(self) -> int:
        """Leaves of the file tree."""
        return len(self.segment_roots)

    @property
    def identity(self) -> bytes:
        """The topic under which the Flow contract logs the submission."""
        return identity_of(self.nodes)

    @property
    def heights(self) -> tuple[int, ...]:
        """Heights of the submission nodes."""
        return tuple(each.height for each in self.nodes)

    @cached_property
    def _levels(self) -> list[list[bytes]]:
        """All levels over the segment roots, so that a proof per segment costs no hashing."""
        return levels(self.segment_roots)

    def proof(self, index: int) -> Proof:
        """That segment `index` belongs to the data root; raises NoSuchSegment."""
        if not 0 <= index < len(self.segment_roots):
            raise NoSuchSegment(index, len(self.segment_roots))
        return prove_in(self._levels, index)


class TreeBuilder:
    """Hashes a file as it streams by; keeps 32 bytes per segment and one segment of data."""

    __slots__ = ("_filled", "_rest", "_roots", "_size")

    def __init__(self) -> None:
        self._size = 0
        self._roots: list[bytes] = []
        self._rest = bytearray(SEGMENT)
        self._filled = 0

    def update(self, data: Buffer) -> None:
        """Take the next bytes of the file, any number of them."""
        view = memoryview(data).cast("B")
        self._size += len(view)
        while view:
            if not self._filled and len(view) >= SEGMENT:
                self._roots.append(perfect_root(view[:SEGMENT]))
                view = view[SEGMENT:]
                continue
            count = min(SEGMENT - self._filled, len(view))
            self._rest[self._filled : self._filled + count] = view[:count]
            self._filled, view = self._filled + count, view[count:]
            if self._filled == SEGMENT:
                self._roots.append(perfect_root(self._rest))
                self._filled = 0

    def finish(self) -> FileTree:
        """The tree of all bytes so far; raises EmptyFile. More bytes may follow."""
        sectors = padded_sectors(self._size)
        whole, tail_sectors = divmod(sectors, SEGMENT_SECTORS)
        roots, data = list(self._roots), memoryview(self._rest)[: self._filled]
        tail: list[bytes] = []
        if self._filled and len(roots) < whole:
            roots.append(segment_root(data, SEGMENT_SECTORS))
        elif tail_sectors:
            tail = _sector_hashes(data, tail_sectors)
        roots += [ZERO_HASHES[SEGMENT_HEIGHT]] * (whole - len(roots))
        nodes = _nodes(submission_heights(self._size), roots, tail)
        if tail:
            roots.append(tree_root(tail))
        return FileTree(self._size, DataRoot(tree_root(roots)), tuple(roots), nodes)


def _nodes(
    heights: Sequence[int], segments: Sequence[bytes], tail: Sequence[bytes]
) -> tuple[SubmissionNode, ...]:
    """Roots of the submission nodes.

    A node of a segment or more covers whole segments. Smaller nodes lie in the last segment,
    the only one that may be short, since heights descend: they are cut from its sector hashes.
    """
    nodes: list[SubmissionNode] = []
    segment_at = sector_at = 0
    for height in heights:
        if height >= SEGMENT_HEIGHT:
            count = 1 << (height - SEGMENT_HEIGHT)
            root = tree_root(segments[segment_at : segment_at + count])
            segment_at += count
        else:
            root = tree_root(tail[sector_at : sector_at + (1 << height)])
            sector_at += 1 << height
        nodes.append(SubmissionNode(root, height))
    return tuple(nodes)


def tree_of(path: Path) -> FileTree:
    """The tree of a file on disk, read once in steps of 1 MiB; raises EmptyFile."""
    builder = TreeBuilder()
    buffer = memoryview(bytearray(4 * SEGMENT))
    with path.open("rb", buffering=0) as file:
        while count := file.readinto(buffer):
            builder.update(buffer[:count])
    return builder.finish()


def check_segment(root: bytes, index: int, data: Buffer, proof: Proof, file_size: int) -> None:
    """Raise unless `data` is segment `index` of the file (root, file_size).

    data: as uploaded, `segment_length` bytes. Errors: NoSuchSegment, WrongSegmentLength, BadProof.
    """
    expected = segment_length(file_size, index)
    if (got := memoryview(data).nbytes) != expected:
        raise WrongSegmentLength(index, expected, got)
    leaf = segment_root(data, padded_segment_sectors(file_size, index))
    check_leaf(root, index, leaf, proof, file_size)


def check_leaf(root: bytes, index: int, leaf: bytes, proof: Proof, file_size: int) -> None:
    """Raise BadProof unless `leaf` is the root of segment `index` of the file (root, file_size).

    A proof is bad too when it shows anything but zeros where the file is padding
    (0gfoundation/0g-storage-node: node/storage, segment proof validation).
    """
    count = padded_segment_count(file_size)
    check(proof, index, count, leaf, root)
    real = segment_count(file_size)
    for first, leaves, sibling in siblings(proof, count):
        if first >= real and sibling != _zero_segments(leaves):
            raise BadProof("its file is not zero where it should be padding", index)


def _zero_segments(count: int) -> bytes:
    """Left-complete root over `count` segments of zeros: the fold of its perfect subtrees.

    A short last segment always holds data, so padding segments are full ones.
    """
    heights = [bit for bit in range(count.bit_length()) if count >> bit & 1]
    root = ZERO_HASHES[SEGMENT_HEIGHT + heights[0]]
    for height in heights[1:]:
        root = node(ZERO_HASHES[SEGMENT_HEIGHT + height], root)
    return root
