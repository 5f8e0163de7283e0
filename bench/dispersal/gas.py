"""Gas of a certificate where it is dearest: a quorum of 3,072 rows of as many signers.

Whole transactions that certify one blob each; the absent rows are anywhere. Beside it what
prepares an epoch. Gas, not time: the figures are the same on every machine.
"""

from __future__ import annotations

import tempfile
from itertools import islice
from pathlib import Path
from statistics import mean, quantiles

from bench.report import Metric
from tests.support.da_crowd import ABSENT, Crowd, scattered
from tests.support.evm import AnvilProcess

BLOBS = 100
BLOCK = 16_000_000


def confirmations(crowd: Crowd) -> list[Metric]:
    """Mean and 99th percentile of each number of absent rows."""
    found: list[Metric] = []
    for absent, most in ABSENT.items():
        blobs = enumerate(islice(scattered(absent, 0), BLOBS))
        used = [crowd.confirm(f"{absent} {i}", bits) for i, bits in blobs]
        name = f"certificate, {absent or 'no'} row{'s' if absent != 1 else ''} absent"
        found.append(Metric(f"{name}: mean", round(mean(used)), "gas", most, "lower"))
        found.append(Metric(f"{name}: p99", round(quantiles(used, n=100)[98]), "gas"))
    return found


def measure_gas() -> list[Metric]:
    """Preparation of an epoch, its begin, and certificates."""
    with tempfile.TemporaryDirectory() as folder:
        process = AnvilProcess.start(Path(folder))
        try:
            crowd = Crowd.build(process)
            made = [
                Metric(name, max(used), "gas", 300_000 if name == "makeEpoch" else BLOCK, "lower")
                for name, used in crowd.preparation.items()
            ]
            return made + confirmations(crowd)
        finally:
            process.stop()
