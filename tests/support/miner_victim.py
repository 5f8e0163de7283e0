"""One round of a miner that kills itself: `python -m tests.support.miner_victim HOME COUNT`.

It dies by SIGKILL in place of its COUNT-th durable step: a write or sync of a file, a statement
to a database, a request to chain or node. It prints how its round ended if it lives.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from types import FrameType

from zerog.config import Settings
from zerog.storage.mining.miner import Miner
from zerog.storage.mining.solo import once

STEPS = frozenset({"pwrite", "fsync", "ftruncate", "execute", "executemany", "sendall"})


class Executioner:
    """Counts the steps of this process."""

    def __init__(self, last: int) -> None:
        self.left = last

    def __call__(self, _frame: FrameType, event: str, function: object) -> None:
        """The profile function."""
        if event == "c_call" and getattr(function, "__name__", "") in STEPS:
            self.left -= 1
            if self.left == 0:
                os.kill(os.getpid(), signal.SIGKILL)


def main() -> None:
    """One round."""
    home, last = Path(sys.argv[1]), int(sys.argv[2])
    miner = Miner.open(Settings.load(home, {}), {"ZEROG_MINE_LANES": "1"})
    sys.setprofile(Executioner(last))
    accepted: list[str] = []
    line = once(miner, accepted)
    sys.setprofile(None)
    print(line)  # noqa: T201


if __name__ == "__main__":
    main()
