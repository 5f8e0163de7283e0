"""The supervisor's own log, and what of it the user is told at once."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path


class Journal:
    """Lines with their time in HOME/logs/supervisor.log."""

    def __init__(self, path: Path, say: Callable[[str], None]) -> None:
        """say: shows a line to the user, where there is one."""
        self._path, self._say = path, say

    def note(self, line: str) -> None:
        """Write a line to the log."""
        stamp = time.strftime("%Y-%m-%dT%H:%M:%S%z")
        with self._path.open("a", encoding="utf-8") as log:
            log.write(f"{stamp} {line}\n")

    def tell(self, line: str) -> None:
        """Write a line to the log, and show it."""
        self.note(line)
        self._say(line)
