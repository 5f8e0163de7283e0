"""Code sizes of the token's core and facets, as docs/decisions/0002-facets.md shows them.

python scripts/contract_sizes.py           prints the table
python scripts/contract_sizes.py --write   puts it between the markers of that page

Sizes are those of the shipped artifacts: build them first.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from scripts.export_artifacts import CODE_SIZE_LIMIT
from zerog.chain.abi import added_selectors
from zerog.chain.artifacts import load
from zerog.chain.steps_life import FACETS as LIFE_FACETS
from zerog.chain.steps_token import CORE
from zerog.chain.steps_token import FACETS as TOKEN_FACETS

PAGE = Path(__file__).resolve().parent.parent / "docs" / "decisions" / "0002-facets.md"
START, END = "<!-- sizes: written by scripts/contract_sizes.py --write -->", "<!-- sizes: end -->"
TOLERANCE = 512
"""Bytes by which the page may lag behind: a size is shown as hundreds of bytes."""


def sizes() -> dict[str, int]:
    """Contract -> bytes of runtime code, the core first."""
    names = (CORE, *TOKEN_FACETS, *LIFE_FACETS, "AgenticIdFacet", "DataVerifier")
    return {name: len(load(name).runtime_code) for name in names}


def table() -> str:
    """The table of the page."""
    rows = ["| Contract | code, bytes | of the limit | functions it adds |", "|---|---|---|---|"]
    for name, size in sizes().items():
        added = "" if name in {CORE, "DataVerifier"} else str(len(added_selectors(name, CORE)))
        rows.append(f"| `{name}` | {size:,} | {size / CODE_SIZE_LIMIT:.0%} | {added} |")
    return "\n".join(rows)


def written(page: str) -> dict[str, int]:
    """Contract -> bytes, as the page says."""
    part = page[page.index(START) : page.index(END)]
    return {
        name: int(size.replace(",", ""))
        for name, size in re.findall(r"^\| `(\w+)` \| ([\d,]+) \|", part, re.MULTILINE)
    }


def stale(page: str) -> list[str]:
    """Contracts of which the page says something else than the artifacts, by name."""
    said, real = written(page), sizes()
    names = sorted(said.keys() | real.keys())
    return [
        name for name in names if abs(said.get(name, -TOLERANCE) - real.get(name, 0)) > TOLERANCE
    ]


def main() -> int:
    """Print, or write."""
    if "--write" not in sys.argv[1:]:
        print(table())
        return 0
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(START)
    PAGE.write_text(f"{before}{START}\n\n{table()}\n\n{END}{rest.split(END)[1]}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
