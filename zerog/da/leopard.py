"""The Reed-Solomon code itself, over the wheel of Leopard (catid/leopard), one stripe at a time.

A stripe is the same columns of every row. The wheel takes odd shapes; ours are multiples of 64.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

import reed_solomon_leopard as leopard

STRIPE: Final = 2048
"""Columns worked on at once, whole pieces: what a blob of any size needs is then in the caches."""


def stripes(row_size: int) -> Iterator[slice]:
    """The columns of a row, cut into stripes."""
    for at in range(0, row_size, STRIPE):
        yield slice(at, min(at + STRIPE, row_size))


def parity(data: Sequence[bytes], n: int) -> list[bytes]:
    """The n parity rows of one stripe of all data rows."""
    rows: list[bytes] = leopard.encode(list(data), n)
    return rows


def recover(k: int, n: int, found: Mapping[int, bytes]) -> list[bytes]:
    """All k data rows of a stripe from exactly or more than k of its rows, by index."""
    data = {index: row for index, row in found.items() if index < k}
    if len(data) < k:
        rest = {index - k: row for index, row in found.items() if index >= k}
        data |= leopard.decode(k, n, data, rest)
    return [data[index] for index in range(k)]
