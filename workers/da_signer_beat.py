"""What beat sends where signers of data availability are: their duties, in their own queue."""

from __future__ import annotations

from typing import Final

QUEUE: Final = "da-signer"
SECONDS: Final = {"keep": 2.0, "sample": 2.0, "answer": 2.0, "prune": 600.0}
"""An epoch's phases and a challenge's window last many blocks; rows grow old in hours."""

BEAT: Final[dict[str, dict[str, object]]] = {
    f"da-{task}": {
        "task": f"zerog.da.{task}",
        "schedule": seconds,
        "options": {"queue": QUEUE, "expires": seconds},
    }
    for task, seconds in SECONDS.items()
}
