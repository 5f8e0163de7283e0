"""Left-complete trees and their proofs."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from zerog.crypto.keccak import keccak256
from zerog.crypto.merkle import (
    ZERO_HASHES,
    BadProof,
    Proof,
    check,
    left_leaves,
    levels,
    node,
    prove,
    prove_in,
    siblings,
    tree_root,
)

pytestmark = pytest.mark.unit


def _leaves(count: int) -> list[bytes]:
    return [keccak256(bytes([i & 0xFF, i >> 8])) for i in range(count)]


def _recursive_root(leaves: list[bytes]) -> bytes:
    """The shape rule taken literally."""
    if len(leaves) == 1:
        return leaves[0]
    power = 1
    while power * 2 < len(leaves):
        power *= 2
    return node(_recursive_root(leaves[:power]), _recursive_root(leaves[power:]))


def test_zero_hashes_equal_the_vectors() -> None:
    assert list(ZERO_HASHES) == [vectors.unhex(text) for text in vectors.storage()["zeroHashes"]]


@pytest.mark.parametrize("count", [*range(1, 40), 63, 64, 65, 127, 129, 200])
def test_tree_root_equals_the_recursive_shape_rule(count: int) -> None:
    leaves = _leaves(count)
    assert tree_root(leaves) == _recursive_root(leaves)
    assert levels(leaves)[-1] == [tree_root(leaves)]


@pytest.mark.parametrize(("count", "left"), [(2, 1), (3, 2), (4, 2), (5, 4), (8, 4), (9, 8)])
def test_left_leaves_is_the_largest_power_of_two_below(count: int, left: int) -> None:
    assert left_leaves(count) == left


@pytest.mark.parametrize("count", [1, 2, 3, 5, 6, 7, 8, 11, 16, 21])
def test_every_proof_of_a_tree_checks_at_its_place_only(count: int) -> None:
    leaves = _leaves(count)
    root, tree = tree_root(leaves), levels(leaves)
    for index, leaf in enumerate(leaves):
        proof = prove(leaves, index)
        assert prove_in(tree, index) == proof
        check(proof, index, count, leaf, root)
        for other in range(count):
            if other != index:
                with pytest.raises(BadProof):
                    check(proof, other, count, leaf, root)


def test_proof_of_a_single_leaf_has_one_element_and_no_path() -> None:
    (leaf,) = _leaves(1)
    assert prove([leaf], 0) == Proof((leaf,), ())
    check(Proof((leaf,), ()), 0, 1, leaf, leaf)
    with pytest.raises(BadProof, match="lengths"):
        check(Proof((leaf, leaf), ()), 0, 1, leaf, leaf)


@given(st.data())
def test_proof_with_any_bit_flipped_is_refused(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 24))
    leaves = _leaves(count)
    index = data.draw(st.integers(0, count - 1))
    proof, root = prove(leaves, index), tree_root(leaves)
    lemma = list(proof.lemma)
    place = data.draw(st.integers(0, len(lemma) - 1))
    turned = bytearray(lemma[place])
    turned[data.draw(st.integers(0, 31))] ^= 1 << data.draw(st.integers(0, 7))
    lemma[place] = bytes(turned)
    with pytest.raises(BadProof):
        check(Proof(tuple(lemma), proof.path), index, count, leaves[index], root)


@given(st.data())
def test_proof_with_a_turned_path_or_another_count_is_refused(data: st.DataObject) -> None:
    count = data.draw(st.integers(2, 24))
    leaves = _leaves(count)
    index = data.draw(st.integers(0, count - 1))
    proof, root = prove(leaves, index), tree_root(leaves)
    path = list(proof.path)
    step = data.draw(st.integers(0, len(path) - 1))
    path[step] = not path[step]
    with pytest.raises(BadProof):
        check(Proof(proof.lemma, tuple(path)), index, count, leaves[index], root)
    with pytest.raises(BadProof):
        check(proof, index, 1, leaves[index], root)


def test_inner_node_passed_off_as_a_leaf_is_refused() -> None:
    leaves = _leaves(4)
    inner = node(leaves[0], leaves[1])
    short = Proof((inner, node(leaves[2], leaves[3]), tree_root(leaves)), (True,))
    with pytest.raises(BadProof, match="another place"):
        check(short, 0, 4, inner, tree_root(leaves))


def test_hashes_of_other_lengths_are_refused() -> None:
    left, right = _leaves(2)
    split = Proof((left + right[:16], right[16:], node(left, right)), (True,))
    with pytest.raises(BadProof, match="32 bytes"):
        check(split, 0, 2, left + right[:16], node(left, right))


@pytest.mark.parametrize("count", [1, 2, 5, 7, 12])
def test_siblings_cover_all_leaves_but_the_proven_one(count: int) -> None:
    leaves = _leaves(count)
    for index in range(count):
        covered: list[int] = []
        for first, number, sibling in siblings(prove(leaves, index), count):
            assert sibling == tree_root(leaves[first : first + number])
            covered += range(first, first + number)
        assert sorted([*covered, index]) == list(range(count))
