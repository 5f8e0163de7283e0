"""Every periodic job: a table of what always runs, and one of what only a miner does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SWEEP_SECONDS: Final = 2.0
MINING_SECONDS: Final = 1.0

SCHEDULE: Final[dict[str, dict[str, object]]] = {
    "resume-mints-and-transfers": {
        "task": "zerog.inft.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "default", "expires": SWEEP_SECONDS},
    },
    "resume-re-encryptions": {
        "task": "zerog.oracle.sweep",
        "schedule": SWEEP_SECONDS,
        "options": {"queue": "oracle", "expires": SWEEP_SECONDS},
    },
}

MINING: Final[dict[str, dict[str, object]]] = {
    name: {
        "task": f"zerog.mining.{task}",
        "schedule": MINING_SECONDS,
        "options": {"queue": "mining", "expires": MINING_SECONDS},
    }
    for name, task in (
        ("open-the-next-epoch", "keep"),
        ("seal-new-data", "seal"),
        ("search-in-an-open-window", "round"),
    )
}


def schedule(environment: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """What beat sends: with ZEROG_MINE=1 also the rounds of the miner."""
    return {**SCHEDULE, **(MINING if environment.get("ZEROG_MINE") == "1" else {})}
