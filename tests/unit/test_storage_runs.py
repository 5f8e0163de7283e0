"""Neighbouring segments under one proof: the same verdict and the same proofs as one by one."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.crypto.merkle import BadProof, Proof
from zerog.storage.codec import SEGMENT, FileTree, TreeBuilder
from zerog.storage.runs import LONGEST, check_run, runs

pytestmark = pytest.mark.unit

SIZES = (SEGMENT * 2, SEGMENT * 8, SEGMENT * 9 + 1, SEGMENT * 13 + 700, SEGMENT * 20)


def made(size: int) -> tuple[bytes, FileTree]:
    """Bytes and their tree."""
    data = random.Random(size).randbytes(size)
    builder = TreeBuilder()
    builder.update(data)
    return data, builder.finish()


MADE = {size: made(size) for size in SIZES}


def pieces(data: bytes, first: int, count: int) -> list[bytes]:
    """Segments of a file."""
    return [data[at * SEGMENT : (at + 1) * SEGMENT] for at in range(first, first + count)]


@given(st.lists(st.integers(0, 40), max_size=30, unique=True), st.integers(1, 45 * SEGMENT))
@settings(max_examples=50)
def test_runs_cut_everything_into_aligned_whole_neighbours(indexes: list[int], size: int) -> None:
    parts = [indexes[part] for part in runs(indexes, size)]
    assert [one for part in parts for one in part] == indexes
    for part in parts:
        count = len(part)
        assert count in (1, 2, 4, LONGEST)
        if count > 1:
            assert part == list(range(part[0], part[0] + count))
            assert part[0] % count == 0
            assert (part[-1] + 1) * SEGMENT <= size


def test_runs_of_a_whole_file_are_as_long_as_they_can_be() -> None:
    parts = [part.stop - part.start for part in runs(range(14), SEGMENT * 13 + 1)]
    assert parts == [8, 4, 1, 1]


@pytest.mark.parametrize("size", SIZES)
def test_check_run_gives_the_proofs_of_all(size: int) -> None:
    data, tree = MADE[size]
    for part in runs(range(tree.segment_count), size):
        count = part.stop - part.start
        if count == 1:
            continue
        held = pieces(data, part.start, count)
        found = check_run(tree.data_root, size, part.start, held, tree.proof(part.start))
        assert found == [tree.proof(index) for index in range(part.start, part.stop)]


@pytest.mark.parametrize("place", [0, 1, 5, 7])
def test_check_run_with_one_wrong_bit_is_bad(place: int) -> None:
    data, tree = MADE[SEGMENT * 9 + 1]
    held = pieces(data, 0, 8)
    held[place] = held[place][:-1] + bytes([held[place][-1] ^ 1])
    with pytest.raises(BadProof):
        check_run(tree.data_root, tree.size, 0, held, tree.proof(0))


def test_check_run_with_swapped_short_or_foreign_data_is_bad() -> None:
    data, tree = MADE[SEGMENT * 9 + 1]
    held = pieces(data, 0, 8)
    swapped = [held[0], held[2], held[1], *held[3:]]
    short = [*held[:7], held[7][:-256]]
    for wrong in (swapped, short):
        with pytest.raises(BadProof):
            check_run(tree.data_root, tree.size, 0, wrong, tree.proof(0))
    with pytest.raises(BadProof):
        check_run(MADE[SEGMENT * 8][1].data_root, tree.size, 0, held, tree.proof(0))


def test_check_run_with_a_forged_sibling_is_bad() -> None:
    data, tree = MADE[SEGMENT * 8]
    proof = tree.proof(0)
    for level in range(1, len(proof.lemma) - 1):
        lemma = list(proof.lemma)
        lemma[level] = bytes(32)
        held = pieces(data, 0, 8)
        with pytest.raises(BadProof):
            check_run(tree.data_root, tree.size, 0, held, Proof(tuple(lemma), proof.path))
