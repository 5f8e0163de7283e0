"""The formula of durability against counting every choice of lost nodes."""

from __future__ import annotations

from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.durability import (
    any_loss_probability,
    copies_to_survive,
    loss_probability,
    lost_nodes,
)

pytestmark = pytest.mark.unit


@given(st.integers(1, 9).flatmap(lambda n: st.tuples(st.just(n), *[st.integers(1, n)] * 2)))
def test_loss_probability_is_the_share_of_choices_that_hit_every_copy(
    sizes: tuple[int, int, int],
) -> None:
    nodes, copies, lost = sizes
    holders = set(range(copies))
    choices = list(combinations(range(nodes), lost))
    hits = sum(holders <= set(choice) for choice in choices)
    assert loss_probability(nodes, copies, lost) == pytest.approx(
        float(Fraction(hits, len(choices)))
    )


@given(st.integers(1, 200), st.integers(0, 99))
def test_copies_to_survive_outnumber_the_lost_by_one(nodes: int, percent: int) -> None:
    copies, lost = copies_to_survive(nodes, percent), lost_nodes(nodes, percent)
    assert loss_probability(nodes, copies, lost) == 0
    if lost:
        assert loss_probability(nodes, copies - 1, lost) > 0
    assert copies <= nodes


def test_one_of_many_files_is_lost_more_often_than_one() -> None:
    assert any_loss_probability(10, 4, 3, 1_000_000) == 0
    assert any_loss_probability(10, 3, 3, 1) == pytest.approx(1 / 120)
    assert any_loss_probability(10, 3, 3, 1000) > 0.999
