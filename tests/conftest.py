"""Markers are enforced, unit tests cannot open a socket, and an EVM is one fixture away."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support import ports
from tests.support.evm import AnvilProcess

KINDS = {"unit", "contracts", "stateful", "workers", "daemons", "e2e", "docs", "conformance"}

settings.register_profile(
    "quick",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.register_profile("deep", max_examples=2000, deadline=None)
settings.load_profile(os.environ.get("ZEROG_HYPOTHESIS", "quick"))


class SocketInUnitTest(RuntimeError):
    """A test marked `unit` tried to reach the network."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Refuse a test that does not say what it touches."""
    for item in items:
        kinds = KINDS & {mark.name for mark in item.iter_markers()}
        if len(kinds) != 1:
            raise pytest.UsageError(f"{item.nodeid} needs exactly one marker of {sorted(KINDS)}")


_guarded: list[bool] = []


def _audit(event: str, args: tuple[object, ...]) -> None:
    if event == "socket.connect" and _guarded:
        raise SocketInUnitTest(f"a unit test connects to {args[1]!r}")


sys.addaudithook(_audit)


@pytest.fixture(autouse=True)
def _no_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Unit tests may make no connection."""
    if request.node.get_closest_marker("unit") is None:
        yield
        return
    _guarded.append(True)
    try:
        yield
    finally:
        _guarded.pop()


@pytest.fixture
def free_port() -> int:
    """A loopback port that was free a moment ago."""
    return ports.free_port()


@pytest.fixture(scope="session")
def anvil(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AnvilProcess]:
    """One EVM (chain id 31337, automine, prague) shared by the session."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("anvil"))
    try:
        yield process
    finally:
        process.stop()


@pytest.fixture
def fresh_anvil(tmp_path: Path) -> Iterator[AnvilProcess]:
    """An EVM of this test's own, which it may reorganise, reset or kill."""
    process = AnvilProcess.start(tmp_path)
    try:
        yield process
    finally:
        process.stop()
