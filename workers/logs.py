"""Keeps the logs of an idle stack quiet: the sweeps run every other second for ever."""

from __future__ import annotations

import logging

from celery.signals import beat_init, worker_process_init, worker_ready


@worker_ready.connect
def quiet_worker(**_: object) -> None:
    """Once the worker has said that it is ready, only what goes wrong is worth a line."""
    logging.getLogger("celery.worker.strategy").setLevel(logging.WARNING)
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)


@worker_process_init.connect
def quiet_child(**_: object) -> None:
    """The processes of a pool, which say how each task went, begin before the worker is ready."""
    logging.getLogger("celery.app.trace").setLevel(logging.WARNING)


@beat_init.connect
def quiet_beat(**_: object) -> None:
    """Once beat has said that it starts, its schedule is no news."""
    logging.getLogger("celery.beat").setLevel(logging.WARNING)
