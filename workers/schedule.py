"""Every periodic job: a table of what always runs, and one of what only a miner does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

SWEEP_SECONDS: Final = 2.0
MINING_SECONDS: Final = 1.0
RENEWAL_SECONDS: Final = 60.0
REPAIR_SECONDS: Final = 60.0

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
    "restore-copies-of-files": {
        "task": "zerog.storage.repair",
        "schedule": REPAIR_SECONDS,
        "options": {"queue": "default", "expires": REPAIR_SECONDS},
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

RENEWAL: Final[dict[str, dict[str, object]]] = {
    "write-ageing-keys-again": {
        "task": "zerog.kv.renew",
        "schedule": RENEWAL_SECONDS,
        "options": {"queue": "default", "expires": RENEWAL_SECONDS},
    },
}


def schedule(environment: Mapping[str, str]) -> dict[str, dict[str, object]]:
    """What beat sends: with ZEROG_MINE=1 the rounds of the miner too; with ZEROG_KV_RENEW_KEY
    (or a file of it) also the renewal of KV keys.
    """
    renewing = environment.get("ZEROG_KV_RENEW_KEY") or environment.get("ZEROG_KV_RENEW_KEY_FILE")
    mining = environment.get("ZEROG_MINE") == "1"
    return {**SCHEDULE, **(MINING if mining else {}), **(RENEWAL if renewing else {})}
