"""HOME/run: who supervises this home, and what the parts of its stack are doing.

`supervisor.lock` is held by the living supervisor (the kernel frees it when it dies);
`supervisor.json` is written whole, by rename, at every change.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final, Self

import orjson

from zerog.devnet.child import Identity
from zerog.devnet.errors import HomeNotWritable
from zerog.devnet.plan import Probe
from zerog.devnet.shape import Ports
from zerog.files import replace_file

LOG_BYTES: Final = 32 * 1024 * 1024
LOCK_TRIES: Final = 10
LOCK_REST_SECONDS: Final = 0.02


@dataclass(frozen=True, slots=True)
class PartState:
    """One part as the supervisor last saw it; `pid` None: not running, or external."""

    name: str
    probe: Probe
    endpoint: str | None
    pid: int | None
    create_time: float
    ready: bool
    restarts: int
    external: bool
    last_exit: int | None

    @property
    def identity(self) -> Identity | None:
        """Its process, if it has one."""
        return None if self.pid is None else Identity(self.pid, self.create_time)


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a stack did not start."""

    cause: str
    mend: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class RunState:
    """The supervisor's own file. phase: starting, healthy, stopping, stopped, failed."""

    supervisor: Identity
    phase: str
    ports: Ports
    parts: tuple[PartState, ...]
    failure: Failure | None = None

    def endpoints(self) -> dict[str, str]:
        """Where the parts answer, by name."""
        return {part.name: part.endpoint for part in self.parts if part.endpoint is not None}

    def save(self, home: Path) -> None:
        """Write the file atomically."""
        replace_file(state_file(home), orjson.dumps(asdict(self), option=orjson.OPT_INDENT_2))

    @classmethod
    def load(cls, home: Path) -> Self | None:
        """The last state of this home; None when there is none, or no readable one."""
        try:
            document = orjson.loads(state_file(home).read_bytes())
            parts = [{**part, "probe": Probe(part["probe"])} for part in document["parts"]]
            return cls(
                supervisor=Identity(**document["supervisor"]),
                phase=document["phase"],
                ports={name: int(port) for name, port in document["ports"].items()},
                parts=tuple(PartState(**part) for part in parts),
                failure=Failure(**document["failure"]) if document["failure"] else None,
            )
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            return None


def state_file(home: Path) -> Path:
    """Where the state lies."""
    return home / "run" / "supervisor.json"


class HomeLock:
    """The right to supervise a home."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    @classmethod
    def take(cls, home: Path) -> Self | None:
        """Take the lock; None when a living supervisor has it. Raises HomeNotWritable."""
        make_home(home)
        descriptor = os.open(home / "run" / "supervisor.lock", os.O_RDWR | os.O_CREAT, 0o600)
        # Somebody who only looks (`is_supervised`) holds it for an instant.
        for _ in range(LOCK_TRIES):
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                time.sleep(LOCK_REST_SECONDS)
            else:
                return cls(descriptor)
        os.close(descriptor)
        return None

    def release(self) -> None:
        """Give it back."""
        os.close(self._descriptor)


def is_supervised(home: Path) -> bool:
    """Whether a living supervisor holds this home."""
    try:
        descriptor = os.open(home / "run" / "supervisor.lock", os.O_RDONLY)
    except FileNotFoundError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def make_home(home: Path) -> None:
    """The home and the folders of the supervisor; raises HomeNotWritable."""
    try:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        for name in ("run", "logs", "chain", "broker", "oracle", "keys"):
            (home / name).mkdir(mode=0o700, exist_ok=True)
    except OSError as error:
        raise HomeNotWritable(home, error.strerror or str(error)) from error
    if not os.access(home / "run", os.W_OK):
        raise HomeNotWritable(home, "no permission to write")


def log_file(home: Path, name: str) -> Path:
    """The log of one process."""
    return home / "logs" / f"{name}.log"


def rotate_log(path: Path) -> None:
    """Begin a fresh log; the one before is kept as NAME.log.1."""
    if path.exists() and path.stat().st_size:
        path.replace(path.with_name(path.name + ".1"))


def trim_log(path: Path) -> bool:
    """Begin a log anew that grew past LOG_BYTES, while its writer goes on; whether it did.

    The writer appends (O_APPEND), so that it goes on at the new end. What it writes between
    the copy and the cut is lost.
    """
    if not path.exists() or path.stat().st_size < LOG_BYTES:
        return False
    shutil.copyfile(path, path.with_name(path.name + ".1"))
    os.truncate(path, 0)
    return True
