"""0G's Merkle trees: leaf and node are bare keccak-256, and trees are left-complete.

For n leaves the left subtree takes the largest power of two below n, the right one the rest;
the same tree comes from pairing neighbours level by level and carrying an odd last one up
(0gfoundation/0g-storage-client: core/merkle). No domain prefix anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.crypto.keccak import CHUNK, HASH, keccak256, pair_hashes
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


def node(left: bytes, right: bytes) -> bytes:
    """The parent of two nodes."""
    return keccak256(left + right)


def zero_hashes() -> tuple[bytes, ...]:
    """Computes ZERO_HASHES."""
    found = [keccak256(bytes(CHUNK))]
    while len(found) < ZERO_HEIGHTS:
        found.append(node(found[-1], found[-1]))
    return tuple(found)


ZERO_HASHES: Final = zero_hashes()
"""Roots of the trees over 2^h zero sectors of 256 bytes, h = 0 to 63."""


def left_leaves(count: int) -> int:
    """Leaves of the left subtree of a tree of `count` > 1 leaves."""
    return 1 << ((count - 1).bit_length() - 1)


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The level above; pairs are hashed in one batch."""
    even = len(level) // 2 * 2
    joined = pair_hashes(b"".join(level[:even]))
    paired = [joined[at : at + HASH] for at in range(0, len(joined), HASH)]
    return paired + list(level[even:])


def levels(leaves: Sequence[bytes]) -> list[list[bytes]]:
    """All levels of the left-complete tree, the leaves first, the root last."""
    found = [list(leaves)]
    while len(found[-1]) > 1:
        found.append(_above(found[-1]))
    return found


def tree_root(leaves: Sequence[bytes]) -> bytes:
    """Root of the left-complete tree over at least one 32-byte leaf."""
    level = leaves
    while len(level) > 1:
        level = _above(level)
    return level[0]


def prove_in(tree: Sequence[Sequence[bytes]], index: int) -> Proof:
    """The proof of leaf `index` from the levels of a tree; hashes nothing."""
    lemma, path, place = [tree[0][index]], [], index
    for level in tree[:-1]:
        sibling = place ^ 1
        if sibling < len(level):
            lemma.append(level[sibling])
            path.append(place % 2 == 0)
        place //= 2
    if len(tree) > 1:
        lemma.append(tree[-1][0])
    return Proof(tuple(lemma), tuple(path))


def prove(leaves: Sequence[bytes], index: int) -> Proof:
    """The proof of leaf `index`; hashes the whole tree: for many proofs, keep `levels`."""
    return prove_in(levels(leaves), index)


def check(proof: Proof, index: int, count: int, leaf: bytes, root: bytes) -> None:
    """Raise BadProof unless `proof` shows `leaf` at `index` of a tree of `count` leaves."""
    if len(proof.lemma) != (len(proof.path) + 2 if proof.path else 1):
        raise BadProof("its lengths do not fit", index)
    if any(len(each) != HASH for each in proof.lemma):
        raise BadProof("a hash is not 32 bytes long", index)
    if proof.lemma[0] != leaf:
        raise BadProof("the data has another hash", index)
    if proof.lemma[-1] != root:
        raise BadProof("it is for another root", index)
    running = leaf
    for is_left, sibling in zip(proof.path, proof.lemma[1:-1], strict=True):
        running = node(running, sibling) if is_left else node(sibling, running)
    if running != root:
        raise BadProof("it does not lead to the root", index)
    if _place(proof.path, count) != index:
        raise BadProof("it shows another place", index)


def _place(path: Sequence[bool], count: int) -> int | None:
    """The leaf that a path leads to in a tree of `count` leaves; None if to no leaf."""
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


def siblings(proof: Proof, count: int) -> Iterator[tuple[int, int, bytes]]:
    """(first leaf, number of leaves, hash) of each sibling subtree of a checked proof."""
    first = 0
    for is_left, sibling in zip(reversed(proof.path), reversed(proof.lemma[1:-1]), strict=True):
        left = left_leaves(count)
        if is_left:
            yield first + left, count - left, sibling
            count = left
        else:
            yield first, left, sibling
            first, count = first + left, count - left
