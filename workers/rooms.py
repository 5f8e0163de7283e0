"""Which tasks a worker loads: those of its queues only, for a room costs 15 to 45 MB of memory.

Beat sends tasks by name and loads none.
"""

from __future__ import annotations

import gc
from collections.abc import Iterable, Mapping
from importlib import import_module
from typing import Final

from celery.loaders.app import AppLoader
from celery.signals import celeryd_init, worker_before_create_process

COMMITTEE: Final = "committee"
BY_QUEUE: Final[Mapping[str, tuple[str, ...]]] = {
    "default": ("workers.inft", "workers.kv", "workers.storage"),
    "oracle": ("workers.inft",),
    "mining": ("workers.mining",),
    "relay": ("workers.relay",),
    COMMITTEE: ("workers.committee",),
    "da": ("workers.da",),
    "da-encode": ("workers.da",),
    "da-signer": ("workers.da_signer",),
}
"""By queue, those of members (`committee-1`, ...) under one name."""
ROOMS: Final = tuple(dict.fromkeys(room for rooms in BY_QUEUE.values() for room in rooms))


def rooms_of(queues: Iterable[str]) -> tuple[str, ...]:
    """The modules with the tasks of some queues; all of them for a queue that is not known."""
    found: dict[str, None] = {}
    for queue in queues:
        name = COMMITTEE if queue.startswith(f"{COMMITTEE}-") else queue
        found |= dict.fromkeys(BY_QUEUE.get(name, ROOMS))
    return tuple(found) or ROOMS


class RoomLoader(AppLoader):  # type: ignore[misc]  # celery ships no types
    """Loads nothing before the queues of the worker are known."""

    def init_worker(self) -> None:
        """The beginning of every worker, of its processes, and of beat."""
        self.worker_initialized = True


@celeryd_init.connect
def open_rooms(options: Mapping[str, object], **_: object) -> None:
    """A worker begins: load what its queues (`-Q`) need."""
    given = options.get("queues") or ()
    queues = given.split(",") if isinstance(given, str) else given
    assert isinstance(queues, Iterable)  # noqa: S101  (a list of names or such a string)
    for room in rooms_of(str(queue).strip() for queue in queues):
        try:
            import_module(room)
        except ImportError as error:
            # Celery would log it and go on, as a worker that knows no task
            raise SystemExit(f"error: {room} cannot be loaded: {error}") from error


@worker_before_create_process.connect
def share_memory(**_: object) -> None:
    """A process of a pool begins: what is loaded by now stays shared with it.

    A collector that runs in the child would otherwise write to every page.
    """
    gc.collect()
    gc.freeze()
