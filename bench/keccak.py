"""How fast Merkle trees of 256-byte sectors are built, per kernel, in bytes of CPU time.

python bench/keccak.py [--json]
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, best_cpu_seconds, best_wall_seconds, emit
from zerog.crypto.keccak import BACKENDS, Kernel, NativeKernel, PureKernel
from zerog.storage.codec import SEGMENT, TreeBuilder

SEGMENTS = 64
TARGET_GBPS = 1.2


def kernels() -> list[Kernel]:
    """All that this machine can run, the widest first."""
    found: list[Kernel] = []
    if find_spec("zerog.crypto._keccak") is not None:
        from zerog.crypto import _keccak  # noqa: PLC0415  (may be absent)

        found += [NativeKernel(lanes) for lanes in BACKENDS if lanes <= _keccak.best_lanes()]
    return [*found, PureKernel()]


def segment_roots(kernel: Kernel, data: memoryview) -> Callable[[], None]:
    """Work: the root of every segment of `data`."""

    def work() -> None:
        for at in range(0, len(data), SEGMENT):
            kernel.perfect_root(data[at : at + SEGMENT], 256)

    return work


def build_tree(data: memoryview) -> None:
    """Work: the whole file tree, streamed in steps of 1 MiB."""
    builder = TreeBuilder()
    for at in range(0, len(data), 4 * SEGMENT):
        builder.update(data[at : at + 4 * SEGMENT])
    builder.finish()


def measure() -> list[Metric]:
    """All metrics; the target is judged for the kernel that this machine uses."""
    data = memoryview(os.urandom(SEGMENTS * SEGMENT))
    metrics = []
    for place, kernel in enumerate(kernels()):
        share = data if kernel.name != "python" else data[: 8 * SEGMENT]
        rate = len(share) / best_cpu_seconds(segment_roots(kernel, share)) / 1e9
        target = TARGET_GBPS if place == 0 and kernel.name == "avx512" else None
        metrics.append(Metric(f"tree of sectors, {kernel.name}", rate, "GB/s", target))
    rate = len(data) / best_cpu_seconds(lambda: build_tree(data)) / 1e9
    metrics.append(Metric("file tree as it streams by", rate, "GB/s"))
    half = len(data) // 2

    def both() -> None:
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(build_tree, [data[:half], data[half:]]))

    rate = len(data) / best_wall_seconds(both) / 1e9
    metrics.append(Metric("two trees in two threads, wall", rate, "GB/s"))
    return metrics


if __name__ == "__main__":
    emit("Keccak-256 Merkle trees", measure())
