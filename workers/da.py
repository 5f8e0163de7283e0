"""Tasks of a disperser. Queue `da-encode`: from bytes to bytes, on any machine that reaches store
and broker. Queue `da`: its rows and its account, on its own machine. All are harmless to repeat.
"""

from __future__ import annotations

import logging
import os
import threading
import time
from collections import Counter
from collections.abc import Callable
from functools import cached_property
from typing import Final

from workers.app import app
from workers.base import RoomTask
from zerog.da.disperser.bytestore import ByteStore
from zerog.da.disperser.encoded import make_encoded
from zerog.da.disperser.house import House
from zerog.da.disperser.moving import move, sweep
from zerog.da.disperser.places import byte_store, nudge
from zerog.da.disperser.pruning import forget
from zerog.da.disperser.storewatch import StoreAway
from zerog.da.kernel import keep_heap
from zerog.da.params import Profile
from zerog.da.status import Stage
from zerog.errors import ZerogError
from zerog.jobs import MoveBlobs

log = logging.getLogger(__name__)
STEPS_AT_ONCE: Final = 6
"""Of one process: of a worker with eight threads, as a stack has, the others are free for what
expires within seconds.
"""
ALIKE_AT_ONCE: Final = 2
"""Of one stage: a step takes all rows there are, so a third would find none."""


class StepRoom:
    """Lets some steps run at once; any thread may ask."""

    def __init__(self) -> None:
        self._running: Counter[Stage] = Counter()
        self._lock = threading.Lock()

    @property
    def running(self) -> int:
        """How many run now."""
        return self._running.total()

    def run(self, stage: Stage, work: Callable[[], str]) -> str:
        """What the work for a stage gave, or `busy`: then the sweep asks again."""
        with self._lock:
            if self.running >= STEPS_AT_ONCE or self._running[stage] >= ALIKE_AT_ONCE:
                return "busy"
            self._running[stage] += 1
        try:
            return work()
        finally:
            with self._lock:
                self._running[stage] -= 1


class EncoderTask(RoomTask):
    """Gives its tasks the bytes, and memory that does not go back after each stripe."""

    abstract = True

    @cached_property
    def files(self) -> ByteStore:
        """Opened on first use, in the process that runs the task."""
        keep_heap()
        return byte_store(self.context.settings.home, os.environ)


class DisperserTask(RoomTask):
    """Gives its tasks the disperser of this home."""

    abstract = True

    def __init__(self) -> None:
        super().__init__()
        self.room = StepRoom()

    @cached_property
    def house(self) -> House:
        """Opened on first use, in the process that runs the task."""
        return House.open(self.context.settings, os.environ, self.context.jobs)


def rest(task: RoomTask, work: Callable[[], object]) -> str:
    """What some work gave; what cannot be done now is asked for again by the sweep."""
    try:
        return str(work())
    except StoreAway:  # told once, by the house's watch
        return "waiting"
    except ZerogError as error:
        log.warning("%s: %s", task.name, error)
        return "waiting"


@app.task(base=EncoderTask, bind=True, name="zerog.da.encode", acks_late=True)
def encode(self: EncoderTask, key: str) -> str:
    """Encode one blob of the store, K+N/REQUEST, unless it is encoded, and say so."""
    shape, _, request_id = key.partition("/")
    k, _, n = shape.partition("+")
    done = rest(self, lambda: make_encoded(self.files, request_id, Profile(int(k), int(n))))
    nudge(self.context.jobs, MoveBlobs(Stage.ACCEPTED))
    return done


@app.task(base=DisperserTask, bind=True, name="zerog.da.move")
def move_blobs(self: DisperserTask, stage: str) -> str:
    """Move the blobs of one stage as far as they go now; gives whether any moved."""
    wanted = Stage(stage)
    return self.room.run(wanted, lambda: rest(self, lambda: move(self.house, wanted)))


@app.task(base=DisperserTask, bind=True, name="zerog.da.sweep")
def sweep_blobs(self: DisperserTask) -> str:
    """Ask again for blobs that nobody works on; gives at how many stages."""
    return rest(self, lambda: sweep(self.house))


@app.task(base=DisperserTask, bind=True, name="zerog.da.forget", acks_late=True)
def forget_blobs(self: DisperserTask) -> str:
    """Drop bytes that nobody needs and blobs that ended long ago; gives how many objects."""
    return rest(self, lambda: forget(self.house, time.time()))
