"""Data availability on this machine: the code beside KZG, a blob from end to end, gas.

python bench/da.py [--json] [--only code|dispersal|gas]

The code's figures are CPU time of one core; the dispersal is by the wall, through `zerog up` with
eight signers on this machine. bench/da_scale.py simulates larger networks from such figures.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.dispersal.codec import measure_code
from bench.dispersal.endtoend import measure_dispersal
from bench.dispersal.gas import measure_gas
from bench.report import Metric, emit

PARTS: Final[Mapping[str, Callable[[], list[Metric]]]] = {
    "code": measure_code,
    "dispersal": measure_dispersal,
    "gas": measure_gas,
}


def main() -> None:
    """Measure all parts, or the one that is named."""
    parser = argparse.ArgumentParser(description="Data availability on this machine.")
    parser.add_argument("--json", action="store_true", help="the fixed bench format")
    parser.add_argument("--only", choices=PARTS, help="one part")
    chosen = parser.parse_args()
    parts = [chosen.only] if chosen.only else list(PARTS)
    metrics = [metric for part in parts for metric in PARTS[part]()]
    emit("Data availability", metrics, ["--json"] if chosen.json else [])


if __name__ == "__main__":
    main()
