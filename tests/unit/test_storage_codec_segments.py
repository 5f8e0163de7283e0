"""A segment is taken only with a proof that it belongs to its file, at its place."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from tests.support.vectors import FileVector
from zerog.crypto.keccak import keccak256
from zerog.crypto.merkle import BadProof, levels, prove_in
from zerog.storage.codec import (
    SECTOR,
    SEGMENT,
    FileTree,
    NoSuchSegment,
    TreeBuilder,
    WrongSegmentLength,
    check_segment,
    padded_segment_sectors,
    segment_length,
    segment_root,
)

pytestmark = pytest.mark.unit

every_file = pytest.mark.parametrize("file", vectors.files(), ids=lambda file: str(file["size"]))
SIZE = 2 * SEGMENT + 5000
DATA = random.Random(0).randbytes(SIZE)


def _tree(data: bytes) -> FileTree:
    builder = TreeBuilder()
    builder.update(data)
    return builder.finish()


TREE = _tree(DATA)


def _segment(data: bytes, index: int) -> bytes:
    piece = data[index * SEGMENT : (index + 1) * SEGMENT]
    return piece.ljust(segment_length(len(data), index), b"\0")


@every_file
def test_each_segment_of_each_vector_checks(file: FileVector) -> None:
    data = vectors.content(file["size"])
    tree = _tree(data)
    for index in range(tree.segment_count):
        segment = _segment(data, index)
        sectors = padded_segment_sectors(len(data), index)
        assert segment_root(segment, sectors) == tree.segment_roots[index]
        check_segment(tree.data_root, index, segment, tree.proof(index), len(data))


@given(st.data())
def test_segment_with_any_bit_flipped_is_refused(data: st.DataObject) -> None:
    index = data.draw(st.integers(0, 2))
    segment = bytearray(_segment(DATA, index))
    place = data.draw(st.integers(0, len(segment) - 1))
    segment[place] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises(BadProof) as refused:
        check_segment(TREE.data_root, index, segment, TREE.proof(index), SIZE)
    assert refused.value.index == index


def test_segment_at_another_place_is_refused() -> None:
    with pytest.raises(BadProof):
        check_segment(TREE.data_root, 1, _segment(DATA, 0), TREE.proof(0), SIZE)
    with pytest.raises(BadProof):
        check_segment(TREE.data_root, 1, _segment(DATA, 0), TREE.proof(1), SIZE)


def test_segment_of_another_root_is_refused() -> None:
    with pytest.raises(BadProof, match="another root"):
        check_segment(keccak256(b""), 0, _segment(DATA, 0), TREE.proof(0), SIZE)


@pytest.mark.parametrize("length", [0, SECTOR, SEGMENT - SECTOR, SEGMENT + SECTOR])
def test_segment_of_wrong_length_is_refused_by_name(length: int) -> None:
    with pytest.raises(WrongSegmentLength) as refused:
        check_segment(TREE.data_root, 0, bytes(length), TREE.proof(0), SIZE)
    assert (refused.value.expected, refused.value.got) == (SEGMENT, length)


def test_segment_beyond_the_data_is_refused_by_name() -> None:
    with pytest.raises(NoSuchSegment):
        check_segment(TREE.data_root, 3, bytes(SEGMENT), TREE.proof(2), SIZE)


def test_file_of_another_size_with_the_same_tree_shape_keeps_its_segments() -> None:
    longer = SIZE + 1
    check_segment(TREE.data_root, 0, _segment(DATA, 0), TREE.proof(0), longer)


def test_file_that_hides_data_in_its_padding_is_refused() -> None:
    size = 33 * SEGMENT
    honest = _tree(random.Random(1).randbytes(size))
    hidden = list(honest.segment_roots)
    hidden[35] = keccak256(b"not zero")
    known = levels(hidden)
    segment = random.Random(1).randbytes(size)[32 * SEGMENT :]
    check_segment(honest.data_root, 32, segment, honest.proof(32), size)
    with pytest.raises(BadProof, match="padding"):
        check_segment(known[-1][0], 32, segment, prove_in(known, 32), size)
