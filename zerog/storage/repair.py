"""Keeps every file on as many nodes as are to survive a loss: counts copies, restores the missing.

A copy counts when its segments prove, not when a node says that it is there. A run looks at one
page of the log and can be killed at any line: what it does is asked of the nodes anew each time,
and handing a node what it has already changes nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson

from zerog.config import Settings
from zerog.crypto.keccak import keccak256
from zerog.errors import ZerogError
from zerog.files import replace_file
from zerog.locks import try_lock
from zerog.storage.copies import Auditor, Copies, own_segments
from zerog.storage.durability import LOST_PERCENT, copies_to_survive
from zerog.storage.errors import BadSegment
from zerog.storage.indexer.files import Holder, fetch_proved
from zerog.storage.indexer.intake import send_segment
from zerog.storage.indexer.nodes import Link, Nodes, NodeUrls, urls_of
from zerog.storage.remote import Remote, make_pool
from zerog.storage.shards import owns
from zerog.storage.wire import Segment, members, number
from zerog.types import Json

PAGE: Final = 50
RUN_SECONDS: Final = 30.0
"""Submissions that one run looks at."""
SAMPLE: Final = 3
"""Segments of a file that a node must prove, drawn anew each time."""
FILES_AT_ONCE: Final = 4
SENDERS: Final = 4
SYNC_SECONDS: Final = 20.0
"""What a node gets to fetch a file from its peers, before it is handed the segments."""
SYNC_POLL_SECONDS: Final = 0.1
UNDER_WAY: Final = ("waiting", "fetching", "incomplete")
"""What our node says of a file that it is getting from its peers."""
OTHER_LOOKS: Final = 10
"""How often in a row it may say something else: a report is renewed when the fetching begins."""
KEPT_FAULTS: Final = 20

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class RepairOptions:
    """How much is wanted, and how closely it is looked at."""

    replicas: int | None = None
    """Copies of every segment; None: those that survive the loss of 30 % of the nodes."""
    sample: int | None = SAMPLE
    """Segments that a node must prove per file; None: all of its share."""
    page: int = PAGE
    seconds: float = RUN_SECONDS
    """After that no further file is begun."""


@dataclass(slots=True)
class RepairReport:
    """What one run found and did; counts are files, but `restored` counts copies."""

    wanted: int
    first_seq: int
    next_seq: int = 0
    files: int = 0
    whole: int = 0
    short: int = 0
    unfinished: int = 0
    lost: list[int] = field(default_factory=list)
    restored: int = 0
    faults: list[str] = field(default_factory=list)

    def fault(self, text: str) -> None:
        """Keep one line of what went wrong, and only so many."""
        log.warning("repair: %s", text)
        if len(self.faults) < KEPT_FAULTS:
            self.faults.append(text)

    def add(self, other: RepairReport) -> None:
        """Take in what was found of one file."""
        self.files += other.files
        self.whole += other.whole
        self.short += other.short
        self.unfinished += other.unfinished
        self.lost += other.lost
        self.restored += other.restored
        self.faults += other.faults[: KEPT_FAULTS - len(self.faults)]

    def to_json(self) -> dict[str, Json]:
        """For --json and for logs."""
        return {
            "wanted": self.wanted,
            "firstSeq": self.first_seq,
            "nextSeq": self.next_seq,
            "files": self.files,
            "whole": self.whole,
            "short": self.short,
            "unfinished": self.unfinished,
            "lost": list(self.lost),
            "restored": self.restored,
            "faults": list(self.faults),
        }


class Repair:
    """Looks after the files of one set of nodes."""

    def __init__(
        self, nodes: Nodes, options: RepairOptions, admins: Mapping[str, str] | None = None
    ) -> None:
        """admins: URL of a node -> URL of its admin port, where that can be reached."""
        self._nodes, self._options = nodes, options
        self._auditor = Auditor(nodes, options.sample)
        pool = make_pool(2, 5.0)
        self._admins = {
            url: Remote(admin, pool, attempts=1) for url, admin in (admins or {}).items()
        }

    @property
    def wanted(self) -> int:
        """Copies that every segment should have."""
        known = [link for link in self._nodes.links if link.trusted]
        return self._options.replicas or copies_to_survive(len(known), LOST_PERCENT)

    def run(self, first_seq: int) -> RepairReport:
        """Look at a page of submissions from `first_seq` on; raises NodeUnreachable.

        The report's next_seq is where the next run goes on: 0 behind the end of the log.
        """
        self._nodes.poll()
        end = self._end()
        report = RepairReport(self.wanted, first_seq)
        until = time.monotonic() + self._options.seconds
        seqs = range(first_seq, min(first_seq + self._options.page, end))
        next_seq = first_seq
        with ThreadPoolExecutor(FILES_AT_ONCE) as threads:
            for found in threads.map(lambda seq: self._in_time(seq, until), seqs):
                if found is None:
                    break
                report.add(found)
                next_seq += 1
        report.next_seq = next_seq if next_seq < end else 0
        return report

    def _in_time(self, seq: int, until: float) -> RepairReport | None:
        """What was found and done; None when there is no time left for it."""
        if time.monotonic() >= until:
            return None
        report = RepairReport(self.wanted, seq)
        try:
            self._one(seq, report)
        except ZerogError as error:
            report.fault(f"tx {seq}: {error}")
        return report

    def _one(self, seq: int, report: RepairReport) -> None:
        copies = self._auditor.look(seq)
        if copies is None or copies.found.info.pruned:
            return
        report.files += 1
        if not copies.found.info.finalized and not copies.failed:
            report.unfinished += 1  # nobody uploaded it, or somebody is at it
            return
        lacking = self._auditor.lacking(copies, self.wanted)
        gone = [index for index in lacking if not copies.of(index)]
        if gone:
            report.lost.append(seq)
            report.fault(f"tx {seq}: no node proves segment {gone[0]}")
        if not lacking:
            report.whole += 1
            return
        report.short += 1
        for link in self._targets(copies, [index for index in lacking if index not in set(gone)]):
            try:
                self._restore(link, copies)
                report.restored += 1
            except ZerogError as error:
                report.fault(f"tx {seq} on {link.url}: {error}")

    def _targets(self, copies: Copies, lacking: Sequence[int]) -> list[Link]:
        """Nodes that are to take the file: for each lacking segment as many as are missing."""
        info = copies.found.info
        held = {one.link for one in copies.proved} | set(copies.failed)
        free = [
            link
            for link in copies.found.witnesses
            if link.trusted and link.config and link not in held
        ]
        free.sort(key=lambda link: keccak256(info.data_root + link.url.encode()))
        chosen: list[Link] = []
        for index in lacking:
            able = [link for link in free if link.config and owns(link.config, info.start, index)]
            missing = self.wanted - len(copies.of(index)) - sum(link in chosen for link in able)
            chosen += [link for link in able if link not in chosen][: max(missing, 0)]
        return chosen

    def _restore(self, link: Link, copies: Copies) -> None:
        """Bring a node to its share of the file: from its peers, else from our hands."""
        info = copies.found.info
        if not self._synced(link, info.seq):
            own = own_segments(link, info.start, info.size)
            with ThreadPoolExecutor(SENDERS) as threads:
                try:
                    list(threads.map(lambda index: self._hand_over(link, copies, index), own))
                except ZerogError:
                    threads.shutdown(cancel_futures=True)
                    raise
        fresh = link.small.info_of(info.seq)
        if fresh is None or not fresh.finalized or not self._auditor.proves(Holder(link, fresh)):
            raise NotRestored(link.url, info.seq)

    def _synced(self, link: Link, seq: int) -> bool:
        """Whether the node, told to, fetched the file from its peers in time."""
        admin = self._admins.get(link.url)
        if admin is None:
            return False
        try:
            admin.call("admin_startSyncFile", seq)
            end, others = time.monotonic() + SYNC_SECONDS, 0
            while time.monotonic() < end and others < OTHER_LOOKS:
                info = link.small.info_of(seq)
                if info is not None and info.finalized:
                    return True
                going = admin.call("admin_getSyncStatus", seq) in UNDER_WAY
                others = 0 if going else others + 1
                time.sleep(SYNC_POLL_SECONDS)
        except ZerogError as error:
            log.info("repair: %s does not sync tx %d: %s", link.url, seq, error)
        return False

    def _hand_over(self, link: Link, copies: Copies, index: int) -> None:
        send_segment(link, copies.found.info.seq, self._proved_segment(copies, index))

    def _proved_segment(self, copies: Copies, index: int) -> Segment:
        """A segment with its proof from a node that has shown to be good, or another."""
        info = copies.found.info
        for holder in copies.of(index):
            try:
                return fetch_proved(holder.link.large, holder.info, index)
            except ZerogError as error:
                log.warning("repair: segment %d of tx %d: %s", index, info.seq, error)
        raise BadSegment(info.data_root, index, "every node that has it")

    def _end(self) -> int:
        """Submissions that most nodes have seen, so that a node that runs ahead misleads nobody."""
        told = self._nodes.ask(
            lambda remote: number(members(remote.call("zgs_getStatus"), "status"), "nextTxSeq"),
            lambda _: False,
        )
        counts = sorted(count for _, count in told)
        return counts[len(counts) // 2]


class NotRestored(ZerogError):
    """A node took everything and still does not prove its share of the file."""

    def __init__(self, url: str, tx_seq: int) -> None:
        self.url, self.tx_seq = url, tx_seq
        super().__init__(f"{url} does not prove tx {tx_seq}", "look at the node's /health")


class RepairBusy(ZerogError):
    """Another process of this home repairs at the moment."""

    def __init__(self, path: Path) -> None:
        self.path = path
        super().__init__(f"{path} is held", "wait until the other run is over")


def repair_page(settings: Settings, options: RepairOptions) -> RepairReport:
    """One run for the nodes of a home, from where the last one ended.

    Raises RepairBusy, NodeUnreachable, BadUrl.
    """
    folder = settings.home / "indexer"
    folder.mkdir(parents=True, exist_ok=True)
    with try_lock(folder / "repair.lock") as ours:
        if not ours:
            raise RepairBusy(folder / "repair.lock")
        nodes = nodes_of(settings)
        if len(nodes.links) < 2:
            return RepairReport(1, 0)  # nobody to restore anything to or from
        repair = Repair(nodes, options, admins_of(settings))
        report = repair.run(_saved(folder / "repair.json"))
        replace_file(folder / "repair.json", orjson.dumps({"nextSeq": report.next_seq}))
        return report


def repair_all(settings: Settings, options: RepairOptions) -> list[RepairReport]:
    """Runs from the beginning of the log to its end; for `zerog storage repair`.

    Raises NodeUnreachable, BadUrl.
    """
    repair = Repair(nodes_of(settings), options, admins_of(settings))
    reports = [repair.run(0)]
    while reports[-1].next_seq:
        reports.append(repair.run(reports[-1].next_seq))
    return reports


def nodes_of(settings: Settings) -> Nodes:
    """The storage nodes of a home; raises BadUrl."""
    return Nodes(NodeUrls(urls_of(",".join(settings.node_urls or (settings.node_url,)))))


def admins_of(settings: Settings) -> dict[str, str]:
    """Admin ports by node, as far as the home knows them."""
    nodes = urls_of(",".join(settings.node_urls))
    return dict(zip(nodes, urls_of(",".join(settings.node_admin_urls)), strict=False))


def _saved(path: Path) -> int:
    """Where the last run ended; the beginning when that is not known."""
    try:
        return number(members(orjson.loads(path.read_bytes()), "repair"), "nextSeq")
    except (FileNotFoundError, orjson.JSONDecodeError):
        return 0
