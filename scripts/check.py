"""Every gate of the project, each named and timed; all of them run even if one is red.

python scripts/check.py            every gate
python scripts/check.py NAME...    only these
python scripts/check.py --list     their names

Exit code 1 when a gate is red; its output follows its line.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

ROOT = Path(__file__).resolve().parent.parent
AT_ONCE = 2
PYTHON = sys.executable


@dataclass(frozen=True, slots=True)
class Gate:
    """A command that is silent about nothing: exit code 0 means green."""

    name: str
    command: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Result:
    """What one gate said."""

    gate: Gate
    green: bool
    seconds: float
    output: str


GATES = (
    Gate("types", ("mypy",)),
    Gate("artifacts", (PYTHON, "scripts/check_artifacts.py")),
    Gate("natspec", (PYTHON, "scripts/check_natspec.py")),
    Gate("solhint", ("solhint", "--disc", "--max-warnings", "0", "contracts/**/*.sol")),
    Gate("solidity format", ("forge", "fmt", "--check")),
    Gate("format", ("ruff", "format", "--check", ".")),
    Gate("lint", ("ruff", "check", ".")),
    Gate("imports", ("lint-imports", "--no-cache")),
    Gate("tree", (PYTHON, "scripts/check_tree.py")),
    Gate("documents", (PYTHON, "scripts/check_docs.py")),
    Gate("locks", (PYTHON, "scripts/check_locks.py")),
    Gate("spelling", ("codespell",)),
    Gate("demo model", (PYTHON, "scripts/train_demo_model.py", "--check")),
)
"""The slow ones first, so that the two lanes end together."""


def environment() -> dict[str, str]:
    """The project's own tools first, and this checkout's packages before installed ones."""
    tools = (ROOT / ".venv/bin", ROOT / ".tools/bin", ROOT / "node_modules/.bin")
    path = os.pathsep.join((*map(str, tools), os.environ.get("PATH", "")))
    return {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "SOLCX_BINARY_PATH": str(ROOT / ".tools/solc"),
        "APE_DATA_FOLDER": str(ROOT / ".ape"),
    }


def run_gate(gate: Gate) -> Result:
    """Run one gate to its end."""
    start = perf_counter()
    try:
        done = subprocess.run(
            gate.command,
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        green, output = done.returncode == 0, done.stdout
    except FileNotFoundError as error:
        green, output = False, f"{error}; run: make setup\n"
    return Result(gate, green, perf_counter() - start, output)


def run_gates(gates: Sequence[Gate]) -> list[Result]:
    """Run the gates, two at once, and print each line when its gate has ended."""
    results = []
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for future in as_completed([pool.submit(run_gate, gate) for gate in gates]):
            result = future.result()
            results.append(result)
            word = "ok " if result.green else "RED"
            print(f"{word} {result.gate.name:<16} {result.seconds:6.1f} s", flush=True)
            if not result.green:
                print(result.output.rstrip() + "\n", flush=True)
    return results


def main() -> int:
    """Run what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(description="Every gate of the project.")
    parser.add_argument("names", nargs="*", help="gates to run (default: all)")
    parser.add_argument("--list", action="store_true", help="only name the gates")
    chosen = parser.parse_args()
    if chosen.list:
        print(*(gate.name for gate in GATES), sep="\n")
        return 0
    known = {gate.name: gate for gate in GATES}
    unknown = [name for name in chosen.names if name not in known]
    if unknown:
        parser.error(f"no gate called {unknown[0]!r}; there are: {', '.join(known)}")
    start = perf_counter()
    results = run_gates([known[name] for name in chosen.names] or GATES)
    red = sorted(result.gate.name for result in results if not result.green)
    verdict = f"red: {', '.join(red)}" if red else "all green"
    print(f"{len(results)} gates in {perf_counter() - start:.0f} s, {verdict}")
    return 1 if red else 0


if __name__ == "__main__":
    sys.exit(main())
