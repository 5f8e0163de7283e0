"""How often a client may ask."""

from __future__ import annotations

import pytest

from zerog.da.ratelimit import CLIENTS, RateLimit, RateLimited

pytestmark = pytest.mark.unit


def test_burst_then_steady_rate_for_each_client() -> None:
    limit = RateLimit(60, "request ratelimited")
    for _ in range(60):
        limit.spend("a", 100.0)
    with pytest.raises(RateLimited, match="request ratelimited"):
        limit.spend("a", 100.5)
    limit.spend("b", 100.5)
    limit.spend("a", 101.0)
    with pytest.raises(RateLimited):
        limit.spend("a", 101.1)


def test_refused_calls_cost_nothing_and_rest_gives_no_more_than_a_burst() -> None:
    limit = RateLimit(2, "no")
    limit.spend("a", 0.0)
    limit.spend("a", 0.0)
    for at in range(29):
        with pytest.raises(RateLimited):
            limit.spend("a", float(at))
    limit.spend("a", 30.1)
    for _ in range(2):
        limit.spend("a", 10_000.0)
    with pytest.raises(RateLimited):
        limit.spend("a", 10_000.0)


def test_memory_is_bounded_by_forgetting_the_longest_silent() -> None:
    limit = RateLimit(1, "no")
    for number in range(CLIENTS + 1):
        limit.spend(str(number), 0.0)
    limit.spend("0", 0.0)
    with pytest.raises(RateLimited):
        limit.spend(str(CLIENTS), 0.0)
