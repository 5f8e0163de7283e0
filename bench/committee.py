"""The threshold committee: how long a sale takes, and how its work spreads over workers.

python bench/committee.py [--json] [--sales 64]

Five members of whom three open a seal, each with keys of its own, over a real chain (anvil),
broker and board. A sale's time runs from the block of the payment to the settlement, with a
worker per member that looks twice a second. Then the stage alone: the releases of all sales are
queued together, for every member, and one worker works for all members, or two.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit
from tests.support.broker import BrokerProcess
from tests.support.committee_house import Congress, wait_until
from tests.support.committee_workers import Workers
from tests.support.evm import AnvilProcess
from tests.support.ports import free_port
from workers.queue import CeleryJobs
from zerog.inft.committee.rule import sale_id
from zerog.jobs import ReleaseKey

MEMBERS, THRESHOLD = 5, 3
SETTLE_TARGET_SECONDS = 10.0
SPREAD_TARGET = 1.5
SINGLE_SALES = 5
SECONDS = 900.0


@contextmanager
def crew(folder: Path) -> Iterator[Workers]:
    """A founded committee and a broker; no worker runs yet."""
    anvil = AnvilProcess.start(folder)
    congress = Congress.build(anvil, folder / "home", free_port())
    broker = BrokerProcess.start(folder, free_port())
    made = Workers(congress, broker)
    try:
        congress.found(MEMBERS, THRESHOLD)
        yield made
    finally:
        made.stop()
        congress.stop()
        anvil.stop()


def sale_seconds(folder: Path) -> list[float]:
    """Payment to settlement, one sale after the other, as on a devnet."""
    with crew(folder) as workers:
        congress = workers.congress
        for number in congress.members:
            workers.start(number)
        workers.beat()
        times = []
        for _ in range(SINGLE_SALES + 1):
            listing = congress.sold(congress.bazaar.house.alice, congress.bazaar.house.bob)
            began = time.perf_counter()
            settled(congress, [listing])
            times.append(time.perf_counter() - began)
        return times[1:]  # the first one waits for the workers to start


def settled(congress: Congress, listings: list[int]) -> None:
    """Wait until all of them are."""
    left = list(listings)

    def done() -> bool:
        while left and congress.is_settled(left[0]):
            left.pop(0)
        return not left

    wait_until(done, "the settlements", SECONDS)


def stage_seconds(folder: Path, sales: int, workers_count: int) -> float:
    """All sales queued for every member: from the first message to the last settlement."""
    with crew(folder) as workers:
        congress, jobs = workers.congress, CeleryJobs(workers.broker.url)
        people = (congress.bazaar.house.alice, congress.bazaar.house.bob)
        for index in range(workers_count):
            workers.start(*congress.members, name=f"stage-{index + 1}")

        def queue(listings: list[int]) -> None:
            for listing in listings:
                for number in congress.members:
                    jobs.submit(ReleaseKey(number, sale_id(listing)))

        warm = [congress.sold(*people) for _ in range(2 * workers_count)]
        listings = [congress.sold(*people) for _ in range(sales)]
        queue(warm)
        settled(congress, warm)
        began = time.perf_counter()
        queue(listings)
        settled(congress, listings)
        return time.perf_counter() - began


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure the committee.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--sales", type=int, default=64)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folders = [Path(scratch) / name for name in ("sale", "one", "two")]
        for folder in folders:
            folder.mkdir()
        times = sale_seconds(folders[0])
        one = stage_seconds(folders[1], chosen.sales, 1)
        two = stage_seconds(folders[2], chosen.sales, 2)
    emit(
        f"The committee, {THRESHOLD} of {MEMBERS}",
        [
            Metric("a sale, median", statistics.median(times), "s", SETTLE_TARGET_SECONDS, "lower"),
            Metric("a sale, slowest", max(times), "s", SETTLE_TARGET_SECONDS, "lower"),
            Metric(f"{chosen.sales} sales, one worker", one, "s"),
            Metric(f"{chosen.sales} sales, two workers", two, "s"),
            Metric("two workers against one", one / two, "times", SPREAD_TARGET),
        ],
        ["--json"] if chosen.json else [],
    )


if __name__ == "__main__":
    main()
