"""Ports for the servers of tests, which nobody else is given between the choice and the start."""

from __future__ import annotations

import itertools
import os
import re
import socket
from collections.abc import Iterator
from functools import cache

FIRST, BEYOND = 20_000, 32_000
"""Below the ports that the system gives to clients and to whoever binds port 0."""
SHARES = 4


def free_port() -> int:
    """A loopback port that nobody listens on; each is given once in a long while."""
    return next(port for port in _ports() if _is_free(port))


@cache
def _ports() -> Iterator[int]:
    """This process's share, from a place of its own on; a worker of pytest-xdist has another."""
    found = re.fullmatch(r"gw(\d+)", os.environ.get("PYTEST_XDIST_WORKER", ""))
    size = (BEYOND - FIRST) // SHARES
    number = int(found[1]) + 1 if found else 0
    first = FIRST + number % SHARES * size
    start = os.getpid() * 97 % size
    return itertools.cycle([first + (start + step) % size for step in range(size)])


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
