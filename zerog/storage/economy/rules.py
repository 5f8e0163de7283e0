"""How a fee is split and how locked money is released: twins of contracts/libraries/Releases.sol.

Integer arithmetic, rounded as on the chain; amounts in wei, times in seconds.
(0gfoundation/0g-storage-contracts: contracts/reward/)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol

YEAR: Final = 12 * 31 * 86_400
"""A year of the decay rate: twelve months of 31 days."""
ONE: Final = 1 << 120
LN2: Final = 921_350_637_599_661_305_226_344_307_672_478_454
WHOLE_BPS: Final = 10_000


def service_fee(amount_wei: int, bps: int) -> int:
    """The treasury's part of a fee."""
    return amount_wei * bps // WHOLE_BPS


def share(start: int, charged: int, amount_wei: int, size: int, chunk: int) -> int:
    """A chunk's part of a fee for the sectors [start, start + charged), chunks of `size` sectors.

    The parts of all chunks that it touches add up to the fee.
    """
    first = max(start, chunk * size) - start
    last = min(start + charged, (chunk + 1) * size) - start
    return amount_wei * last // charged - amount_wei * first // charged


def extension_cost(fees_wei: int, release_seconds: int, seconds: int) -> int:
    """Least wei that move a linear chunk's deadline by so many seconds, at its own rate."""
    return -(-fees_wei * seconds // release_seconds)


class Formula(Protocol):
    """By what rule a full chunk releases its money."""

    def released(self, base: int, funds: tuple[int, int], start: int, last: int, now: int) -> int:
        """Released until `now`, of `base` wei of fees and `funds` (locked, released) at `last`."""
        ...

    def deadline(self, base: int, total: int, start: int) -> int | None:
        """When all is released; None when never."""
        ...


@dataclass(frozen=True, slots=True)
class Linear:
    """Fees last `release_seconds`; extensions go on at the same rate."""

    release_seconds: int

    def released(self, base: int, funds: tuple[int, int], start: int, last: int, now: int) -> int:
        """The rate is made of the fees alone, so an extension releases nothing earlier."""
        return min(sum(funds), base * (now - start) // self.release_seconds)

    def deadline(self, base: int, total: int, start: int) -> int:
        """The first second at which all is released."""
        if total == base:
            return start + self.release_seconds
        return start - -total * self.release_seconds // base


@dataclass(frozen=True, slots=True)
class Decay:
    """What is locked decays by `milli_rate` thousandths per year, compounded continuously."""

    milli_rate: int

    def released(self, base: int, funds: tuple[int, int], start: int, last: int, now: int) -> int:
        """Counted from what was locked at the last update."""
        locked, released = funds
        return released + decayed(locked, now - last, self.milli_rate)

    def deadline(self, base: int, total: int, start: int) -> None:
        """Never: something is always left."""


def decayed(locked_wei: int, elapsed: int, milli_rate: int) -> int:
    """Part of locked money that a time of decay releases, rounded down."""
    left = exp_negative(elapsed * milli_rate * ONE // (1000 * YEAR))
    return locked_wei - -(-locked_wei * left // ONE)


def exp_negative(x: int) -> int:
    """e^-x in fixed point (ONE is 1), off by less than 2^-110."""
    halvings, rest = divmod(x, LN2)
    return (ONE * ONE // _exp_below_two(rest)) >> halvings


def _exp_below_two(x: int) -> int:
    total, term, n = 0, ONE, 0
    while term:
        total += term
        n += 1
        term = term * x // (n * ONE)
    return total
