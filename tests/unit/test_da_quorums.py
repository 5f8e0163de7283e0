"""The draw and its cut into quorums, and what a bitmap credits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.da.quorums import (
    Registration,
    WrongBitmap,
    ballots,
    bitmap_of,
    calls,
    credited,
    quorum_count,
    quorums,
)

pytestmark = pytest.mark.unit
BEACON = bytes(range(32))
REGISTRATIONS = st.lists(st.integers(1, 30), min_size=1, max_size=6).map(
    lambda votes: [Registration(bytes([i]) * 24, i, n, i % 4) for i, n in enumerate(votes)]
)


@given(registrations=REGISTRATIONS, rows=st.integers(1, 20), most=st.integers(1, 4))
def test_every_ballot_is_shown_once_and_quorums_are_full(
    registrations: list[Registration], rows: int, most: int
) -> None:
    drawn = ballots(registrations, BEACON)
    votes = sum(one.votes for one in registrations)
    assert len({one.packed() for one in drawn}) == len(drawn) == votes
    assert b"".join(calls(drawn, rows)) == b"".join(one.packed() for one in drawn)
    made = quorums(drawn, rows, most)
    assert len(made) == quorum_count(votes, rows, most)
    assert all(len(owners) == rows for owners in made)


@given(registrations=REGISTRATIONS, policy=st.integers(1, 2))
def test_a_policy_draws_only_those_that_fit(registrations: list[Registration], policy: int) -> None:
    fitting = {i for i, one in enumerate(registrations) if one.fits >> (policy - 1) & 1}
    assert {one.index for one in ballots(registrations, BEACON, policy)} == fitting


def test_another_beacon_is_another_order() -> None:
    registrations = [Registration(bytes([i]) * 24, i, 9) for i in range(4)]
    orders = [[one.packed() for one in ballots(registrations, bytes([b]) * 32)] for b in (1, 2)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_only_set_bits_count_and_padding_never() -> None:
    owners = [0, 1, 0, 2, 1]
    assert credited(owners, bytes([0b11100001])) == (frozenset({0}), 1)
    assert credited(owners, bitmap_of([False, True, False, True, True])) == (frozenset({1, 2}), 3)
    with pytest.raises(WrongBitmap):
        credited(owners, b"")
