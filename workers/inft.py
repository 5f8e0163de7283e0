"""Tasks of the iNFT room: nudges to rows; each is harmless to run twice."""

from __future__ import annotations

import logging
from collections.abc import Callable

from workers.app import app
from workers.base import RoomTask
from workers.schedule import SWEEP_SECONDS
from zerog.errors import ZerogError
from zerog.inft.jobstore import JobBusy, Row
from zerog.inft.market.adoption import adopt
from zerog.inft.reseal import run_reseal
from zerog.inft.resume import resume
from zerog.inft.steps import DONE
from zerog.jobs import ReEncrypt, Resume

log = logging.getLogger(__name__)


def rest(key: str, work: Callable[[], Row]) -> str:
    """The state in which a row rests after some work; a row that must wait is swept again."""
    try:
        return work().state
    except JobBusy:
        return "busy"
    except ZerogError as error:
        log.warning("job %s: %s", key, error)
        return "waiting"


@app.task(base=RoomTask, bind=True, name="zerog.oracle.reencrypt")
def reencrypt(self: RoomTask, transfer_id: str) -> str:
    """Bring one oracle transfer as far as it goes; gives the state it rests in."""
    return rest(transfer_id, lambda: run_reseal(self.context.house, transfer_id))


@app.task(base=RoomTask, bind=True, name="zerog.inft.resume")
def go_on(self: RoomTask, job_id: str) -> str:
    """Go on with a mint or transfer of this home; gives the state it rests in."""
    return rest(job_id, lambda: resume(self.context.stack, job_id, patience_s=0))


@app.task(base=RoomTask, bind=True, name="zerog.inft.sweep")
def sweep(self: RoomTask) -> int:
    """Ask again for every unfinished mint and transfer that nobody works on."""
    stalled = self.context.people_rows.take_stalled(DONE)
    for job_id in stalled:
        self.context.jobs.submit(Resume(job_id))
    adopt_listings.apply_async(expires=SWEEP_SECONDS)
    return len(stalled)


@app.task(base=RoomTask, bind=True, name="zerog.inft.adopt")
def adopt_listings(self: RoomTask) -> int:
    """Make rows for what this home's people listed elsewhere, in a browser."""
    try:
        return len(adopt(self.context.stack))
    except ZerogError as error:
        log.debug("no look at the market: %s", error)
        return 0


@app.task(base=RoomTask, bind=True, name="zerog.oracle.sweep")
def sweep_oracle(self: RoomTask) -> int:
    """Ask again for every unfinished re-encryption that nobody works on."""
    stalled = self.context.oracle_rows.take_stalled(DONE)
    for transfer_id in stalled:
        self.context.jobs.submit(ReEncrypt(transfer_id))
    return len(stalled)
