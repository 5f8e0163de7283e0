"""The Python twin of a token's history: roots, proofs, and what is no proof."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.agents import Person
from zerog.crypto.keccak import keccak256
from zerog.inft.life.errors import BadVersionProof, NoSuchVersion
from zerog.inft.life.versions import NO_VERSIONS, Version, check, commitment, prove, root

pytestmark = pytest.mark.unit
AUTHOR = Person.named("author").address
BITS = 256


def version(index: int, token_id: int = 1) -> Version:
    """The version that leads from the data `index` to the next."""
    before, following = (keccak256(bytes([n])) for n in (index, index + 1))
    return Version(token_id, index, before, following, AUTHOR, 1_000 + index)


def history(count: int) -> list[Version]:
    """That many versions of token 1."""
    return [version(index) for index in range(count)]


def leaves(count: int) -> list[bytes]:
    """Their leaves."""
    return [one.leaf() for one in history(count)]


def test_root_of_nothing_is_zero() -> None:
    assert root([]) == NO_VERSIONS


def test_root_of_three_is_count_and_two_peaks() -> None:
    one, two, three = leaves(3)
    pair = keccak256(one + two)
    assert root([one, two, three]) == keccak256((3).to_bytes(32, "big") + pair + three)


@given(st.integers(1, 40).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))))
def test_proof_of_any_version_holds(place: tuple[int, int]) -> None:
    count, index = place
    known = leaves(count)
    check(root(known), count, version(index), prove(known, index).hashes())


@given(
    st.integers(1, 20).flatmap(lambda n: st.tuples(st.just(n), st.integers(0, n - 1))),
    st.integers(0, 6 * BITS - 1),
)
def test_proof_with_one_bit_changed_fails(place: tuple[int, int], bit: int) -> None:
    count, index = place
    known = leaves(count)
    proof = b"".join(prove(known, index).hashes())
    if not proof:
        return
    at = bit % (8 * len(proof))
    bad = (int.from_bytes(proof, "big") ^ 1 << at).to_bytes(len(proof), "big")
    with pytest.raises(BadVersionProof):
        check(root(known), count, version(index), [bad[i : i + 32] for i in range(0, len(bad), 32)])


@pytest.mark.parametrize(
    "other",
    [
        Version(2, 4, version(4).before, version(4).next, AUTHOR, 1_004),
        Version(1, 4, version(4).next, version(4).next, AUTHOR, 1_004),
        Version(1, 4, version(4).before, version(4).before, AUTHOR, 1_004),
        Version(1, 4, version(4).before, version(4).next, Person.named("x").address, 1_004),
        Version(1, 4, version(4).before, version(4).next, AUTHOR, 1_005),
        Version(1, 5, version(4).before, version(4).next, AUTHOR, 1_004),
    ],
)
def test_proof_of_another_version_fails(other: Version) -> None:
    known = leaves(7)
    with pytest.raises(BadVersionProof):
        check(root(known), 7, other, prove(known, 4).hashes())


def test_proof_under_another_count_fails() -> None:
    known = leaves(5)
    proof = prove(known, 4).hashes()
    with pytest.raises(BadVersionProof):
        check(root(known), 6, version(4), proof)


def test_proof_of_wrong_length_says_so() -> None:
    known = leaves(5)
    with pytest.raises(BadVersionProof, match="it needs 3"):
        check(root(known), 5, version(1), prove(known, 1).hashes()[:2])


@pytest.mark.parametrize("index", [-1, 5])
def test_version_that_is_not_there_has_no_proof(index: int) -> None:
    with pytest.raises(NoSuchVersion):
        prove(leaves(5), index)


def test_commitment_depends_on_order_and_number() -> None:
    one, two = keccak256(b"1"), keccak256(b"2")
    found = {commitment([one, two]), commitment([two, one]), commitment([one]), commitment([])}
    assert len(found) == 4
