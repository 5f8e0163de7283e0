"""An attestor at work: rows are driven in one thread, containers tended in another."""

from __future__ import annotations

import logging
from typing import Final

from starlette.applications import Starlette

from zerog.errors import ZerogError
from zerog.inft.agentic.app import make_app
from zerog.inft.agentic.bus import Bus
from zerog.inft.agentic.desk import Desk
from zerog.inft.agentic.office import Office
from zerog.inft.agentic.pipeline import Pipeline
from zerog.inft.agentic.rows import agent_of, phase
from zerog.inft.agentic.sandbox import Fleet
from zerog.inft.jobstore import JobBusy, Row
from zerog.inft.steps import Workflow, drive
from zerog.service import Cycle

WORK_SECONDS: Final = 1.0
TEND_SECONDS: Final = 1.0
DEADLINE_SECONDS: Final = 600.0
log = logging.getLogger(__name__)


class Attestor:
    """One attestor of one home."""

    def __init__(self, office: Office) -> None:
        """office: opened; nothing runs before `start`."""
        self.office, self.bus = office, Bus()
        self.fleet = Fleet(office, self.bus)
        self.desk = Desk(office, self.fleet, self.bus)
        self._flow: Workflow = Pipeline(office).workflow()
        self._cycles = (
            Cycle("work", self.work, WORK_SECONDS, DEADLINE_SECONDS),
            Cycle("fleet", self.fleet.tend, TEND_SECONDS, DEADLINE_SECONDS),
        )

    def app(self) -> Starlette:
        """Its routes."""
        return make_app(self.desk, self._cycles, self.wake)

    def start(self) -> None:
        """Begin with the rows that an earlier run left."""
        for cycle in self._cycles:
            cycle.start()

    def wake(self) -> None:
        """There is something to do."""
        for cycle in self._cycles:
            cycle.wake()

    def stop(self) -> None:
        """End the work after its step, and every container."""
        for cycle in self._cycles:
            cycle.stop()
        self.fleet.close()

    def work(self) -> None:
        """Drive every unfinished row; one that cannot go on does not hold up the others."""
        for row in self.office.jobs.in_state(*self._flow.steps):
            try:
                after = drive(self.office.jobs, row.job_id, self._flow)
            except JobBusy:
                continue
            except ZerogError as error:
                log.warning("%s rests in %s: %s", row.job_id, row.state, error)
                after = self.office.jobs.get(row.job_id)
            self._tell(row, after)

    def _tell(self, before: Row, after: Row) -> None:
        if before.state == after.state:
            return
        seal_id, agent_id = after.text("seal_id"), agent_of(after)
        if "stored_at" in after.data:
            self.bus.tell(seal_id, "storage_confirmed")
        if agent_id is not None:
            self.bus.tell(seal_id, "mint_confirmed", agent_id=hex(agent_id))
        if after.error:
            self.bus.tell(seal_id, "mint_failed", reason=after.error)
        shown = phase(after, self.office.containers.of(after.job_id))
        self.bus.tell(seal_id, "phase_changed", phase=shown)
        self._cycles[1].wake()
