"""Drives a row through its steps, patient with services that are away for a moment."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from zerog.chain.errors import InsufficientFunds, TxReverted, WrongChain
from zerog.chain.signer import KeyReadable, PasswordMissing, PlaintextKey, WrongPassword
from zerog.errors import Refused, Tampered, Unreachable, UsageError, ZerogError
from zerog.inft.jobstore import JobStore, Row
from zerog.storage.errors import BadAnswer, NodeRefused

Step = Callable[[Row], Row]
PATIENCE_SECONDS: Final = 20.0
RETRY_SECONDS: Final = 0.2

FINAL: Final = "final"
FAILED: Final = "failed"
EXPIRED: Final = "expired"
DONE: Final = (FINAL, FAILED, EXPIRED)

PASSING: Final = (
    BadAnswer,
    InsufficientFunds,
    KeyReadable,
    NodeRefused,
    PasswordMissing,
    PlaintextKey,
    WrongChain,
    WrongPassword,
)
"""Refusals that somebody can mend: a full disk, an empty account, a password file."""


@dataclass(frozen=True, slots=True)
class Workflow:
    """The steps of a kind of row, and what belongs to every one of them.

    steps: from each state, the step that leaves it. heal: notices that the chain lost blocks
    and gives them back. forget: what a row that ends badly must not keep.
    """

    steps: Mapping[str, Step]
    heal: Callable[[], None]
    forget: Callable[[Row], Row]


def is_lasting(error: ZerogError) -> bool:
    """Whether an error will be the same however often the step is run again."""
    if isinstance(error, TxReverted) and not error.mined and error.name == "EnforcedPause":
        return False
    return isinstance(error, Refused | Tampered | UsageError) and not isinstance(error, PASSING)


def drive(store: JobStore, job_id: str, flow: Workflow) -> Row:
    """Run the steps of a row until it reaches a state that has none, or a step parks it.

    A step parks its row by giving it back in the same state. A service that does not answer is
    asked again for PATIENCE_SECONDS, then the row rests where it is and the error is raised; so
    it does for refusals that can be mended. A rule that says no, bytes that fail their proof,
    or a folder that is no longer there make the row `failed` for good.
    """
    with store.lease(job_id):
        row = store.get(job_id)
        while row.state in flow.steps:
            try:
                moved = _surely(flow, flow.steps[row.state], row)
            except ZerogError as error:
                if is_lasting(error):
                    failed = replace(flow.forget(row).to(FAILED), error=str(error))
                    store.advance(row, failed)
                raise
            if moved.state == row.state:
                return moved
            row = store.advance(row, moved)
    return row


def _surely(flow: Workflow, step: Step, row: Row) -> Row:
    """Run a step; before a refusal counts, look whether a chain that lost blocks caused it."""
    try:
        return _patiently(step, row)
    except ZerogError as error:
        if not is_lasting(error):
            raise
        flow.heal()
        return _patiently(step, row)


def _patiently(step: Step, row: Row) -> Row:
    end = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return step(row)
        except Unreachable:
            if time.monotonic() > end:
                raise
            time.sleep(RETRY_SECONDS)
