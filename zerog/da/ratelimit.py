"""How often one client may ask: a bucket for each, refilled at a steady rate."""

from __future__ import annotations

import threading
from collections import OrderedDict
from typing import Final

from zerog.errors import Refused

CLIENTS: Final = 10_000


class RateLimited(Refused):
    """A client asks too often; the text is 0G's."""

    def __init__(self, client: str, text: str) -> None:
        self.client = client
        super().__init__(text)


class RateLimit:
    """At most `per_minute` calls of one client in a minute, after a burst of as many.

    Remembers the last CLIENTS clients only. Reads no clock: callers say what time it is.
    """

    def __init__(self, per_minute: int, text: str) -> None:
        """text: what a refused client reads."""
        self._most, self._text = per_minute, text
        self._lock = threading.Lock()
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def spend(self, client: str, now: float) -> None:
        """Count a call at `now` seconds of any steady clock; raises RateLimited."""
        with self._lock:
            left, since = self._buckets.pop(client, (float(self._most), now))
            left = min(float(self._most), left + (now - since) * self._most / 60)
            allowed = left >= 1
            self._buckets[client] = (left - 1 if allowed else left, now)
            if len(self._buckets) > CLIENTS:
                self._buckets.popitem(last=False)
        if not allowed:
            raise RateLimited(client, self._text)
