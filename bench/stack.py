"""How long `zerog up` takes from a warm cache, and what the idle stack holds in memory.

Memory is the proportional set size (PSS), 60 s after healthy: pages shared by several
processes are counted once. Needs Linux.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.report import Metric, emit

ZEROG = Path(sys.executable).parent / "zerog"
ROUNDS = 3
IDLE_SECONDS = 60.0
UP_TARGET_SECONDS = 15.0
IDLE_TARGET_MB = 700.0


def zerog(home: Path, *words: str) -> str:
    """One command on a home; gives its standard output."""
    command = [str(ZEROG), *words, "--home", str(home)]
    return subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout


def up_seconds(home: Path) -> float:
    """From the command to its healthy answer."""
    began = time.perf_counter()
    zerog(home, "up", "--detach", "--ports", "auto")
    return time.perf_counter() - began


def pss_mb(process: psutil.Process) -> float:
    """Proportional set size of one process in MB."""
    return float(process.memory_full_info().pss) / 1e6


def idle_memory(home: Path) -> list[Metric]:
    """PSS of every process of a running stack, children within their parent, and the sum."""
    state = json.loads((home / "run" / "supervisor.json").read_text())
    named = {"supervisor": state["supervisor"]["pid"]}
    named |= {part["name"]: part["pid"] for part in state["parts"]}
    figures = {}
    for name, pid in named.items():
        process = psutil.Process(pid)
        below = [] if name == "supervisor" else process.children(recursive=True)
        figures[name] = sum(pss_mb(one) for one in (process, *below))
    metrics = [Metric(f"idle PSS {name}", value, "MB") for name, value in figures.items()]
    total = sum(figures.values())
    return [*metrics, Metric("idle PSS all", total, "MB", IDLE_TARGET_MB, "lower")]


def main() -> None:
    """Start on fresh homes, then once more on the last one, and look at it idle."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = []
        for index in range(ROUNDS):
            home = Path(scratch) / str(index)
            fresh.append(up_seconds(home))
            zerog(home, "down")
        again = up_seconds(home)
        try:
            time.sleep(IDLE_SECONDS)
            memory = idle_memory(home)
        finally:
            began = time.perf_counter()
            zerog(home, "down")
            down = time.perf_counter() - began
    emit(
        "The running stack",
        [
            Metric("up, fresh home", sorted(fresh)[ROUNDS // 2], "s", UP_TARGET_SECONDS, "lower"),
            Metric("up, same home again", again, "s", UP_TARGET_SECONDS, "lower"),
            Metric("down", down, "s"),
            *memory,
        ],
    )


if __name__ == "__main__":
    main()
