"""A blob from DisperseBlob to CONFIRMED through a whole network of this machine."""

from __future__ import annotations

import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

import grpc
import psutil

from bench.report import Metric
from tests.support.stack import RunningStack
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.da.blobs import BlobStore
from zerog.da.codec import MAX_BLOB_BYTES
from zerog.da.disperser.places import blob_store
from zerog.da.proto.disperser_pb2 import BlobStatus, BlobStatusRequest, DisperseBlobRequest
from zerog.da.rpcs import DISPERSE_BLOB, GET_BLOB_STATUS, channel
from zerog.da.status import Stage

SIGNERS: Final = 8
ROUNDS: Final = 5
BURST: Final = 4
SECONDS: Final = 60.0
POLL: Final = 0.01
ENDS: Final = (BlobStatus.FAILED, BlobStatus.INSUFFICIENT_SIGNATURES)
DONE: Final = (BlobStatus.CONFIRMED, BlobStatus.FINALIZED)


ONE: Final = f"one blob of 31 MiB to CONFIRMED, {SIGNERS} signers, all of it"
MANY: Final = f"{BURST} blobs of 31 MiB at once, until the last is CONFIRMED"
WORK: Final = "CPU time of the whole stack for one of them"
"""bench/da_scale.py simulates these three."""
PARTS: Final = (
    ("accepted", None, Stage.ACCEPTED),
    ("encoded", Stage.ACCEPTED, Stage.ENCODED),
    ("announced", Stage.ENCODED, Stage.UPLOADED),
    ("signed by all", Stage.UPLOADED, Stage.SIGNED),
    ("certified", Stage.SIGNED, Stage.CONFIRMED),
)


@dataclass(slots=True)
class Way:
    """One blob: when it was sent, and when each stage was first seen in the disperser's rows."""

    request_id: bytes
    sent: float
    seen: dict[Stage, float] = field(default_factory=dict)
    confirmed: float = 0.0
    tx: bytes = b""

    def took(self, first: Stage | None, then: Stage) -> float:
        """Seconds from one stage to the next; nothing where one went by unseen."""
        end = self.seen.get(then, 0.0)
        start = self.sent if first is None else self.seen.get(first, end)
        return max(0.0, end - start)

    @property
    def transactions(self) -> float:
        """Seconds in the two stages that wait for the chain."""
        upload = self.took(Stage.ENCODED, Stage.UPLOADED)
        return upload + self.took(Stage.SIGNED, Stage.CONFIRMED)


@dataclass(frozen=True, slots=True)
class Follower:
    """Sends blobs and asks for them, as a client does; and looks at the rows, to see the parts."""

    target: str
    store: BlobStore

    def send(self, line: grpc.Channel) -> Way:
        """A blob of the maximum size that nobody has seen."""
        request = DisperseBlobRequest(data=os.urandom(MAX_BLOB_BYTES))
        sent = time.monotonic()
        reply = DISPERSE_BLOB.call(line, request, SECONDS)
        return Way(reply.request_id, sent, {Stage.ACCEPTED: time.monotonic()})

    def all_of(self, line: grpc.Channel, ways: list[Way]) -> list[Way]:
        """Poll until each is confirmed; exits where one fails or takes too long."""
        while left := [way for way in ways if not way.confirmed]:
            for way in left:
                self._look(line, way)
            time.sleep(POLL)
        return ways

    def _look(self, line: grpc.Channel, way: Way) -> None:
        stage = self.store.get(way.request_id.decode()).stage
        now = time.monotonic()
        way.seen.setdefault(stage, now)
        request = BlobStatusRequest(request_id=way.request_id)
        reply = GET_BLOB_STATUS.call(line, request, SECONDS)
        if reply.status in DONE:
            way.confirmed, way.tx = time.monotonic(), reply.info.blob_header.confirmation_tx
            way.seen.setdefault(Stage.CONFIRMED, way.confirmed)
        elif reply.status in ENDS or now - way.sent > SECONDS:
            raise SystemExit(f"a blob is {BlobStatus.Name(reply.status)}: {reply.error}")


def measure_dispersal() -> list[Metric]:
    """Blobs of 31 MiB, some alone and then some at once, and the chain's share of the time."""
    with tempfile.TemporaryDirectory() as folder:
        stack = RunningStack.start(Path(folder), "--signers", str(SIGNERS))
        try:
            return _measure(stack)
        finally:
            stack.stop()


def _measure(stack: RunningStack) -> list[Metric]:
    registry = Registry.load(stack.home)
    chain = Chain(registry.endpoints["chain"])
    follow = Follower(registry.endpoints["disperser"], blob_store(stack.home))
    with channel(follow.target) as line:
        follow.all_of(line, [follow.send(line) for _ in range(BURST)])  # memory is fresh once
        before = _cpu_seconds(stack)
        alone = [follow.all_of(line, [follow.send(line)])[0] for _ in range(ROUNDS)]
        work = (_cpu_seconds(stack) - before) / ROUNDS
        together = follow.all_of(line, [follow.send(line) for _ in range(BURST)])
    whole = median(way.confirmed - way.sent for way in alone)
    sending = median(way.transactions for way in alone)
    burst = max(way.confirmed for way in together) - min(way.sent for way in together)
    return [
        Metric(ONE, whole, "s", 3, "lower"),
        Metric("  of it two transactions, until their receipts", sending, "s"),
        *[_part(alone, *part) for part in PARTS],
        Metric(WORK, work, "s"),
        Metric(MANY, burst, "s"),
        Metric("  the same as a rate", BURST * MAX_BLOB_BYTES / burst / 1e6, "MB/s"),
        Metric(f"gas of a certificate of {SIGNERS} signers", _gas(chain, alone[-1].tx), "gas"),
    ]


def _cpu_seconds(stack: RunningStack) -> float:
    """Of every process of the stack, their children included."""
    total = 0.0
    for part in stack.parts().values():
        for process in family(part["pid"]):
            times = process.cpu_times()
            total += times.user + times.system
    return total


def family(pid: int) -> list[psutil.Process]:
    """A process and all that it started."""
    parent = psutil.Process(pid)
    return [parent, *parent.children(recursive=True)]


def _part(ways: list[Way], name: str, first: Stage | None, then: Stage) -> Metric:
    return Metric(f"  {name}", median(way.took(first, then) for way in ways), "s")


def _gas(chain: Chain, tx: bytes) -> int:
    receipt = chain.receipt(tx)
    return 0 if receipt is None else receipt.gas_used
