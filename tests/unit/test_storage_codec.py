"""Files become the sectors, nodes, segments and roots of the recorded vectors."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from tests.support.patience import PATIENCE_SECONDS
from tests.support.vectors import FileVector
from zerog.crypto.keccak import keccak256
from zerog.crypto.merkle import ZERO_HASHES, levels, prove_in, tree_root
from zerog.storage.codec import (
    SECTOR,
    SEGMENT,
    SEGMENT_SECTORS,
    EmptyFile,
    FileTree,
    NoSuchSegment,
    TreeBuilder,
    fold_nodes,
    identity_of,
    padded_sectors,
    padded_segment_count,
    padded_segment_sectors,
    sector_count,
    segment_count,
    segment_length,
    submission_heights,
    tree_of,
)
from zerog.storage.flow import valid_submission

pytestmark = pytest.mark.unit

ROOT = Path(__file__).resolve().parents[2]
every_file = pytest.mark.parametrize("file", vectors.files(), ids=lambda file: str(file["size"]))
sizes = st.one_of(
    st.integers(1, 4 * SECTOR),
    st.integers(1, 3 * SEGMENT),
    st.integers(1, 1 << 40),
    st.builds(
        lambda unit, count, off: max(1, unit * count + off),
        st.sampled_from([SECTOR, SEGMENT, 16 * SEGMENT]),
        st.integers(1, 64),
        st.integers(-1, 1),
    ),
)


def _tree(data: bytes, step: int | None = None) -> FileTree:
    builder = TreeBuilder()
    for at in range(0, len(data), step or max(1, len(data))):
        builder.update(data[at : at + (step or len(data))])
    return builder.finish()


def _slow_tree(data: bytes) -> tuple[bytes, list[bytes], list[bytes]]:
    """Data root, segment roots and node roots from the hash of every padded sector."""
    padded = padded_sectors(len(data))
    whole = data.ljust(padded * SECTOR, b"\0")
    hashes = [keccak256(whole[at : at + SECTOR]) for at in range(0, len(whole), SECTOR)]
    segments = [
        tree_root(hashes[at : at + SEGMENT_SECTORS]) for at in range(0, padded, SEGMENT_SECTORS)
    ]
    nodes, at = [], 0
    for height in submission_heights(len(data)):
        nodes.append(tree_root(hashes[at : at + (1 << height)]))
        at += 1 << height
    return tree_root(segments), segments, nodes


@every_file
def test_tree_of_each_vector_has_its_roots_nodes_and_counts(file: FileVector) -> None:
    data = vectors.content(file["size"])
    assert keccak256(data) == vectors.unhex(file["keccak256"])
    tree = _tree(data)
    assert tree.data_root == vectors.unhex(file["dataRoot"])
    assert [(each.root, each.height) for each in tree.nodes] == [
        (vectors.unhex(each["root"]), each["height"]) for each in file["submission"]["nodes"]
    ]
    assert tree.identity == identity_of(tree.nodes) == vectors.unhex(file["submissionIdentity"])
    assert tree.segment_roots[0] == vectors.unhex(file["firstSegmentRoot"])
    assert tree.segment_roots[-1] == vectors.unhex(file["lastSegmentRoot"])
    assert sector_count(file["size"]) == file["numChunks"]
    assert padded_sectors(file["size"]) == file["paddedChunks"]
    assert tree.segment_count == file["numSegments"]
    assert tree.padded_segment_count == file["numSegmentsPadded"]
    assert tree.heights == submission_heights(file["size"])


@every_file
def test_proof_of_each_vector_is_the_recorded_one(file: FileVector) -> None:
    tree, expected = _tree(vectors.content(file["size"])), file["segmentProof"]
    assert len(tree.segment_roots) == expected["numLeaves"]
    proof = tree.proof(expected["index"])
    assert list(proof.lemma) == [vectors.unhex(text) for text in expected["lemma"]]
    assert list(proof.path) == expected["path"]


@every_file
def test_data_root_of_each_vector_is_the_fold_of_its_nodes(file: FileVector) -> None:
    tree = _tree(vectors.content(file["size"]))
    assert fold_nodes(tree.nodes) == tree.data_root == vectors.unhex(file["nodesFoldedRoot"])


@given(
    size=st.one_of(st.integers(1, 300_000), st.sampled_from([SEGMENT, 2 * SEGMENT + 1])),
    seed=st.integers(0, 99),
    step=st.integers(1, 400_000),
)
def test_streamed_tree_of_any_size_equals_the_tree_over_all_sectors(
    size: int, seed: int, step: int
) -> None:
    data = random.Random(seed).randbytes(size)
    tree = _tree(data, max(step, size // 64))
    root, segments, nodes = _slow_tree(data)
    assert tree.data_root == root
    assert list(tree.segment_roots) == segments
    assert [each.root for each in tree.nodes] == nodes
    assert fold_nodes(tree.nodes) == root


@pytest.mark.parametrize("step", [1000, SECTOR, SEGMENT - 1, SEGMENT, SEGMENT + 1, 3 * SEGMENT])
def test_tree_does_not_depend_on_how_the_file_is_cut(step: int) -> None:
    data = random.Random(1).randbytes(5 * SEGMENT + 777)
    assert _tree(data, step) == _tree(data)


def test_builder_goes_on_after_finish() -> None:
    data = random.Random(2).randbytes(SEGMENT + 5000)
    builder = TreeBuilder()
    builder.update(data[:700])
    assert builder.finish() == _tree(data[:700])
    builder.update(data[700:])
    assert builder.finish() == _tree(data)


def test_tree_of_a_path_equals_the_tree_of_its_bytes(tmp_path: Path) -> None:
    data = random.Random(3).randbytes(4 * SEGMENT + 1)
    path = tmp_path / "file"
    path.write_bytes(data)
    assert tree_of(path) == _tree(data)


def test_python_path_gives_the_same_root() -> None:
    script = (
        "import random; from zerog.storage.codec import TreeBuilder;"
        "b = TreeBuilder(); b.update(random.Random(4).randbytes(600_000));"
        "print(b.finish().data_root.hex())"
    )
    run = subprocess.run(
        [sys.executable, "-c", script],
        env=os.environ | {"ZEROG_PURE": "1", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE_SECONDS,
    )
    assert run.stdout.strip() == _tree(random.Random(4).randbytes(600_000)).data_root.hex()


def test_zero_bytes_behind_a_file_may_leave_its_root_unchanged() -> None:
    assert _tree(b"abc").data_root == _tree(b"abc\0\0").data_root


def test_segments_of_pure_padding_have_the_zero_root() -> None:
    data = random.Random(7).randbytes(33 * SEGMENT)
    tree = _tree(data)
    assert (tree.segment_count, tree.padded_segment_count) == (33, 36)
    assert tree.segment_roots[33:] == (ZERO_HASHES[10],) * 3


def test_empty_file_has_no_tree() -> None:
    with pytest.raises(EmptyFile) as refused:
        TreeBuilder().finish()
    assert refused.value.size == 0
    for of_size in (sector_count, padded_sectors, submission_heights, segment_count):
        with pytest.raises(EmptyFile):
            of_size(0)


def test_segment_out_of_range_is_refused_by_name() -> None:
    tree = _tree(bytes(3000))
    for index in (-1, 1):
        with pytest.raises(NoSuchSegment) as refused:
            tree.proof(index)
        assert (refused.value.index, refused.value.count) == (index, 1)
        with pytest.raises(NoSuchSegment):
            segment_length(3000, index)
        with pytest.raises(NoSuchSegment):
            padded_segment_sectors(3000, index)


@pytest.mark.parametrize(
    ("size", "heights"),
    [
        (257, (1,)),
        (7_425, (4, 3, 2, 1)),
        (262_145, (10, 7)),
        (700_000, (11, 9, 8)),
        (3_000_000, (13, 12)),
        (1, (0,)),
        (SEGMENT, (10,)),
    ],
)
def test_heights_of_known_sizes(size: int, heights: tuple[int, ...]) -> None:
    assert submission_heights(size) == heights


@given(sizes)
def test_submission_of_any_size_is_valid_and_at_most_a_sixteenth_padding(size: int) -> None:
    heights = submission_heights(size)
    padded = padded_sectors(size)
    assert sum(1 << height for height in heights) == padded
    assert list(heights) == sorted(set(heights), reverse=True)
    assert len(heights) <= 4
    assert sector_count(size) <= padded
    assert padded - sector_count(size) <= padded // 8
    assert valid_submission(size, heights)


@given(sizes)
def test_segments_of_any_size_add_up(size: int) -> None:
    count, padded_count = segment_count(size), padded_segment_count(size)
    last = count - 1
    assert segment_length(size, 0) == min(SEGMENT, sector_count(size) * SECTOR)
    assert last * SEGMENT + segment_length(size, last) == sector_count(size) * SECTOR
    tail = padded_segment_sectors(size, padded_count - 1)
    assert (padded_count - 1) * SEGMENT_SECTORS + tail == padded_sectors(size)
    assert tail == SEGMENT_SECTORS or padded_count == count, "a short last segment holds data"


def test_proofs_of_all_segments_come_from_one_set_of_levels() -> None:
    tree = _tree(random.Random(9).randbytes(9 * SEGMENT))
    known = levels(tree.segment_roots)
    assert [tree.proof(i) for i in range(9)] == [prove_in(known, i) for i in range(9)]
