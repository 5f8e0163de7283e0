"""Documents: links point at something, and every code block is of a kind that is run or quoted.

Blocks marked `python` and `console` are run by tests/docs; the other kinds are only shown.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
RUN = {"python", "console"}
SHOWN = {"text", "json", "solidity", "yaml", "toml"}
LINK = re.compile(r"(?<!!)\[[^\]]+\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```(\w*)")


def pages() -> list[Path]:
    """Every document of the project."""
    return sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])


def check_page(page: Path, root: Path = ROOT) -> Iterator[str]:
    """Problems of one page below `root`."""
    name, inside = page.relative_to(root), False
    for number, line in enumerate(page.read_text().splitlines(), 1):
        fence = FENCE.match(line)
        if fence:
            inside = not inside
            if inside and fence[1] not in RUN | SHOWN:
                yield f"{name}:{number}: a block of kind {fence[1]!r}"
        if not inside:
            yield from (f"{name}:{number}: no such page: {to}" for to in dead_links(page, line))
    if inside:
        yield f"{name}: a block is not closed"


def dead_links(page: Path, line: str) -> Iterator[str]:
    """Relative links to files that do not exist."""
    for target in LINK.findall(line):
        path = target.partition("#")[0]
        if path and "://" not in path and not (page.parent / path).exists():
            yield target


def main() -> int:
    """Check every page."""
    problems = [problem for page in pages() for problem in check_page(page)]
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
