"""What a light client may conclude from rows that it drew at random (pure).

A blob cannot be read when at most k - 1 of its rows can be had (1,023 of 3,072). Nobody knew which
rows would be drawn, so how many of them were served is hypergeometric.
"""

from __future__ import annotations

from fractions import Fraction
from math import comb, log2

from zerog.errors import UsageError


class BadSample(UsageError):
    """Numbers of rows that cannot be."""

    def __init__(self, rows: int, asked: int, served: int) -> None:
        self.rows, self.asked, self.served = rows, asked, served
        super().__init__(
            f"no sample has {served} served rows of {asked} that were drawn from {rows}",
            f"draw 1 to {rows} rows",
        )


def hidden_chance(rows: int, k: int, asked: int, served: int) -> Fraction:
    """The chance that a blob that cannot be read serves `served` of `asked` drawn rows, or more.

    rows: of the blob, k of which give it back. It is the largest such chance: of blobs that
    cannot be read, that with k - 1 rows serves most. It is no chance that this blob cannot be
    read; that depends on what one believed before. Raises BadSample.
    """
    if not (1 <= asked <= rows and 0 <= served <= asked and 1 <= k <= rows):
        raise BadSample(rows, asked, served)
    there = k - 1
    gone = rows - there
    ways = sum(comb(there, n) * comb(gone, asked - n) for n in range(served, asked + 1))
    return Fraction(ways, comb(rows, asked))


def bits(chance: Fraction) -> float:
    """-log2 of a chance; infinite for none."""
    if not chance:
        return float("inf")
    return log2(chance.denominator) - log2(chance.numerator)


def rows_for(rows: int, k: int, most: Fraction) -> int:
    """How many rows to draw so that all of them served leave a chance of at most `most`."""
    low, high = 1, rows
    while low < high:
        middle = (low + high) // 2
        if hidden_chance(rows, k, middle, middle) <= most:
            high = middle
        else:
            low = middle + 1
    return low
