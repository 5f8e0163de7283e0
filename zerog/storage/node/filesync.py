"""Fetches from peers what the log says this node should have.

Every known submission that lacks segments of our share is looked for, oldest first; so a fresh
node catches up with the whole chain, and one that missed an upload mends itself. Each segment
passes the rules of uploads against the data root that our own chain gave. A few threads take
batches from one list, so memory is bounded whatever the size of a file.
(0gfoundation/0g-storage-node: node/sync, there over libp2p)
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import Final

from zerog.errors import Tampered, ZerogError
from zerog.storage.codec import segment_count
from zerog.storage.errors import NodeRefused, RootAndSeqDiffer, UploadRefused
from zerog.storage.node.counters import Counters
from zerog.storage.node.entries import Entry, State
from zerog.storage.node.intake import BadData, Intake
from zerog.storage.node.peers import Peer
from zerog.storage.node.store import NodeStore
from zerog.storage.node.syncreport import Report, Reports
from zerog.storage.shards import owns
from zerog.storage.wire import FileInfo, Segment

POLL_SECONDS: Final = 0.5
STEP_SECONDS: Final = 60.0
"""After that a step fetches nothing new, and the next one goes on."""
DEADLINE_SECONDS: Final = 300.0
QUIET_SECONDS: Final = 3.0
"""A file that somebody is uploading here is not fetched as well."""
THREADS: Final = 4
BATCH: Final = 8
"""Segments per request."""
WINDOW: Final = 64
"""Files that one request asks a peer about."""
WINDOWS: Final = 16
"""How many windows a step looks through in vain before it rests."""

log = logging.getLogger(__name__)

LIES: Final = frozenset({"proof", "data", "index"})


@dataclass(frozen=True, slots=True)
class _Wanted:
    """A submission with who may have it."""

    entry: Entry
    report: Report
    first: int
    last: int
    sources: list[tuple[Peer, FileInfo]]


class FileSync:
    """The fetching side of one node; `step` is run by a cycle, the rest from any thread."""

    def __init__(
        self, store: NodeStore, intake: Intake, peers: Sequence[Peer], counters: Counters
    ) -> None:
        """intake: the rules that uploads pass."""
        self._store, self._intake, self._counters = store, intake, counters
        self.peers = list(peers)
        self.reports = Reports()
        self._cursor = -1
        self._closing = threading.Event()
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="sync")

    def step(self) -> None:
        """Look for what is missing, as long as there is progress or until the step's time is up."""
        end = time.monotonic() + STEP_SECONDS
        self._every([peer.refresh for peer in self.peers if peer.due()])
        vain = 0
        while vain < WINDOWS and time.monotonic() < end and not self._closing.is_set():
            window = self._window()
            if not window:
                break
            vain += not self._fetch_all(window, end)

    def close(self) -> None:
        """Fetch nothing new from now on."""
        self._closing.set()

    def live_peers(self) -> int:
        """How many peers answer."""
        return sum(peer.shard() is not None for peer in self.peers)

    def _window(self) -> list[_Wanted]:
        """What to look for next: what was asked for by hand, then the oldest open files."""
        asked = self.reports.asked()
        found = [self._wanted(seq, *asked[seq]) for seq in list(asked)[:WINDOW]]
        chosen = [one for one in found if one is not None]
        if not chosen and self.peers:
            quiet = time.time() - QUIET_SECONDS
            entries = self._store.open_entries(self._cursor, quiet, WINDOW)
            self._cursor = entries[-1].seq if entries else -1
            chosen = [self._open(entry) for entry in entries if not self.reports.stopped(entry.seq)]
        return chosen

    def _wanted(self, seq: int, first: int, last: int | None) -> _Wanted | None:
        self.reports.done(seq)
        entry = self._store.entry(seq)
        if entry is None or entry.state is not State.OPEN:
            return None
        return self._open(entry, first, last)

    def _open(self, entry: Entry, first: int = 0, last: int | None = None) -> _Wanted:
        count = segment_count(entry.content.size)
        end = count if last is None else min(last, count)
        report = self.reports.open(entry.seq, first, end)
        report.stored, report.wanted = entry.stored, entry.wanted
        return _Wanted(entry, report, first, end, [])

    def _fetch_all(self, window: Sequence[_Wanted], end: float) -> bool:
        """Whether anything came."""
        alive = [peer for peer in self.peers if peer.shard() is not None]
        for peer in alive:
            self._ask(peer, window)
        for one in window:
            if not one.sources:
                one.report.state = "no peer has it" if alive else "no peer answers"
            for peer in self.peers:
                if peer not in alive:
                    one.report.note(peer.url, _why_silent(peer))
        before = self._counters.read("sync.segments")
        tasks = self._tasks([one for one in window if one.sources], end)
        self._every([lambda: self._drain(tasks)] * THREADS)
        for one in window:
            self._conclude(one)
        return self._counters.read("sync.segments") != before

    def _ask(self, peer: Peer, window: Sequence[_Wanted]) -> None:
        """Note which of these files a peer has all or something of."""
        try:
            infos = peer.infos([one.entry.seq for one in window])
        except ZerogError as error:
            peer.failed(str(error))
            for one in window:
                one.report.note(peer.url, str(error))
            return
        for one, info in zip(window, infos, strict=True):
            text = _why_not(one.entry, info)
            if not text and peer.avoids(one.entry.seq):
                text = "did not give it lately"
            if info is not None and not text:
                one.sources.append((peer, info))
                one.report.peers[peer.url] = "has it"
            else:
                one.report.note(peer.url, text)

    def _tasks(self, window: Sequence[_Wanted], end: float) -> Iterator[tuple[_Wanted, list[int]]]:
        for one in window:
            one.report.state = "fetching"
            batch: list[int] = []
            for number in self._store.missing(one.entry):
                if time.monotonic() > end or self._closing.is_set():
                    return
                if one.first <= number < one.last:
                    batch.append(number)
                if len(batch) == BATCH:
                    yield one, batch
                    batch = []
            if batch:
                yield one, batch

    def _drain(self, tasks: Iterator[tuple[_Wanted, list[int]]]) -> None:
        while True:
            with self._lock:
                task = next(tasks, None)
            if task is None:
                return
            self._fetch(*task)

    def _fetch(self, wanted: _Wanted, numbers: list[int]) -> None:
        """Get some segments of a file from whoever has them, another peer each time."""
        left, count = list(numbers), len(wanted.sources)
        turn = numbers[0] // BATCH
        for place in range(count):
            peer, info = wanted.sources[(turn + place) % count]
            shard = peer.shard()
            if not left or self.reports.stopped(wanted.entry.seq):
                return
            if shard is None:
                continue
            start = wanted.entry.start
            here = [n for n in left if not info.finalized or owns(shard, start, n)]
            if here:
                taken = self._take(peer, wanted, info, here)
                left = [n for n in left if n not in taken]

    def _take(self, peer: Peer, wanted: _Wanted, info: FileInfo, numbers: list[int]) -> set[int]:
        """Fetch, check and store; which segments are here now."""
        entry, report = wanted.entry, wanted.report
        try:
            found = peer.segments(entry.seq, numbers)
            pairs = [(n, one) for n, one in zip(numbers, found, strict=True) if one is not None]
            for number, one in pairs:
                _check_names(entry, number, one)
            self._intake.many([one for _, one in pairs], entry.seq)
        except ZerogError as error:
            self._blame(peer, report, error)
            return set()
        except OSError as error:  # no room for this file; there may be for others
            log.error("file %d cannot be written: %s", entry.seq, error)
            peer.avoid(entry.seq, peer.view().last_error)
            report.note("this node", f"cannot write it: {error.strerror}")
            return set()
        if len(pairs) < len(numbers) and (info.finalized or not pairs):
            peer.avoid(entry.seq, f"{peer.url} does not give segments of file {entry.seq}")
            report.note(peer.url, "says it has it and does not give it")
        self._counters.add("sync.segments", len(pairs))
        self._counters.add("sync.bytes", sum(len(one.data) for _, one in pairs))
        return {number for number, _ in pairs}

    def _blame(self, peer: Peer, report: Report, error: ZerogError) -> None:
        """A refusal by our own rules means forged data, unless it is about the file's state."""
        refused = isinstance(error, UploadRefused) and error.param not in LIES
        if refused:
            report.last_error = str(error)
            return
        report.note(peer.url, str(error))
        if isinstance(error, NodeRefused):
            peer.avoid(report.seq, str(error))
        elif isinstance(error, UploadRefused | BadData | RootAndSeqDiffer | WrongSegment):
            self._counters.add("sync.lies")
            peer.lied(str(error))
        else:
            peer.failed(str(error))

    def _conclude(self, wanted: _Wanted) -> None:
        entry, report = self._store.entry(wanted.entry.seq), wanted.report
        if entry is None:
            report.state = "dropped by a reorg"
            return
        report.stored, report.wanted = entry.stored, entry.wanted
        if entry.state is not State.OPEN:
            report.state = entry.state.name.lower()
        elif report.state == "fetching":
            report.state = "incomplete"

    def _every(self, jobs: Sequence[Callable[[], None]]) -> None:
        """Run jobs in the threads; the first error is raised when all have ended."""
        futures = [self._pool.submit(job) for job in jobs]
        wait(futures)
        for future in futures:
            future.result()


class WrongSegment(Tampered):
    """A peer answered with another segment than it was asked for."""

    def __init__(self, seq: int, index: int) -> None:
        self.seq, self.index = seq, index
        super().__init__(f"not segment {index} of file {seq}")


def _check_names(entry: Entry, number: int, found: Segment) -> None:
    held = entry.content
    if (found.root, found.file_size, found.index) != (held.root, held.size, number):
        raise WrongSegment(entry.seq, number)


def _why_silent(peer: Peer) -> str:
    view = peer.view()
    return f"{view.state}: {view.last_error or 'not asked yet'}"


def _why_not(entry: Entry, info: FileInfo | None) -> str:
    """Why a peer cannot help with a file; empty when it can."""
    if info is None:
        return "does not know it"
    if (info.seq, info.data_root, info.size) != (entry.seq, entry.content.root, entry.content.size):
        return "knows another file under this number"
    if info.pruned:
        return "has pruned it"
    if not info.finalized and not info.uploaded_segments:
        return "has nothing of it"
    return ""
