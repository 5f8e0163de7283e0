"""Forge a blob that is no code word and of which exactly 1,025 rows pass the signers' check.

python scripts/forge_da_rows.py      writes tests/vectors/da/forgery.json, in about a minute

Any k rows pass if the combinations are interpolated through theirs. One more takes luck of 2^-128
with 8 limbs, unless the forger has many sets of rows to choose from. Here all rows are zero but
nine of junk, J. Let U be k + 1 - 9 of the zero rows. The combinations f(x) = V(x) g(x), where V
vanishes exactly on U, pass on U, and on J too if g, of degree below 8, takes y_j / V(x_j) there:

    sum over J of m_j y_j / V(x_j) = 0     (m_j: the dual weights of J; y_j: eight limbs)

These are 8 equations, solved by some s_j for m_j / V(x_j). So U has to be such that
log V(x_j) = log m_j - log s_j + c for all nine: eight sums modulo 65535. With 3,063 rows to choose
from, Wagner's generalised birthday finds one: 128 lists of 2^17 partial choices each, merged in
seven levels; each makes one sum fit, the last one two.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from itertools import combinations, islice
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from zerog.da import field, tree
from zerog.da.commitment import coefficients
from zerog.da.field import ORDER, inverse, multiply
from zerog.da.kernel import kernel
from zerog.da.params import FULL, Header

ROOT = Path(__file__).resolve().parent.parent
JUNK = 9
LISTS, GROUP, PER_LIST = 128, 23, 1 << 17
Ints = NDArray[np.int64]


def junk_rows() -> dict[int, bytes]:
    """The nine rows that are not zero, the same in every run."""
    random = Random(5)  # noqa: S311  (the same in every run)
    rows = random.sample(range(FULL.rows), JUNK)
    return {index: random.randbytes(64) for index in sorted(rows)}


def log(value: int) -> int:
    """Its logarithm."""
    return field.tables().log[value]


def solve(values: list[list[int]]) -> list[int]:
    """Nine numbers, not all zero, whose combination of nine vectors of eight limbs is zero."""
    rows = [[values[j][limb] for j in range(JUNK)] for limb in range(JUNK - 1)]
    for at in range(JUNK - 1):
        pivot = next(r for r in range(at, JUNK - 1) if rows[r][at])
        rows[at], rows[pivot] = rows[pivot], rows[at]
        scale = inverse(rows[at][at])
        rows[at] = [multiply(scale, value) for value in rows[at]]
        for r in range(JUNK - 1):
            if r != at and (factor := rows[r][at]):
                rows[r] = [v ^ multiply(factor, w) for v, w in zip(rows[r], rows[at], strict=True)]
    return [*[rows[r][JUNK - 1] for r in range(JUNK - 1)], 1]


def weight(points: list[int], at: int) -> int:
    """The dual weight of a point among others: the inverse of the product of its distances."""
    product = 1
    for point in points:
        if point != at:
            product = multiply(product, at ^ point)
    return inverse(product)


def merge(left: Ints, right: Ints, columns: slice, target: Ints) -> tuple[Ints, Ints]:
    """Places in both lists of all pairs whose sums in some columns are the target."""
    power = (ORDER + 1) ** np.arange(target.size)
    wanted = ((target - left[:, columns]) % ORDER) @ power
    keys = right[:, columns] @ power
    order = np.argsort(keys, kind="stable")
    first = np.searchsorted(keys[order], wanted, "left")
    count = np.searchsorted(keys[order], wanted, "right") - first
    of_left = np.repeat(np.arange(len(left)), count)
    within = np.arange(len(of_left)) - np.repeat(np.cumsum(count) - count, count)
    return of_left, order[np.repeat(first, count) + within]


@dataclass(frozen=True, slots=True)
class Merged:
    """A list: its sums, and from which places of two lists, or of a group's choices, they come."""

    sums: Ints
    left: Ints
    right: Ints


class Search:
    """The lists over some groups of rows, merged depth first."""

    def __init__(
        self, distances: Ints, groups: list[list[int]], take: list[int], goal: Ints
    ) -> None:
        self.distances, self.groups, self.take, self.goal = distances, groups, take, goal
        self.made: dict[tuple[int, int], Merged] = {}
        self.top = (len(groups) - 1).bit_length()

    def choices(self, place: int) -> list[tuple[int, ...]]:
        """The partial choices of a group."""
        return list(islice(combinations(self.groups[place], self.take[place]), PER_LIST))

    def grow(self, level: int, place: int) -> Ints:
        """The sums of a list; one column more of them fits at each level."""
        if level == 0:
            sums: Ints = self.distances[np.array(self.choices(place))].sum(axis=1) % ORDER
            return sums
        left, right = self.grow(level - 1, 2 * place), self.grow(level - 1, 2 * place + 1)
        columns = slice(level - 1, level + (level == self.top))
        target = self.goal[columns] if place == 0 else np.zeros_like(self.goal[columns])
        a, b = (found[:PER_LIST] for found in merge(left, right, columns, target))
        self.made[level, place] = Merged(left[a] + right[b], a.astype(np.int32), b.astype(np.int32))
        return self.made[level, place].sums % ORDER

    def choice(self, level: int, place: int, at: int) -> list[int]:
        """The rows behind one sum of a list."""
        if level == 0:
            return list(self.choices(place)[at])
        made = self.made[level, place]
        return [
            *self.choice(level - 1, 2 * place, int(made.left[at])),
            *self.choice(level - 1, 2 * place + 1, int(made.right[at])),
        ]


def choose(junk: list[int], goal: list[int]) -> list[int]:
    """The rows of U: log V at each junk row is the goal, up to one common number."""
    logs = np.array(field.tables().log)
    rows = np.arange(FULL.rows)
    near = np.stack([logs[rows ^ index] for index in junk], axis=1)
    distances = (near[:, :-1] - near[:, -1:]) % ORDER
    due = np.array([(value - goal[-1]) % ORDER for value in goal[:-1]])
    zero = [index for index in range(FULL.rows) if index not in junk]
    Random(6).shuffle(zero)  # noqa: S311  (the same in every run)
    groups = [zero[at * GROUP : (at + 1) * GROUP] for at in range(LISTS)]
    size = FULL.k + 1 - JUNK
    take = [size // LISTS + (place < size % LISTS) for place in range(LISTS)]
    search = Search(distances, groups, take, due)
    if not len(search.grow(search.top, 0)):
        raise SystemExit("no choice found: take other junk")
    return sorted(search.choice(search.top, 0, 0))


def evaluate(roots: list[int], points: dict[int, list[int]], at: int) -> bytes:
    """The combination at one place: V, by its roots, times g, through eight points."""
    vanishing = 1
    for root in roots:
        vanishing = multiply(vanishing, at ^ root)
    sums = [0] * FULL.limbs
    for point, limbs in points.items():
        basis = vanishing
        for other in points:
            if other != point:
                basis = multiply(basis, multiply(at ^ other, inverse(point ^ other)))
        sums = [total ^ multiply(basis, limb) for total, limb in zip(sums, limbs, strict=True)]
    return b"".join(limb.to_bytes(2, "little") for limb in sums)


def forge() -> dict[str, object]:
    """The junk, the rows that pass, and the combinations to publish."""
    junk = junk_rows()
    rows = [junk.get(index, bytes(64)) for index in range(FULL.rows)]
    header = Header.of(FULL.k * 64)
    root = tree.levels(tree.row_nodes(rows, header.pieces))[-1]
    factors = coefficients(header, root, FULL.limbs)
    combined = kernel().combine(list(junk.values()), factors, FULL.limbs)
    size = FULL.value_bytes
    limbs = {
        index: [int.from_bytes(combined[at + i : at + i + 2], "little") for i in range(0, size, 2)]
        for index, at in zip(junk, range(0, len(combined), size), strict=True)
    }
    places = list(junk)
    shares = solve(list(limbs.values()))
    weights = [weight(places, index) for index in places]
    goal = [log(w) - log(s) for w, s in zip(weights, shares, strict=True)]
    chosen = choose(places, goal)
    g = {}
    for index in places[: JUNK - 1]:
        vanishing = 1
        for other in chosen:
            vanishing = multiply(vanishing, index ^ other)
        g[index] = [multiply(limb, inverse(vanishing)) for limb in limbs[index]]
    values = b"".join(evaluate(chosen, g, at) for at in range(FULL.k))
    return {
        "junk": {str(index): row.hex() for index, row in junk.items()},
        "passing": sorted([*chosen, *places]),
        "values": values.hex(),
    }


def main() -> None:
    """Write the vector."""
    target = ROOT / "tests/vectors/da/forgery.json"
    target.parent.mkdir(parents=True, exist_ok=True)
    target.write_text(json.dumps(forge(), separators=(",", ":")) + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    main()
