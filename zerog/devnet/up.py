"""Starting, finding and stopping the stack of a home, in the foreground or detached.

`python -m zerog.devnet.up --home HOME --ports JSON` is the detached supervisor.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from zerog.config import ELSEWHERE, variable
from zerog.devnet.anvil import find_anvil
from zerog.devnet.broker import find_broker
from zerog.devnet.child import sweep
from zerog.devnet.errors import AltDaAlone, StartFailed, StopFailed
from zerog.devnet.journal import Journal
from zerog.devnet.parts import last_line
from zerog.devnet.plan import Binaries, StackPlan, make_plan
from zerog.devnet.ports import pick_free, require_free
from zerog.devnet.probe import require_elsewhere
from zerog.devnet.shape import DEFAULT_SIGNERS, Ports, Shape, default_ports
from zerog.devnet.state import (
    HomeLock,
    RunState,
    is_supervised,
    log_file,
    make_home,
    rotate_log,
)
from zerog.devnet.supervisor import START_SECONDS, Supervisor
from zerog.errors import UsageError, ZerogError

POLL_SECONDS: Final = 0.05
DOWN_SECONDS: Final = 60.0
Say = Callable[[str], None]
OnHealthy = Callable[[RunState], None]


def plan_stack(home: Path, ports: Ports, shape: Shape) -> StackPlan:
    """The stack that this process's environment asks for.

    Raises AnvilMissing, BrokerMissing, AltDaAlone, BadSetting.
    """
    external = external_urls(home, os.environ)
    if shape.alt_da and not shape.signers and "disperser" not in external:
        raise AltDaAlone(shape.signers)
    binaries = Binaries(
        python=sys.executable,
        anvil="" if "chain" in external else find_anvil(),
        broker="" if "broker" in external else find_broker(),
    )
    return make_plan(home, ports, binaries, external, shape)


def external_urls(home: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """The parts that the environment names a URL for; raises BadSetting.

    A URL at which this home's own part answered is not external: the shell has read zerog.env.
    """
    last = RunState.load(home)
    own = {part.endpoint for part in last.parts if not part.external} if last else set()
    found = {name: variable(given, environment) for name, given in ELSEWHERE.items()}
    return {name: url for name, url in found.items() if url and url not in own}


def choose_shape(home: Path, asked: Mapping[str, int | None]) -> Shape:
    """The shape that is asked for, by field; what is None is as in the last run of this home.

    A new home has signers on a chain of its own; a chain elsewhere has those it has. Raises
    BadSetting.
    """
    last = RunState.load(home)
    if last is not None:
        return last_shape(last).but(asked)
    elsewhere = external_urls(home, os.environ).keys() & {"chain", "disperser"}
    return Shape(signers=0 if elsewhere else DEFAULT_SIGNERS).but(asked)


def last_shape(last: RunState) -> Shape:
    """The shape of a run; a part that serves several ports counts by these."""
    return Shape.of({*(part.name for part in last.parts), *last.ports})


def choose_ports(home: Path, automatic: bool, shape: Shape) -> Ports:
    """The fixed default ports, or free ones: those of the last run where they still are."""
    if not automatic:
        return default_ports(shape)
    last = RunState.load(home)
    return pick_free(last.ports if last else {}, shape)


def supervise(plan: StackPlan, lock: HomeLock, say: Say, on_healthy: OnHealthy) -> int:
    """Run the stack in this process until a signal; gives the exit code.

    Raises PortTaken and PartElsewhereSilent before anything is started, StartFailed.
    """
    home = plan.home
    try:
        _sweep_stale(home, say)
        require_free(plan.local_ports())
        require_elsewhere(plan.parts)
        for name in (*(part.name for part in plan.parts), "provision", "supervisor"):
            rotate_log(log_file(home, name))
        journal = Journal(log_file(home, "supervisor"), say)
        return Supervisor(plan, journal).run(on_healthy)
    finally:
        lock.release()


def start_detached(home: Path, ports: Ports, shape: Shape) -> RunState:
    """Start a supervisor of its own session and wait until the stack is healthy.

    Raises what kept it from starting, with the cause, mend and exit code of the original.
    """
    log = log_file(home, "detached")
    rotate_log(log)
    command = [sys.executable, "-m", "zerog.devnet.up", "--home", str(home)]
    command += ["--ports", json.dumps(dict(ports)), "--shape", json.dumps(shape.to_json())]
    with log.open("ab") as sink:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=sink,
            cwd=home,
            start_new_session=True,
        )
    return wait_healthy(home, process)


def wait_healthy(home: Path, starter: subprocess.Popen[bytes] | None = None) -> RunState:
    """Wait until the stack of `home` is healthy; raises StartFailed, or its own failure.

    starter: the process that starts it; without one, the supervisor that holds the home.
    """
    end = time.monotonic() + START_SECONDS + 10
    while time.monotonic() < end:
        starting = starter is not None and starter.poll() is None
        state = RunState.load(home)
        supervised = state is not None and state.supervisor.process() is not None
        if state and supervised and state.phase == "healthy":
            return state
        # A supervisor that lost the race for the home ends; the one that won goes on.
        if not starting and not is_supervised(home):
            _raise_failure(home, state, starter.pid if starter else 0)
        time.sleep(POLL_SECONDS)
    raise StartFailed("the stack", "not healthy in time", log_file(home, "supervisor"))


def _raise_failure(home: Path, state: RunState | None, pid: int) -> None:
    failure = state.failure if state and pid in (0, state.supervisor.pid) else None
    if failure is None:
        log = log_file(home, "detached")
        raise StartFailed("the supervisor", last_line(log) or "it ended", log)
    kind = UsageError if failure.exit_code == UsageError.exit_code else ZerogError
    raise kind(failure.cause, failure.mend)


def stop(home: Path) -> list[int]:
    """Stop the stack of a home in order; gives the pids that ran. Raises StopFailed."""
    state = RunState.load(home)
    if state is None:
        return []
    pids = [part.pid for part in state.parts if part.pid is not None]
    supervisor = state.supervisor.process() if is_supervised(home) else None
    if supervisor is None:
        return sweep([part.identity for part in state.parts if part.identity])
    supervisor.terminate()
    end = time.monotonic() + DOWN_SECONDS
    while is_supervised(home):
        if time.monotonic() > end:
            raise StopFailed(supervisor.pid, DOWN_SECONDS)
        time.sleep(POLL_SECONDS)
    return pids


def _sweep_stale(home: Path, say: Say) -> None:
    """End what a supervisor that was killed could not take along."""
    last = RunState.load(home)
    if last is None:
        return
    ended = sweep([part.identity for part in last.parts if part.identity])
    if ended:
        say(f"ended {len(ended)} processes that a killed supervisor left")


def main() -> None:
    """The detached supervisor: what it has to say goes to its log."""
    parser = argparse.ArgumentParser(description="Supervise the stack of a home.")
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--ports", type=json.loads, required=True)
    parser.add_argument("--shape", type=json.loads, default={})
    arguments = parser.parse_args()
    home: Path = arguments.home
    make_home(home)
    lock = HomeLock.take(home)
    if lock is None:
        sys.stderr.write("another supervisor has this home\n")
        return
    try:
        shape = Shape().but(arguments.shape)
        plan = plan_stack(home, arguments.ports, shape)
        code = supervise(plan, lock, lambda _line: None, lambda _state: None)
    except ZerogError as error:
        sys.stderr.write(f"error: {error}\n")
        code = error.exit_code
    sys.exit(code)


if __name__ == "__main__":
    main()
