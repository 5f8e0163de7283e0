"""How fast a container that the EVM can judge is sealed, opened and hashed, in CPU time.

python bench/keccakctr.py [--json]
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, best_cpu_seconds, emit
from zerog.crypto.keccak import backend
from zerog.crypto.keccakctr import CHUNK, SEGMENT_CHUNKS, open_stream, seal_stream
from zerog.storage.codec import TreeBuilder

SIZE = 64 * SEGMENT_CHUNKS * CHUNK
KEY = bytes(range(32))


def measure() -> list[Metric]:
    """All metrics."""
    plain = os.urandom(SIZE)
    sealed: list[bytes] = []
    seal_stream(KEY, bytes(32), io.BytesIO(plain), SIZE, lambda piece: sealed.append(bytes(piece)))

    def seal() -> None:
        seal_stream(KEY, bytes(32), io.BytesIO(plain), SIZE, len)

    def read() -> None:
        for _ in open_stream(KEY, sealed):
            pass

    def root() -> None:
        tree = TreeBuilder()
        for piece in sealed:
            tree.update(piece)
        tree.finish()

    kernel = backend()
    return [
        Metric(
            f"container sealed (keccak256, {kernel})", SIZE / best_cpu_seconds(seal) / 1e6, "MB/s"
        ),
        Metric("container opened and verified", SIZE / best_cpu_seconds(read) / 1e6, "MB/s"),
        Metric("data root of the container", SIZE / best_cpu_seconds(root) / 1e6, "MB/s"),
        Metric("ciphertext for each byte", sum(map(len, sealed)) / SIZE, "bytes"),
    ]


if __name__ == "__main__":
    emit("Container that the EVM can judge", measure())
