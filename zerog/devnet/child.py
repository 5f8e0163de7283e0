"""A child process that cannot outlive its supervisor, and is never mistaken for another.

Each child leads a process group of its own, so that Ctrl-C reaches only the supervisor, which
stops things in order, and so that what a dead child left behind can be ended too. On Linux
the kernel kills the child when its supervisor dies, however that happens.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import psutil

PR_SET_PDEATHSIG: Final = 1


@dataclass(frozen=True, slots=True)
class Identity:
    """A process: its id alone may be given to another one later."""

    pid: int
    create_time: float

    @classmethod
    def of(cls, pid: int) -> Identity | None:
        """The process that has this id now; None when there is none."""
        try:
            return cls(pid, psutil.Process(pid).create_time())
        except psutil.NoSuchProcess:
            return None

    def process(self) -> psutil.Process | None:
        """The living process; None when it ended, is a zombie, or the id is another's."""
        try:
            found = psutil.Process(self.pid)
            if found.create_time() != self.create_time:
                return None
            return None if found.status() == psutil.STATUS_ZOMBIE else found
        except psutil.NoSuchProcess:
            return None


@dataclass(slots=True)
class Child:
    """A running process of the stack and where its log began."""

    process: subprocess.Popen[bytes]
    identity: Identity
    log: Path
    log_start: int

    def exit_code(self) -> int | None:
        """Its exit code (negative: the signal), None while it runs."""
        return self.process.poll()

    def terminate(self) -> None:
        """Ask it to end."""
        if self.process.poll() is None:
            self.process.terminate()

    def wait(self, timeout_s: float) -> bool:
        """Whether it ended within the time."""
        try:
            self.process.wait(timeout_s)
        except subprocess.TimeoutExpired:
            return False
        return True

    def end_group(self) -> None:
        """Kill what is left of its group: itself, and children that it did not take along."""
        try:
            os.killpg(self.identity.pid, signal.SIGKILL)
        except ProcessLookupError:
            return
        finally:
            self.process.wait()


def spawn(
    command: Sequence[str], log: Path, directory: Path, environment: Mapping[str, str]
) -> Child:
    """Start a process with its output appended to `log`.

    Call it from the thread that lives as long as the supervisor: the kernel's promise to kill
    the child is bound to the thread that forked it. Raises OSError when it cannot be run.
    """
    with log.open("ab") as sink:
        start = sink.tell()
        process = subprocess.Popen(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=sink,
            stderr=subprocess.STDOUT,
            cwd=directory,
            env={**os.environ, **environment},
            start_new_session=True,
            preexec_fn=_die_with(os.getpid()),  # noqa: PLW1509  (the supervisor has one thread)
        )
    found = Identity.of(process.pid)
    return Child(process, found or Identity(process.pid, 0.0), log, start)


def _die_with(parent: int) -> Callable[[], None] | None:
    if sys.platform != "linux":
        return None
    library = ctypes.CDLL(None, use_errno=True)

    def ask() -> None:
        library.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:  # it died before we asked
            os.kill(os.getpid(), signal.SIGKILL)

    return ask


def sweep(identities: Sequence[Identity], timeout_s: float = 5.0) -> list[int]:
    """End processes that a dead supervisor left, with all their children; gives their ids."""
    left: list[psutil.Process] = []
    for identity in identities:
        found = identity.process()
        if found is not None:
            left += [*found.children(recursive=True), found]
    for process in left:
        try:
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    _gone, alive = psutil.wait_procs(left, timeout_s)
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout_s)
    return [process.pid for process in left]
