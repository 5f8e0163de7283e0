"""GF(2^16) with the reduction 0x1002D, elements written in Leopard's Cantor basis.

The code of zerog.da.leopard commutes with multiplication in this representation only. Addition is
exclusive or. The row with index i of that code is the value of one polynomial, of degree below k
in each symbol position, at the element i.

Source of the basis: catid/leopard: LeopardFF16.cpp.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

REDUCTION: Final = 0x1002D
ORDER: Final = 65535
"""Of the multiplicative group."""
CANTOR: Final = (
    *(0x0001, 0xACCA, 0x3C0E, 0x163E, 0xC582, 0xED2E, 0x914C, 0x4012),
    *(0x6C98, 0x10D8, 0x6A72, 0xB900, 0xFDB8, 0xFB34, 0xFF38, 0x991E),
)


@dataclass(frozen=True, slots=True)
class Tables:
    """Logarithms of the elements 1 … 65535 (that of 0 is unused), and powers for two summed."""

    log: Sequence[int]
    exp: Sequence[int]


@cache
def tables() -> Tables:
    """Made at the first use: about 50 ms."""
    plain_log = [0] * 65536
    power = 1
    for exponent in range(ORDER):
        plain_log[power] = exponent
        power <<= 1
        if power >> 16:
            power ^= REDUCTION
    element = [0]
    for base in CANTOR:
        element += [base ^ value for value in element]
    log = [plain_log[value] for value in element]
    exp = [0] * (2 * ORDER)
    for value in range(1, 65536):
        exp[log[value]] = exp[log[value] + ORDER] = value
    return Tables(log, exp)


def multiply(left: int, right: int) -> int:
    """left · right."""
    if not left or not right:
        return 0
    made = tables()
    return made.exp[made.log[left] + made.log[right]]


def inverse(value: int) -> int:
    """1 / value; ZeroDivisionError for 0."""
    if not value:
        raise ZeroDivisionError("0 has no inverse")
    made = tables()
    return made.exp[ORDER - made.log[value]]
