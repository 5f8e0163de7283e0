"""What can be sealed of a load, and sealing it (pure).

A load is 1,024 sectors of the flow: a segment of one file, or several small files with gaps of
zeros between them. A unit of 16 sectors is sealed with the digest of the epoch in which it was
filled, once all files with a sector in it are at hand.
(0glabs/0g-storage-node: common/zgs_seal; 0gfoundation/0g-storage-contracts: contracts/miner)
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import chunk_hashes, pair_hashes
from zerog.crypto.merkle import ZERO_HASHES, Proof, node
from zerog.errors import Tampered
from zerog.storage.codec import (
    HASH,
    SECTOR,
    SEGMENT,
    SEGMENT_HEIGHT,
    SubmissionNode,
    segment_count,
)
from zerog.storage.mining.pora import SEAL_UNIT, seal_units
from zerog.storage.mining.ranges import LOAD_SECTORS, LOAD_UNITS, UNIT_SECTORS

UNIT_HEIGHT: Final = 4


class SegmentNotInNode(Tampered):
    """A segment's proof does not pass through the submission node that it should lie in."""

    def __init__(self, seq: int, index: int) -> None:
        self.seq, self.index = seq, index
        super().__init__(f"the proof of segment {index} of submission {seq} misses its node")


@dataclass(frozen=True, slots=True)
class Filed:
    """A submission: its file covers sectors [first, beyond) of the flow; size in bytes."""

    seq: int
    root: bytes
    size: int
    first: int
    beyond: int
    nodes: tuple[SubmissionNode, ...]


@dataclass(frozen=True, slots=True)
class Epoch:
    """A closed epoch: units that end in (first, beyond] are sealed with its digest.

    place: in the order in which they were seen; never used twice, not even after a reorg.
    """

    place: int
    digest: bytes
    first: int
    beyond: int


@dataclass(frozen=True, slots=True)
class Piece:
    """A verified segment of a file: its bytes as uploaded, and its proof to the data root.

    `root` is the segment's own, padding included.
    """

    index: int
    data: bytes
    root: bytes
    proof: Proof


@dataclass(frozen=True, slots=True)
class SealedRun:
    """Units of one load, one behind the other, sealed with one digest.

    unit: the first, 0 to 63. data: the sealed bytes. roots: of the plain units, 32 bytes each.
    siblings: from the load's root up to that of the submission node around it; empty where the
    load is not a part of a larger node.
    """

    load: int
    unit: int
    digest: bytes
    data: bytes
    roots: bytes
    siblings: bytes

    @property
    def count(self) -> int:
        """How many units."""
        return len(self.roots) // HASH


@dataclass(frozen=True, slots=True)
class Unit:
    """A sealed unit that counts: its epoch's digest, and the root of its plain data."""

    digest: bytes
    root: bytes


@dataclass(frozen=True, slots=True)
class SealedLoad:
    """What is sealed of a load, by unit; `siblings` as in SealedRun."""

    load: int
    units: Mapping[int, Unit]
    siblings: bytes


def units_due(load: int, epochs: Sequence[Epoch], done: Collection[int]) -> dict[int, Epoch]:
    """Units of a load that belong to a closed epoch and are not done yet, and their epochs.

    Unit 0 of the flow holds the reserved sector, which has no data: it can never be proven.
    """
    found = {}
    for unit in range(LOAD_UNITS):
        end = load * LOAD_SECTORS + (unit + 1) * UNIT_SECTORS
        if unit in done or end == UNIT_SECTORS:
            continue
        for epoch in epochs:
            if epoch.first < end <= epoch.beyond:
                found[unit] = epoch
                break
    return found


def segment_in(file: Filed, load: int) -> int:
    """Which segment of the file lies in a load that it has sectors in."""
    return max(load * LOAD_SECTORS - file.first, 0) // LOAD_SECTORS


def units_of(file: Filed, load: int) -> range:
    """Units of a load in which the file has a sector."""
    base = load * LOAD_SECTORS
    first, last = max(file.first, base) - base, min(file.beyond, base + LOAD_SECTORS) - base - 1
    return range(first // UNIT_SECTORS, last // UNIT_SECTORS + 1)


def seal_load(
    load: int,
    due: Mapping[int, Epoch],
    files: Sequence[tuple[Filed, Piece | None]],
    miner_id: bytes,
) -> list[SealedRun]:
    """Seal what is due of a load.

    files: all that have a sector in a unit that is due, each with its segment, None while nobody
    has that; the segment of a padding load is the file's last real one. Raises SegmentNotInNode.
    """
    missing = {unit for file, piece in files if piece is None for unit in units_of(file, load)}
    units = [unit for unit in sorted(due) if unit not in missing]
    if not units:
        return []
    plain = _content(load, files)
    roots = _unit_roots(plain)
    siblings = _siblings(load, files)
    runs, position = [], load * LOAD_SECTORS
    for run in _runs(units, due):
        first, count, digest = run[0], len(run), due[run[0]].digest
        data = bytes(plain[first * SEAL_UNIT : (first + count) * SEAL_UNIT])
        places = [position + unit * UNIT_SECTORS for unit in run]
        sealed = seal_units(data, miner_id, [digest] * count, places)
        own = roots[first * HASH : (first + count) * HASH]
        runs.append(SealedRun(load, first, digest, sealed, own, siblings))
    return runs


def _content(load: int, files: Sequence[tuple[Filed, Piece | None]]) -> bytearray:
    """The plain bytes of a load; zeros where nobody has put any, and for missing pieces."""
    plain = bytearray(SEGMENT)
    for file, piece in files:
        if piece is not None and piece.index == segment_in(file, load):
            at = max(file.first - load * LOAD_SECTORS, 0) * SECTOR
            plain[at : at + len(piece.data)] = piece.data
    return plain


def _unit_roots(plain: bytearray) -> bytes:
    level = chunk_hashes(plain)
    for _ in range(UNIT_HEIGHT):
        level = pair_hashes(level)
    return level


def _runs(units: Sequence[int], due: Mapping[int, Epoch]) -> list[list[int]]:
    """Neighbours of one epoch together."""
    runs: list[list[int]] = []
    for unit in units:
        before = runs[-1][-1] if runs else None
        if before == unit - 1 and due[before].digest == due[unit].digest:
            runs[-1].append(unit)
        else:
            runs.append([unit])
    return runs


def _siblings(load: int, files: Sequence[tuple[Filed, Piece | None]]) -> bytes:
    """The way from a load that is a part of a larger node up to that node's root.

    The proof of a segment to its data root passes through the node. A padding segment has none:
    its way is that of the last real segment where they share it, and zeros below.
    """
    file, piece = files[0] if len(files) == 1 else (None, None)
    if file is None or piece is None:
        return b""
    index = segment_in(file, load)
    around, first = _node_around(file, index)
    depth = around.height - SEGMENT_HEIGHT
    if depth <= 0:
        return b""
    own, other, running = index - first, piece.index - first, piece.root
    found = []
    for level in range(depth):
        sibling = piece.proof.lemma[1 + level]
        if own >> level == other >> level:
            found.append(sibling)
        elif own >> level ^ 1 == other >> level:
            found.append(running)
        else:
            found.append(ZERO_HASHES[SEGMENT_HEIGHT + level])
        is_right = other >> level & 1
        running = node(sibling, running) if is_right else node(running, sibling)
    if running != around.root:
        raise SegmentNotInNode(file.seq, index)
    return b"".join(found)


def _node_around(file: Filed, index: int) -> tuple[SubmissionNode, int]:
    """The node over a segment, and the segment that it begins with."""
    first = 0
    for each in file.nodes:
        count = 1 << max(each.height - SEGMENT_HEIGHT, 0)
        if index < first + count:
            return each, first
        first += count
    raise SegmentNotInNode(file.seq, index)


def anchor(file: Filed, index: int) -> int:
    """The segment to fetch for segment `index`: itself, or the last real one if it is padding."""
    return min(index, segment_count(file.size) - 1)
