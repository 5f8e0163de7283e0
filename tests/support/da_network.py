"""A network of data availability in processes of its own: the product's stack, signer by signer.

The supervisor keeps chain, broker, disperser, worker and beat; each signer is a process that the
test starts, kills and starts again.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.patience import PATIENCE_SECONDS
from tests.support.small_stack import SmallStack
from tests.support.stack import wait_for
from zerog.chain.registry import Registry
from zerog.da.onchain.founding import found_devnet
from zerog.da.proto.disperser_pb2 import BlobStatusReply, BlobStatusRequest, DisperseBlobRequest
from zerog.da.proto.retriever_pb2 import BlobRequest
from zerog.da.rpcs import COLLECT_BLOB, DISPERSE_BLOB, GET_BLOB_STATUS, channel
from zerog.devnet.grpcprobe import grpc_serves

PARTS = ("chain", "broker", "disperser", "da-worker", "beat")
ROOT = Path(__file__).resolve().parents[2]


def user_environment(home: Path, variables: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of whoever runs a daemon of this home."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZEROG_")}
    return {**kept, "ZEROG_HOME": str(home), **(variables or {})}


@dataclass(slots=True)
class DaemonProcess:
    """A daemon of a home: `python -m zerog.da.signer` for one name, or several; or another."""

    process: subprocess.Popen[bytes]
    log: Path
    port: int

    @classmethod
    def start(
        cls,
        home: Path,
        name: str,
        port: int,
        *more: str,
        module: str = "zerog.da.signer",
        variables: Mapping[str, str] | None = None,
    ) -> DaemonProcess:
        """Start it; it may not serve yet. As a context, it is killed if it still runs then."""
        command = [sys.executable, "-m", module, "--home", str(home), "--port", str(port), *more]
        if module == "zerog.da.signer":
            command += ["--names", name]
        log = home / "logs" / f"{name}.log"
        log.parent.mkdir(exist_ok=True)
        with log.open("ab") as out:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=user_environment(home, variables),
                stdout=out,
                stderr=out,
            )
        return cls(process, log, port)

    def __enter__(self) -> DaemonProcess:
        return self

    def __exit__(self, *_error: object) -> None:
        self.end(signal.SIGKILL)

    def wait_serving(self) -> None:
        """Until it says that it serves; raises with its log when it ends instead."""

        def serves() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"the signer ended: {self.log.read_text()[-500:]}")
            return grpc_serves(f"127.0.0.1:{self.port}", 1.0)

        wait_for(lambda: serves() or None, "the signer serves")

    def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it and wait; gives its exit code."""
        if self.process.poll() is None:
            self.process.send_signal(number)
        return self.process.wait(timeout=PATIENCE_SECONDS)


@dataclass(slots=True)
class DaNetworkTown:
    """The stack, and the signers that run just now, by name."""

    stack: SmallStack
    ports: Mapping[str, int]
    running: dict[str, DaemonProcess] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home of all of it."""
        return self.stack.home

    @property
    def disperser(self) -> str:
        """host:port of disperser and retriever."""
        return Registry.load(self.home).endpoints["disperser"]

    def start(self, names: Iterable[str]) -> None:
        """Start signers and wait until all of them serve."""
        begun = {n: DaemonProcess.start(self.home, n, self.ports[n]) for n in names}
        self.running |= begun
        for one in begun.values():
            one.wait_serving()

    def kill(self, names: Iterable[str]) -> None:
        """kill -9 signers."""
        for name in names:
            self.running.pop(name).end(signal.SIGKILL)

    def disperse(self, data: bytes) -> bytes:
        """Put a blob in; the request's id."""
        with channel(self.disperser) as asked:
            request = DisperseBlobRequest(data=data)
            return DISPERSE_BLOB.call(asked, request, PATIENCE_SECONDS).request_id

    def status(self, request_id: bytes) -> BlobStatusReply:
        """What the disperser says of a request now."""
        with channel(self.disperser) as asked:
            request = BlobStatusRequest(request_id=request_id)
            return GET_BLOB_STATUS.call(asked, request, PATIENCE_SECONDS)

    def until(self, request_id: bytes, *wanted: int) -> BlobStatusReply:
        """Wait for one of some statuses."""

        def reached() -> BlobStatusReply | None:
            found = self.status(request_id)
            return found if found.status in wanted else None

        return wait_for(reached, f"a status of {wanted}")

    def retrieve(self, found: BlobStatusReply) -> bytes:
        """A blob from its signers, by the retriever's gRPC."""
        header = found.info.blob_header
        request = BlobRequest(
            storage_root=header.storage_root, epoch=header.epoch, quorum_id=header.quorum_id
        )
        with channel(self.disperser) as asked:
            return COLLECT_BLOB.call(asked, request, PATIENCE_SECONDS).data


@contextmanager
def da_network(home: Path, signers: int, votes: int) -> Iterator[DaNetworkTown]:
    """A stack whose signers have so many votes each; none of them runs yet."""
    chain = SmallStack.start(home, "chain")
    try:
        found_devnet(home, signers, votes=votes)
    finally:
        chain.stop()
    stack = SmallStack.start(home, *PARTS, signers=signers)
    town = DaNetworkTown(stack, stack.state().ports)
    try:
        yield town
    finally:
        for one in town.running.values():
            one.end(signal.SIGKILL)
        stack.stop()
