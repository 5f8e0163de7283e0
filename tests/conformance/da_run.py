"""What gRPC clients of 0G DA find here, as lines and as the page's table."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from tests.conformance.da_clients import CLIENTS, Field, run_clients
from tests.conformance.da_judges import fault_of
from tests.conformance.inft_run import PAGE, Row
from tests.support.stack import RunningStack

BEGIN: Final = "<!-- da conformance: written by make conformance -->"
END: Final = "<!-- da conformance: end -->"
SIGNERS: Final = 4
HEALTHY_SECONDS: Final = 180.0
Tell = Callable[[str], None]


def start_stack(home: Path) -> RunningStack:
    """A fresh `zerog up` with signers, every process of it healthy."""
    stack = RunningStack.start(home, "--signers", str(SIGNERS))
    stack.wait_healthy(HEALTHY_SECONDS)
    return stack


def run_da(stack: RunningStack, folder: Path, tell: Tell) -> list[Row]:
    """Run both clients against the stack, and judge each line."""
    field = Field.make(stack, folder)
    seen = run_clients(field)
    rows = [
        Row(one.package, line.title, fault_of(field, one, line.id, seen[one.id][line.id]))
        for one in CLIENTS
        for line in one.lines
    ]
    for row in rows:
        tell(f"{row.client:38} {row.title[:60]:60} {row.outcome}")
    return rows


def section(rows: Sequence[Row]) -> str:
    """The table."""
    lines = [f"| {one.client} | {one.title} | {one.outcome} |" for one in rows]
    return "\n".join(["| client | line | seen |", "|---|---|---|", *lines])


def published() -> str:
    """The table as docs/compatibility.md has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def publish_da(rows: Sequence[Row]) -> None:
    """Write the table into docs/compatibility.md."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{section(rows)}\n\n{END}{after}", encoding="utf-8")
