"""How the daemons of data availability live: begin, serve until told to end, and end in order."""

from __future__ import annotations

import argparse
import ctypes
import logging
import signal
import sqlite3
import threading
import time
from collections.abc import Callable, Sequence
from types import FrameType
from typing import Final, NoReturn

from zerog.da.grpcserver import Server
from zerog.errors import Unreachable, UsageError, ZerogError

log = logging.getLogger(__name__)
WRONG_SET_UP: Final = UsageError.exit_code
BUSY_SECONDS: Final = 0.2
"""Of CPU time between two looks: more than following a chain takes, less than any large blob."""


class EndOrder:
    """Becomes true with the first SIGTERM or SIGINT; make it in the main thread."""

    def __init__(self) -> None:
        """Catch both from now on."""
        self._told = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._note)

    def _note(self, _number: int, _frame: FrameType | None) -> None:
        self._told.set()

    def wait(self, seconds: float | None = None) -> bool:
        """Whether it was given, after waiting for it, for ever by default."""
        return self._told.wait(seconds)


def run_beside(
    order: EndOrder, step: Callable[[], object], interval_s: float, *, first_s: float | None = None
) -> None:
    """Call `step` again and again until the order comes, for the first time after the interval.

    first_s: or after so long.

    A step that fails, also for a full disk or a locked file, is tried again after the interval;
    the log has each reason once in a row.
    """
    last, pause = "", interval_s if first_s is None else first_s
    while not order.wait(pause):
        pause = interval_s
        try:
            step()
        except (ZerogError, OSError, sqlite3.Error) as error:
            if str(error) != last:
                log.warning("%s", error)
            last = str(error)
        else:
            last = ""


def give_back_memory() -> None:
    """Give freed memory back to the system, which glibc does not do by itself below the top.

    The rows of one large blob leave some hundred megabytes of it. Other libraries are let be.
    """
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    if trim is not None:
        trim(0)


class IdleMemory:
    """Gives memory back once, when work has rested.

    Not while it goes on: taking fresh pages from the system for the next blob would cost as much
    time as everything else that a signer does with it.
    """

    def __init__(
        self,
        spent_s: Callable[[], float] = time.process_time,
        give_back: Callable[[], None] = give_back_memory,
    ) -> None:
        """spent_s: CPU time of this process so far."""
        self._spent_s, self._give_back = spent_s, give_back
        self._last, self._owing = spent_s(), True

    def look(self) -> None:
        """To be called from time to time."""
        now = self._spent_s()
        busy, self._last = now - self._last > BUSY_SECONDS, now
        if not busy and self._owing:
            self._give_back()
        self._owing = busy


def stop_all(servers: Sequence[Server]) -> None:
    """Stop servers side by side, so that the grace of one is the grace of all."""
    threads = [threading.Thread(target=server.stop) for server in servers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def refuse(parser: argparse.ArgumentParser, error: ZerogError) -> NoReturn:
    """End a daemon that cannot begin: one line, and the exit code that says whether to try again.

    1 for who does not answer just now, 2 for a home that would be as wrong the next time.
    """
    code = error.exit_code if isinstance(error, Unreachable) else WRONG_SET_UP
    parser.exit(code, f"error: {error}\n")
