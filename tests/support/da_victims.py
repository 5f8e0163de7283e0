"""Work that dies at every step: `python -m tests.support.da_victims keep|found HOME STRIDE`.

One process after the other does the same work; the first dies by SIGKILL at its first durable
step (a request, a statement to a database, a file's sync), the next STRIDE steps later, until one
gets through. Printed are how many died, and what those did that lived.

keep: the keeper's deeds, each one begun anew like that, until the next epoch is under way.
found: two signers and the first epoch.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from tests.support.miner_victim import Executioner
from zerog.config import Settings
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.founding import found
from zerog.da.onchain.keeper import IDLE
from zerog.da.onchain.network import DaNetwork

VOTES = 4


def attempt(work: Callable[[], str], last: int) -> str | None:
    """Work in a process of its own, killed at its `last` step; None when it was."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        sys.setprofile(Executioner(last))
        done = work()
        sys.setprofile(None)
        os.write(writing, done.encode())
        os._exit(0)
    os.close(writing)
    status = os.waitpid(child, 0)[1]
    with os.fdopen(reading) as told:
        said = told.read()
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    assert said, "the work failed"
    return said


def until_done(work: Callable[[], str], stride: int) -> tuple[int, str]:
    """How many died, and what the one that lived said."""
    died = 0
    while (said := attempt(work, 1 + died * stride)) is None:
        died += 1
    return died, said


def keep(settings: Settings, stride: int) -> tuple[int, list[str]]:
    """The keeper's deeds of one epoch."""
    network = DaNetwork.open(settings)
    epoch, died, deeds = network.entrance.epoch(), 0, []

    def step() -> str:
        duties = Duties.open(settings)
        assert duties is not None
        return duties.keeper.step()

    while network.entrance.epoch() == epoch:
        dead, deed = until_done(step, stride)
        died += dead
        deeds.append(deed)
        if deed in IDLE:
            duties = Duties.open(settings)
            assert duties is not None
            network.chain.rpc("anvil_mine", [hex(max(duties.keeper.blocks_left(), 1))])
    return died, deeds


def main() -> None:
    """Do it and print it."""
    what, home, stride = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    settings = Settings.load(home, {})
    if what == "keep":
        died, deeds = keep(settings, stride)
    else:
        died, said = until_done(
            lambda: " ".join(seat.name for seat in found(DaNetwork.open(settings), 2, {}, VOTES)),
            stride,
        )
        deeds = [said]
    print(died, *deeds)  # noqa: T201


if __name__ == "__main__":
    main()
