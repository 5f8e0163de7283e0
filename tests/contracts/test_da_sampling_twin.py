"""Rules of sampling: the EVM and zerog.da.sampling say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, compiled
from tests.support.evm import AnvilProcess
from tests.support.examples import on_chain
from zerog.da.sampling import MAX_TARGET, Sampled, adjusted, quality, relaxed, share

pytestmark = pytest.mark.contracts

HASHES = st.binary(min_size=32, max_size=32)


@pytest.fixture(scope="module")
def harness(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("DaHarness"))


def test_qualities_are_the_published_ones() -> None:
    root = bytes.fromhex("3dccff74099c97092601e09f23ef25fc6930a1c9fc10dd227d8a4b872cf7f843")
    line = Sampled(b"\x11" * 32, root, 7, 2).line_quality(2050)
    assert f"{line:064x}" == "e75def15bbc204c468e3ee92db25ed77e748b1326d2b67f0268eb562eaa9df9f"
    assert quality(line, 9, bytes(range(256)) * 4) is None
    own = quality(0, 9, b"") or 0
    assert 0 < own < 1 << 256


def test_identifier_is_the_published_one() -> None:
    root = bytes.fromhex("3dccff74099c97092601e09f23ef25fc6930a1c9fc10dd227d8a4b872cf7f843")
    found = Sampled(b"\x11" * 32, root, 7, 2).identifier(2050, 9).hex()
    assert found == "1370e9840e6303667d9d01032779d3bdb17182b7803dea137146f84f49547d4d"


@on_chain()
@given(HASHES, HASHES, st.integers(0, 2**64 - 1), st.integers(0, 2**32 - 1), st.binary(max_size=99))
def test_qualities_and_identifiers_are_those_of_the_twin(
    harness: Deployed, seed: bytes, root: bytes, number: int, row: int, data: bytes
) -> None:
    blob = Sampled(seed, root, number, number ^ 1)
    line = blob.line_quality(row)
    assert harness.read("lineQuality", seed, number, number ^ 1, root, row) == line
    assert harness.read("quality", line, row, data) == (quality(line, row, data) or 0)
    place = (seed, root, number, number ^ 1, row, row)
    assert harness.read("identifier", *place) == blob.identifier(row, row)


@given(HASHES, st.lists(st.integers(0, 2**32 - 1), unique=True), st.integers(0, 2**256 - 1))
def test_rows_that_reach_the_target_are_found_in_one_batch(
    seed: bytes, rows: list[int], target: int
) -> None:
    blob = Sampled(seed, seed[::-1], 300, 1 << 32)
    expected = [(line, row) for row in rows if (line := blob.line_quality(row)) <= target]
    assert blob.reaching(rows, target) == sorted(expected)


@on_chain()
@given(st.integers(0, MAX_TARGET), st.integers(1, 1000), st.data())
def test_target_moves_as_in_the_twin(
    harness: Deployed, target: int, aim: int, data: st.DataObject
) -> None:
    hits = data.draw(st.integers(0, 2 * aim))
    assert harness.read("adjusted", target, hits, aim) == adjusted(target, hits, aim)
    missed = data.draw(st.integers(0, 40))
    assert harness.read("relaxed", target, missed) == relaxed(target, missed)


@on_chain()
@given(st.integers(0, 2**128), st.integers(0, 1024))
def test_share_of_a_reward_is_that_of_the_twin(harness: Deployed, amount: int, length: int) -> None:
    assert harness.read("share", amount, length) == share(amount, length)
