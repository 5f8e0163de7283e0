"""Proofs in the flow against a list of all its sectors, and against the recorded roots."""

from __future__ import annotations

import random
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support import vectors
from zerog.crypto.keccak import chunk_hashes, keccak256, perfect_root
from zerog.crypto.merkle import ZERO_HASHES, Proof, check, node
from zerog.storage.codec import SECTOR, SubmissionNode, submission_heights
from zerog.storage.flow import FlowModel
from zerog.storage.flowproof import FlowTree, NodeDataDiffers, NoSuchSubtree, NotAFlowLength, prove

pytestmark = pytest.mark.unit

Log = list[tuple[int, tuple[SubmissionNode, ...]]]


def padded(data: bytes) -> bytes:
    """A file with its padding."""
    return data.ljust(sum(SECTOR << h for h in submission_heights(len(data))), b"\0")


def nodes_of(data: bytes) -> tuple[SubmissionNode, ...]:
    """A file's submission nodes, by the plain definition."""
    whole, at, found = padded(data), 0, []
    for height in submission_heights(len(data)):
        size = SECTOR << height
        found.append(SubmissionNode(perfect_root(whole[at : at + size]), height))
        at += size
    return tuple(found)


class Flow:
    """Files in a flow, and the leaf hash of every sector of it."""

    def __init__(self, files: list[bytes]) -> None:
        self.files = [padded(data) for data in files]
        self.log: Log = []
        self.states: list[tuple[int, bytes]] = [(1, bytes(32))]
        self.asked: list[tuple[int, int, int, int]] = []
        model, self.leaves = FlowModel(), [bytes(32)]
        for data, whole in zip(files, self.files, strict=True):
            nodes = nodes_of(data)
            start = model.append(nodes).start
            self.leaves += [ZERO_HASHES[0]] * (start - len(self.leaves))
            joined = chunk_hashes(whole)
            self.leaves += [joined[i : i + 32] for i in range(0, len(joined), 32)]
            self.log.append((start, nodes))
            self.states.append((model.length, model.root()))

    def hashes(self, submission: int, sector: int, height: int, count: int) -> bytes:
        self.asked.append((submission, sector, height, count))
        whole, size = self.files[submission], SECTOR << height
        starts = range(sector * SECTOR, sector * SECTOR + count * size, size)
        return b"".join(perfect_root(whole[at : at + size]) for at in starts)

    def subtree(self, length: int, position: int, height: int) -> bytes:
        leaves = self.leaves[:length][position : position + (1 << height)]
        leaves += [ZERO_HASHES[0]] * ((1 << height) - len(leaves))
        while len(leaves) > 1:
            leaves = [node(leaves[i], leaves[i + 1]) for i in range(0, len(leaves), 2)]
        return leaves[0]


def holds(proof: Proof, flow: Flow, state: tuple[int, bytes], position: int, height: int) -> None:
    """The proof leads from the true subtree, at its place, to the true root."""
    length, root = state
    count = 1 << max((length - 1).bit_length() - height, 0)
    leaf = flow.subtree(length, position, height)
    check(proof, position >> height, count, leaf, root)


sizes = st.one_of(st.integers(1, 900), st.integers(1, 40_000), st.integers(200_000, 700_000))


@settings(max_examples=30)
@given(st.lists(sizes, min_size=1, max_size=5), st.data())
def test_proof_of_any_subtree_at_any_earlier_length_equals_the_dense_model(
    chosen: list[int], data: st.DataObject
) -> None:
    flow = Flow([random.Random(i).randbytes(size) for i, size in enumerate(chosen)])
    state = data.draw(st.sampled_from(flow.states))
    tree = FlowTree(flow.log, state[0])
    assert tree.root() == state[1]
    for _ in range(6):
        height = data.draw(st.integers(0, min(tree.height, 11)))
        position = data.draw(st.integers(0, (1 << tree.height - height) - 1)) << height
        holds(tree.prove(position, height, flow.hashes), flow, state, position, height)


def test_recorded_flow_roots_come_out_at_every_length() -> None:
    steps = vectors.storage()["flowSequence"]["submissions"]
    log = [(step["startPos"], nodes_of(vectors.content(step["size"]))) for step in steps]
    for step in steps:
        tree = FlowTree(log, step["flowLengthAfter"])
        assert tree.root() == vectors.unhex(step["flowRootAfter"])


def test_proof_in_large_file_asks_for_one_segment_and_the_segment_roots() -> None:
    flow = Flow([random.Random(7).randbytes(3 * 262_144 + 5000)])
    start = flow.log[0][0]
    position = start + 1024 + 16 * 5
    proof = prove(flow.log, flow.states[-1][0], position, 4, flow.hashes)
    holds(proof, flow, flow.states[-1], position, 4)
    assert flow.asked == [(0, 1024, 4, 64), (0, 0, 10, 2)]


def test_proof_of_reserved_sector_begins_with_zero_word() -> None:
    empty = FlowTree([]).prove(0, 0, never)
    assert empty == Proof((bytes(32),), ())
    flow = Flow([b"a", b"b" * 300])
    proof = FlowTree(flow.log).prove(0, 0, never)
    assert proof.lemma[0] == bytes(32)
    holds(proof, flow, flow.states[-1], 0, 0)


def test_subtree_over_several_small_files_needs_none_of_their_data() -> None:
    flow = Flow([bytes([i]) * 200 for i in range(40)])
    proof = FlowTree(flow.log).prove(16, 4, never)
    holds(proof, flow, flow.states[-1], 16, 4)


def reserved_and_zeros(height: int) -> bytes:
    """Root over sector 0 and zeros behind it."""
    root = bytes(32)
    for level in range(height):
        root = node(root, ZERO_HASHES[level])
    return root


def never(*_: int) -> bytes:
    raise AssertionError("no data is needed")


def test_data_that_differs_from_its_root_is_never_proved() -> None:
    flow = Flow([random.Random(1).randbytes(600_000)])

    def forged(place: int) -> Callable[[int, int, int, int], bytes]:
        def hashes(submission: int, sector: int, height: int, count: int) -> bytes:
            true = flow.hashes(submission, sector, height, count)
            return keccak256(true) + true[32:] if sector == place and height == 0 else true

        return hashes

    start, segments = flow.log[0][0], len(flow.files[0]) // 262_144
    for sector in (0, 1024 * segments):
        with pytest.raises(NodeDataDiffers) as caught:
            FlowTree(flow.log).prove(start + sector, 0, forged(sector))
        assert (caught.value.submission, caught.value.sector) == (0, sector)
    with pytest.raises(NodeDataDiffers):
        FlowTree(flow.log).prove(start, 0, lambda *_: b"")


@pytest.mark.parametrize(("position", "height"), [(1, 1), (-1, 0), (16, 0), (0, 5), (8, 4)])
def test_subtree_that_does_not_exist_is_named(position: int, height: int) -> None:
    flow = Flow([b"x" * 2000])
    assert FlowTree(flow.log).height == 4
    with pytest.raises(NoSuchSubtree) as caught:
        FlowTree(flow.log).prove(position, height, flow.hashes)
    assert (caught.value.position, caught.value.height) == (position, height)


def test_submission_of_the_largest_height_is_proved_too() -> None:
    """Height 63 is the most that the contract takes: it begins at sector 2^63."""
    log = [(1 << 63, (SubmissionNode(keccak256(b"huge"), 63),))]
    tree = FlowTree([*log, (1 << 64, (SubmissionNode(keccak256(b"more"), 2),))])
    proof = tree.prove(1 << 64, 2, never)
    assert tree.height == 65
    count = 1 << 63
    check(proof, 1 << 62, count, keccak256(b"more"), tree.root())
    assert proof.lemma[-2] == node(reserved_and_zeros(63), keccak256(b"huge"))


def test_length_that_the_flow_never_had_is_refused() -> None:
    flow = Flow([b"x" * 2000, b"y" * 30_000])
    lengths = {length for length, _ in flow.states}
    for length in {0, *range(1, flow.states[-1][0] + 40)} - lengths:
        with pytest.raises(NotAFlowLength):
            FlowTree(flow.log, length)
