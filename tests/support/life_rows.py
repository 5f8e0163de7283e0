"""One update or clone that dies again and again: `python -m tests.support.life_rows HOME JOB`.

Each attempt is a process of its own, which kills itself with SIGKILL in place of its COUNT-th
durable step; COUNT grows until an attempt lives to its end. Prints how many died.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from tests.support.miner_victim import Executioner
from tests.support.patience import PATIENCE_SECONDS
from zerog.config import Settings
from zerog.inft.resume import resume
from zerog.inft.stack import Stack

FIRST, GROWTH = 3, 1.7


def attempt(home: Path, job_id: str, count: int) -> bool:
    """Whether a process that dies at its `count`-th step came to the end before that."""
    child = os.fork()
    if child == 0:
        stack = Stack.open(Settings.load(home, {}))
        sys.setprofile(Executioner(count))
        resume(stack, job_id)
        sys.setprofile(None)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


def deaths(home: Path, job_id: str) -> int:
    """Drive a row of a home with processes that die; gives how many did."""
    command = [sys.executable, "-m", "tests.support.life_rows", str(home), job_id]
    done = subprocess.run(
        command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=False
    )
    if done.returncode:
        raise RuntimeError(done.stderr)
    return int(done.stdout)


def main() -> None:
    """Attempts until one lives."""
    home, job_id = Path(sys.argv[1]), sys.argv[2]
    died, count = 0, float(FIRST)
    while not attempt(home, job_id, int(count)):
        died, count = died + 1, count * GROWTH + 1
    print(died)  # noqa: T201


if __name__ == "__main__":
    main()
