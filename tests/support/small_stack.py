"""A supervised stack of chosen parts only: `python -m tests.support.small_stack HOME NAME...`.

It is the product's own supervisor on a shorter plan, so that a test of the chain's persistence
does not pay for workers.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import psutil

from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from zerog.devnet import up
from zerog.devnet.state import HomeLock, PartState, RunState


@dataclass(slots=True)
class SmallStack:
    """The supervisor's process and its home."""

    home: Path
    process: subprocess.Popen[bytes]

    @classmethod
    def start(
        cls, home: Path, *names: str, variables: Mapping[str, str] | None = None, signers: int = 0
    ) -> SmallStack:
        """Start it, with these ZEROG_ variables, and wait until it is healthy.

        signers: of data availability, which are founded; their process runs if it is named.
        """
        module = (sys.executable, "-m", "tests.support.small_stack")
        command = [*module, str(home), str(signers), *names]
        kept = {k: v for k, v in os.environ.items() if not k.startswith("ZEROG_")}
        root = Path(__file__).resolve().parents[2]
        made = cls(home, subprocess.Popen(command, cwd=root, env={**kept, **(variables or {})}))
        made.wait_healthy()
        return made

    def state(self) -> RunState:
        """What the supervisor last wrote; raises when it wrote nothing."""
        found = RunState.load(self.home)
        if found is None:
            raise RuntimeError("the supervisor wrote no state")
        return found

    def part(self, name: str) -> PartState:
        """One part of it."""
        return next(part for part in self.state().parts if part.name == name)

    def wait_healthy(self) -> None:
        """Wait until this supervisor says that all parts are ready."""

        def ready() -> bool:
            if self.process.poll() is not None:
                raise RuntimeError(f"the supervisor ended with {self.process.returncode}")
            state = RunState.load(self.home)
            return (
                state is not None
                and state.supervisor.pid == self.process.pid
                and state.phase == "healthy"
                and all(part.ready for part in state.parts)
            )

        wait_for(lambda: ready() or None, "a healthy small stack")

    def kill(self, name: str) -> int:
        """kill -9 a part; gives the restarts that it had, once the supervisor noticed."""
        before = self.part(name)
        assert before.pid is not None
        psutil.Process(before.pid).kill()
        wait_for(lambda: self.part(name).restarts > before.restarts or None, f"death of {name}")
        return before.restarts

    def stop(self) -> int:
        """End it in order; gives the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=PATIENCE_SECONDS)


def main() -> None:
    """Run the supervisor on the named parts until a signal."""
    home, signers, names = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3:]
    lock = HomeLock.take(home)
    if lock is None:
        sys.exit("the home is taken")
    shape = up.choose_shape(home, {"signers": signers})
    plan = up.plan_stack(home, up.choose_ports(home, True, shape), shape)
    plan = replace(plan, parts=tuple(part for part in plan.parts if part.name in names))
    began = time.monotonic()
    sys.exit(
        up.supervise(
            plan,
            lock,
            lambda line: print(line, file=sys.stderr),  # noqa: T201
            lambda _: print(f"healthy in {time.monotonic() - began:.2f} s", file=sys.stderr),  # noqa: T201
        )
    )


if __name__ == "__main__":
    main()
