"""Go on with any row of a home, whatever its kind."""

from __future__ import annotations

from zerog.inft.jobstore import Row
from zerog.inft.mint import KIND as MINT
from zerog.inft.mint import run_mint
from zerog.inft.stack import Stack
from zerog.inft.transfer import ORACLE_SECONDS, run_transfer


def resume(stack: Stack, job_id: str, patience_s: float = ORACLE_SECONDS) -> Row:
    """Drive the row as far as it goes; raises UnknownJob, JobBusy and what its steps raise.

    patience_s: how long to wait for the oracle; a worker looks once (0) and is free again.
    """
    if stack.jobs.get(job_id).kind == MINT:
        return run_mint(stack, job_id)
    return run_transfer(stack, job_id, patience_s)
