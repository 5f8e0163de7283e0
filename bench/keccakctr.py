"""How fast a container that the EVM can judge is sealed, opened and hashed, in CPU time.

Beside it the same bytes in the container of suite 1, which is what the protection costs.

python bench/keccakctr.py [--json]
"""

from __future__ import annotations

import io
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, best_cpu_seconds, emit
from zerog.crypto.container import SUITE_AES_256_GCM, SUITE_KECCAK_CTR, Cipher, cipher_of
from zerog.crypto.keccak import backend
from zerog.crypto.keccakctr import CHUNK, SEGMENT_CHUNKS
from zerog.storage.codec import TreeBuilder

SIZE = 64 * SEGMENT_CHUNKS * CHUNK
KEY = bytes(range(32))


def sealed_by(cipher: Cipher, plain: bytes) -> list[bytes]:
    """The segments of one container."""
    sealed: list[bytes] = []
    cipher.seal_stream(
        KEY, bytes(32), io.BytesIO(plain), SIZE, lambda piece: sealed.append(bytes(piece))
    )
    return sealed


def rates(name: str, cipher: Cipher, plain: bytes) -> list[Metric]:
    """Sealing and opening with one suite."""
    sealed = sealed_by(cipher, plain)

    def seal() -> None:
        cipher.seal_stream(KEY, bytes(32), io.BytesIO(plain), SIZE, len)

    def read() -> None:
        for _ in cipher.open_stream(KEY, sealed):
            pass

    return [
        Metric(f"{name}: sealed", SIZE / best_cpu_seconds(seal) / 1e6, "MB/s"),
        Metric(f"{name}: opened and verified", SIZE / best_cpu_seconds(read) / 1e6, "MB/s"),
        Metric(f"{name}: stored for each byte", sum(map(len, sealed)) / SIZE, "bytes"),
    ]


def measure() -> list[Metric]:
    """All metrics."""
    plain, judged = os.urandom(SIZE), cipher_of(SUITE_KECCAK_CTR)
    sealed = sealed_by(judged, plain)

    def root() -> None:
        tree = TreeBuilder()
        for piece in sealed:
            tree.update(piece)
        tree.finish()

    return [
        *rates(f"keccak256 in counter mode ({backend()})", judged, plain),
        *rates("AES-256-GCM", cipher_of(SUITE_AES_256_GCM), plain),
        Metric("data root of either", SIZE / best_cpu_seconds(root) / 1e6, "MB/s"),
    ]


if __name__ == "__main__":
    emit("Container that the EVM can judge", measure())
