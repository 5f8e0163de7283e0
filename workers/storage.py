"""The task that looks after the copies of stored files; harmless to repeat and to kill."""

from __future__ import annotations

import logging

from workers.app import app
from workers.base import RoomTask
from zerog.errors import ZerogError
from zerog.storage.repair import RepairOptions, repair_page

log = logging.getLogger(__name__)


@app.task(base=RoomTask, bind=True, name="zerog.storage.repair", acks_late=True)
def repair(self: RoomTask) -> str:
    """Look at the next page of the log and restore copies; gives how many, or `waiting`."""
    try:
        report = repair_page(self.context.settings, RepairOptions())
    except ZerogError as error:
        log.warning("%s: %s", self.name, error)
        return "waiting"
    if report.short or report.faults:
        log.info("%s: %s", self.name, report.to_json())
    return str(report.restored)
