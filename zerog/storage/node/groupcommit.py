"""Several threads share one durable commit: the cost of a sync is paid once for all who wait."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

Item = TypeVar("Item")
Result = TypeVar("Result")


class _Ticket(Generic[Item, Result]):
    """One caller's item, then its result or the error of its group."""

    __slots__ = ("error", "item", "result")

    def __init__(self, item: Item) -> None:
        self.item = item
        self.result: Result | None = None
        self.error: BaseException | None = None


class GroupCommit(Generic[Item, Result]):
    """Runs `commit` on all items that came together while the one before was running."""

    def __init__(self, commit: Callable[[Sequence[Item]], Sequence[Result]]) -> None:
        """commit: makes all items durable and gives a result for each, or raises for all."""
        self._commit = commit
        self._queue: list[_Ticket[Item, Result]] = []
        self._queued = threading.Lock()
        self._leading = threading.Lock()

    def run(self, item: Item) -> Result:
        """Commit an item together with whatever else is waiting; blocks until it is durable."""
        ticket: _Ticket[Item, Result] = _Ticket(item)
        with self._queued:
            self._queue.append(ticket)
        with self._leading:
            if ticket.result is None and ticket.error is None:
                self._lead()
        if ticket.error is not None:
            raise ticket.error
        assert ticket.result is not None  # noqa: S101  (a leader has filled it in)
        return ticket.result

    def _lead(self) -> None:
        with self._queued:
            group, self._queue = self._queue, []
        try:
            results = self._commit([ticket.item for ticket in group])
        except BaseException as error:
            for ticket in group:
                ticket.error = error
            raise
        for ticket, result in zip(group, results, strict=True):
            ticket.result = result
