"""Durability as a number: files that outlive three of ten nodes, and how fast copies return.

python bench/durability.py [--json] [--files 4] [--every 1]

Ten real storage nodes over a real chain. In each round three of them are lost or lie (no answer,
wrong bytes, wrong proofs, wrong sizes, garbage, floods); every choice of three gets a round, or
each Nth with --every N. Each file is then fetched segment by segment with its proofs, and its
bytes compared. Beside each measured share stands the formula of zerog/storage/durability.py:
C(10 - copies, 3 - copies) / C(10, 3). Rounds with nodes that hang are one in SLOW, as each costs
seconds.
"""

from __future__ import annotations

import argparse
import itertools
import logging
import random
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from tests.support.fleet import Fleet, Stored, running_fleet
from tests.support.liars import LOST, LYING
from zerog.errors import ZerogError
from zerog.storage.codec import SEGMENT, segment_count
from zerog.storage.durability import (
    any_loss_probability,
    copies_to_survive,
    loss_probability,
    lost_nodes,
)
from zerog.storage.indexer.files import Cid, Files
from zerog.storage.indexer.nodes import Nodes, NodeUrls
from zerog.storage.repair import Repair, RepairOptions

NODES = 10
LOSE = lost_nodes(NODES)
COPIES = range(1, copies_to_survive(NODES) + 1)
SIZE = SEGMENT + 1000
HANGING = ("silent", "drips")
QUICK = tuple(kind for kind in (*LOST, *LYING) if kind not in (*HANGING, "bomb"))
SLOW = 12


@dataclass(slots=True)
class Tally:
    """Fetches of files with one number of copies."""

    tried: int = 0
    lost: int = 0
    wrong: int = 0

    @property
    def share(self) -> float:
        """Lost of tried, in percent."""
        return 100 * self.lost / self.tried if self.tried else 0.0


def fetched(fleet: Fleet, stored: Sequence[Stored]) -> list[bytes | None]:
    """Each file as a fresh client of all nodes gets it; None when it does not come back."""
    files = Files(Nodes(NodeUrls(fleet.urls)))
    found: list[bytes | None] = []
    for one in stored:
        try:
            told = files.find(Cid(None, one.tx_seq))
            if told is None or not told.info.finalized:
                found.append(None)
                continue
            count = segment_count(told.info.size)
            found.append(b"".join(files.segment(told, index) for index in range(count)))
        except ZerogError:
            found.append(None)
    return found


def rounds(fleet: Fleet, files: dict[int, list[Stored]], every: int) -> dict[int, Tally]:
    """Lose each choice of nodes once and count what comes back."""
    tallies = {copies: Tally() for copies in files}
    kinds, slow = itertools.cycle(QUICK), itertools.cycle(HANGING)
    choices = list(itertools.combinations(range(NODES), LOSE))[::every]
    for number, places in enumerate(choices):
        for place in places:
            hangs = number % SLOW == SLOW - 1
            fleet.members[place].liar.mode = next(slow) if hangs else next(kinds)
        every_file = [(copies, one) for copies, stored in files.items() for one in stored]
        got = fetched(fleet, [one for _, one in every_file])
        for (copies, one), data in zip(every_file, got, strict=True):
            tallies[copies].tried += 1
            tallies[copies].lost += data is None
            tallies[copies].wrong += data is not None and data != one.data
        fleet.heal()
    return tallies


def repaired(fleet: Fleet, stored: Sequence[Stored]) -> list[Metric]:
    """One copy of each file becomes as many as survive."""
    repair = Repair(Nodes(NodeUrls(fleet.urls)), RepairOptions(page=10_000, seconds=600))
    start = time.perf_counter()
    report = repair.run(stored[0].tx_seq)
    took = time.perf_counter() - start
    moved = report.restored * SIZE / (1 << 20)
    start = time.perf_counter()
    again = repair.run(stored[0].tx_seq)
    looked = time.perf_counter() - start
    return [
        Metric("copies restored by repair", report.restored, "copies"),
        Metric("repair from 1 copy to all that survive", moved / took, "MiB/s"),
        Metric("a look at whole files, 3 segments proved each", again.files / looked, "files/s"),
        Metric("copies that a second run restores", again.restored, "copies", 0, "lower"),
    ]


def measure(home: Path, count: int, every: int) -> list[Metric]:
    """All figures."""
    chance = random.Random(1)  # noqa: S311  (contents and places of the files)
    with running_fleet(home, NODES) as fleet:
        files = {
            copies: [
                fleet.put(chance.randbytes(SIZE), chance.sample(range(NODES), copies))
                for _ in range(count)
            ]
            for copies in COPIES
        }
        found: list[Metric] = []
        tallies = rounds(fleet, files, every)
        for copies, tally in tallies.items():
            formula = 100 * loss_probability(NODES, copies, LOSE)
            target = 0.0 if copies == COPIES[-1] else None
            name = f"{copies} copies, 3 of 10 nodes lost or lying: files lost"
            found.append(Metric(name, tally.share, "%", target, "lower"))
            found.append(Metric(f"{copies} copies: by the formula", formula, "%"))
            some = 100 * any_loss_probability(NODES, copies, LOSE, 1000)
            found.append(Metric(f"{copies} copies: any of 1,000 files lost, formula", some, "%"))
        wrong = sum(tally.wrong for tally in tallies.values())
        found.append(Metric("files served with a wrong byte", wrong, "files", 0, "lower"))
        found.append(Metric("fetches", sum(one.tried for one in tallies.values()), "fetches"))
        single = [fleet.put(chance.randbytes(SIZE), [at % NODES]) for at in range(10)]
        found += repaired(fleet, single)
        after = rounds(fleet, {1: single}, max(every, 4))[1]
        found.append(Metric("files lost after repair", after.share, "%", 0, "lower"))
        return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Durability of stored files.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--files", type=int, default=4, help="files for each number of copies")
    parser.add_argument("--every", type=int, default=1, help="take each Nth choice of nodes")
    chosen = parser.parse_args()
    logging.disable(logging.WARNING)  # every lie is a line there
    with tempfile.TemporaryDirectory() as home:
        emit("Durability", measure(Path(home), chosen.files, chosen.every))


if __name__ == "__main__":
    main()
