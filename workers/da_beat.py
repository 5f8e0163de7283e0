"""What beat sends where a disperser is: its sweep, which finds what the broker forgot."""

from __future__ import annotations

from typing import Final

QUEUE: Final = "da"
SECONDS: Final = {"sweep": 1.0, "forget": 600.0}

BEAT: Final[dict[str, dict[str, object]]] = {
    f"da-{task}": {
        "task": f"zerog.da.{task}",
        "schedule": seconds,
        "options": {"queue": QUEUE, "expires": seconds},
    }
    for task, seconds in SECONDS.items()
}
