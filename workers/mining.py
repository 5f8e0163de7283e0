"""Tasks of the miner: each looks at the chain and does what is due; all are harmless to repeat.

They are acknowledged late: what a killed worker had in hand is done again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from workers.app import app
from workers.base import RoomTask
from zerog.errors import ZerogError

log = logging.getLogger(__name__)


def rest(work: Callable[[], object]) -> str:
    """What a step gave; one that cannot be done now is asked for again by beat."""
    try:
        return str(work())
    except ZerogError as error:
        log.warning("mining: %s", error)
        return "waiting"


@app.task(base=RoomTask, bind=True, name="zerog.mining.keep", acks_late=True)
def keep(self: RoomTask) -> str:
    """Open the next epochs if any is over; gives how many."""
    return rest(lambda: self.context.miner.keeper.step())


@app.task(base=RoomTask, bind=True, name="zerog.mining.seal", acks_late=True)
def seal(self: RoomTask) -> str:
    """Seal new data for about a second; gives the number of units."""
    return rest(lambda: self.context.miner.seal())


@app.task(base=RoomTask, bind=True, name="zerog.mining.round", acks_late=True)
def start_round(self: RoomTask) -> str:
    """Ask for a search in every free lane while a window is open; gives how many."""
    return rest(lambda: self.context.miner.round(self.context.jobs))


@app.task(base=RoomTask, bind=True, name="zerog.mining.search", acks_late=True)
def search(self: RoomTask, context: str) -> str:
    """Try nonces for the context with this digest and send what is found; gives the outcome."""
    return rest(lambda: self.context.miner.search(context).state.value)
