"""Runs official clients against a running stack and judges from outside what they did."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from tests.conformance.environments import install
from tests.conformance.matrix import Client, Line
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import RunningStack
from zerog.chain.signer import Keys

SIZES: Final = (1, 256, 257, 7_425, 262_144, 262_145, 700_000, 3_000_000)
"""Of the vectors: one chunk, its edges, several submission nodes, a segment, its edge."""
QUICK_SIZES: Final = (1, 7_425, 262_145)
LINE_SECONDS: Final = PATIENCE_SECONDS
SYMMETRIC: Final = "symmetric.key"
SMALL: Final = "7425.bin"
MIDDLE: Final = "700000.bin"
REPLICATED: Final = "262145.bin"
STREAMS: Final = {"ts": 1, "ts-legacy": 2, "python": 1, "zg-storage": 3}

Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Seen:
    """What one client reported of one line: its facts, or its error."""

    facts: Facts = field(default_factory=dict)
    error: str = ""


@dataclass(frozen=True, slots=True)
class Rig:
    """A running stack with the files of a run: what goes in, what comes out."""

    stack: RunningStack
    folder: Path
    files: tuple[str, ...]
    endpoints: Mapping[str, str]
    flow: str

    @classmethod
    def make(cls, stack: RunningStack, folder: Path, quick: bool = False) -> Rig:
        """The files of the run are named by their size; quick: only the smaller half."""
        for name in ("in", "out", "ours"):
            (folder / name).mkdir(parents=True)
        (folder / SYMMETRIC).write_text("0x" + hashlib.sha256(b"a key of this run").hexdigest())
        registry = json.loads((stack.home / "registry.json").read_text())
        sizes = QUICK_SIZES if quick else SIZES
        return cls(
            stack,
            folder,
            tuple(f"{size}.bin" for size in sizes),
            registry["endpoints"],
            registry["contracts"]["Flow"]["address"],
        )

    def ours(self, name: str) -> Path:
        """A file that our own client uploads."""
        path = self.folder / "ours" / name
        path.write_bytes(content(f"ours/{name}", int(name.partition(".")[0])))
        return path

    def symmetric(self) -> bytes:
        """A key that all clients of the run share."""
        return bytes.fromhex((self.folder / SYMMETRIC).read_text().removeprefix("0x"))

    def address(self, person: str) -> str:
        """The account of one of the devnet's people."""
        return Keys(self.stack.home).signer(person).address

    def input_of(self, client: Client, name: str) -> Path:
        """A file of a client's own: no two clients upload the same bytes."""
        path = self.folder / "in" / client.id / name
        if not path.exists():
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(content(f"{client.id}/{name}", int(name.partition(".")[0])))
        return path


def content(seed: str, size: int) -> bytes:
    """Bytes that only depend on the seed, and do not repeat."""
    return hashlib.shake_256(seed.encode()).digest(size)


def run_client(
    rig: Rig, client: Client, lines: Sequence[Line], more: Mapping[str, object]
) -> dict[str, Seen]:
    """Run one client's driver over these lines; a line without a report is an error."""
    place = install(client.environment)
    for name in {*rig.files, SMALL, MIDDLE, REPLICATED}:
        rig.input_of(client, name)
    outputs = rig.folder / "out" / client.id
    outputs.mkdir()
    report = rig.folder / f"{client.id}.report"
    job = rig.folder / f"{client.id}.job"
    job.write_text(json.dumps(_job(rig, client, lines, outputs, report) | dict(more)))
    log = rig.folder / f"{client.id}.log"
    with log.open("wb") as sink:
        subprocess.run(
            place.command(client.driver, job),
            cwd=rig.folder,
            stdout=sink,
            stderr=sink,
            check=False,
            timeout=LINE_SECONDS * (len(lines) + 1),
        )
    return read_report(report, log, lines)


def _job(
    rig: Rig, client: Client, lines: Sequence[Line], outputs: Path, report: Path
) -> dict[str, object]:
    return {
        "package": client.package.split(" ", 1)[0],
        "lines": [line.id for line in lines],
        "rpc": rig.endpoints["chain"],
        "indexer": rig.endpoints["indexer"],
        "node": rig.endpoints["node"],
        "kv": rig.endpoints["kv"],
        "flow": rig.flow,
        "keyFile": str(rig.stack.home / "keys" / f"{client.person}.key"),
        "symmetricFile": str(rig.folder / SYMMETRIC),
        "stream": f"0x{STREAMS[client.id]:064x}",
        "inputs": str(rig.folder / "in" / client.id),
        "outputs": str(outputs),
        "report": str(report),
        "files": list(rig.files),
        "small": SMALL,
        "middle": MIDDLE,
        "replicated": REPLICATED,
        "seconds": LINE_SECONDS,
    }


def read_report(report: Path, log: Path, lines: Sequence[Line]) -> dict[str, Seen]:
    """What a driver told of each line; a line without a word is an error."""
    told = report.read_text().splitlines() if report.exists() else []
    found = {one["line"]: one for one in map(json.loads, told)}
    tail = log.read_text(errors="replace")[-2000:]
    return {
        line.id: Seen(found[line.id].get("facts", {}), found[line.id].get("error", ""))
        if line.id in found
        else Seen(error=f"the driver told nothing of it; its log ends: {tail}")
        for line in lines
    }
