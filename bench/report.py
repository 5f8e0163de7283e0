"""What every bench script shares: a metric, the machine it was measured on, table or JSON.

python bench/NAME.py           prints a table
python bench/NAME.py --json    prints {"machine": ..., "metrics": [...]} and nothing else
"""

from __future__ import annotations

import json
import os
import platform
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter, thread_time
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """One measured figure. `target` None means: shown, not judged.

    `better` says on which side of the target the value has to be.
    """

    name: str
    value: float
    unit: str
    target: float | None = None
    better: Literal["higher", "lower"] = "higher"

    @property
    def met(self) -> bool | None:
        """Whether the target is reached; None without one."""
        if self.target is None:
            return None
        return self.value >= self.target if self.better == "higher" else self.value <= self.target

    def as_json(self) -> dict[str, str | float | bool | None]:
        """The object of the fixed bench format."""
        return {
            "name": self.name,
            "value": self.value,
            "unit": self.unit,
            "target": self.target,
            "met": self.met,
        }


def machine() -> str:
    """One line: processor, cores, system, Python."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        for line in cpuinfo.read_text(encoding="utf-8").splitlines():
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    return (
        f"{model}, {os.cpu_count()} cores, {platform.system()} {platform.machine()}, "
        f"Python {platform.python_version()}"
    )


def best_cpu_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Least CPU time of this thread over some rounds: fair on a shared machine."""
    return min(_timed(work, thread_time) for _ in range(rounds))


def best_wall_seconds(work: Callable[[], object], rounds: int = 5) -> float:
    """Least wall time over some rounds: for work that spans threads or processes."""
    return min(_timed(work, perf_counter) for _ in range(rounds))


def _timed(work: Callable[[], object], clock: Callable[[], float]) -> float:
    start = clock()
    work()
    return clock() - start


def emit(title: str, metrics: Sequence[Metric], argv: Sequence[str] | None = None) -> None:
    """Print the metrics: JSON when `--json` is among the arguments, else a table."""
    arguments = sys.argv[1:] if argv is None else argv
    if "--json" in arguments:
        print(json.dumps({"machine": machine(), "metrics": [m.as_json() for m in metrics]}))
        return
    print(f"{title}\n{machine()}\n")
    width = max((len(m.name) for m in metrics), default=0)
    for metric in metrics:
        print(
            f"  {metric.name:<{width}}  {metric.value:>12,.3f} {metric.unit:<8} {_verdict(metric)}"
        )


def _verdict(metric: Metric) -> str:
    if metric.target is None:
        return ""
    sign = ">=" if metric.better == "higher" else "<="
    return f"target {sign} {metric.target:g}: {'met' if metric.met else 'missed'}"
