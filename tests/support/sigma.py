"""Points and scalars for sigma proofs: right ones, and wrong ones of every kind."""

from __future__ import annotations

from functools import cache
from typing import Final

from hypothesis import strategies as st

from zerog.crypto.curve import FIELD, ORDER, check_point, generate
from zerog.types import PublicKey

HEAD: Final = b"\x07" * 32
scalars = st.integers(1, ORDER - 1)
points = scalars.map(generate)
Pair = tuple[int, int]


def xy(point: bytes) -> Pair:
    """A point as the ABI takes it."""
    return int.from_bytes(point[:32], "big"), int.from_bytes(point[32:], "big")


def raw(pair: Pair) -> bytes:
    """64 bytes of two coordinates."""
    return pair[0].to_bytes(32, "big") + pair[1].to_bytes(32, "big")


@cache
def high_x() -> PublicKey:
    """A point whose x is not below the group order, which ecrecover does not take."""
    for x in range(ORDER, FIELD):
        y = pow(x**3 + 7, (FIELD + 1) // 4, FIELD)
        if y * y % FIELD == (x**3 + 7) % FIELD:
            return check_point(raw((x, y)))
    raise AssertionError("there are 2**127 of them")


@cache
def other_with_x(point: bytes) -> tuple[Pair, ...]:
    """Coordinates like those of a point that are none."""
    x, y = xy(point)
    return ((0, 0), (x, y ^ 1), (y, x), (x, 0), (FIELD, y), (x, FIELD), (x, 2**256 - 1))
