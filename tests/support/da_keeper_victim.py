"""A keeper that dies at every step: `python -m tests.support.da_keeper_victim HOME STRIDE EPOCH`.

Each of its deeds is begun by one process after the other; the first dies by SIGKILL at its first
durable step (a request, a statement to a database), the next STRIDE steps later, until one gets
through. It ends when EPOCH is under way, and prints how many died, then every deed that was done.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from tests.support.miner_victim import Executioner
from zerog.config import Settings
from zerog.da.onchain.duties import Duties
from zerog.da.onchain.keeper import IDLE
from zerog.da.onchain.network import DaNetwork


def step(settings: Settings, last: int) -> str | None:
    """One step in a process of its own; None when it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        duties = Duties.open(settings)
        assert duties is not None
        sys.setprofile(Executioner(last))
        deed = duties.keeper.step()
        sys.setprofile(None)
        os.write(writing, deed.encode())
        os._exit(0)
    os.close(writing)
    status = os.waitpid(child, 0)[1]
    with os.fdopen(reading) as told:
        deed_name = told.read()
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return None
    assert deed_name, "the keeper failed"
    return deed_name


def main() -> None:
    """Keep until the epoch is there."""
    home, stride, epoch = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
    settings = Settings.load(home, {})
    network = DaNetwork.open(settings)
    died, last, deeds = 0, 1, []
    while network.entrance.epoch() < epoch:
        deed = step(settings, last)
        if deed is None:
            died, last = died + 1, last + stride
            continue
        deeds.append(deed)
        last = 1
        if deed in IDLE:
            duties = Duties.open(settings)
            assert duties is not None
            network.chain.rpc("anvil_mine", [hex(max(duties.keeper.blocks_left(), 1))])
    print(died, *deeds)  # noqa: T201


if __name__ == "__main__":
    main()
