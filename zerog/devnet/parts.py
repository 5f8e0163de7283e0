"""One part of the stack under supervision: its process, its health, its restarts."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

from zerog.config import redact_url
from zerog.devnet.child import Child, spawn
from zerog.devnet.plan import Part, Probe
from zerog.devnet.probe import answers, log_says
from zerog.devnet.state import PartState

FIRST_REST: Final = 0.1
LONGEST_REST: Final = 10.0
CALM_SECONDS: Final = 30.0
"""A part that ran so long before it died is restarted at once again."""
PROBE_SECONDS: Final = 1.0


class Phase(StrEnum):
    """Where a part is."""

    WAITING = "waiting"  # for what it needs, or for its rest after a death
    STARTING = "starting"
    HEALTHY = "healthy"


@dataclass(frozen=True, slots=True)
class Death:
    """A process that ended by itself. exit_code: negative for a signal."""

    name: str
    pid: int
    exit_code: int
    rest_seconds: float


class Managed:
    """A part and its process."""

    def __init__(self, part: Part, log: Path, environment: Mapping[str, str]) -> None:
        """log: where the process writes; environment: added to the supervisor's own."""
        self.part, self.log = part, log
        self.phase = Phase.WAITING
        self.child: Child | None = None
        self.restarts = 0
        self.last_exit: int | None = None
        self._environment = environment
        self._began = 0.0
        self._not_before = 0.0
        self._quick_deaths = 0

    @property
    def healthy(self) -> bool:
        """Started and seen ready (an external part: seen answering)."""
        return self.phase is Phase.HEALTHY

    @property
    def quick_deaths(self) -> int:
        """Deaths in a row, each soon after its start."""
        return self._quick_deaths

    def due(self) -> bool:
        """Whether it may be started now, as far as its own rest is concerned."""
        return self.phase is Phase.WAITING and time.monotonic() >= self._not_before

    def start(self, extra: tuple[str, ...] = ()) -> None:
        """Start the process (an external part: begin to look for it)."""
        self.phase = Phase.STARTING
        self._began = time.monotonic()
        if not self.part.external:
            directory = self.log.parent.parent
            command = (*self.part.command, *extra)
            self.child = spawn(command, self.log, directory, self._environment)

    def reap(self) -> Death | None:
        """Notice that the process ended; ends what it left behind and plans the restart."""
        child = self.child
        code = child.exit_code() if child is not None else None
        if child is None or code is None:
            return None
        child.end_group()
        calm = time.monotonic() - self._began > CALM_SECONDS
        self._quick_deaths = 1 if calm else self._quick_deaths + 1
        rest = min(FIRST_REST * 2 ** (self._quick_deaths - 1), LONGEST_REST)
        self._not_before = time.monotonic() + rest
        self.phase, self.child = Phase.WAITING, None
        self.restarts += 1
        self.last_exit = code
        return Death(self.part.name, child.identity.pid, code, rest)

    def looks_ready(self) -> bool:
        """Whether the started process is ready to serve."""
        if self.part.probe is Probe.LOG:
            child = self.child
            return child is not None and log_says(child.log, child.log_start, self.part.ready_line)
        return answers(self.part, PROBE_SECONDS)

    def state(self) -> PartState:
        """As the state file shows it."""
        identity = self.child.identity if self.child else None
        return PartState(
            name=self.part.name,
            probe=self.part.probe,
            endpoint=redact_url(self.part.endpoint) if self.part.endpoint else None,
            pid=identity.pid if identity else None,
            create_time=identity.create_time if identity else 0.0,
            ready=self.healthy,
            restarts=self.restarts,
            external=self.part.external,
            last_exit=self.last_exit,
        )


def last_line(log: Path) -> str:
    """The last line with text of a log, to quote in an error; empty without one."""
    try:
        lines = log.read_bytes()[-4096:].decode(errors="replace").splitlines()
    except OSError:
        return ""
    return next((line.strip() for line in reversed(lines) if line.strip()), "")
