"""The twin of the Flow contract: recorded sequence, and a dense model of all sectors."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vectors
from zerog.crypto.keccak import keccak256
from zerog.crypto.merkle import ZERO_HASHES, node
from zerog.storage.codec import SECTOR, SubmissionNode, submission_heights
from zerog.storage.flow import (
    FlowModel,
    InvalidSubmission,
    fee,
    next_start,
    submission_sectors,
    valid_submission,
)

pytestmark = pytest.mark.unit

sizes = st.one_of(st.integers(1, 3_000), st.integers(1, 900_000))


class DenseFlow:
    """Every sector's leaf hash in a list: slow, and obviously right."""

    def __init__(self) -> None:
        self.leaves = [bytes(32)]

    def append(self, leaves: list[bytes], heights: tuple[int, ...]) -> int:
        start = len(self.leaves)
        while start % (1 << heights[0]):
            start += 1
        if start % 1024 and start // 1024 != (start + len(leaves) - 1) // 1024:
            while start % 1024:
                start += 1
        while start % (1 << heights[0]):
            start += 1
        self.leaves += [ZERO_HASHES[0]] * (start - len(self.leaves)) + leaves
        return start

    def root(self) -> bytes:
        level, zero = list(self.leaves), 0
        while len(level) > 1:
            if len(level) % 2:
                level.append(ZERO_HASHES[zero])
            level = [node(level[i], level[i + 1]) for i in range(0, len(level), 2)]
            zero += 1
        return level[0]


def _perfect(leaves: list[bytes]) -> bytes:
    while len(leaves) > 1:
        leaves = [node(leaves[i], leaves[i + 1]) for i in range(0, len(leaves), 2)]
    return leaves[0]


def _leaves_and_nodes(
    seed: int, heights: tuple[int, ...]
) -> tuple[list[bytes], list[SubmissionNode]]:
    leaves = [keccak256(b"%d/%d" % (seed, i)) for i in range(submission_sectors(heights))]
    nodes, at = [], 0
    for height in heights:
        nodes.append(SubmissionNode(_perfect(leaves[at : at + (1 << height)]), height))
        at += 1 << height
    return leaves, nodes


def test_recorded_sequence_gives_the_contracts_positions_lengths_roots_and_fees() -> None:
    nodes = {file["size"]: file["submission"]["nodes"] for file in vectors.files()}
    sequence = vectors.storage()["flowSequence"]
    model = FlowModel()
    assert (model.length, model.root()) == (1, bytes(32))
    for step in sequence["submissions"]:
        of_file = [
            SubmissionNode(vectors.unhex(each["root"]), each["height"])
            for each in nodes[step["size"]]
        ]
        heights = [each.height for each in of_file]
        assert valid_submission(step["size"], heights)
        assert fee(heights, sequence["pricePerSector"]) == int(step["feeWei"])
        placed = model.append(of_file)
        assert (placed.start, placed.length) == (step["startPos"], step["length"])
        assert model.length == step["flowLengthAfter"]
        assert model.root() == vectors.unhex(step["flowRootAfter"])


@given(st.lists(sizes, min_size=1, max_size=6))
def test_random_submissions_equal_the_dense_model(files: list[int]) -> None:
    model, dense = FlowModel(), DenseFlow()
    for seed, size in enumerate(files):
        heights = submission_heights(size)
        leaves, nodes = _leaves_and_nodes(seed, heights)
        placed = model.append(nodes)
        assert placed.start == dense.append(leaves, heights)
        assert (placed.length, model.length) == (len(leaves), len(dense.leaves))
        assert model.root() == dense.root()


@given(st.integers(1, 1 << 50), st.integers(1, 1 << 45))
def test_start_is_aligned_and_never_straddles_a_segment_from_its_middle(
    length: int, size: int
) -> None:
    heights = submission_heights(size)
    sectors = submission_sectors(heights)
    start = next_start(length, heights[0], sectors)
    assert start >= length
    assert start % (1 << heights[0]) == 0
    assert start % 1024 == 0 or start // 1024 == (start + sectors - 1) // 1024


@pytest.mark.parametrize(
    ("length", "heights"),
    [
        (1, ()),
        (0, (0,)),
        (SECTOR + 1, (0,)),
        (SECTOR, (1,)),
        (3 * SECTOR, (0, 1)),
        (2 * SECTOR, (0, 0)),
        (17 * SECTOR, (4, 0)),
        (15 * SECTOR, (4,)),
        (SECTOR << 64, (64,)),
        (SECTOR, (-1,)),
        ((16 + 8 + 4 + 2) * SECTOR + 1, (4, 3, 2, 1)),
        ((16 + 8 + 4 + 2 - 2) * SECTOR, (4, 3, 2, 1)),
    ],
)
def test_invalid_submissions_are_found(length: int, heights: tuple[int, ...]) -> None:
    assert not valid_submission(length, heights)


@pytest.mark.parametrize(
    ("length", "heights"),
    [
        (1, (0,)),
        (SECTOR, (0,)),
        (SECTOR + 1, (1,)),
        (15 * SECTOR + 1, (4,)),
        (28 * SECTOR + 1, (4, 3, 2, 1)),
        ((SECTOR << 63) - 1, (63,)),
    ],
)
def test_valid_submissions_at_their_limits_pass(length: int, heights: tuple[int, ...]) -> None:
    assert valid_submission(length, heights)


def test_fee_is_for_the_files_own_sectors() -> None:
    assert fee((4, 1), 7) == 18 * 7
    assert fee((4, 1), 0) == 0


def test_append_of_heights_that_the_contract_refuses_changes_nothing() -> None:
    model = FlowModel()
    model.append([SubmissionNode(keccak256(b"a"), 3)])
    before = (model.length, model.root())
    with pytest.raises(InvalidSubmission) as refused:
        model.append([SubmissionNode(bytes(32), 1), SubmissionNode(bytes(32), 2)])
    assert refused.value.heights == (1, 2)
    assert (model.length, model.root()) == before
