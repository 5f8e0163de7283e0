"""The contract and its Python twin (zerog.storage.flow) judge, place and hash alike."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import BATCH_LEGACY, SUBMIT_LEGACY, Data, Storage, fee_of
from zerog.storage.codec import SubmissionNode, submission_heights
from zerog.storage.flow import FlowModel, fee, valid_submission

pytestmark = pytest.mark.contracts

LARGEST_FILE = 1 << 44
FEW = settings(max_examples=40)


@pytest.fixture(scope="module")
def free(anvil: AnvilProcess) -> Storage:
    """A flow at price zero, shared by the examples of a test that never changes it."""
    return Storage.deploy(Evm(anvil.url), price=0)


sizes = st.one_of(
    st.integers(1, 20 * 256),
    st.integers(1, 3 << 20),
    st.integers(1, LARGEST_FILE),
    st.builds(lambda e, d: max(1, (1 << e) + d), st.integers(0, 40), st.integers(-257, 257)),
)
heights = st.lists(st.integers(0, 66), min_size=0, max_size=6)
descending = st.lists(st.integers(0, 66), min_size=1, max_size=4, unique=True).map(
    lambda some: sorted(some, reverse=True)
)
close = st.builds(
    lambda top, gaps: sorted({max(0, top - gap) for gap in gaps}, reverse=True),
    st.integers(0, 64),
    st.lists(st.integers(0, 4), min_size=1, max_size=4),
)


def _data(size: int, salt: int) -> Data:
    nodes = [
        ((salt << 8 | i).to_bytes(32, "big"), h) for i, h in enumerate(submission_heights(size))
    ]
    return (size, b"", nodes)


def _accepts(storage: Storage, data: Data) -> bool:
    try:
        storage.flow.read(SUBMIT_LEGACY, data)
    except Reverted as error:
        if error.values != ("Invalid submission",):
            raise
        return False
    return True


@FEW
@given(
    shape=st.one_of(heights, descending, close), where=st.floats(0.8, 1.01), off=st.integers(-1, 1)
)
def test_validity_of_any_shape_is_what_the_twin_says(
    free: Storage, shape: list[int], where: float, off: int
) -> None:
    capacity = sum(1 << h for h in shape) * 256
    length = max(0, int(capacity * where) + off)
    data: Data = (length, b"", [(bytes(32), h) for h in shape])
    assert _accepts(free, data) is valid_submission(length, shape)


@FEW
@given(shape=close, edge=st.sampled_from(["low", "high"]), off=st.integers(0, 1))
def test_validity_at_both_edges_is_what_the_twin_says(
    free: Storage, shape: list[int], edge: str, off: int
) -> None:
    capacity = sum(1 << h for h in shape)
    low = next((n for n in _edges(capacity, shape) if not valid_submission(n * 256, shape)), 0)
    length = (low if edge == "low" else capacity) * 256 + off
    data: Data = (length, b"", [(bytes(32), h) for h in shape])
    assert _accepts(free, data) is valid_submission(length, shape)


def _edges(capacity: int, shape: list[int]) -> list[int]:
    return [capacity - 1, capacity - capacity // 16, capacity - (1 << max(0, shape[0] - 3))]


@FEW
@given(size=sizes)
def test_shape_of_any_real_file_is_valid(free: Storage, size: int) -> None:
    assert _accepts(free, _data(size, 1))


@settings(max_examples=15)
@given(files=st.lists(sizes, min_size=1, max_size=8), price=st.integers(0, 1000))
def test_any_batch_is_placed_priced_and_hashed_as_by_the_twin(
    anvil: AnvilProcess, files: list[int], price: int
) -> None:
    storage, model = Storage.deploy(Evm(anvil.url), price), FlowModel()
    batch = [_data(min(size, 1 << 36), salt + 1) for salt, size in enumerate(files)]
    total = sum(fee([h for _, h in nodes], price) for _, _, nodes in batch)
    assert total == fee_of(*batch, price=price)
    receipt = storage.flow.send(BATCH_LEGACY, batch, value=total)
    events = storage.flow.events("Submit", receipt)
    for index, ((_, _, nodes), event) in enumerate(zip(batch, events, strict=True)):
        placed = model.append([SubmissionNode(root, height) for root, height in nodes])
        assert (event["startPos"], event["length"]) == (placed.start, placed.length)
        assert storage.flow.read("getFlowRootByTxSeq", index) == model.root()
    levels = (model.length - 1).bit_length() + 1
    assert storage.flow.read("tree") == (model.length, levels)
