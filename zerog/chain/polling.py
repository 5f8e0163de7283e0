"""Waiting for a chain: quick at first, patient later."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST_POLL_S, LAST_POLL_S = 0.01, 0.5


def poll(look: Callable[[], T | None], timeout_s: float) -> T | None:
    """Ask until there is an answer: first after 10 ms, later each 0.5 s; None on time-out."""
    end, pause = time.monotonic() + timeout_s, FIRST_POLL_S
    while True:
        found = look()
        if found is not None:
            return found
        if time.monotonic() >= end:
            return None
        time.sleep(pause)
        pause = min(pause * 1.3, LAST_POLL_S)
