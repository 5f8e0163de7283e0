"""The simulation of DA at scale: where the answer is known by division, it gives that answer."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from bench.scaling.engine import Clock, Servers
from bench.scaling.network import NEEDED, ROWS, WALLS, Gas, Plan, Rates, saturated, shares, simulate
from bench.scaling.plot import first_wall, walls

pytestmark = pytest.mark.unit

RATES = Rates(300e6, 1.4e9, 0.002, 1e9, 1e9, 1.2e9, 0.0002, 0.0014, 0.0003)
GAS = Gas(12_000, ((0, 271_000), (1, 297_000), (100, 439_000)))
ONE = Plan(RATES, GAS, signers=8, stake_exponent=0.0, line=1e9, rtt_s=0.01, seconds=60, burst=1)


def test_two_servers_work_side_by_side_and_the_third_piece_waits() -> None:
    clock, ends = Clock(), list[float]()
    cores = Servers(clock, 2)
    for _ in range(3):
        cores.work(2, lambda: ends.append(clock.now))
    assert cores.backlog_s == 2
    clock.run(10)
    assert ends == [2, 2, 4]
    assert cores.use(10) == pytest.approx(0.3)


def test_one_blob_alone_takes_the_sum_of_its_steps() -> None:
    (blob,) = simulate(ONE).blobs
    steps = blob.steps
    assert steps["encoded"] == pytest.approx(ONE.blob / RATES.encode)
    assert steps["asked"] - steps["announced"] == pytest.approx(2 * ONE.block_s + ONE.hop_s)
    rows = max(shares(8, 0.0, random.Random(1)))
    size = rows * (31_744 + 388) + 16 * 1024
    alone = size * (1 / 1e9 + 1 / 1e9 + 1 / 1.4e9 + 1 / 1.2e9)
    others = 8 * size / RATES.send / ONE.encoders
    took = steps["signed"] - steps["asked"]
    assert alone < took < alone + others + ONE.rtt_s + 0.02
    assert blob.signed == ROWS
    assert steps["confirmed"] - steps["signed"] < ONE.block_s + 2 * ONE.hop_s


def test_dead_third_costs_time_and_gas_and_more_than_a_third_costs_the_blob() -> None:
    some = simulate(replace(ONE, signers=60, dead=0.25))
    assert some.lost == 0
    assert some.blobs[0].gas > 297_000
    assert NEEDED <= some.blobs[0].signed < ROWS
    most = simulate(replace(ONE, signers=60, dead=0.45))
    assert (most.lost, most.throughput) == (1, 0)


def test_chain_that_holds_one_certificate_a_block_is_the_wall_and_named() -> None:
    plan = replace(ONE, burst=0, encoders=8, block_gas=283_000, seconds=80)
    found = simulate(saturated(plan))
    assert found.throughput == pytest.approx(plan.blob, rel=0.1)
    assert walls(found)[0] == WALLS[3]
    assert first_wall({8: found}) == (8, WALLS[3])
    assert found.offered > 5 * found.throughput


def test_ten_seats_send_requests_away_and_they_come_again() -> None:
    slow = replace(RATES, check=20e6)
    found = simulate(replace(ONE, rates=slow, signers=4, signer_cores=2, burst=14, grace_s=5))
    assert found.lost == 0
    assert all(blob.signed == ROWS for blob in found.blobs)


def test_gas_lies_on_the_line_between_measured_points() -> None:
    assert [GAS.certified(n) for n in (0, 1, 100, 500)] == [271_000, 297_000, 439_000, 439_000]
    assert 297_000 < GAS.certified(50) < 439_000


def test_same_seed_gives_the_same() -> None:
    plan = replace(ONE, burst=0, load=200e6, seconds=10)
    assert simulate(plan, 4).throughput == simulate(plan, 4).throughput
