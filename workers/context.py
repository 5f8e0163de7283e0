"""What a task works with, opened on first use in the process that runs it.

Each room's library is loaded with it: a worker of one room does without those of the others.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

import os
from functools import cached_property
from typing import TYPE_CHECKING

from zerog.config import Settings
from zerog.jobs import Jobs, load_jobs

if TYPE_CHECKING:
    from zerog.inft.jobstore import JobStore
    from zerog.inft.reseal import OracleHouse
    from zerog.inft.stack import Stack
    from zerog.storage.mining.miner import Miner


class Context:
    """Opened lazily: after the fork, and only what the task needs."""

    @cached_property
    def settings(self) -> Settings:
        """The home that this worker serves: $ZEROG_HOME."""
        return Settings.load()

    @cached_property
    def stack(self) -> Stack:
        """The people's side: their keys, mints and transfers."""
        from zerog.inft.stack import Stack

        return Stack.open(self.settings)

    @cached_property
    def house(self) -> OracleHouse:
        """The oracle's side; only the worker of the queue `oracle` asks for it."""
        from zerog.inft.reseal import OracleHouse

        return OracleHouse.open(self.settings)

    @cached_property
    def oracle_rows(self) -> JobStore:
        """The oracle's rows, without its key."""
        from zerog.inft.jobstore import JobStore

        return JobStore(self.settings.home / "oracle" / "oracle.db")

    @cached_property
    def people_rows(self) -> JobStore:
        """The rows of this home's mints and transfers."""
        from zerog.inft.jobstore import JobStore

        return JobStore(self.settings.home / "jobs.db")

    @cached_property
    def miner(self) -> Miner:
        """This home's miner; only the worker of the queue `mining` asks for it."""
        from zerog.storage.mining.miner import Miner

        return Miner.open(self.settings, os.environ)

    @cached_property
    def jobs(self) -> Jobs:
        """Where follow-up work is asked for."""
        return load_jobs("celery", self.settings.broker_url)
