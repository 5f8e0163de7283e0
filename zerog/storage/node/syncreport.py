"""What is known about the fetching of files from peers: asked for, under way, and why not done."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from zerog.errors import Refused
from zerog.types import Json

REPORTS: Final = 1024
"""Files that are remembered; the oldest are forgotten first."""
UNKNOWN: Final = "unknown"


class TooManyAsked(Refused):
    """So many files were asked for by hand that no further one is taken."""

    def __init__(self, limit: int) -> None:
        self.limit = limit
        super().__init__(f"{limit} files are being synced on request", "ask again later")


@dataclass(slots=True)
class Report:
    """One file's fetching; first, last: the segments that it is about, last excluded."""

    seq: int
    first: int
    last: int
    state: str = "waiting"
    stored: int = 0
    wanted: int = 0
    last_error: str = ""
    peers: dict[str, str] = field(default_factory=dict)
    began_at: float = field(default_factory=time.monotonic)

    def note(self, url: str, text: str) -> None:
        """Why a peer was of no help."""
        self.peers[url] = text
        self.last_error = f"{url}: {text}"

    def to_json(self) -> dict[str, Json]:
        """The shape of the reference's sync info, and why the file is not final."""
        return {
            "elapsedSecs": round(time.monotonic() - self.began_at),
            "peers": dict(self.peers),
            "goal": {"numSegments": self.wanted, "first": self.first, "last": self.last},
            "state": self.state,
            "storedSegments": self.stored,
            "wantedSegments": self.wanted,
            "lastError": self.last_error,
        }


class Reports:
    """Reports by submission, what was asked for by hand, and what was told to stop."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reports: OrderedDict[int, Report] = OrderedDict()
        self._asked: OrderedDict[int, tuple[int, int | None]] = OrderedDict()
        self._stopped: OrderedDict[int, None] = OrderedDict()

    def ask(self, seq: int, first: int = 0, last: int | None = None) -> None:
        """Fetch segments first..last-1 of a file as soon as possible; raises TooManyAsked."""
        with self._lock:
            if len(self._asked) >= REPORTS and seq not in self._asked:
                raise TooManyAsked(REPORTS)
            self._asked[seq] = (first, last)
            self._stopped.pop(seq, None)

    def stop(self, seq: int) -> bool:
        """Fetch no more of a file until it is asked for; gives whether it was being fetched."""
        with self._lock:
            report = self._reports.get(seq)
            was = self._asked.pop(seq, None) is not None
            was = was or (report is not None and report.state == "fetching")
            self._stopped[seq] = None
            while len(self._stopped) > REPORTS:
                self._stopped.popitem(last=False)
            if report is not None:
                report.state = "stopped"
            return was

    def stopped(self, seq: int) -> bool:
        """Whether it was told to stop."""
        with self._lock:
            return seq in self._stopped

    def asked(self) -> dict[int, tuple[int, int | None]]:
        """What was asked for by hand: {seq: (first, last)}, the last None for all."""
        with self._lock:
            return dict(self._asked)

    def done(self, seq: int) -> None:
        """What was asked for by hand has had its turn."""
        with self._lock:
            self._asked.pop(seq, None)

    def open(self, seq: int, first: int, last: int) -> Report:
        """The report of a file, made new when it is about other segments."""
        with self._lock:
            report = self._reports.get(seq)
            if report is None or (report.first, report.last) != (first, last):
                report = self._reports[seq] = Report(seq, first, last)
            self._reports.move_to_end(seq)
            while len(self._reports) > REPORTS:
                self._reports.popitem(last=False)
            return report

    def get(self, seq: int) -> Report | None:
        """The report of a file, if it is remembered."""
        with self._lock:
            return self._reports.get(seq)

    def every(self) -> list[Report]:
        """All that are remembered, oldest first."""
        with self._lock:
            return list(self._reports.values())

    def fetching(self) -> int:
        """How many files are being fetched now."""
        with self._lock:
            return sum(report.state == "fetching" for report in self._reports.values())
