"""Fixtures of the contract tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support.agentic import AgenticHouse
from tests.support.agents import House
from tests.support.committee_chain import Hall
from tests.support.committee_halls import built, kept
from tests.support.contracts import Evm
from tests.support.da_town import DaTown
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import Clock


@pytest.fixture(scope="module")
def house(anvil: AnvilProcess) -> House:
    """AgentNFT and its verifier on the shared chain, fresh per module."""
    return House.build(anvil)


@pytest.fixture
def own_house(fresh_anvil: AnvilProcess) -> House:
    """The same on a chain of the test's own, whose clock it may move."""
    return House.build(fresh_anvil)


@pytest.fixture(scope="module")
def da_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DaTown]:
    """Data availability in its first epoch, on a chain of the module's own."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da"))
    try:
        town = DaTown.open(process)
        town.next_epoch()
        yield town
    finally:
        process.stop()


@pytest.fixture
def town(da_network: DaTown) -> Iterator[DaTown]:
    """That network for one test."""
    kept = da_network.process.rpc("evm_snapshot")
    yield da_network
    da_network.process.rpc("evm_revert", kept)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    """A chain per module, whose clock its tests move."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("clock"))
    try:
        yield Clock(process, Evm(process.url))
    finally:
        process.stop()


@pytest.fixture(scope="session")
def agentic(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AgenticHouse]:
    """Agentic ID with its canonical registries, on a chain of its own whose clock tests move."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("agentic-chain"))
    try:
        yield AgenticHouse.build(process, tmp_path_factory.mktemp("agentic"))
    finally:
        process.stop()


@pytest.fixture(scope="session")
def committee_place(
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[tuple[AnvilProcess, Hall]]:
    """A committee of five that shares a key, three of whom open a seal, on a chain of its own."""
    with built(tmp_path_factory.mktemp("committee")) as found:
        yield found


@pytest.fixture
def hall(committee_place: tuple[AnvilProcess, Hall]) -> Iterator[Hall]:
    """That committee for one test: chain and memory are as before afterwards."""
    with kept(*committee_place) as found:
        yield found
