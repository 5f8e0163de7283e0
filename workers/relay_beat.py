"""What beat sends where a relayer is: one sweep, which finds permits whose message was lost."""

from __future__ import annotations

from typing import Final

RELAY_SECONDS: Final = 2.0

BEAT: Final[dict[str, dict[str, object]]] = {
    "resume-permits": {
        "task": "zerog.relay.sweep",
        "schedule": RELAY_SECONDS,
        "options": {"queue": "relay", "expires": RELAY_SECONDS},
    },
}
