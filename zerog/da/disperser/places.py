"""Where a home keeps a disperser's rows and bytes, and how a taken blob gets to its workers."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from zerog.config import variable
from zerog.da.blobs import BlobStore
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.params import FULL, Profile
from zerog.errors import Unreachable
from zerog.jobs import EncodeBlob, Job, Jobs

log = logging.getLogger(__name__)
STORE_VARIABLE: Final = "ZEROG_DA_STORE"


def folder_of(home: Path) -> Path:
    """The disperser's own folder: its rows, its account's key."""
    return home / "da" / "disperser"


def blob_store(home: Path) -> BlobStore:
    """The rows."""
    return BlobStore(folder_of(home) / "blobs.db")


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


def waker(jobs: Jobs, profile: Profile = FULL) -> Callable[[str], object]:
    """What an Intake calls for each blob: its encoding is asked for."""
    return lambda request_id: nudge(jobs, EncodeBlob(request_id, profile.k, profile.n))
