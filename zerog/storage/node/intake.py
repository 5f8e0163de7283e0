"""What a storage node lets in: every uploaded segment is proved before a byte is written.

The order of the checks and their texts are those of 0gfoundation/0g-storage-node:
node/rpc/src/zgs (segment upload); clients match the texts.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from zerog.crypto.merkle import BadProof
from zerog.errors import Refused
from zerog.storage.codec import (
    SECTOR,
    SEGMENT,
    NoSuchSegment,
    WrongSegmentLength,
    check_segment,
    segment_count,
)
from zerog.storage.errors import AlreadyStored, RootAndSeqDiffer, UploadRefused
from zerog.storage.node.entries import Content, Entry, State
from zerog.storage.node.store import NodeStore
from zerog.storage.runs import check_run, runs
from zerog.storage.shards import owns
from zerog.storage.wire import Segment
from zerog.types import Json

EARLY_FILE_BYTES: Final = 10 * 1024 * 1024
"""Largest file whose segments may arrive before its transaction."""
EARLY_TOTAL_BYTES: Final = 1024 * 1024 * 1024
"""Bound on all such files together."""

REFUSED: Final = {
    State.FINAL: ("root", "already uploaded and finalized"),
    State.PRUNED: ("root", "already pruned"),
    State.UNSTORABLE: ("file_size", "no file can be that long"),
}
SIZE_DIFFERS: Final = "segment file size not matched with tx file size"


class BadData(Refused):
    """The bytes of a segment cannot be one, whatever its file is."""

    def __init__(self, text: str, length: int) -> None:
        self.length = length
        super().__init__(text)


class Intake:
    """The way of uploaded segments into a store."""

    def __init__(self, store: NodeStore) -> None:
        """store: of this node."""
        self._store = store

    def receive(self, values: Sequence[Json], tx_seq: int | None = None) -> None:
        """`many`, for segments as they come from the wire; raises BadField too."""
        with self._store.files.slabs.one() as slab:
            places = [slab[at * SEGMENT :][:SEGMENT] for at in range(len(values))]
            pairs = zip(values, places, strict=True)
            self.many([Segment.from_json(value, place) for value, place in pairs], tx_seq)

    def one(self, segment: Segment, tx_seq: int | None = None) -> None:
        """Store a segment; raises AlreadyStored too, and all that `many` raises."""
        if not self._take([segment], tx_seq):
            raise AlreadyStored(segment.root, segment.index)

    def many(self, segments: Sequence[Segment], tx_seq: int | None = None) -> None:
        """Store segments, all or none; those that are stored already are passed over.

        Raises BadData, UploadRefused, RootAndSeqDiffer, OSError (no space).
        """
        self._take(segments, tx_seq)

    def _take(self, segments: Sequence[Segment], tx_seq: int | None) -> int:
        """How many segments were new. A content that is dropped meanwhile is made again."""
        while True:
            fresh = [self._fresh(group, tx_seq) for group in _by_file(segments)]
            if all(
                self._store.put(content, [(one.index, one.data, one.proof) for one in new])
                for content, new, _ in fresh
                if new
            ):
                return sum(count for _, _, count in fresh)

    def _fresh(
        self, group: Sequence[Segment], tx_seq: int | None
    ) -> tuple[Content, list[Segment], int]:
        """Check the segments of one file; gives its content, what to write, and how many are new.

        Segments of other shards are new, but not written.
        """
        for segment in group:
            _check_data(segment)
        first = group[0]
        entry = self._entry(first.root, first.file_size, tx_seq)
        held: set[int] = set()
        if entry is not None:
            held = self._store.held(entry.content, [segment.index for segment in group])
        fresh = [segment for segment in group if segment.index not in held]
        _check_proofs(fresh)
        if entry is None:
            return self._store.content(first.root, first.file_size), fresh, len(fresh)
        shard = self._store.shard
        ours = [one for one in fresh if owns(shard, entry.start, one.index)]
        return entry.content, ours, len(fresh)

    def _entry(self, root: bytes, size: int, tx_seq: int | None) -> Entry | None:
        """The known submission that the segments are for, None while none is known.

        The sequence number only has to be of the same root: a submission of this root with the
        segment's own size takes it, so that one with another length cannot stand in the way of
        clients that ask for the number by root.
        """
        named = None if tx_seq is None else self._store.entry(tx_seq)
        if named is not None and tx_seq is not None and named.content.root != root:
            raise RootAndSeqDiffer(root, tx_seq)
        found = named
        if found is None or found.content.size != size:
            found = self._store.by_root_and_size(root, size)
        if found is None:
            self._check_early(root, size)
            return None
        if found.state is not State.OPEN:
            raise UploadRefused(*REFUSED[found.state])
        return found

    def _check_early(self, root: bytes, size: int) -> None:
        if size < 1 or self._store.by_root(root) is not None:
            raise UploadRefused("file_size", SIZE_DIFFERS)
        if size > EARLY_FILE_BYTES:
            text = "caching of large file when tx is unavailable is not supported"
            raise UploadRefused("file_size", text)
        if self._store.early_bytes() + size > EARLY_TOTAL_BYTES:
            raise UploadRefused("file_size", "too many files wait for their transaction")


def _by_file(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    groups: dict[tuple[bytes, int], list[Segment]] = {}
    for segment in segments:
        groups.setdefault((segment.root, segment.file_size), []).append(segment)
    yield from groups.values()


def _check_data(segment: Segment) -> None:
    if not segment.data:
        raise BadData("data is empty", 0)
    if len(segment.data) % SECTOR:
        raise BadData("invalid data length", len(segment.data))


def _check_proofs(segments: Sequence[Segment]) -> None:
    """Check the segments of one file; neighbours together, and one by one when that fails."""
    if not segments:
        return
    indexes = [segment.index for segment in segments]
    for part in runs(indexes, segments[0].file_size):
        run = segments[part]
        if len(run) == 1 or not _run_holds(run):
            for segment in run:
                _check_proof(segment)


def _run_holds(run: Sequence[Segment]) -> bool:
    first = run[0]
    data = [segment.data for segment in run]
    try:
        proofs = check_run(first.root, first.file_size, first.index, data, first.proof)
    except BadProof:
        return False
    return proofs == [segment.proof for segment in run]


def _check_proof(segment: Segment) -> None:
    try:
        check_segment(segment.root, segment.index, segment.data, segment.proof, segment.file_size)
    except NoSuchSegment as error:
        raise UploadRefused("index", "index out of bound") from error
    except WrongSegmentLength as error:
        raise UploadRefused("data", "invalid data length") from error
    except BadProof as error:
        raise UploadRefused("proof", _proof_text(error)) from error
    if segment.index == segment_count(segment.file_size) - 1:
        tail = -segment.file_size % SECTOR
        if any(segment.data[len(segment.data) - tail :]):
            raise UploadRefused("data", "not zero behind the end of the file")


def _proof_text(error: BadProof) -> str:
    if "padding" in error.reason:
        return "invalid proof node value in the padding range"
    return "invalid proof" if "lengths" in error.reason else "validation failed"
