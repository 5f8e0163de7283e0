"""Who really has a file: a copy counts when its segments prove, not when a node says so."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from zerog.errors import ZerogError
from zerog.storage.codec import segment_count
from zerog.storage.indexer.files import Cid, Files, Found, Holder, fetch_proved
from zerog.storage.indexer.nodes import Link, Nodes
from zerog.storage.shards import owns, residue

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Copies:
    """A file with the nodes that proved their share of it, and those that could not."""

    found: Found
    proved: tuple[Holder, ...]
    failed: tuple[Link, ...]

    def of(self, index: int) -> list[Holder]:
        """Proved copies of a segment."""
        return [one for one in self.proved if one.keeps(index)]


class Auditor:
    """Lets the nodes prove what they claim to have."""

    def __init__(self, nodes: Nodes, sample: int | None) -> None:
        """sample: segments that a node must prove per file, drawn anew each time; None: all."""
        self._nodes, self._files, self._sample = nodes, Files(nodes), sample
        self._chance = random.Random()  # noqa: S311  (which segments are looked at)

    def look(self, tx_seq: int) -> Copies | None:
        """Who proves their share of a submission; None when no node knows it.

        Raises NodeUnreachable.
        """
        found = self._files.find(Cid(None, tx_seq), patient=True)
        if found is None:
            return None
        with ThreadPoolExecutor(max(len(found.holders), 1)) as threads:
            verdicts = list(threads.map(self.proves, found.holders))
        pairs = list(zip(found.holders, verdicts, strict=True))
        return Copies(
            found,
            tuple(one for one, good in pairs if good),
            tuple(one.link for one, good in pairs if not good),
        )

    def proves(self, holder: Holder) -> bool:
        """Whether a node's share of a file is what it says; a sample of its segments decides."""
        own = own_segments(holder.link, holder.info.start, holder.info.size)
        sample = self._sample
        if sample is not None and len(own) > sample:
            own = self._chance.sample(own, sample)
        try:
            for index in own:
                fetch_proved(holder.link.large, holder.info, index)
        except ZerogError as error:
            log.warning("repair: tx %d on %s: %s", holder.info.seq, holder.link.url, error)
            return False
        return True

    def lacking(self, copies: Copies, wanted: int) -> list[int]:
        """One segment for each share of the file that has fewer copies than it could have."""
        info = copies.found.info
        alive = [link for link in self._nodes.alive() if link.trusted and link.config]
        period = max((link.config.num_shard for link in alive if link.config), default=1)
        lacking: list[int] = []
        for index in range(min(segment_count(info.size), period)):
            able = sum(owns(link.config, info.start, index) for link in alive if link.config)
            if len(copies.of(index)) < min(wanted, able):
                lacking.append(index)
        return lacking


def own_segments(link: Link, start: int, size: int) -> Sequence[int]:
    """Segments of a file in a node's share."""
    config = link.config
    if config is None:
        return ()
    return range(residue(config, start), segment_count(size), config.num_shard)
