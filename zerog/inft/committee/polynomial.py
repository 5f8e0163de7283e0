"""Shamir sharing over the scalars of secp256k1, and the same in the exponent. Pure.

Python twin of contracts/libraries/Shamir.sol and PointMath.sol. Infinity, which has no 64 bytes,
is None: whoever chooses commitments can bring it about.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from zerog.crypto.curve import FIELD, ORDER, NotAPoint, add, multiply, random_scalar
from zerog.inft.committee.errors import BadSlots, BadThreshold
from zerog.types import PublicKey

LEAST_THRESHOLD = 2
LAST_SLOT = 2**16 - 1


def random_polynomial(secret: int, threshold: int) -> tuple[int, ...]:
    """Coefficients of a random polynomial with that value at zero, the constant one first."""
    if threshold < LEAST_THRESHOLD:
        raise BadThreshold(threshold, threshold)
    return (secret, *(random_scalar() for _ in range(threshold - 1)))


def evaluate(coefficients: Sequence[int], x: int) -> int:
    """The polynomial's value at x, modulo the group order."""
    value = 0
    for coefficient in reversed(coefficients):
        value = (value * x + coefficient) % ORDER
    return value


def weights(slots: Iterable[int]) -> dict[int, int]:
    """What the value at each slot weighs in the value at zero (Lagrange); raises BadSlots."""
    chosen = tuple(slots)
    if len(set(chosen)) != len(chosen) or not all(0 < slot <= LAST_SLOT for slot in chosen):
        raise BadSlots(chosen)
    return {slot: _weight(slot, chosen) for slot in chosen}


def _weight(own: int, slots: tuple[int, ...]) -> int:
    above = below = 1
    for slot in slots:
        if slot != own:
            above, below = above * slot % ORDER, below * (slot - own) % ORDER
    return above * pow(below, -1, ORDER) % ORDER


def interpolate(values: Mapping[int, int]) -> int:
    """The value at zero of the polynomial through the given values; slot -> scalar."""
    found = weights(values)
    return sum(found[slot] * value for slot, value in values.items()) % ORDER


# ------------------------------------------------------------------- in the exponent


def total(points: Iterable[bytes | None]) -> PublicKey | None:
    """The sum of points, any of which may be infinity (None)."""
    found: PublicKey | None = None
    for point in points:
        if point is None:
            continue
        if found is None:
            found = PublicKey(bytes(point))
        elif _opposite(found, point):
            found = None
        else:
            found = add(found, point)
    return found


def _opposite(left: bytes, right: bytes) -> bool:
    if left[:32] != right[:32]:
        return False
    return (int.from_bytes(left[32:], "big") + int.from_bytes(right[32:], "big")) % FIELD == 0


def times(point: bytes | None, factor: int) -> PublicKey | None:
    """factor * point; None for infinity."""
    if point is None or factor % ORDER == 0:
        return None
    return multiply(point, factor % ORDER)


def evaluate_commitments(commitments: Sequence[bytes | None], x: int) -> PublicKey | None:
    """f(x)*G of the polynomial whose coefficients times G are given, the constant one first."""
    value: PublicKey | None = None
    for commitment in reversed(commitments):
        value = total((times(value, x), commitment))
    return value


def require_point(point: bytes | None) -> PublicKey:
    """The point, unless it is infinity: then NotAPoint."""
    if point is None:
        raise NotAPoint(bytes(64))
    return PublicKey(bytes(point))
