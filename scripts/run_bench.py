"""Run every measurement of bench/, print its table and keep its JSON in bench/results/.

python scripts/run_bench.py [NAME...]

A target that is missed is shown, not an error: figures depend on the machine.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import TypedDict

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
RESULTS = BENCH / "results"
HELPERS = ("report", "__init__")


def names() -> list[str]:
    """Every measurement there is."""
    return sorted(path.stem for path in BENCH.glob("*.py") if path.stem not in HELPERS)


class Metric(TypedDict):
    """One figure of the bench format."""

    name: str
    value: float
    unit: str
    target: float | None
    met: bool | None


def line(metric: Metric) -> str:
    """A metric's value, unit, and target if it has one."""
    shown = f"  {metric['name']:<52} {metric['value']:>12,.5g} {metric['unit']:<8}"
    if metric["target"] is None:
        return shown.rstrip()
    return f"{shown} target {metric['target']:g}: {'met' if metric['met'] else 'missed'}"


def measure(name: str) -> bool:
    """Run one measurement; false when it failed."""
    print(name, flush=True)
    done = subprocess.run(
        [sys.executable, str(BENCH / f"{name}.py"), "--json"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        print(f"  failed with exit code {done.returncode}", flush=True)
        return False
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / ".gitignore").write_text("*\n")
    (RESULTS / f"{name}.json").write_text(done.stdout)
    metrics: list[Metric] = json.loads(done.stdout)["metrics"]
    print(*map(line, metrics), sep="\n", flush=True)
    return True


def main() -> int:
    """Measure what the command line names, or all; exit code 1 when a measurement failed."""
    parser = argparse.ArgumentParser(description="Run the measurements of bench/.")
    parser.add_argument("names", nargs="*", help="of " + ", ".join(names()))
    chosen = parser.parse_args()
    for name in chosen.names:
        if name not in names():
            parser.error(f"no measurement called {name!r}")
    results = [measure(name) for name in chosen.names or names()]
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main())
