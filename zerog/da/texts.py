"""Text that a stranger chose, made fit for a message: pure."""

from __future__ import annotations

from typing import Final

MOST: Final = 300


def plain(text: str, most: int = MOST) -> str:
    """One line of at most `most` characters, without what would move a terminal's cursor."""
    line = " ".join(text[: 4 * most].split())
    shown = "".join(c if c.isprintable() else "?" for c in line[:most])
    return shown + "…" if len(line) > most else shown
