"""Tasks of the signers of a home, whose worker alone holds their keys; harmless to repeat.

They are acknowledged late: what a killed worker had in hand is done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from workers.app import app
from workers.base import RoomTask
from zerog.da.onchain.duties import Duties
from zerog.errors import ZerogError

log = logging.getLogger(__name__)


class SignerTask(RoomTask):
    """Gives its tasks the duties of the signers whose keys are in this home."""

    abstract = True
    _duties: Duties | None = None

    @property
    def duties(self) -> Duties | None:
        """Opened anew when the home's signers are others; None while there is none."""
        settings = self.context.settings
        if self._duties is None or not self._duties.are_of(settings):
            self._duties = Duties.open(settings)
        return self._duties


def rest(task: SignerTask, duty: Callable[[Duties], str]) -> str:
    """What a duty gave; one that cannot be done now is asked for again by beat."""
    try:
        duties = task.duties
        return "no signers" if duties is None else duty(duties)
    except ZerogError as error:
        log.warning("%s: %s", task.name, error)
        return "waiting"


@app.task(base=SignerTask, bind=True, name="zerog.da.keep", acks_late=True)
def keep(self: SignerTask) -> str:
    """Do what the next epoch needs; gives what was done."""
    return rest(self, Duties.keep)


@app.task(base=SignerTask, bind=True, name="zerog.da.sample", acks_late=True)
def sample(self: SignerTask) -> str:
    """Search the open round among the rows that are kept; gives how many hits were taken."""
    return rest(self, Duties.sample)


@app.task(base=SignerTask, bind=True, name="zerog.da.answer", acks_late=True)
def answer(self: SignerTask) -> str:
    """Answer challenges of own signers; gives how many answers were taken."""
    return rest(self, Duties.answer)


@app.task(base=SignerTask, bind=True, name="zerog.da.prune", acks_late=True)
def prune(self: SignerTask) -> str:
    """Drop rows that nobody can ask for any more; gives how many epochs and blobs."""
    return rest(self, Duties.prune)
