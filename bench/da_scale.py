"""DA at scale, on paper: throughput and latency against cores, and the first wall by name.

python bench/da_scale.py [--json] [--seconds 16]

Simulated, not measured: what one core does is measured here in some seconds, everything else
(lines, blocks, stakes, who is slow or dead) is an assumption that is printed. The same simulation,
given this machine and eight signers, is held against what bench/da.py measured, if its results
are in bench/results/da.json. docs/da-scale.md says how to read it.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.dispersal.endtoend import BURST, MANY, ONE, SIGNERS, WORK
from bench.report import Metric, emit, machine
from bench.scaling.figures import GAS, measure_rates, slower
from bench.scaling.network import (
    HEAD_BYTES,
    PATH_BYTES,
    ROWS,
    Outcome,
    Plan,
    Rates,
    saturated,
    simulate,
)
from bench.scaling.plot import drawing, first_wall, table

CORES: Final = (1, 2, 4, 8, 16, 32, 64)
RESULTS: Final = Path(__file__).resolve().parent / "results" / "da.json"
PROMISED: Final = 50e9 / 8
"""Bytes a second: the 50 Gbit/s of 0G's documentation."""
KEPT_DAYS: Final = 100
"""0G's 300 epochs of eight hours, in which rows are sampled and so kept."""
HERE: Final = 0.02
"""Seconds of a block on a devnet, which makes one for each transaction."""


def scenarios(rates: Rates, seconds: float) -> dict[str, Plan]:
    """Networks that differ in one thing each."""
    one = Plan(rates, GAS, seconds=seconds)
    return {
        "one layer, 100 signers at 1 Gbit/s with 4 cores each": one,
        "the same, stakes by Zipf's law": replace(one, stake_exponent=1.0),
        "the same as the first, 10 % of the signers slow, 20 % dead": replace(
            one, slow=0.1, dead=0.2
        ),
        "four layers, each with a chain and 100 signers of its own": replace(one, layers=4),
        "four layers, each with 50 signers at 10 Gbit/s with 8 cores each": replace(
            one, layers=4, signers=50, line=1.25e9, signer_cores=8
        ),
    }


def sweep(plan: Plan) -> dict[int, Outcome]:
    """The plan with more and more encoding cores, which a load keeps eight tenths busy."""
    return {cores: simulate(saturated(replace(plan, encoders=cores))) for cores in CORES}


def needs(plan: Plan, wanted: float = PROMISED) -> list[tuple[str, str]]:
    """What a rate would take, by division: no queue, no burst, nothing slow or dead.

    Cores by the parts alone, and, where bench/da.py has run, as the whole stack spends them.
    """
    rates, blobs = plan.rates, wanted / plan.blob
    row = -(-plan.blob // (64 * 1024)) * 64
    messages = blobs * (ROWS * (row + PATH_BYTES) + plan.signers * HEAD_BYTES)
    checking = messages * (1 / rates.receive + 1 / rates.check + 1 / rates.keep)
    checking += blobs * plan.signers * (rates.check_fixed_s + rates.sign_s)
    signatures = rates.verify_s + plan.signers * rates.join_s
    gas = blobs * (plan.gas.announce + plan.gas.certified(0))
    kept = messages * 86_400 * KEPT_DAYS
    limit = plan.block_gas / plan.block_s
    more = overhead(rates)

    def cores(number: float) -> str:
        return f"{number:.0f}" + (f", {number * more:.0f} as it is now" if more else "")

    return [
        ("blobs of 31 MiB", f"{blobs:.0f} a second"),
        ("cores that encode and commit", cores(wanted / rates.encode)),
        ("cores that send rows", cores(messages / rates.send)),
        ("cores that verify signatures", cores(blobs * signatures)),
        (f"cores of {plan.signers} signers together", cores(checking)),
        ("into the signers", f"{messages / 1e9:.1f} GB/s, {messages * 8 / 1e9:.0f} Gbit/s"),
        (f"signers with lines of {plan.line * 8 / 1e9:g} Gbit/s", f"{messages / plan.line:.0f}"),
        ("gas", f"{gas / 1e6:.0f} M a second: {gas / limit:.1f} chains of {limit / 1e6:g} M"),
        (f"storage for {KEPT_DAYS} days", f"{kept / 1e15:.0f} PB over all signers"),
    ]


def overhead(rates: Rates) -> float:
    """How many times more CPU time the whole stack takes for a blob than its parts alone do.

    Fresh memory, files, Celery, the chain's own work; 0 where bench/da.py has not run.
    """
    return _measured().get(WORK, 0.0) / simulate(replace(_here(rates), burst=1)).work_s


def held(rates: Rates) -> list[Metric]:
    """Simulated and measured on this machine; nothing where bench/da.py has not run.

    The times are simulated with cores that are slower by what the whole stack takes more.
    """
    known = _measured()
    if not {ONE, MANY, WORK} <= set(known):
        return []
    alone = simulate(replace(_here(rates), burst=1)).work_s
    found = [
        Metric(f"simulated from the parts: {WORK}", alone, "s"),
        Metric(f"measured: {WORK}", known[WORK], "s"),
        Metric("  as many times more", overhead(rates), "times"),
    ]
    here = _here(slower(rates, overhead(rates)))
    for name, blobs in ((ONE, 1), (MANY, BURST)):
        runs = [simulate(replace(here, burst=blobs), seed) for seed in range(9)]
        last = sorted(max(blob.confirmed for blob in run.blobs) for run in runs)[4]
        found += [
            Metric(f"simulated: {name}", last, "s"),
            Metric(f"measured: {name}", known[name], "s"),
        ]
    return found


def _here(rates: Rates) -> Plan:
    """This machine: all of it on two cores, a block for each transaction."""
    return Plan(
        rates, GAS, encoders=2, signers=SIGNERS, line=10e9, rtt_s=0.001, stake_exponent=0.0,
        block_s=HERE, block_gas=30_000_000, finality_blocks=0, seconds=60.0, one_machine=True,
    )  # fmt: skip


def _measured() -> Mapping[str, float]:
    if not RESULTS.exists():
        return {}
    return {one["name"]: one["value"] for one in json.loads(RESULTS.read_text())["metrics"]}


def figures(rates: Rates) -> list[tuple[str, str]]:
    """The measured input."""
    return [
        ("encode and commit", f"{rates.encode / 1e6:.0f} MB/s of data"),
        ("a signer's check", f"{rates.check / 1e9:.2f} GB/s of rows"),
        ("  and for each blob", f"{rates.check_fixed_s * 1e3:.1f} ms"),
        ("rows sent, received", f"{rates.send / 1e9:.2f}, {rates.receive / 1e9:.2f} GB/s"),
        ("rows kept, without the disk's own time", f"{rates.keep / 1e9:.2f} GB/s"),
        ("a signature made", f"{rates.sign_s * 1e3:.2f} ms"),
        (
            "signatures verified by their sum",
            f"{rates.verify_s * 1e3:.2f} ms, and {rates.join_s * 1e3:.2f} ms for each",
        ),
    ]


def metrics(found: Mapping[str, Mapping[int, Outcome]], rates: Rates) -> list[Metric]:
    """All that was drawn, as the fixed format has it."""
    told = held(rates)
    for name, outcomes in found.items():
        for cores, outcome in outcomes.items():
            head = f"{name}, {cores} cores"
            told += [
                Metric(f"{head}: throughput", outcome.throughput / 1e6, "MB/s"),
                Metric(f"{head}: p50", outcome.p50_s, "s"),
                Metric(f"{head}: p99", outcome.p99_s, "s"),
            ]
        wall = first_wall(outcomes)
        if wall:
            told.append(Metric(f"{name}: first wall, {wall[1]}", wall[0], "cores"))
    return told


def main() -> None:
    """Measure a core, simulate, draw."""
    parser = argparse.ArgumentParser(description="DA at scale, on paper.")
    parser.add_argument("--json", action="store_true", help="the fixed bench format")
    parser.add_argument("--seconds", type=float, default=16.0, help="simulated, of each point")
    chosen = parser.parse_args()
    rates = measure_rates()
    plans = scenarios(rates, chosen.seconds)
    found = {name: sweep(plan) for name, plan in plans.items()}
    if chosen.json:
        emit("DA at scale", metrics(found, rates), ["--json"])
        return
    first = next(iter(plans.values()))
    print(f"DA at scale: simulated, not measured\n{machine()}\n")
    print(f"measured on one core\n{table(figures(rates))}\n")
    print(f"assumed\n{table(assumptions(first))}\n")
    for name, outcomes in found.items():
        print(f"{drawing(name, outcomes)}\n")
    print(f"what 50 Gbit/s would take, by division\n{table(needs(first))}\n")
    emit("this machine, simulated and measured", held(rates), [])


def assumptions(plan: Plan) -> list[tuple[str, str]]:
    """What nobody measured."""
    gas, line = plan.gas, plan.line * 8 / 1e9
    return [
        ("load", "eight tenths of what the encoding cores can do, blobs of 31 MiB at random"),
        ("line of a signer", f"{line:g} Gbit/s, {plan.rtt_s * 1e3:g} ms there and back"),
        ("stakes", f"a power law of {plan.stake_exponent:g}; rows by 3,072 ballots"),
        (
            "blocks",
            f"{plan.block_gas / 1e6:g} M gas each {plan.block_s:g} s, "
            f"final after {plan.finality_blocks}",
        ),
        (
            "gas of a blob",
            f"{gas.announce:,} and {gas.certified(0):,}, "
            f"{gas.certified(20):,} with 20 signers absent",
        ),
        ("late signers", f"{plan.grace_s:g} s after two thirds, {plan.timeout_s:g} s at all"),
    ]


if __name__ == "__main__":
    main()
