"""Tasks of the relayer: signed permits, each carried out once. Queue `relay`: its worker alone
holds the relayer's key. Run again they find what they did before, so they are acknowledged late.
"""

from __future__ import annotations

from functools import cached_property

from workers.app import app
from workers.base import RoomTask
from workers.inft import rest
from zerog.inft.jobstore import JobStore
from zerog.inft.life.relay import RelayHouse, relay_rows, run_relay
from zerog.inft.steps import DONE
from zerog.jobs import CarryPermit


class RelayTask(RoomTask):
    """Gives its tasks the relayer of this home."""

    abstract = True

    @cached_property
    def house(self) -> RelayHouse:
        """Opened on first use, in the process that runs the task."""
        return RelayHouse.open(self.context.settings)

    @cached_property
    def rows(self) -> JobStore:
        """The relayer's rows, without its key."""
        return relay_rows(self.context.settings.home)


@app.task(base=RelayTask, bind=True, name="zerog.relay.carry", acks_late=True)
def carry(self: RelayTask, job_id: str) -> str:
    """Carry one permit as far as it goes; gives the state it rests in."""
    return rest(job_id, lambda: run_relay(self.house, job_id))


@app.task(base=RelayTask, bind=True, name="zerog.relay.sweep")
def sweep_relay(self: RelayTask) -> int:
    """Ask again for every permit that is not through and that nobody works on."""
    stalled = self.rows.take_stalled(DONE)
    for job_id in stalled:
        self.context.jobs.submit(CarryPermit(job_id))
    return len(stalled)
