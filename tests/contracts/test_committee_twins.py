"""Shamir and PointMath equal zerog/inft/committee/polynomial.py on any input."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.contracts import Deployed, Evm, compiled
from tests.support.evm import AnvilProcess
from zerog.crypto.curve import ORDER, generate, negate
from zerog.inft.committee.dkg import Pair, pair, point_of
from zerog.inft.committee.polynomial import evaluate_commitments, times, total, weights

pytestmark = pytest.mark.contracts

few = settings(max_examples=20, deadline=None)
scalars = st.integers(1, ORDER - 1) | st.integers(1, 5) | st.integers(ORDER - 5, ORDER - 1)
slots = st.lists(st.integers(1, 2**16 - 1) | st.integers(1, 6), min_size=1, max_size=6, unique=True)
INFINITY = (0, 0)


@pytest.fixture(scope="module")
def rules(anvil: AnvilProcess) -> Deployed:
    return Evm(anvil.url).deploy(compiled("CommitteeHarness"))


def given_back(point: bytes | None) -> Pair:
    """As the contract writes it."""
    return INFINITY if point is None else pair(point)


@few
@given(slots)
def test_weight_equals_its_python_twin(rules: Deployed, chosen: list[int]) -> None:
    found = [rules.read("weight", chosen, place) for place in range(len(chosen))]
    assert found == list(weights(chosen).values())


@few
@given(st.lists(scalars, min_size=1, max_size=4), st.integers(1, 2**16 - 1) | st.integers(1, 3))
def test_evaluation_equals_its_python_twin(
    rules: Deployed, coefficients: list[int], x: int
) -> None:
    points = [generate(one) for one in coefficients]
    found = rules.read("evaluate", [pair(point) for point in points], x)
    assert found == given_back(evaluate_commitments(points, x))


@few
@given(scalars, scalars)
def test_sums_and_products_equal_their_python_twins(rules: Deployed, a: int, b: int) -> None:
    left, right = generate(a), generate(b)
    assert rules.read("sum", pair(left), pair(right)) == given_back(total((left, right)))
    small = b % 2**16
    assert rules.read("times", pair(left), small) == given_back(times(left, small))


def test_sums_pass_through_infinity_and_doubling(rules: Deployed) -> None:
    g = generate(1)
    assert rules.read("sum", pair(g), pair(negate(g))) == INFINITY
    assert rules.read("sum", INFINITY, pair(g)) == rules.read("sum", pair(g), INFINITY) == pair(g)
    assert rules.read("sum", INFINITY, INFINITY) == INFINITY
    assert rules.read("sum", pair(g), pair(g)) == pair(generate(2))
    assert rules.read("times", INFINITY, 7) == INFINITY
    assert rules.read("evaluate", [pair(negate(g)), pair(g)], 1) == INFINITY
    assert point_of(rules.read("times", pair(g), 3)) == generate(3)
