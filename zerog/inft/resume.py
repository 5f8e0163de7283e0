"""Go on with any row of a home, whatever its kind."""

from __future__ import annotations

from zerog.inft.jobstore import Row
from zerog.inft.mint import KIND as MINT
from zerog.inft.mint import run_mint
from zerog.inft.stack import Stack
from zerog.inft.transfer import run_transfer


def resume(stack: Stack, job_id: str) -> Row:
    """Drive the row as far as it goes; raises UnknownJob, JobBusy and what its steps raise."""
    if stack.jobs.get(job_id).kind == MINT:
        return run_mint(stack, job_id)
    return run_transfer(stack, job_id)
