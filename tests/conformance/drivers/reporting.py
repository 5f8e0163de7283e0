"""What the Python drivers share: a job read, its lines run, facts or errors told to the harness.

It lies beside the drivers because they run in environments that have nothing else of ours.
"""

from __future__ import annotations

import json
import sys
import time
import traceback
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

Facts = dict[str, object]
POLL_SECONDS = 0.1


def read_job() -> dict[str, Any]:
    """The job that the command line names."""
    found: dict[str, Any] = json.loads(Path(sys.argv[1]).read_text())
    return found


def wait_until(condition: Callable[[], object], what: str, seconds: float) -> None:
    """Ask until it is true; raises TimeoutError."""
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise TimeoutError(f"{what} did not happen in {seconds:.0f} s")
        time.sleep(POLL_SECONDS)


def run_lines(job: Mapping[str, Any], lines: Mapping[str, Callable[[str], Facts]]) -> None:
    """Run every line of the job; whatever a package raises is the finding."""
    for line in job["lines"]:
        began = time.monotonic()
        with ThreadPoolExecutor(1) as pool:
            done = pool.submit(lines[line], line)
            raised = done.exception()
        found: Facts = {"line": line, "seconds": round(time.monotonic() - began, 2)}
        if raised is None:
            found["facts"] = done.result()
        else:
            found["error"] = "".join(traceback.format_exception(raised))
        with Path(job["report"]).open("a") as report:
            report.write(json.dumps(found, default=str) + "\n")
