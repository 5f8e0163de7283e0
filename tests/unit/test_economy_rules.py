"""Release formulas and fee splits against their real-valued definitions."""

from __future__ import annotations

from decimal import Decimal, localcontext

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.economy.rewards import (
    ChunkClosed,
    ChunkLapsed,
    NothingToExtend,
    RewardModel,
)
from zerog.storage.economy.rules import (
    ONE,
    YEAR,
    Decay,
    Linear,
    decayed,
    exp_negative,
    extension_cost,
    service_fee,
    share,
)

pytestmark = pytest.mark.unit

GWEI = 10**9
SUPPLY = 10**27
times = st.integers(0, 200 * YEAR)
amounts = st.integers(0, SUPPLY)


def _exp(negative: Decimal) -> Decimal:
    with localcontext() as context:
        context.prec = 60
        return (-negative).exp()


@given(x=st.integers(0, 100 * ONE))
def test_exponential_in_fixed_point_is_off_by_less_than_its_bound(x: int) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = _exp(Decimal(x) / ONE)
        assert abs(Decimal(exp_negative(x)) / ONE - exact) < Decimal(2) ** -110


def test_exponential_of_zero_is_one_and_of_much_is_zero() -> None:
    assert exp_negative(0) == ONE
    assert exp_negative(200 * ONE) == 0


@given(locked=amounts, elapsed=times, rate=st.integers(1, 65_535))
def test_decay_is_the_formula_within_a_gwei_and_never_above(
    locked: int, elapsed: int, rate: int
) -> None:
    with localcontext() as context:
        context.prec = 60
        exact = locked * (1 - _exp(Decimal(elapsed * rate) / (1000 * YEAR)))
        found = decayed(locked, elapsed, rate)
        assert 0 <= found <= locked
        assert abs(found - exact) <= GWEI


@given(locked=amounts, first=times, second=times)
def test_decay_settled_in_between_releases_as_if_it_had_not_been(
    locked: int, first: int, second: int
) -> None:
    once = decayed(locked, first + second, 40)
    part = decayed(locked, first, 40)
    twice = part + decayed(locked - part, second, 40)
    assert abs(once - twice) <= GWEI


@given(base=st.integers(1, SUPPLY), more=amounts, duration=st.integers(1, 10 * YEAR), elapsed=times)
def test_linear_release_is_the_formula_and_its_deadline_the_first_second_of_all(
    base: int, more: int, duration: int, elapsed: int
) -> None:
    formula, total = Linear(duration), base + more
    found = formula.released(base, (total, 0), 0, 0, elapsed)
    with localcontext() as context:
        context.prec = 60
        exact = min(Decimal(total), Decimal(base) * elapsed / duration)
        assert 0 <= exact - found < 1
    end = formula.deadline(base, total, 0)
    assert formula.released(base, (total, 0), 0, 0, end) == total
    assert formula.released(base, (total, 0), 0, 0, end - 1) < total


@given(
    fees=st.integers(1, SUPPLY),
    duration=st.integers(1, 10 * YEAR),
    seconds=st.integers(1, 10 * YEAR),
)
def test_cost_of_an_extension_is_the_least_that_buys_the_time(
    fees: int, duration: int, seconds: int
) -> None:
    formula, cost = Linear(duration), extension_cost(fees, duration, seconds)
    assert formula.deadline(fees, fees + cost, 0) >= duration + seconds
    assert (cost - 1) * duration < fees * seconds


@given(
    start=st.integers(0, 1000),
    charged=st.integers(1, 3000),
    amount=amounts,
    size=st.integers(1, 200),
)
def test_shares_of_a_fee_add_up_to_it_in_proportion_to_sectors(
    start: int, charged: int, amount: int, size: int
) -> None:
    chunks = range(start // size, -(-(start + charged) // size))
    parts = [share(start, charged, amount, size, chunk) for chunk in chunks]
    assert sum(parts) == amount
    for chunk, part in zip(chunks, parts, strict=True):
        sectors = min(start + charged, (chunk + 1) * size) - max(start, chunk * size)
        assert abs(part - amount * sectors / charged) <= 1 + amount / 2**50


@given(fee=amounts, bps=st.integers(0, 10_000))
def test_service_part_never_exceeds_the_fee(fee: int, bps: int) -> None:
    assert 0 <= service_fee(fee, bps) <= fee
    assert service_fee(fee, 10_000) == fee
    assert service_fee(fee, 0) == 0


def test_model_of_a_chunk_that_is_not_full_releases_nothing() -> None:
    model = RewardModel(Linear(100), 64)
    model.fill(0, 63, 1000, now=5)
    assert model.claim(0, "miner", now=5000) == 0
    assert (model.released(0, 5000), model.locked(0, 5000), model.deadline(0)) == (0, 1000, 0)


def test_model_refuses_what_the_contract_refuses() -> None:
    model = RewardModel(Linear(100), 64)
    model.fill(0, 64, 1000, now=5)
    with pytest.raises(ChunkClosed) as closed:
        model.fill(10, 1, 1, now=6)
    with pytest.raises(ChunkLapsed) as lapsed:
        model.extend(0, 1, now=105)
    with pytest.raises(NothingToExtend) as nothing:
        model.extend(1, 1, now=6)
    assert (closed.value.chunk, lapsed.value.deadline, nothing.value.chunk) == (0, 105, 1)


def test_model_of_an_extended_linear_chunk_lasts_longer_at_the_same_rate() -> None:
    model = RewardModel(Linear(100), 64)
    model.fill(0, 64, 1000, now=1)
    before = [model.released(0, now) for now in range(1, 102)]
    model.extend(0, 505, now=41)
    assert [model.released(0, now) for now in range(1, 102)] == before
    assert model.deadline(0) == 1 + 151
    assert (model.released(0, 151), model.released(0, 152)) == (1500, 1505)


def test_model_of_an_extended_decaying_chunk_keeps_what_was_released() -> None:
    plain, more = RewardModel(Decay(40), 64), RewardModel(Decay(40), 64)
    for model in (plain, more):
        model.fill(0, 64, SUPPLY, now=1)
    more.extend(0, SUPPLY, now=YEAR)
    assert more.released(0, YEAR) == plain.released(0, YEAR)
    for years in (1, 2, 10, 50):
        now = YEAR * years + 1
        assert more.released(0, now) >= plain.released(0, now)
        assert more.released(0, now) <= 2 * plain.released(0, now)
    assert more.deadline(0) is None
    assert more.first_rewardable(100 * YEAR) == 0
