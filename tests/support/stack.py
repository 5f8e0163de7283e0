"""A running stack for tests: `zerog up` on free ports in a home of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict, TypeVar

import psutil

from tests.support.patience import PATIENCE_SECONDS

ROOT = Path(__file__).resolve().parents[2]
ZEROG = Path(sys.executable).parent / "zerog"
T = TypeVar("T")


class Part(TypedDict):
    """One line of `zerog status --json`; what is being started again has null for a pid."""

    name: str
    pid: int
    endpoint: str
    healthy: bool


def wait_for(ask: Callable[[], T | None], what: str, seconds: float = PATIENCE_SECONDS) -> T:
    """Ask until the answer is true; raise TimeoutError naming `what` otherwise."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        found = ask()
        if found:
            return found
        time.sleep(0.02)
    raise TimeoutError(f"{what} did not happen in {seconds:.0f} s")


@dataclass(frozen=True, slots=True)
class RunningStack:
    """The stack of one home."""

    home: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def start(cls, home: Path, *extra: str) -> RunningStack:
        """Start it detached, on free ports; raise with its output when it fails.

        Without data availability, which takes a while to begin, unless `--signers` asks for it.
        """
        made = cls(home)
        few = () if "--signers" in extra else ("--signers", "0")
        done = made.run("up", "--detach", "--ports", "auto", *few, *extra)
        if done.returncode != 0:
            raise RuntimeError(f"zerog up failed: {done.stdout}\n{done.stderr}")
        return made

    def environment(self) -> Mapping[str, str]:
        """The environment of a user of this home: no URL of another stack leaks in."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ZEROG_")}
        return {**kept, "ZEROG_HOME": str(self.home), **self.variables}

    def with_environment(self, variables: Mapping[str, str]) -> RunningStack:
        """The same home, for commands that see these variables too."""
        return RunningStack(self.home, variables)

    def run(
        self, *words: str, timeout: float = PATIENCE_SECONDS
    ) -> subprocess.CompletedProcess[str]:
        """Run one zerog command on this home."""
        return subprocess.run(
            [str(ZEROG), *words],
            env=dict(self.environment()),
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def json(self, *words: str) -> dict[str, object]:
        """Run a command with --json; raise with its errors when it fails."""
        done = self.run(*words, "--json")
        if done.returncode != 0:
            raise RuntimeError(f"zerog {' '.join(words)}: {done.stderr}")
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def spawn(self, *words: str) -> subprocess.Popen[str]:
        """Start a zerog command and give its process."""
        return subprocess.Popen(
            [str(ZEROG), *words],
            env=dict(self.environment()),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def parts(self) -> dict[str, Part]:
        """Every process by name, as `zerog status` sees it."""
        done = self.run("status", "--json")
        found: list[Part] = json.loads(done.stdout)
        return {part["name"]: part for part in found}

    def kill(self, name: str) -> int:
        """kill -9 one process of the stack, once it runs; gives the pid that died."""
        pid = wait_for(lambda: self.parts()[name]["pid"], f"a process of {name}")
        victim = psutil.Process(pid)
        victim.kill()
        psutil.wait_procs([victim], timeout=PATIENCE_SECONDS)
        return pid

    def wait_healthy(self, seconds: float = PATIENCE_SECONDS) -> None:
        """Wait until every process answers."""

        def all_healthy() -> bool:
            parts = self.parts()
            return bool(parts) and all(part["healthy"] for part in parts.values())

        wait_for(all_healthy, "every part healthy", seconds)

    def stop(self) -> None:
        """Stop it and check that nothing of it is left."""
        pids = [part["pid"] for part in self.parts().values() if part["pid"]]
        done = self.run("down")
        if done.returncode != 0:
            raise RuntimeError(f"zerog down failed: {done.stderr}")
        left = [pid for pid in pids if psutil.pid_exists(pid)]
        if left:
            raise RuntimeError(f"zerog down left {left}")
