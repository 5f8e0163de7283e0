"""Tasks of the miner: each looks at the chain and does what is due; all are harmless to repeat.

They are acknowledged late: what a killed worker had in hand is done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from workers.app import app
from workers.base import RoomTask
from zerog.errors import ZerogError
from zerog.storage.mining.miner import Miner

log = logging.getLogger(__name__)


def rest(task: RoomTask, step: Callable[[Miner], object]) -> str:
    """What a step gave; one that cannot be done now is asked for again by beat."""
    try:
        return str(step(task.context.miner))
    except ZerogError as error:
        log.warning("%s: %s", task.name, error)
        return "waiting"


@app.task(base=RoomTask, bind=True, name="zerog.mining.keep", acks_late=True)
def keep(self: RoomTask) -> str:
    """Open the next epochs if any is over; gives how many."""
    return rest(self, lambda miner: miner.keeper.step())


@app.task(base=RoomTask, bind=True, name="zerog.mining.seal", acks_late=True)
def seal(self: RoomTask) -> str:
    """Seal new data for about a second; gives the number of units."""
    return rest(self, Miner.seal)


@app.task(base=RoomTask, bind=True, name="zerog.mining.round", acks_late=True)
def start_round(self: RoomTask) -> str:
    """Ask for a search in every free lane while a window is open; gives how many."""
    return rest(self, lambda miner: miner.round(self.context.jobs))


@app.task(base=RoomTask, bind=True, name="zerog.mining.search", acks_late=True)
def search(self: RoomTask, context: str) -> str:
    """Try nonces for the context with this digest and send what is found; gives the outcome."""
    return rest(self, lambda miner: miner.search(context).state.value)
