"""Driving a row to where it rests, for a caller who waits."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from zerog.inft.errors import JobFailed
from zerog.inft.jobstore import JobBusy, Row
from zerog.inft.resume import resume
from zerog.inft.stack import Stack
from zerog.inft.steps import EXPIRED, FAILED

BUSY_POLL_SECONDS: Final = 0.1


def driven(stack: Stack, job_id: str, run: Callable[[Stack, str], Row] = resume) -> Row:
    """A row as far as it goes; a worker that took it over is waited for.

    run: what drives it, where its kind's own way is not meant. Raises JobFailed where it ended
    badly, and what its steps raise.
    """
    while True:
        try:
            row = run(stack, job_id)
            break
        except JobBusy:
            time.sleep(BUSY_POLL_SECONDS)
    if row.state in {FAILED, EXPIRED}:
        raise JobFailed(job_id, row.state, row.error or row.state)
    return row
