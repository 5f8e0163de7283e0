"""How fast a container is sealed and opened, and what one small seal costs, in CPU time.

python bench/aead.py [--json]
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, best_cpu_seconds, emit
from zerog.crypto import ecies
from zerog.crypto.aead import SEGMENT, open_stream, seal_stream
from zerog.crypto.curve import public_key
from zerog.types import Buffer

SEGMENTS = 256
SIZE = SEGMENTS * SEGMENT
SEALS = 200
KEY = bytes(range(32))


class Memory:
    """A plaintext that lies in memory."""

    def __init__(self, data: memoryview) -> None:
        self._rest = data

    def readinto(self, buffer: Buffer, /) -> int:
        target = memoryview(buffer)
        count = min(len(target), len(self._rest))
        target[:count] = self._rest[:count]
        self._rest = self._rest[count:]
        return count


def measure() -> list[Metric]:
    """All metrics."""
    plain = memoryview(os.urandom(SIZE))
    sealed: list[bytes] = []
    seal_stream(KEY, bytes(32), Memory(plain), SIZE, lambda piece: sealed.append(bytes(piece)))

    def seal() -> None:
        seal_stream(KEY, bytes(32), Memory(plain), SIZE, len)

    def read() -> None:
        for _ in open_stream(KEY, sealed):
            pass

    owner = public_key(KEY)
    small = [ecies.seal(owner, KEY) for _ in range(SEALS)]
    seal_rate = SIZE / best_cpu_seconds(seal) / 1e9
    open_rate = SIZE / best_cpu_seconds(read) / 1e9
    seals = SEALS / best_cpu_seconds(lambda: [ecies.seal(owner, KEY) for _ in small])
    opens = SEALS / best_cpu_seconds(lambda: [ecies.open(KEY, each) for each in small])
    return [
        Metric("container sealed (AES-256-GCM)", seal_rate, "GB/s", 6.0),
        Metric("container opened and verified", open_rate, "GB/s", 6.0),
        Metric("ECIES seals of a data key", seals, "per s"),
        Metric("ECIES seals opened", opens, "per s"),
    ]


if __name__ == "__main__":
    emit("Container cipher and seals", measure())
