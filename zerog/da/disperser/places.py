"""Where a home keeps a disperser's rows and bytes, and how a taken blob gets to its workers."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from queue import Full, Queue
from typing import Final, NoReturn

from zerog.config import variable
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.params import FULL, Profile
from zerog.errors import Unreachable
from zerog.jobs import EncodeBlob, Job, Jobs

log = logging.getLogger(__name__)
STORE_VARIABLE: Final = "ZEROG_DA_STORE"
ROWS: Final = "blobs.db"


def folder_of(home: Path) -> Path:
    """The disperser's own folder: its rows, its account's key."""
    return home / "da" / "disperser"


def blob_store(home: Path) -> BlobStore:
    """The rows."""
    return BlobStore(folder_of(home) / ROWS)


def byte_store(home: Path, env: Mapping[str, str]) -> ByteStore:
    """The bytes, at $ZEROG_DA_STORE or in the home; raises BadStoreUrl."""
    return ByteStore(variable(STORE_VARIABLE, env) or home / "da" / "bytes")


def nudge(jobs: Jobs, job: Job) -> bool:
    """Ask for work now; where the broker is away, the next sweep does. Whether it was asked."""
    try:
        jobs.submit(job)
    except Unreachable as error:
        log.warning("%s", error)
        return False
    return True


class InBackground:
    """Calls in a thread of its own, in order: nobody waits for a broker that is away.

    While MOST calls wait, further ones are left out; the sweep finds what they were about.
    """

    MOST: Final = 1000

    def __init__(self, call: Callable[[str], object]) -> None:
        """call: must not raise."""
        self._call = call
        self._waiting: Queue[str] = Queue(self.MOST)
        threading.Thread(target=self._run, name="wake", daemon=True).start()

    def __call__(self, request_id: str) -> bool:
        """Hand a call over; whether it will be made."""
        try:
            self._waiting.put_nowait(request_id)
        except Full:
            return False
        return True

    def _run(self) -> NoReturn:
        while True:
            self._call(self._waiting.get())


def waker(jobs: Jobs, profile: Profile = FULL) -> Callable[[str], object]:
    """What an Intake calls for each blob: its encoding is asked for."""
    return lambda request_id: nudge(jobs, EncodeBlob(request_id, profile.k, profile.n))
