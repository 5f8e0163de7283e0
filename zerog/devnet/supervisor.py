"""Starts the parts of a stack, keeps them alive, and stops them in order.

One thread: children die with the thread that forked them, and a fork from a process with one
thread cannot meet a lock that another thread held. Each round of the loop is short: notice the
dead, start what is due, look whether it is ready, save the chain, write the state.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import FrameType
from typing import Final

from zerog.devnet.anvil import SavedStates, Saver
from zerog.devnet.child import Child, Identity, spawn
from zerog.devnet.errors import ChainSilent, StartFailed
from zerog.devnet.journal import Journal
from zerog.devnet.parts import Managed, Phase, last_line
from zerog.devnet.plan import StackPlan, stop_order
from zerog.devnet.state import Failure, RunState, log_file, trim_log
from zerog.errors import ZerogError

START_SECONDS: Final = 180.0
STOP_SECONDS: Final = 10.0
BUSY_TICK: Final = 0.02
IDLE_TICK: Final = 0.1
DEATHS_AT_START: Final = 5
"""A part that dies so often in a row while the stack starts keeps it from starting."""
TRIM_SECONDS: Final = 60.0
PROVISION: Final = "provision"
PROVISION_REST: Final = 0.3


class Supervisor:
    """The stack of one home; the caller holds the home's lock."""

    def __init__(self, plan: StackPlan, journal: Journal) -> None:
        """Nothing is started yet."""
        self._plan, self._journal = plan, journal
        self._parts = {
            part.name: Managed(part, log_file(plan.home, part.name), plan.environment)
            for part in plan.parts
        }
        self._chain = self._parts["chain"]
        self._states = SavedStates(plan.home / "chain")
        self._saver = Saver(plan.endpoints["chain"], self._states)
        self._provision: Child | None = None
        self._provision_due = 0.0
        self._trim_due = 0.0
        self._signal: int | None = None
        self._started = False
        self._state = RunState(_self_identity(), "starting", plan.ports, ())

    def run(self, on_healthy: Callable[[RunState], None]) -> int:
        """Supervise until a signal; gives the exit code: 130 after Ctrl-C, else 0.

        on_healthy: called once, when every part is ready. Raises StartFailed when that does
        not happen, after everything was stopped again.
        """
        with self._signals():
            try:
                self._write("starting")
                self._until_healthy()
                if self._signal is None:
                    on_healthy(self._state)
                while self._signal is None:
                    self._round()
                    self._trim_logs()
                    time.sleep(IDLE_TICK)
            except ZerogError as error:
                self._state = replace(
                    self._state, failure=Failure(error.cause, error.mend, error.exit_code)
                )
                raise
            finally:
                self._stop()
        return 130 if self._signal == signal.SIGINT else 0

    def _until_healthy(self) -> None:
        end = time.monotonic() + START_SECONDS
        while self._signal is None:
            self._round()
            if all(part.healthy for part in self._parts.values()):
                self._started = True
                self._journal.note("the stack is healthy")
                self._write("healthy")
                return
            if time.monotonic() > end:
                self._give_up(f"not healthy after {START_SECONDS:.0f} s")
            time.sleep(BUSY_TICK)

    def _give_up(self, reason: str) -> None:
        late = next(part for part in self._parts.values() if not part.healthy)
        if late is self._chain and self._provision is not None:
            raise StartFailed(PROVISION, reason, log_file(self._plan.home, PROVISION))
        raise StartFailed(late.part.name, reason, late.log)

    def _round(self) -> None:
        for part in self._parts.values():
            self._reap(part)
            if part.due() and all(self._parts[name].healthy for name in part.part.needs):
                self._start(part)
            elif part.phase is Phase.STARTING and part is not self._chain and part.looks_ready():
                self._ready(part)
        self._watch_chain()
        self._write("healthy" if self._started else "starting")

    def _trim_logs(self) -> None:
        if time.monotonic() < self._trim_due:
            return
        self._trim_due = time.monotonic() + TRIM_SECONDS
        for part in self._parts.values():
            if part.healthy and trim_log(part.log):
                self._journal.note(f"the log of {part.part.name} was begun anew")

    def _reap(self, part: Managed) -> None:
        death = part.reap()
        if death is None:
            return
        self._journal.tell(
            f"{death.name} (pid {death.pid}) died with exit code {death.exit_code}; "
            f"restart {part.restarts} in {death.rest_seconds:.1f} s"
        )
        if part is self._chain:
            self._end_provision()
        # Exit code 2 is wrong use: it would be the same again.
        if not self._started and (death.exit_code == 2 or part.quick_deaths >= DEATHS_AT_START):
            reason = last_line(part.log) or f"exit code {death.exit_code}"
            raise StartFailed(death.name, reason, part.log)

    def _start(self, part: Managed) -> None:
        extra: tuple[str, ...] = ()
        if part is self._chain and not part.part.external:
            saved = self._states.restore()
            if saved is not None:
                extra = ("--load-state", str(saved))
            self._saver.forget()
        try:
            part.start(extra)
        except OSError as error:
            raise StartFailed(part.part.name, error.strerror or str(error), part.log) from error
        if part.child is not None:
            self._journal.note(f"{part.part.name} started (pid {part.child.identity.pid})")

    def _ready(self, part: Managed) -> None:
        part.phase = Phase.HEALTHY
        self._journal.note(f"{part.part.name} is ready")

    def _watch_chain(self) -> None:
        """Provision a chain that answers; save one that moved.

        A chain counts as healthy only when its lost transactions were sent again and its
        contracts are there; what is sent to it until then is saved all the same.
        """
        chain = self._chain
        if chain.phase is Phase.STARTING:
            if self._provision is not None:
                self._finish_provision(self._provision)
            elif time.monotonic() >= self._provision_due and chain.looks_ready():
                self._begin_provision()
        if chain.phase is Phase.HEALTHY and not chain.part.external:
            self._save_chain()

    def _save_chain(self) -> None:
        try:
            self._saver.tick()
        except ChainSilent as error:
            # A dead chain is noticed by its exit; a busy one is asked again.
            self._journal.note(f"chain not saved: {error.reason}")

    def _begin_provision(self) -> None:
        self._provision = spawn(
            (sys.executable, "-m", "zerog.devnet.provision", "--home", str(self._plan.home)),
            log_file(self._plan.home, PROVISION),
            self._plan.home,
            self._plan.environment,
        )

    def _finish_provision(self, child: Child) -> None:
        code = child.exit_code()
        if code is None:
            return
        self._end_provision()
        if code == 0:
            self._ready(self._chain)
            return
        reason = last_line(child.log) or f"exit code {code}"
        if not self._started:
            raise StartFailed(PROVISION, reason.removeprefix("error: "), child.log)
        self._journal.tell(f"{PROVISION} failed, and runs again: {reason}")
        self._provision_due = time.monotonic() + PROVISION_REST

    def _end_provision(self) -> None:
        if self._provision is not None:
            self._provision.end_group()
            self._provision = None

    def _stop(self) -> None:
        self._write("stopping")
        self._end_provision()
        for stage in stop_order(self._parts):
            if "chain" in stage and self._chain.healthy and not self._chain.part.external:
                self._save_last()
            self._stop_stage([self._parts[name] for name in stage])
        self._journal.note("the stack is stopped")
        self._write("failed" if self._state.failure else "stopped")

    def _save_last(self) -> None:
        try:
            self._saver.save_if_moved()
        except ChainSilent as error:
            self._journal.note(f"chain not saved: {error.reason}")

    def _stop_stage(self, stage: list[Managed]) -> None:
        running = [part.child for part in stage if part.child is not None]
        for child in running:
            child.terminate()
        end = time.monotonic() + STOP_SECONDS
        for child in running:
            if not child.wait(max(0.0, end - time.monotonic())):
                self._journal.note(f"pid {child.identity.pid} did not end in time and is killed")
            child.end_group()
        for part in stage:
            part.child, part.phase = None, Phase.WAITING

    def _write(self, phase: str) -> None:
        parts = tuple(part.state() for part in self._parts.values())
        found = replace(self._state, phase=phase, parts=parts)
        if found != self._state:
            found.save(self._plan.home)
            self._state = found

    @contextmanager
    def _signals(self) -> Iterator[None]:
        def note(number: int, _frame: FrameType | None) -> None:
            # The first one counts: Ctrl-C twice must not cut the orderly stop short.
            self._signal = self._signal or number

        caught = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
        before = {number: signal.signal(number, note) for number in caught}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _self_identity() -> Identity:
    found = Identity.of(os.getpid())
    return found or Identity(os.getpid(), 0.0)
