"""Neighbouring segments proved together: one proof leads to all of them (pure).

2^k whole segments side by side from a multiple of 2^k on are one subtree. Its leaves are hashed
from the data; when the first one's proof holds and shows the siblings that the others make, all
of them hold, and their proofs follow without another hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

from zerog.crypto.merkle import BadProof, Proof, levels, prove_in
from zerog.storage.codec import SEGMENT, check_leaf, segment_root
from zerog.storage.codec import SEGMENT_SECTORS as SECTORS
from zerog.types import Buffer

LONGEST: Final = 8


def runs(indexes: Sequence[int], size: int) -> Iterator[slice]:
    """Cuts segment indexes of a file of `size` bytes into single ones and subtrees."""
    whole, at = size // SEGMENT, 0
    while at < len(indexes):
        first, count = indexes[at], LONGEST
        while count > 1 and (
            first % count
            or first + count > whole
            or [*indexes[at : at + count]] != [*range(first, first + count)]
        ):
            count //= 2
        yield slice(at, at + count)
        at += count


def check_run(
    root: bytes, size: int, first: int, data: Sequence[Buffer], proof: Proof
) -> list[Proof]:
    """The proofs of the run that begins at segment `first`, whose proof is given.

    data: of the segments of a run as `runs` cuts it. Raises BadProof unless it is that of the
    file (root, size).
    """
    if any(memoryview(one).nbytes != SEGMENT for one in data):
        raise BadProof("a whole segment has another length", first)
    leaves = [segment_root(one, SECTORS) for one in data]
    check_leaf(root, first, leaves[0], proof, size)
    inside = levels(leaves)
    height = len(inside) - 1
    found = []
    for place in range(len(leaves)):
        below = prove_in(inside, place)
        lemma = below.lemma[: height + 1] + proof.lemma[height + 1 :]
        found.append(Proof(lemma, below.path + proof.path[height:]))
    if found[0] != proof:
        raise BadProof("its neighbours are other ones", first)
    return found
