"""Every periodic job, in one table."""

from __future__ import annotations

from typing import Final

SWEEP_SECONDS: Final = 2.0

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
