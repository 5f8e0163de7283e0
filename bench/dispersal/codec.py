"""The DA code: encode and commit, signer's check, decode; beside KZG cells, per CPU-second.

Blobs have the maximum size, 31 MiB. KZG is `ckzg` over the mainnet setup, the kind of commitment
that 0G's design asks for; its figure is of the same core in the same run.
"""

from __future__ import annotations

import os
import random
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from time import monotonic, process_time

import ckzg
import eth_account

from bench.report import Metric, best_cpu_seconds
from zerog.da.codec import (
    FULL,
    MAX_BLOB_BYTES,
    Encoded,
    Inspection,
    Reader,
    backend,
    encode,
    keep_heap,
)
from zerog.da.kernel import AVX2, Kernel, NativeKernel, kernel

SETUP = "typed_transactions/blob_transactions/kzg_trusted_setup.txt"
PRECOMPUTE = 8
KZG_BLOB = 131_072
ROUNDS = 4
BLOBS_EACH = 6


def encoding(data: bytes) -> list[Metric]:
    """Data a second, with the parity rows in memory of the last blob and in fresh memory."""
    room = bytearray(FULL.n * 31_744)
    lent = len(data) / best_cpu_seconds(lambda: encode(data, FULL, room)) / 1e6
    fresh = len(data) / best_cpu_seconds(lambda: encode(data)) / 1e6
    return [
        Metric(f"encode and commit, {backend()}", lent, "MB/s", 250),
        Metric("encode and commit, into fresh memory", fresh, "MB/s"),
    ]


def kernels(encoded: Encoded, used: Kernel) -> list[Metric]:
    """The two native parts alone, over 8 MiB of rows."""
    rows, header = [bytes(row) for row in encoded.rows[:256]], encoded.commitment.header
    size = len(rows) * header.row_size
    leaves = bytearray(len(rows) * 32 << header.piece_depth)
    factors = os.urandom(header.symbols * FULL.value_bytes)
    places = 1 << header.piece_depth
    hashing = best_cpu_seconds(lambda: used.leaves_into(rows, leaves, 0, places))
    combining = best_cpu_seconds(lambda: used.combine(rows, factors, FULL.limbs))
    return [
        Metric(f"SHA-256 leaves, {used.name}", size / hashing / 1e9, "GB/s"),
        Metric(f"combination of 8 limbs, {used.name}", size / combining / 1e9, "GB/s"),
    ]


def variants() -> list[Kernel]:
    """What this process uses, and what a machine without some instructions would."""
    if backend() == "python":
        return []
    from zerog.crypto import _zoda  # noqa: PLC0415  (may be absent)

    return [kernel(), NativeKernel(AVX2 & _zoda.features()), NativeKernel(0)]


def kzg() -> float:
    """MB of data a second for which ckzg makes cells and proofs."""
    path = Path(eth_account.__file__).parent / SETUP
    setup = ckzg.load_trusted_setup(str(path), PRECOMPUTE)
    blob = b"".join(b"\0" + os.urandom(31) for _ in range(KZG_BLOB // 32))
    spent = best_cpu_seconds(lambda: ckzg.compute_cells_and_kzg_proofs(blob, setup), ROUNDS)
    return KZG_BLOB / spent / 1e6


def signing(encoded: Encoded, count: int, target: float | None) -> Metric:
    """A signer's whole check of its rows, what it does once per blob included."""
    own = random.Random(1).sample(range(FULL.rows), count)  # noqa: S311
    rows = [encoded.row_proof(index) for index in own]

    def work() -> None:
        Inspection(encoded.commitment, encoded.values).check(rows, own)

    rate = count * encoded.commitment.header.row_size / best_cpu_seconds(work, 2 * ROUNDS) / 1e9
    return Metric(f"signer's check, {count} rows", rate, "GB/s", target)


def decoding(data: bytes, encoded: Encoded) -> Metric:
    """Verify 1,024 random rows, decode, encode again, compare."""
    chosen = random.Random(2).sample(range(FULL.rows), FULL.k)  # noqa: S311
    rows = [encoded.row_proof(index) for index in chosen]
    owned = [type(row)(row.index, bytes(row.data), row.path) for row in rows]

    def work() -> memoryview:
        reader = Reader(encoded.commitment)
        reader.add_all(owned)
        return reader.decode()

    if bytes(work()) != data:
        raise SystemExit("decoded something else")
    return Metric("decode", len(data) / best_cpu_seconds(work, 2 * ROUNDS) / 1e6, "MB/s", 120)


@dataclass(frozen=True, slots=True)
class Share:
    """What one process did: when, by the clock of all processes, and in how much CPU time."""

    start: float
    end: float
    cpu: float


def encode_some(blobs: int) -> Share:
    """What one process does: as many blobs, one after the other."""
    keep_heap()
    data, room = os.urandom(MAX_BLOB_BYTES), bytearray(FULL.n * 31_744)
    encode(data, FULL, room)
    start, cpu = monotonic(), process_time()
    for _ in range(blobs):
        encode(data, FULL, room)
    return Share(start, monotonic(), process_time() - cpu)


def scaling() -> list[Metric]:
    """Two processes against one: the best of some rounds each, by the wall and by CPU time.

    By the wall it tells something only where nothing else runs; by CPU time, what two that have a
    core each lose to one another's use of caches and memory.
    """
    with ProcessPoolExecutor(2, get_context("spawn")) as pool:

        def best(processes: int) -> tuple[float, float]:
            rounds = [list(pool.map(encode_some, [BLOBS_EACH] * processes)) for _ in range(4)]
            walls = [max(s.end for s in all_) - min(s.start for s in all_) for all_ in rounds]
            return min(walls) / processes, min(
                sum(s.cpu for s in all_) for all_ in rounds
            ) / processes

        (wall_one, cpu_one), (wall_two, cpu_two) = best(1), best(2)
    return [
        Metric("two processes against one, wall", wall_one / wall_two, "times", 1.8),
        Metric("two processes against one, CPU time", 2 * cpu_one / cpu_two, "times"),
    ]


def measure_code() -> list[Metric]:
    """All metrics of the code, in a process set up like a worker's."""
    keep_heap()
    data = random.Random(0).randbytes(MAX_BLOB_BYTES)  # noqa: S311
    encoded = encode(data)
    metrics = encoding(data)
    reference = kzg()
    return [
        *metrics,
        Metric("ckzg: cells and proofs", reference, "MB/s"),
        Metric("encode and commit against ckzg", metrics[0].value / reference, "times", 300),
        *[metric for used in variants() for metric in kernels(encoded, used)],
        signing(encoded, 384, 1),
        signing(encoded, 48, None),
        decoding(data, encoded),
        *scaling(),
    ]
