"""Blobs of the DA code for tests, honest ones and others."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from zerog.da import tree
from zerog.da.codec import Commitment, Encoded, Header, Profile, coefficients, rlc_root
from zerog.da.kernel import kernel
from zerog.types import Buffer

SMALL = Profile(4, 8)
CHAIN_ID = 31337
ENTRANCE = bytes(range(20))


def stream(label: str, length: int) -> bytes:
    """Bytes that look random and are the same everywhere: SHAKE-128 of the label."""
    return hashlib.shake_128(label.encode()).digest(length)


def commit(
    rows: Sequence[Buffer], header: Header, profile: Profile, values: bytes = b""
) -> Encoded:
    """What a dishonest encoder publishes: a commitment to any rows, with any combinations."""
    sized: dict[int, list[int]] = {}
    for index, row in enumerate(rows):
        sized.setdefault(memoryview(row).nbytes, []).append(index)
    nodes = [b""] * len(rows)
    for size, places in sized.items():
        pieces = -(-size // 1024)
        joined = tree.row_nodes([rows[index] for index in places], pieces)
        for at, index in enumerate(places):
            nodes[index] = joined[32 * at : 32 * at + 32]
    levels = tree.levels(b"".join(nodes))
    if not values:
        factors = coefficients(header, levels[-1], profile.limbs)
        values = kernel().combine(rows[: profile.k], factors, profile.limbs)
    commitment = Commitment(header, levels[-1], rlc_root(values, profile.value_bytes))
    return Encoded(commitment, [memoryview(row) for row in rows], values, b"", levels)
