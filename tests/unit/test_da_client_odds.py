"""What a sample of rows says, counted out for small codes and bounded for the full one."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.da.client.light import DOUBT, ROWS, Fault, Verdict, conclude
from zerog.da.client.odds import BadSample, bits, hidden_chance, rows_for
from zerog.da.errors import BadEncoding
from zerog.da.params import FULL

pytestmark = pytest.mark.unit

SILENT = Fault("127.0.0.1:1", 5, lied=False, reason="no answer")


@given(st.integers(2, 9), st.data())
def test_chance_is_the_share_of_draws_that_see_so_many_rows(rows: int, data: st.DataObject) -> None:
    k = data.draw(st.integers(1, rows))
    asked = data.draw(st.integers(1, rows))
    served = data.draw(st.integers(0, asked))
    there = set(range(k - 1))
    draws = list(itertools.combinations(range(rows), asked))
    lucky = sum(len(there.intersection(draw)) >= served for draw in draws)
    assert hidden_chance(rows, k, asked, served) == Fraction(lucky, len(draws))


@given(st.integers(0, 1022))
def test_blob_that_hides_more_serves_less(there: int) -> None:
    less = hidden_chance(FULL.rows, there + 1, ROWS, ROWS)
    assert less <= hidden_chance(FULL.rows, FULL.k, ROWS, ROWS)


def test_all_of_26_rows_leave_less_than_2_to_the_minus_41() -> None:
    chance = hidden_chance(FULL.rows, FULL.k, ROWS, ROWS)
    assert 41 < bits(chance) < 42
    assert chance < Fraction(1, 3) ** ROWS
    assert rows_for(FULL.rows, FULL.k, Fraction(1, 2**41)) == ROWS


@given(st.integers(0, ROWS))
def test_fewer_served_rows_never_make_surer(served: int) -> None:
    chances = [hidden_chance(FULL.rows, FULL.k, ROWS, n) for n in range(served + 1)]
    assert chances == sorted(chances, reverse=True)
    assert chances[0] == 1


def test_more_rows_than_can_be_hidden_leave_no_doubt() -> None:
    assert hidden_chance(12, 4, 4, 4) == 0
    assert bits(Fraction(0)) == float("inf")


@pytest.mark.parametrize("numbers", [(12, 4, 13, 0), (12, 4, 0, 0), (12, 4, 3, 4), (12, 13, 3, 1)])
def test_impossible_samples_are_refused(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(BadSample):
        hidden_chance(*numbers)


def test_silence_of_a_third_is_outvoted_by_more_rows_and_a_hidden_blob_is_not() -> None:
    found = conclude([None] * 40 + [SILENT] * 20)
    assert (found.verdict, found.served, found.asked) == (Verdict.CONFIDENT, 40, 60)
    assert found.chance <= DOUBT
    assert found.faults == (SILENT,) * 20
    found = conclude([None] * 20 + [SILENT] * 40)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert found.chance > DOUBT


def test_one_proof_of_a_wrong_commitment_is_bad_whatever_else_was_served() -> None:
    found = conclude([None] * 25 + [BadEncoding(bytes(32), "row 7 has 3 bytes")])
    assert (found.verdict, found.confidence) == (Verdict.BAD, 0)
    assert "row 7 has 3 bytes" in found.reason
