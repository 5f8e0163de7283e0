"""The task that keeps KV keys young; a lock makes it harmless to run twice."""

from __future__ import annotations

import logging

from workers.app import app
from workers.base import RoomTask
from zerog.errors import ZerogError
from zerog.storage.kv.renewal import renew

log = logging.getLogger(__name__)


@app.task(base=RoomTask, bind=True, name="zerog.kv.renew")
def renew_keys(self: RoomTask) -> str:
    """Write again the keys that are older than ZEROG_KV_RENEW_AGE; gives what was done."""
    try:
        done = renew(self.context.settings)
    except ZerogError as error:
        log.warning("%s: %s", self.name, error)
        return "waiting"
    if done is not None and (done.renewed or done.overtaken):
        log.warning("%s: %s", self.name, done)
    return "busy" if done is None else str(done)
