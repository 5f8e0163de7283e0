"""Files as several nodes tell of them: what is believed, who holds them, segments that prove."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from zerog.errors import Refused, Tampered, ZerogError
from zerog.storage.codec import (
    SEGMENT,
    check_segment,
    fold_nodes,
    segment_count,
    submission_heights,
)
from zerog.storage.errors import BadAnswer, BadField, BadSegment, NodeUnreachable
from zerog.storage.indexer.nodes import Link, Nodes
from zerog.storage.remote import Remote
from zerog.storage.selection import EVERYTHING, coverage
from zerog.storage.shards import owns
from zerog.storage.wire import U64, FileInfo, Segment, to_hash

ROUNDS: Final = 2
"""How often the nodes of a segment are gone through before it counts as lost."""
SEGMENT_PATIENCE_SECONDS: Final = 30.0
"""After that no further node is tried."""
COUNTED_SEGMENTS: Final = 4096
"""Files of more segments touch every share; smaller ones are looked at segment by segment."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Cid:
    """How the gateway names a file: by data root or by the number of its submission."""

    root: bytes | None
    tx_seq: int | None = None

    @classmethod
    def of(cls, text: str) -> Cid:
        """A decimal number, else a 0x hash; raises BadField."""
        if text.isascii() and text.isdecimal() and len(text) <= 20 and int(text) < U64:
            return cls(None, int(text))
        return cls(to_hash(text, "cid"))

    def question(self) -> Callable[[Remote], FileInfo | None]:
        """What a node is asked."""
        if self.tx_seq is not None:
            seq = self.tx_seq
            return lambda remote: remote.info_of(seq)
        root = self.root or b""
        return lambda remote: remote.info(root)


@dataclass(frozen=True, slots=True)
class Holder:
    """A node with its own entry of the file."""

    link: Link
    info: FileInfo

    def keeps(self, index: int) -> bool:
        """Whether segment `index` of its entry is in its share."""
        config = self.link.config
        return config is not None and owns(config, self.info.start, index)


@dataclass(frozen=True, slots=True)
class Found:
    """A file as it is believed to be.

    holders: who says to have its share of it complete; witnesses: who knows of it at all.
    """

    info: FileInfo
    holders: tuple[Holder, ...]
    witnesses: tuple[Link, ...] = ()


class Files:
    """Looks files up on all nodes and fetches their segments from whoever proves them."""

    def __init__(self, nodes: Nodes) -> None:
        self.nodes = nodes

    def find(self, cid: Cid, patient: bool = False) -> Found | None:
        """The file under a root or number; None when no node knows it.

        What most trusted nodes say of size, root and place is believed; `finalized` means that
        the nodes which have their share complete keep everything. patient: wait for every
        node, not only until the file is complete. Raises NodeUnreachable.
        """
        answers = self.nodes.ask(
            cid.question(), lambda some: not patient and _complete(_holders(cid, some))
        )
        told = [(link, info) for link, info in answers if info and plausible(cid, info)]
        if not told:
            return None
        believed = _believed(cid, told)
        holders = [one for one in _holders(cid, told) if _same(cid, believed, one.info)]
        merged = replace(
            believed,
            finalized=_complete(holders),
            pruned=all(info.pruned for _, info in told),
            is_cached=any(info.is_cached for _, info in told),
            uploaded_segments=max(info.uploaded_segments for _, info in told),
        )
        return Found(merged, tuple(holders), tuple(link for link, _ in told))

    def segment(self, found: Found, index: int) -> bytes:
        """The bytes of segment `index`, cut to the file's length, from the first node that proves.

        When none of the known holders does, every node is asked once more who has the file.
        Raises BadSegment when no node gives a good one, NodeUnreachable when none answers.
        """
        lost: NodeUnreachable | None = None
        liars: set[Link] = set()
        end = time.monotonic() + SEGMENT_PATIENCE_SECONDS
        for again in range(ROUNDS):
            holders = self._all_holders(found) if again else found.holders
            for holder in _in_turn(holders, index):
                if holder.link in liars or time.monotonic() > end:
                    continue
                try:
                    data = self._fetch(holder, index)
                except NodeUnreachable as error:
                    lost = error
                except (Tampered, Refused, BadField) as error:
                    log.warning("segment %d of tx %d: %s", index, holder.info.seq, error)
                    liars.add(holder.link)
                else:
                    return self._cut(found.info, index, data)
        if lost is not None and not liars:
            raise lost
        raise BadSegment(found.info.data_root, index, ", ".join(one.url for one in liars) or "-")

    def _all_holders(self, found: Found) -> tuple[Holder, ...]:
        """Also those that were too slow or rested when the file was looked up."""
        cid = Cid(found.info.data_root)
        told = self.nodes.ask(cid.question(), lambda _: False)
        known = {one.link for one in found.holders}
        late = [one for one in _holders(cid, told) if one.link not in known]
        return found.holders + tuple(one for one in late if _same(cid, found.info, one.info))

    def _fetch(self, holder: Holder, index: int) -> bytes:
        try:
            found = fetch_proved(holder.link.large, holder.info, index)
        except ZerogError:
            holder.link.failed()
            raise
        holder.link.succeeded()
        return bytes(found.data)

    def _cut(self, info: FileInfo, index: int, data: bytes) -> bytes:
        length = min(SEGMENT, info.size - index * SEGMENT)
        if any(data[length:]):  # a size that cuts bytes off is a lie: padding is zero
            raise BadSegment(info.data_root, index, "a node that told a wrong size")
        return data[:length].ljust(length, b"\0")


def fetch_proved(remote: Remote, info: FileInfo, index: int) -> Segment:
    """Segment `index` of the node's entry `info`, whole sectors, proved against its root.

    Raises NodeUnreachable, NodeRefused, and BadAnswer or another Tampered for a bad one.
    """
    found = remote.segment(info.seq, index)
    if found is None:
        raise BadAnswer(remote.url, "segment", "the node does not have it")
    check_segment(info.data_root, index, found.data, found.proof, info.size)
    return Segment(info.data_root, found.data, index, found.proof, info.size)


def plausible(cid: Cid, info: FileInfo) -> bool:
    """Whether an entry is what was asked for and agrees with itself."""
    if info.size < 1 or tuple(one.height for one in info.nodes) != submission_heights(info.size):
        return False
    if fold_nodes(info.nodes) != info.data_root:
        return False
    return info.seq == cid.tx_seq if cid.root is None else info.data_root == cid.root


def _holders(cid: Cid, told: Sequence[tuple[Link, FileInfo | None]]) -> list[Holder]:
    return [
        Holder(link, info)
        for link, info in told
        if info and info.finalized and not info.pruned and plausible(cid, info)
    ]


def _in_turn(holders: Sequence[Holder], index: int) -> list[Holder]:
    """Who keeps a segment: the reliable first, and among equals each segment another one."""
    able = [one for one in holders if one.keeps(index)]
    turned = able[index % len(able) :] + able[: index % len(able)] if able else []
    return sorted(turned, key=lambda one: (one.link.rests, not one.link.trusted))


def _complete(holders: Sequence[Holder]) -> bool:
    """Whether every segment is in the share of some holder."""
    if not holders:
        return False
    count = segment_count(holders[0].info.size)
    if count <= COUNTED_SEGMENTS:
        return all(any(one.keeps(index) for one in holders) for index in range(count))
    configs = [one.link.config for one in holders]
    return coverage(EVERYTHING, [config for config in configs if config]) > 0


def _believed(cid: Cid, told: Sequence[tuple[Link, FileInfo]]) -> FileInfo:
    """The entry for which most trusted nodes stand; a finalised and early one among equals."""
    votes: dict[object, tuple[int, int]] = {}
    for link, info in told:
        trusted, others = votes.get(_key(cid, info), (0, 0))
        votes[_key(cid, info)] = (trusted + link.trusted, others + 1)
    return max(
        (info for _, info in told),
        key=lambda info: (votes[_key(cid, info)], info.finalized, -info.seq),
    )


def _key(cid: Cid, info: FileInfo) -> object:
    """What nodes must agree on: by root several submissions are right, by number only one is."""
    if cid.root is not None:
        return info.size
    return (info.data_root, info.size, info.start)


def _same(cid: Cid, believed: FileInfo, info: FileInfo) -> bool:
    """Whether segments of this entry serve for the believed one."""
    if cid.root is None:
        return _key(cid, info) == _key(cid, believed)
    return segment_count(info.size) == segment_count(believed.size)
