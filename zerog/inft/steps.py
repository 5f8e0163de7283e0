"""Drives a row through its steps, patient with services that are away for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from zerog.errors import Refused, Tampered, Unreachable, UsageError
from zerog.inft.jobstore import JobStore, Row

Step = Callable[[Row], Row]
PATIENCE_SECONDS: Final = 20.0
RETRY_SECONDS: Final = 0.2

FINAL: Final = "final"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
DONE: Final = (FINAL, FAILED, EXPIRED)


def drive(store: JobStore, job_id: str, steps: Mapping[str, Step]) -> Row:
    """Run the steps of a row until it reaches a state that has none, or a step parks it.

    A step parks its row by giving it back in the same state. A service that does not answer is
    asked again for PATIENCE_SECONDS, then the row rests where it is and the error is raised.
    A rule that says no, bytes that fail their proof, or a folder that is no longer there make
    the row `failed` for good.
    """
    with store.lease(job_id):
        row = store.get(job_id)
        while row.state in steps:
            try:
                moved = _patiently(steps[row.state], row)
            except (Refused, Tampered, UsageError) as error:
                store.advance(row, replace(row.to(FAILED), error=str(error)))
                raise
            if moved.state == row.state:
                return moved
            row = store.advance(row, moved)
    return row


def _patiently(step: Step, row: Row) -> Row:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return step(row)
        except Unreachable:
            if time.monotonic() > end:
                raise
            time.sleep(RETRY_SECONDS)
