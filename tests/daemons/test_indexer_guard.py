"""Calls to hostile servers end in time and in memory."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator

import pytest

from tests.support.liars import LOST, Liar, bomb
from zerog.errors import ZerogError
from zerog.storage.errors import NodeUnreachable
from zerog.storage.guard import GuardedPool
from zerog.storage.remote import Remote

pytestmark = pytest.mark.daemons

SECONDS = 0.5
BYTES = 100_000


@pytest.fixture
def liar() -> Iterator[Liar]:
    made = Liar("http://127.0.0.1:1")
    try:
        yield made
    finally:
        made.stop()


@pytest.mark.parametrize("mode", LOST)
def test_call_to_a_hostile_server_fails_in_its_time_and_memory(liar: Liar, mode: str) -> None:
    liar.mode = mode
    remote = Remote(liar.url, GuardedPool(4, SECONDS, BYTES), attempts=1)
    bomb()
    tracemalloc.start()
    start = time.monotonic()
    with pytest.raises(ZerogError):
        remote.call("zgs_getShardConfig")
    assert time.monotonic() - start < 100 * SECONDS  # unguarded it never ends
    assert tracemalloc.get_traced_memory()[1] < 30 * BYTES
    tracemalloc.stop()


def test_call_to_an_unreachable_port_says_so() -> None:
    remote = Remote("http://127.0.0.1:1", GuardedPool(4, SECONDS, BYTES), attempts=1)
    with pytest.raises(NodeUnreachable):
        remote.call("zgs_getShardConfig")
