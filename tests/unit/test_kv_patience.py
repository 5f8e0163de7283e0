"""Which time counts against a file that storage lacks."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.kv.patience import Patience

pytestmark = pytest.mark.unit

DEADLINE = 60.0


def given_up(patience: Patience, file: str, age_s: float, now: float) -> bool:
    return patience.is_over(patience.lacks(file, age_s, now))


def test_file_that_is_lacking_for_the_whole_deadline_is_given_up() -> None:
    patience = Patience(DEADLINE)
    said = [given_up(patience, "a", second, 1000 + second) for second in range(0, 91, 30)]
    assert said == [False, False, True, True]


def test_outage_counts_against_nobody_however_rarely_storage_was_asked() -> None:
    patience = Patience(DEADLINE)
    assert not given_up(patience, "a", 0, 1000)
    patience.interrupt()
    # The first answer behind it may come long after storage was back.
    assert not given_up(patience, "a", 500, 1500)
    assert not given_up(patience, "a", 559, 1559)
    assert given_up(patience, "a", 560, 1560)


def test_files_behind_a_lost_one_run_out_with_it() -> None:
    patience = Patience(DEADLINE)
    patience.lacks("a", 0, 1000)
    assert given_up(patience, "a", 60, 1060)
    assert [given_up(patience, name, 60, 1060) for name in "bcd"] == [True] * 3
    assert not given_up(patience, "seen later", 30, 1060)


def test_time_before_a_start_counts_against_nobody() -> None:
    assert not given_up(Patience(DEADLINE), "a", 10 * DEADLINE, 1000)


def test_clock_that_was_set_back_keeps_nobody_waiting() -> None:
    patience = Patience(DEADLINE)
    assert not given_up(patience, "a", -3600, 1000)
    assert given_up(patience, "a", -3540, 1060)


@given(st.lists(st.tuples(st.floats(0, 30), st.booleans()), min_size=1, max_size=40))
def test_no_file_counts_more_than_the_time_since_the_last_outage(
    looks: list[tuple[float, bool]],
) -> None:
    patience, now, since, seen = Patience(DEADLINE), 0.0, None, 0.0
    for pause, answers in looks:
        now += pause
        if not answers:
            patience.interrupt()
            since = None
            continue
        since = now if since is None else since
        assert patience.lacks("a", now - seen, now) == pytest.approx(now - since)
