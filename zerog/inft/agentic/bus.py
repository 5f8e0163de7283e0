"""Who listens for news of a deployment."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

Event = Mapping[str, object]
WAITING: Final = 64
"""Events kept for a listener who is slow; older ones are dropped, the newest phase is not."""
LISTENERS: Final = 256


@dataclass(frozen=True, slots=True)
class Listener:
    """One open socket."""

    loop: asyncio.AbstractEventLoop
    events: asyncio.Queue[Event]


class Bus:
    """Hands events from any thread to the sockets of one seal."""

    def __init__(self) -> None:
        """Nobody listens yet."""
        self._lock = threading.Lock()
        self._listeners: dict[str, list[Listener]] = {}

    def join(self, seal_id: str) -> Listener | None:
        """Listen from now on, in this task's loop; None when too many do."""
        made = Listener(asyncio.get_running_loop(), asyncio.Queue(WAITING))
        with self._lock:
            if sum(map(len, self._listeners.values())) >= LISTENERS:
                return None
            self._listeners.setdefault(seal_id, []).append(made)
        return made

    def leave(self, seal_id: str, listener: Listener) -> None:
        """Listen no more."""
        with self._lock:
            others = [one for one in self._listeners.get(seal_id, []) if one is not listener]
            if others:
                self._listeners[seal_id] = others
            else:
                self._listeners.pop(seal_id, None)

    def tell(self, seal_id: str, event: str, **fields: object) -> None:
        """Tell everybody who listens for a seal."""
        with self._lock:
            listeners = list(self._listeners.get(seal_id, []))
        document = {"event": event, "seal_id": seal_id, **fields}
        for listener in listeners:
            listener.loop.call_soon_threadsafe(_offer, listener.events, document)


def _offer(queue: asyncio.Queue[Event], event: Event) -> None:
    if queue.full():
        queue.get_nowait()
    queue.put_nowait(event)
