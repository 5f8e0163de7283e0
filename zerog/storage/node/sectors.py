"""Proofs and contents of the flow's sectors, out of what this node holds.

A proof has three parts: inside a segment from its bytes, inside a submission's node from the
proof with which the segment was uploaded, and above the nodes from the log alone. So a node that
keeps a share proves every sector of it.
(0gfoundation/0g-storage-node: node/storage/src/log_store)
"""

from __future__ import annotations

import threading
from bisect import bisect_right
from collections.abc import Sequence

import orjson

from zerog.crypto.keccak import chunk_hashes
from zerog.crypto.merkle import ZERO_HASHES, Proof, levels, node, prove_in
from zerog.errors import NotFound
from zerog.storage.codec import (
    HASH,
    SECTOR,
    SEGMENT_HEIGHT,
    SEGMENT_SECTORS,
    SubmissionNode,
    sector_count,
    segment_count,
    segment_length,
)
from zerog.storage.errors import BadField
from zerog.storage.flow import FlowModel
from zerog.storage.flowproof import FlowTree
from zerog.storage.node.entries import Entry
from zerog.storage.node.store import NodeStore
from zerog.types import Json

_Log = list[tuple[int, tuple[SubmissionNode, ...]]]


class SectorNotHere(NotFound):
    """The bytes that a proof needs are not on this node: another shard's, not uploaded, pruned."""

    def __init__(self, sector: int) -> None:
        self.sector = sector
        super().__init__(f"sector {sector} is not stored here", "ask a node that has its file")


class _Flow:
    """The flow at its present length, and the lengths that it had under earlier roots."""

    def __init__(self, generation: int, log: _Log) -> None:
        self.generation, self.log = generation, log
        self.starts = [start for start, _ in log]
        self.tree = FlowTree(log)
        self._model = FlowModel()
        self._lengths = {self._model.root(): (self._model.length, 0)}
        self._done = 0

    def at(self, root: bytes | None) -> tuple[FlowTree, int]:
        """(tree, submissions in it) under a root, the present one by default; raises BadField."""
        if root is None or root == self.tree.root():
            return self.tree, len(self.log)
        for _, nodes in self.log[self._done :]:
            self._model.append(nodes)
            self._done += 1
            self._lengths[self._model.root()] = (self._model.length, self._done)
        if root not in self._lengths:
            raise BadField("flow_root", "not a root of the flow")
        length, count = self._lengths[root]
        return FlowTree(self.log, length), count

    def node_over(self, sector: int, count: int) -> tuple[int, int, int, int] | None:
        """(submission, sector of its file where the node begins, height, first sector)."""
        seq = bisect_right(self.starts, sector, hi=count) - 1
        if seq < 0:
            return None
        start, nodes = self.log[seq]
        offset = 0
        for each in nodes:
            if start + offset <= sector < start + offset + (1 << each.height):
                return seq, offset, each.height, start + offset
            offset += 1 << each.height
        return None


class Sectors:
    """What can be said about single sectors and segments of the flow; safe for many threads."""

    def __init__(self, store: NodeStore) -> None:
        """store: of this node."""
        self._store = store
        self._flow: _Flow | None = None
        self._lock = threading.Lock()

    def prove(self, sector: int, root: bytes | None = None) -> Proof:
        """That a sector belongs to the flow: lemma from its leaf hash to the flow's root.

        root: of the flow at any earlier submission, else the present one. Raises BadField (no
        such sector or root), SectorNotHere.
        """
        with self._lock:
            flow = self._refreshed()
            tree, count = flow.at(root)
            if sector >= 1 << tree.height:
                raise BadField("sector_index", "beyond the flow")
            over = flow.node_over(sector, count)
            if over is None:
                return tree.prove(sector, 0, _no_hashes)
            seq, offset, height, first = over
            upper = tree.prove(first, height, _no_hashes)
        low = self._inside(seq, sector, offset + sector - first, offset, height)
        if not low.path:
            return upper
        above = upper.lemma[1:] if upper.path else upper.lemma
        return Proof(low.lemma[:-1] + above, low.path + upper.path)

    def load_root(self, number: int) -> bytes | None:
        """Root over the 1,024 sectors of segment `number` of the flow; None when unknown here."""
        first = number * SEGMENT_SECTORS
        with self._lock:
            flow = self._refreshed()
            if first >= flow.tree.length or flow.tree.height < SEGMENT_HEIGHT:
                return None
            over = flow.node_over(first, len(flow.log))
            if over is None or over[2] <= SEGMENT_HEIGHT:
                return flow.tree.prove(first, SEGMENT_HEIGHT, _no_hashes).lemma[0]
        seq, offset, _, begin = over
        entry = self._store.entry(seq)
        index = (offset + first - begin) // SEGMENT_SECTORS
        if entry is None:
            return None
        if index >= segment_count(entry.content.size):
            return ZERO_HASHES[SEGMENT_HEIGHT]
        proof = self._store.proof(entry.content, index)
        return None if proof is None else proof.lemma[0]

    def load(self, number: int) -> bytes | None:
        """The 262,144 bytes of segment `number` of the flow; None unless all of them are here."""
        first = number * SEGMENT_SECTORS
        with self._lock:
            flow = self._refreshed()
            inside = first < flow.tree.length
            seqs = _submissions(flow.starts, first) if inside else []
        data = bytearray(SEGMENT_SECTORS * SECTOR)
        for seq in seqs:
            entry = self._store.entry(seq)
            if entry is None or not self._copy(entry, first, data):
                return None
        return bytes(data) if inside else None

    def describe(self, number: int) -> Json:
        """A line of JSON about segment `number` of the flow; None beyond the flow."""
        first = number * SEGMENT_SECTORS
        with self._lock:
            flow = self._refreshed()
            if first >= flow.tree.length:
                return None
            seqs = _submissions(flow.starts, first)
        shard = self._store.shard
        ours = number % shard.num_shard == shard.shard_id
        return orjson.dumps({"segment": number, "submissions": seqs, "ours": ours}).decode()

    def _refreshed(self) -> _Flow:
        known = self._flow
        generation, new = self._store.log_after(0 if known is None else len(known.log))
        if known is None or generation != known.generation:
            generation, log = self._store.log_after(0)
            self._flow = _Flow(generation, log)
        elif new:
            self._flow = _Flow(generation, known.log + new)
        found = self._flow
        assert found is not None  # noqa: S101  (made above)
        return found

    def _copy(self, entry: Entry, first: int, data: bytearray) -> bool:
        """Copy what of a file lies in the segment at sector `first`; False when it is missing."""
        begin = max(first - entry.start, 0)
        end = min(first + SEGMENT_SECTORS - entry.start, sector_count(entry.content.size))
        if begin >= end:
            return True
        found = self._store.read(entry.content, begin, end)
        if found is None:
            return False
        at = (entry.start + begin - first) * SECTOR
        data[at : at + len(found)] = found
        return True

    def _inside(self, seq: int, sector: int, at: int, offset: int, height: int) -> Proof:
        """From file sector `at` to the root of the node that begins at file sector `offset`."""
        entry = self._store.entry(seq)
        if entry is None:
            raise SectorNotHere(sector)
        low_height = min(height, SEGMENT_HEIGHT)
        low_first = at >> low_height << low_height if height >= SEGMENT_HEIGHT else offset
        hashes = self._sector_hashes(entry, sector, low_first, 1 << low_height)
        low = prove_in(levels(hashes), at - low_first)
        if height <= SEGMENT_HEIGHT:
            return low
        index = at // SEGMENT_SECTORS
        middle = self._segment_proof(entry, sector, index, offset, height - SEGMENT_HEIGHT)
        return Proof(low.lemma[:-1] + middle.lemma[1:], low.path + middle.path)

    def _sector_hashes(self, entry: Entry, sector: int, first: int, count: int) -> Sequence[bytes]:
        """Leaf hashes of file sectors first..first+count-1, padding included."""
        last = min(first + count, sector_count(entry.content.size))
        hashes: list[bytes] = []
        if last > first:
            data = self._store.read(entry.content, first, last)
            if data is None:
                raise SectorNotHere(sector)
            joined = chunk_hashes(data)
            hashes = [joined[i : i + HASH] for i in range(0, len(joined), HASH)]
        return hashes + [ZERO_HASHES[0]] * (count - len(hashes))

    def _segment_proof(
        self, entry: Entry, sector: int, index: int, offset: int, depth: int
    ) -> Proof:
        """From segment `index` up `depth` levels to the root of its node.

        A segment of padding was never uploaded: its neighbours are zeros, or lead to the last
        segment with data, which then has to be here.
        """
        last = segment_count(entry.content.size) - 1
        held = self._store.proof(entry.content, min(index, last))
        if held is None:
            raise SectorNotHere(sector)
        base = offset // SEGMENT_SECTORS
        if index <= last:
            return _cut(held, index - base, depth)
        return _padding(held, last - base, index - base, depth)


def segment_bytes(store: NodeStore, entry: Entry, index: int) -> bytes | None:
    """Segment `index` of a file as it was uploaded; None while it is not stored."""
    size, first = entry.content.size, index * SEGMENT_SECTORS
    return store.read(entry.content, first, first + segment_length(size, index) // SECTOR)


def _submissions(starts: Sequence[int], first: int) -> list[int]:
    """Numbers of the submissions that may have sectors in the segment at sector `first`."""
    begin = max(bisect_right(starts, first) - 1, 0)
    end = bisect_right(starts, first + SEGMENT_SECTORS - 1)
    return list(range(begin, end))


def _folded(proof: Proof, depth: int) -> list[bytes]:
    """Roots of the subtrees around a leaf: heights 0 to `depth` above it."""
    found = [proof.lemma[0]]
    for level in range(depth):
        sibling, left = proof.lemma[1 + level], proof.path[level]
        found.append(node(found[-1], sibling) if left else node(sibling, found[-1]))
    return found


def _cut(proof: Proof, place: int, depth: int) -> Proof:
    """The lowest `depth` levels of a file's proof: those inside a node."""
    path = tuple((place >> level) % 2 == 0 for level in range(depth))
    return Proof((*proof.lemma[: 1 + depth], _folded(proof, depth)[-1]), path)


def _padding(held: Proof, edge: int, place: int, depth: int) -> Proof:
    """The proof of a segment of zeros inside a node, from that of the last one with data.

    edge, place: of the segment with data, and of the one asked for, inside the node; a negative
    edge lies in an earlier node, and all of this one is zeros.
    """
    zeros = ZERO_HASHES[SEGMENT_HEIGHT:]
    path = tuple((place >> level) % 2 == 0 for level in range(depth))
    if edge < 0:
        return Proof((zeros[0], *zeros[: depth + 1]), path)
    roots = _folded(held, depth)
    lemma = [zeros[0]]
    for level in range(depth):
        if (place >> level) ^ 1 == edge >> level:
            lemma.append(roots[level])
        elif place >> level == edge >> level:
            lemma.append(held.lemma[1 + level])
        else:
            lemma.append(zeros[level])
    return Proof((*lemma, roots[-1]), path)


def _no_hashes(submission: int, sector: int, height: int, count: int) -> bytes:
    """Proofs from whole nodes upward need no data."""
    raise AssertionError((submission, sector, height, count))
