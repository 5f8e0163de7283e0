"""Simulated time: events in order, and servers with a queue before them."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count

Then = Callable[[], None]


@dataclass(slots=True)
class Clock:
    """Runs events in the order of their times; of equal times in the order of their making."""

    now: float = 0.0
    _events: list[tuple[float, int, Then]] = field(default_factory=list)
    _made: count[int] = field(default_factory=count)

    def at(self, time: float, then: Then) -> None:
        """Run something at a time, which may not lie in the past."""
        if time < self.now:
            raise ValueError(f"{time} lies before {self.now}")
        heapq.heappush(self._events, (time, next(self._made), then))

    def after(self, seconds: float, then: Then) -> None:
        """Run something in so many seconds."""
        self.at(self.now + seconds, then)

    def run(self, until: float) -> None:
        """Run all events up to a time; those after it are left."""
        while self._events and self._events[0][0] <= until:
            self.now, _, then = heapq.heappop(self._events)
            then()
        self.now = until


class Servers:
    """Some equal servers behind one queue: the cores of a machine, or, one alone, a line."""

    def __init__(self, clock: Clock, number: int, speed: float = 1.0) -> None:
        """speed: of a server; work of a second takes it 1 / speed."""
        self.number, self._clock, self._speed = number, clock, speed
        self._free = [0.0] * number
        self.busy_s = 0.0

    @property
    def backlog_s(self) -> float:
        """How long work that comes now would wait."""
        return max(0.0, self._free[0] - self._clock.now)

    def work(self, seconds: float, then: Then) -> None:
        """Do work of so many seconds when a server is free, then run something."""
        taken = seconds / self._speed
        start = max(self._clock.now, heapq.heappop(self._free))
        heapq.heappush(self._free, start + taken)
        self.busy_s += taken
        self._clock.at(start + taken, then)

    def use(self, seconds: float) -> float:
        """The share of its time up to `seconds` that all of it was at work; may exceed 1 where
        work is left over."""
        return self.busy_s / (self.number * seconds)
