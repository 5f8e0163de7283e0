"""The step beside the servers: it goes on after a failure, and ends with the order."""

from __future__ import annotations

import errno
import logging
import os
import signal
import sqlite3
from collections.abc import Iterator

import pytest

from tests.support.patience import PATIENCE_SECONDS
from zerog.chain.errors import ChainUnreachable
from zerog.da.serving import EndOrder, give_back_memory, run_beside

pytestmark = pytest.mark.daemons


@pytest.fixture
def order() -> Iterator[EndOrder]:
    """The order to end of this process, whose own handlers come back."""
    caught = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.getsignal(number) for number in caught}
    try:
        yield EndOrder()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def test_step_that_fails_is_tried_again_and_each_reason_logged_once(
    order: EndOrder, caplog: pytest.LogCaptureFixture
) -> None:
    reasons = iter(["away", "away", "", "away", "slow", "slow"])
    done = []

    def step() -> None:
        reason = next(reasons, None)
        done.append(reason)
        if reason is None:
            os.kill(os.getpid(), signal.SIGTERM)
        elif reason:
            raise ChainUnreachable("http://x", reason)

    with caplog.at_level(logging.WARNING, "zerog.da.serving"):
        run_beside(order, step, 0.001)
    assert done == ["away", "away", "", "away", "slow", "slow", None]
    told = ["away", "away", "slow"]
    assert len(caplog.messages) == len(told)
    assert all(word in line for word, line in zip(told, caplog.messages, strict=True))


def test_step_that_a_full_disk_fails_ends_no_daemon(
    order: EndOrder, caplog: pytest.LogCaptureFixture
) -> None:
    errors = [OSError(errno.ENOSPC, "no space"), sqlite3.OperationalError("disk is full")]

    def step() -> None:
        if errors:
            raise errors.pop(0)
        os.kill(os.getpid(), signal.SIGTERM)

    with caplog.at_level(logging.WARNING, "zerog.da.serving"):
        run_beside(order, step, 0.001)
    assert ["no space" in caplog.messages[0], caplog.messages[1]] == [True, "disk is full"]


def test_order_to_end_is_heard_at_once(order: EndOrder) -> None:
    assert not order.wait(0.0)
    os.kill(os.getpid(), signal.SIGINT)
    assert order.wait(PATIENCE_SECONDS)
    give_back_memory()
