"""How many examples a property gets where each of them is a call to a chain."""

from __future__ import annotations

from hypothesis import settings


def on_chain() -> settings:
    """Half of the profile's: an example costs milliseconds there."""
    return settings(max_examples=max(settings().max_examples // 2, 1))
