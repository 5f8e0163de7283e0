"""Fixtures of the contract tests."""

from __future__ import annotations

import pytest

from tests.support.agents import House
from tests.support.evm import AnvilProcess


@pytest.fixture(scope="module")
def house(anvil: AnvilProcess) -> House:
    """AgentNFT and its verifier on the shared chain, fresh per module."""
    return House.build(anvil)


@pytest.fixture
def own_house(fresh_anvil: AnvilProcess) -> House:
    """The same on a chain of the test's own, whose clock it may move."""
    return House.build(fresh_anvil)
