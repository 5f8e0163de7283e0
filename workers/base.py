"""The task class of all rooms: one lazily opened context per process."""

from __future__ import annotations

from functools import cached_property

from celery import Task

from workers.context import Context


class RoomTask(Task):  # type: ignore[misc]  # celery ships no types
    """Gives its tasks `self.context`."""

    abstract = True

    @cached_property
    def context(self) -> Context:
        """Shared by the runs of one task in one process."""
        return Context()
