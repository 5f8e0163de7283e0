"""Two gRPC stacks, with stubs of the published messages, before a running stack with DA."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from tests.conformance.environments import DRIVERS, LOCKS, ROOT, install
from tests.conformance.harness import Seen, content, read_report
from tests.conformance.matrix import Line
from tests.support.stack import RunningStack
from zerog.chain.bindings_da import EntranceContract
from zerog.chain.bindings_da_signers import SignersContract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.da.codec import MAX_BLOB_BYTES

PROTOS: Final = ROOT / "tests" / "vectors" / "da" / "protos"
ENVIRONMENT: Final = "da_grpc"
SIZES: Final = {"1": 1, "31": 31, "1MiB": 1024 * 1024, "max": MAX_BLOB_BYTES}
SMALL: Final = "1MiB"
LARGEST: Final = "max"
BLOB_SECONDS: Final = 120
HEADERS: Final = {"current": "1 to 3", "nitro": "4 to 6"}


@dataclass(frozen=True, slots=True)
class GrpcClient:
    """One stack of gRPC. package: as the table names it; driver: a file of `drivers`."""

    id: str
    package: str
    driver: str
    lines: tuple[Line, ...]


def _blobs() -> tuple[Line, ...]:
    shown = {"1": "1 B", "31": "31 B", "1MiB": "1 MiB", "max": f"{MAX_BLOB_BYTES:,} B, the maximum"}
    way = "PROCESSING, CONFIRMED, FINALIZED; back from disperser and retriever"
    return tuple(Line(f"blob-{name}", f"a blob of {shown[name]}: {way}") for name in SIZES)


BOTH: Final = (
    *_blobs(),
    Line("nitro", "the header at 4 to 6, as Nitro's fork reads it; done at CONFIRMED"),
    Line("refusals", "empty, maximum and one byte more, ids and roots: 0G's texts, codes of ours"),
    Line(
        "default-limit",
        "a client that leaves gRPC's 4 MiB as they are (0g-da-rust-sdk, Nitro) gets smaller blobs, "
        "and RESOURCE_EXHAUSTED, its own, for larger ones",
    ),
)


def _locked(package: str) -> str:
    found = json.loads((LOCKS / ENVIRONMENT / "package.json").read_text())
    return f"{package} {found['dependencies'][package]} (npm)"


PYTHON: Final = GrpcClient(
    "grpcio",
    f"grpcio {version('grpcio')} (PyPI)",
    "da_stubs.py",
    (
        *BOTH,
        Line("encoder", "EncodeBlob: 3,072 slices, the same root as the disperser's"),
        Line("signer", "GetStatus; BatchRetrieve: a row that proves to the root"),
        Line("probes", "health and reflection name every service"),
    ),
)
NODE: Final = GrpcClient("grpc-js", _locked("@grpc/grpc-js"), "da_grpc.mjs", BOTH)
CLIENTS: Final = (PYTHON, NODE)


@dataclass(frozen=True, slots=True)
class Field:
    """A running stack, and the files of one run."""

    stack: RunningStack
    folder: Path
    registry: Registry

    @classmethod
    def make(cls, stack: RunningStack, folder: Path) -> Field:
        """Of a stack that was started with signers."""
        made = cls(stack, folder, Registry.load(stack.home))
        made.told.mkdir(parents=True)
        return made

    @property
    def told(self) -> Path:
        """Where clients leave a file for each blob that they saw confirmed, by its data root, and
        for each that they gave up before, by another name.
        """
        return self.folder / "told"

    def is_behind(self) -> bool:
        """Whether a client has still to see that its blob is confirmed."""
        found = self.entrance().events("ErasureCommitmentVerified")
        roots = [event.args["dataRoot"] for event in found]
        certified = {root.hex() for root in roots if isinstance(root, bytes)}
        told = {path.name for path in self.told.iterdir()}
        return len(certified - told) > len(told - certified)

    def entrance(self) -> EntranceContract:
        """DAEntrance of the stack."""
        address = self.registry.contract("DAEntrance").address
        return EntranceContract(Chain(self.registry.endpoints["chain"]), address)

    def signer(self) -> str:
        """Where a signer of the epoch under way says that it answers."""
        chain, address = Chain(self.registry.endpoints["chain"]), "DASigners"
        signers = SignersContract(chain, self.registry.contract(address).address)
        account = signers.quorum(signers.epoch(), 0)[0]
        return signers.details([account])[0].socket

    def blob(self, client: GrpcClient, name: str) -> Path:
        """A blob of a client's own."""
        return self.folder / client.id / "in" / name


def generate(protos: Path, out: Path) -> Path:
    """Stubs of all messages in a folder, as protoc makes them, in another."""
    out.mkdir(parents=True)
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{protos}", f"--python_out={out}"]
    names = [path.name for path in sorted(protos.glob("*.proto"))]
    subprocess.run([*command, f"--grpc_python_out={out}", *names], check=True)
    return out


def run_clients(field: Field) -> dict[str, dict[str, Seen]]:
    """What each client saw, by its id and by line; they run side by side."""
    for layout in HEADERS:
        generate(PROTOS / layout, field.folder / "stubs" / layout)
    with ThreadPoolExecutor(len(CLIENTS)) as pool:
        found = [pool.submit(_run, field, client) for client in CLIENTS]
        return {one.id: seen.result() for one, seen in zip(CLIENTS, found, strict=True)}


def _run(field: Field, client: GrpcClient) -> dict[str, Seen]:
    place = field.folder / client.id
    for name in ("in", "out"):
        (place / name).mkdir(parents=True)
    for name, size in SIZES.items():
        field.blob(client, name).write_bytes(content(f"da/{client.id}/{name}", size))
    field.blob(client, "nitro").write_bytes(content(f"da/{client.id}/nitro", SIZES[SMALL]))
    if client is NODE:
        return _drive(field, client, "current", client.lines)
    old = [line for line in client.lines if line.id == "nitro"]
    new = [line for line in client.lines if line.id != "nitro"]
    # one process has one `disperser` package: the two layouts cannot share one
    return _drive(field, client, "nitro", old) | _drive(field, client, "current", new)


def _drive(
    field: Field, client: GrpcClient, layout: str, lines: list[Line] | tuple[Line, ...]
) -> dict[str, Seen]:
    place = field.folder / client.id
    job, report, log = (place / f"{layout}.{end}" for end in ("job", "report", "log"))
    job.write_text(json.dumps(_job(field, client, layout, lines, report)))
    if client is NODE:
        command = install(ENVIRONMENT).command(client.driver, job)
    else:
        command = [sys.executable, str(DRIVERS / client.driver), str(job)]
    with log.open("wb") as sink:
        subprocess.run(
            command, stdout=sink, stderr=sink, check=False, timeout=BLOB_SECONDS * (len(lines) + 1)
        )
    return read_report(report, log, lines)


def _job(
    field: Field,
    client: GrpcClient,
    layout: str,
    lines: list[Line] | tuple[Line, ...],
    report: Path,
) -> Mapping[str, object]:
    place, endpoints = field.folder / client.id, field.registry.endpoints
    return {
        "lines": [line.id for line in lines],
        "protos": str(PROTOS / "current"),
        "nitroProtos": str(PROTOS / "nitro"),
        "stubs": str(field.folder / "stubs" / layout),
        **dict.fromkeys(("disperser", "retriever", "encoder"), endpoints["disperser"]),
        "signer": field.signer(),
        "inputs": str(place / "in"),
        "outputs": str(place / "out"),
        "report": str(report),
        "blobs": list(SIZES),
        "small": SMALL,
        "told": str(field.told),
        "nitro": "nitro",
        "largest": LARGEST,
        "maximum": MAX_BLOB_BYTES,
        "seconds": BLOB_SECONDS,
    }
