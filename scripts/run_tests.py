"""Run every test, cheapest kinds first; the last line is pytest's own summary of them all.

python scripts/run_tests.py            every kind; the vectors once more without the kernel first
python scripts/run_tests.py --soak     every kill in every state, deep fuzzing
python scripts/run_tests.py unit e2e   only these kinds
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KINDS = ("unit", "contracts", "stateful", "daemons", "workers", "docs", "conformance", "e2e")
PURE = "vector or keccak or merkle or codec or flow"
"""Tests whose answers must not depend on the native kernel."""
SOAK_SECONDS = 4 * 3600
LANES = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder", "--max-worker-restart", "0")
"""Two files at a time: most of a test is waiting for servers that start. A file stays together.
When one lane crashes the other goes on alone: with a new one pytest-xdist waits without end."""


def environment(soak: bool) -> dict[str, str]:
    """This checkout's packages and tools; no stack of the user's leaks into the tests."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("ZEROG_")}
    path = os.pathsep.join(
        [str(ROOT / ".venv/bin"), str(ROOT / ".tools/bin"), os.environ.get("PATH", "")]
    )
    made = {
        **kept,
        "PATH": path,
        "SOLCX_BINARY_PATH": str(ROOT / ".tools/solc"),
        "APE_DATA_FOLDER": str(ROOT / ".ape"),
    }
    return {**made, "ZEROG_SOAK": "1", "ZEROG_HYPOTHESIS": "deep"} if soak else made


def options(soak: bool) -> list[str]:
    """One lane without pytest-xdist, and for the long runs, which load the machine alone."""
    if soak:
        return [f"--timeout={SOAK_SECONDS}"]
    return [*LANES] if find_spec("xdist") else []


def folders(kinds: list[str]) -> list[str]:
    """The test folders of these kinds that hold tests, in the order of KINDS."""
    chosen = [kind for kind in KINDS if kind in kinds] or list(KINDS)
    paths = [ROOT / "tests" / kind for kind in chosen]
    return [str(path.relative_to(ROOT)) for path in paths if any(path.rglob("test_*.py"))]


def pytest(environ: dict[str, str], *arguments: str) -> int:
    """Run pytest in a process of its own; gives its exit code."""
    command = [sys.executable, "-m", "pytest", *arguments]
    return subprocess.run(command, cwd=ROOT, env=environ, check=False).returncode


def main() -> int:
    """Run what the command line asks for; gives the exit code."""
    parser = argparse.ArgumentParser(description="Run every test, cheapest kinds first.")
    parser.add_argument("kinds", nargs="*", help=f"of {', '.join(KINDS)} (default: all)")
    parser.add_argument("--soak", action="store_true", help="the long runs")
    chosen = parser.parse_args()
    for kind in chosen.kinds:
        if kind not in KINDS:
            parser.error(f"no kind of test called {kind!r}; there are: {', '.join(KINDS)}")
    # A shell that runs this behind it ignores Ctrl-C for us, and so for what tests interrupt.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    environ = environment(chosen.soak)
    pure = 0
    if not chosen.kinds or "unit" in chosen.kinds:
        print("Without the native kernel:", flush=True)
        pure = pytest({**environ, "ZEROG_PURE": "1"}, "-q", "-k", PURE, "tests/unit")
        print("With it:", flush=True)
    code = pytest(environ, *options(chosen.soak), *folders(chosen.kinds))
    if pure:
        print("red without the native kernel (above)", file=sys.stderr)
    return code or pure


if __name__ == "__main__":
    sys.exit(main())
