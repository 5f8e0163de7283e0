"""Counts of what a node did since its start, for admin_getMetrics."""

from __future__ import annotations

import threading
from collections import Counter


class Counters:
    """Numbers by dotted name, such as `rpc.zgs_uploadSegment.calls`; safe for many threads."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._lock = threading.Lock()

    def add(self, name: str, count: int = 1) -> None:
        """Count something; names come from a fixed set, so that there is no growth."""
        with self._lock:
            self._counts[name] += count

    def read(self, prefix: str = "") -> dict[str, int]:
        """Every count whose name begins with `prefix`, by name."""
        with self._lock:
            found = sorted(self._counts.items())
        return {name: count for name, count in found if name.startswith(prefix)}
