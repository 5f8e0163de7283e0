"""The port through which the library asks for work, and its in-process implementation.

A job is a name and ids: never bytes, never a key. `workers.queue.CeleryJobs` sends it to a
worker; `InlineJobs` runs the handler at once, in the caller's process.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Protocol

from zerog.errors import UsageError


@dataclass(frozen=True, slots=True)
class ReEncrypt:
    """Bring one oracle transfer from `accepted` to `signed` (queue `oracle`)."""

    transfer_id: str

    @property
    def key(self) -> str:
        """The transfer's id."""
        return self.transfer_id


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on with a mint or transfer of this home whose process died (queue `default`)."""

    job_id: str

    @property
    def key(self) -> str:
        """The row's id."""
        return self.job_id


@dataclass(frozen=True, slots=True)
class SearchNonces:
    """Try nonces for one mining context, given by its digest in 0x hex (queue `mining`)."""

    context: str

    @property
    def key(self) -> str:
        """The context's digest."""
        return self.context


@dataclass(frozen=True, slots=True)
class ReleaseKey:
    """Have one member of the committee share in a release (queue `committee-MEMBER`)."""

    member: int
    release_id: str

    @property
    def key(self) -> str:
        """Member and release."""
        return f"{self.member}/{self.release_id}"


@dataclass(frozen=True, slots=True)
class CarryPermit:
    """Carry a posted permit out, or go on with it (queue `relay`)."""

    job_id: str

    @property
    def key(self) -> str:
        """The row's id."""
        return self.job_id


@dataclass(frozen=True, slots=True)
class EncodeBlob:
    """Encode the bytes of a dispersed blob (queue `da-encode`, on any machine that has the store).

    k, n: data and parity rows of the network's code.
    """

    request_id: str
    k: int = 1024
    n: int = 2048

    @property
    def key(self) -> str:
        """The code and the request."""
        return f"{self.k}+{self.n}/{self.request_id}"


@dataclass(frozen=True, slots=True)
class MoveBlobs:
    """Move the blobs that are in one stage, by its name, as far as it goes (queue `da`)."""

    stage: str

    @property
    def key(self) -> str:
        """The stage."""
        return self.stage


Job = ReEncrypt | Resume | SearchNonces | ReleaseKey | CarryPermit | EncodeBlob | MoveBlobs


class Jobs(Protocol):
    """Where work is asked for."""

    def submit(self, job: Job) -> str:
        """Hand over `job`; gives an id for logs. Running it twice must be harmless."""
        ...


class InlineJobs:
    """Runs each job in this process, before `submit` returns."""

    def __init__(self, handlers: Mapping[type[Job], Callable[[str], None]]) -> None:
        """handlers: for each job class, a function of the job's id."""
        self._handlers = handlers

    def submit(self, job: Job) -> str:
        """Run `job` now."""
        self._handlers[type(job)](job.key)
        return f"inline-{job.key}"


class NoSuchJobs(UsageError):
    """No installed package offers a Jobs implementation of that name."""

    def __init__(self, name: str) -> None:
        self.name = name
        super().__init__(f"no job queue called {name!r}", "install zerog[workers]")


def load_jobs(name: str, broker_url: str) -> Jobs:
    """The Jobs implementation that an installed package registered under `zerog.jobs`."""
    for entry in entry_points(group="zerog.jobs"):
        if entry.name == name:
            made: Jobs = entry.load()(broker_url)
            return made
    raise NoSuchJobs(name)
