"""0G's Merkle trees: leaf and node are bare keccak-256, and trees are left-complete.

For n leaves the left subtree takes the largest power of two below n, the right one the rest
(0glabs/0g-storage-client: core/merkle). No domain prefix anywhere.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from zerog.crypto.keccak import keccak256
from zerog.errors import Tampered

ZERO_HEIGHTS: Final = 64


class BadProof(Tampered):
    """A Merkle proof that does not lead from its leaf to the root at the claimed place."""

    def __init__(self, reason: str, index: int) -> None:
        self.reason, self.index = reason, index
        super().__init__(f"the Merkle proof of leaf {index} is invalid: {reason}")


@dataclass(frozen=True, slots=True)
class Proof:
    """Bottom to top: leaf, siblings, root; path[i] says that the running node is the left one.

    A tree of one leaf has lemma (root,) and path ().
    """

    lemma: tuple[bytes, ...]
    path: tuple[bool, ...]


@cache
def zero_hashes() -> tuple[bytes, ...]:
    """Roots of the trees over 2^h zero chunks of 256 bytes, h = 0 … 63."""
    found = [keccak256(bytes(256))]
    while len(found) < ZERO_HEIGHTS:
        found.append(node(found[-1], found[-1]))
    return tuple(found)


def node(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return keccak256(left + right)


def left_leaves(count: int) -> int:
    """Leaves of the left subtree of a tree of `count` > 1 leaves."""
    return 1 << ((count - 1).bit_length() - 1)


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Root of the left-complete tree; pairs neighbours and carries an odd last one up."""
    level = list(leaves)
    while len(level) > 1:
        paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
    return level[0]


def prove(leaves: Sequence[bytes], index: int) -> Proof:
    """The proof of leaf `index`; hashes the whole tree."""
    lemma, path, level, place = [leaves[index]], [], list(leaves), index
    while len(level) > 1:
        sibling = place ^ 1
        if sibling < len(level):
            lemma.append(level[sibling])
            path.append(place % 2 == 0)
        paired = [node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
        level = paired + ([level[-1]] if len(level) % 2 else [])
        place //= 2
    if len(leaves) > 1:
        lemma.append(level[0])
    return Proof(tuple(lemma), tuple(path))


def check(proof: Proof, index: int, count: int, leaf: bytes, root: bytes) -> None:
    """Raise BadProof unless `proof` shows `leaf` at `index` of a tree of `count` leaves."""
    if len(proof.lemma) != (len(proof.path) + 2 if proof.path else 1):
        raise BadProof("its lengths do not fit", index)
    if proof.lemma[0] != leaf or proof.lemma[-1] != root:
        raise BadProof("another leaf or root", index)
    running = leaf
    for is_left, sibling in zip(proof.path, proof.lemma[1:-1], strict=True):
        running = node(running, sibling) if is_left else node(sibling, running)
    if running != root:
        raise BadProof("it does not lead to the root", index)
    if _place(proof.path, count) != index:
        raise BadProof("it shows another place", index)


def _place(path: Sequence[bool], count: int) -> int | None:
    place = 0
    for is_left in reversed(path):
        if count < 2:
            return None
        left = left_leaves(count)
        if is_left:
            count = left
        else:
            place, count = place + left, count - left
    return place if count == 1 else None
