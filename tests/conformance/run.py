"""Every line of the matrix against a fresh stack: `python -m tests.conformance.run`.

Prints one row per line and writes the tables of docs/compatibility.md. Exit code 1 when a line
is missing, was not run, or did not do what it says.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.conformance.da_run import publish_da, run_da, start_stack
from tests.conformance.harness import Rig, Seen, run_client
from tests.conformance.inft_run import publish_inft, run_inft
from tests.conformance.judge import Fault, judge, root_of
from tests.conformance.matrix import MATRIX, PYTHON, TYPESCRIPT, Client, Line
from tests.support.stack import RunningStack
from zerog.storage.client.sdk import Storage
from zerog.storage.encryption import Recipient, SymmetricKey

PAGE: Final = Path(__file__).resolve().parents[2] / "docs" / "compatibility.md"
BEGIN: Final = "<!-- conformance: written by make conformance -->"
END: Final = "<!-- conformance: end -->"
NODES: Final = 2
PERSON: Final = "dave"
SEALED: Final = "300001.bin"
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one line. fault: empty when it did what the matrix says."""

    client: Client
    line: Line
    fault: str

    @property
    def outcome(self) -> str:
        """As the table shows it."""
        if self.fault:
            return f"**fails**: {self.fault.strip().splitlines()[-1][:100]}"
        return "fails inside the SDK, as known" if self.line.broken else "works"


def run_matrix(stack: RunningStack, folder: Path, quick: bool, tell: Tell) -> list[Verdict]:
    """Run the matrix, client by client, and judge each line."""
    rig = Rig.make(stack, folder, quick)
    foreign = _upload_ours(rig)
    verdicts: list[Verdict] = []
    seen: dict[str, Mapping[str, Seen]] = {}
    for client in MATRIX:
        began = time.monotonic()
        more = {
            "foreign": foreign,
            "sealedByUs": _sealed_for(rig, client),
            **_of_others(rig, client, seen),
        }
        seen[client.id] = run_client(rig, client, client.lines, more)
        found = [_verdict(rig, client, line, seen[client.id]) for line in client.lines]
        verdicts += found
        for one in found:
            tell(f"{client.package:38} {one.line.id:18} {one.outcome}")
        tell(f"{client.package:38} took {time.monotonic() - began:.0f} s")
    return verdicts


def _upload_ours(rig: Rig) -> list[dict[str, str]]:
    """A file of ours for the others to fetch."""
    name = "262145.bin"
    path = rig.ours(name)
    Storage.connect(rig.stack.home).upload(path, PERSON)
    return [{"name": name, "root": root_of(path)}]


def _sealed_for(rig: Rig, client: Client) -> list[dict[str, str]]:
    """A file of ours in both schemes, which this client's key, or the shared one, opens."""
    store = Storage.connect(rig.stack.home)
    path = rig.ours(SEALED)
    reader = store.keys.signer(client.person).public_key
    made = []
    for scheme, way in (("ecies", Recipient(reader)), ("aes", SymmetricKey(rig.symmetric()))):
        done = store.upload(path, PERSON, encryption=way)
        made.append({"name": SEALED, "scheme": scheme, "root": f"0x{done.roots[0].hex()}"})
    return made


def _of_others(
    rig: Rig, client: Client, seen: Mapping[str, Mapping[str, Seen]]
) -> dict[str, object]:
    """What the Python SDK reads of what the TypeScript SDK wrote before it."""
    if client is not PYTHON or "kv" not in seen.get(TYPESCRIPT.id, {}):
        return {}
    sealed = seen[TYPESCRIPT.id]["ecies"].facts.get("files")
    first = sealed[0] if isinstance(sealed, list) and sealed else {}
    keys = rig.stack.home / "keys"
    return {
        "sealed": {"name": "7425.bin", "root": first.get("root", "")},
        "sealedFor": str(keys / f"{TYPESCRIPT.person}.key"),
        "pairs": ["a", "c"],
        "writer": rig.address(TYPESCRIPT.person),
    }


def _verdict(rig: Rig, client: Client, line: Line, seen: Mapping[str, Seen]) -> Verdict:
    found = seen[line.id]
    if line.broken:
        known = line.broken in found.error
        fault = "" if known else f"the SDK's own failure is another: {found.error or 'none'}"
        return Verdict(client, line, fault)
    if found.error:
        return Verdict(client, line, found.error)
    try:
        judge(rig, client, line.id, found.facts)
    except (Fault, OSError) as fault:
        return Verdict(client, line, str(fault))
    return Verdict(client, line, "")


def table(verdicts: Sequence[Verdict]) -> str:
    """The verdicts as a table; raises Fault when a line of the matrix is missing."""
    known = {(one.client.id, one.line.id): one for one in verdicts}
    rows = ["| client, unmodified | line | seen |", "|---|---|---|"]
    for client in MATRIX:
        for line in client.lines:
            one = known.get((client.id, line.id))
            if one is None:
                raise Fault(f"{client.id} {line.id} was not run")
            rows.append(f"| {client.package} | {line.title} | {one.outcome} |")
    return "\n".join(rows)


def published() -> str:
    """The table as docs/compatibility.md has it."""
    text = PAGE.read_text(encoding="utf-8")
    return text.partition(BEGIN)[2].partition(END)[0].strip()


def publish(rows: str) -> None:
    """Write the table into docs/compatibility.md."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    PAGE.write_text(f"{before}{BEGIN}\n\n{rows}\n\n{END}{after}", encoding="utf-8")


def main() -> int:
    """Run, print, write; gives the exit code."""
    parser = argparse.ArgumentParser(description="The official clients against a fresh stack.")
    parser.add_argument("--keep", type=Path, help="a folder to leave the run's files in")
    keep: Path | None = parser.parse_args().keep
    with tempfile.TemporaryDirectory() as scratch:
        folder = keep or Path(scratch)
        stack = RunningStack.start(folder / "home", "--nodes", str(NODES))
        try:
            verdicts = run_matrix(stack, folder / "run", False, _print)
        finally:
            stack.stop()
        publish(table(verdicts))
        agents = run_inft(folder / "inft", _print)
        stack = start_stack(folder / "da-home")
        try:
            blobs = run_da(stack, folder / "da", _print)
        finally:
            stack.stop()
    publish_inft(agents)
    publish_da(blobs)
    failed = [f"{one.client.id} {one.line.id}: {one.fault}" for one in verdicts if one.fault]
    failed += [f"{one.client} {one.title}: {one.fault}" for one in (*agents, *blobs) if one.fault]
    for one in failed:
        _print(f"FAILED {one}")
    total = len(verdicts) + len(agents) + len(blobs)
    _print(f"{total - len(failed)} of {total} lines as the matrix says")
    return 1 if failed else 0


def _print(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
