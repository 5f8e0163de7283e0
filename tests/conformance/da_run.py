"""What gRPC clients of 0G DA find here, as lines and as the page's table."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import urllib3

from tests.conformance.da_clients import CLIENTS, Field, GrpcClient, run_clients
from tests.conformance.da_judges import fault_of
from tests.conformance.harness import Seen
from tests.conformance.inft_run import PAGE, Row
from tests.support.stack import RunningStack

BEGIN: Final = "<!-- da conformance: written by make conformance -->"
END: Final = "<!-- da conformance: end -->"
SIGNERS: Final = 4
DEPTH: Final = 4
"""Blocks above one that is final: on a devnet none, and then nobody would see CONFIRMED. More than
the daemons' own transactions make while `blocks` waits for a client."""
TICK_SECONDS: Final = 0.5
Tell = Callable[[str], None]


def start_stack(home: Path) -> RunningStack:
    """A fresh `zerog up` with signers, on a chain whose blocks are not final at once."""
    stack = RunningStack(home, {"ZEROG_FINALITY_DEPTH": str(DEPTH)})
    done = stack.run("up", "--detach", "--ports", "auto", "--signers", str(SIGNERS))
    if done.returncode != 0:
        raise RuntimeError(f"zerog up failed: {done.stdout}\n{done.stderr}")
    return stack


@contextmanager
def blocks(field: Field) -> Iterator[None]:
    """A block now and then, as other people's transactions make on a public chain.

    None while a blob has a certificate that its client has not seen: however slowly a client
    polls, it sees CONFIRMED before FINALIZED.
    """
    ended, url = threading.Event(), field.registry.endpoints["chain"]

    def mine() -> None:
        request = {"jsonrpc": "2.0", "id": 1, "method": "evm_mine", "params": []}
        while not ended.wait(TICK_SECONDS):
            if not field.is_behind():
                urllib3.request("POST", url, json=request, retries=False)

    with ThreadPoolExecutor(1) as pool:
        ticking = pool.submit(mine)
        try:
            yield
        finally:
            ended.set()
        ticking.result()


@dataclass(frozen=True, slots=True)
class Run:
    """What both clients saw of one stack, by client and line."""

    field: Field
    seen: Mapping[str, Mapping[str, Seen]]

    @classmethod
    def of(cls, stack: RunningStack, folder: Path) -> Run:
        """Let both clients loose on a stack."""
        field = Field.make(stack, folder)
        with blocks(field):
            return cls(field, run_clients(field))

    def rows(self) -> list[Row]:
        """Each line, judged."""
        return [
            Row(one.package, line.title, self.fault(one, line.id, self.seen[one.id][line.id]))
            for one in CLIENTS
            for line in one.lines
        ]

    def fault(self, client: GrpcClient, line: str, seen: Seen) -> str:
        """What is wrong with what a client saw; empty when nothing is."""
        return fault_of(self.field, client, line, seen)


def run_da(stack: RunningStack, folder: Path, tell: Tell) -> list[Row]:
    """Run both clients against the stack, and judge each line."""
    rows = Run.of(stack, folder).rows()
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
