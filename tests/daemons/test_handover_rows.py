"""Hand-overs by proof, new seals and listings whose process dies at every stage: once each."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import write_agent
from tests.support.life_rows import deaths
from tests.support.storage_daemons import Storage, running_storage
from tests.support.storage_people import people
from zerog.config import Settings
from zerog.inft.driving import driven
from zerog.inft.folder import manifest_hash
from zerog.inft.handover import plan_handover
from zerog.inft.rekey import plan_rekey
from zerog.inft.sdk import Agents
from zerog.inft.stack import Stack

pytestmark = pytest.mark.daemons


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Storage]:
    """A chain with every contract, a node and an indexer; alice, bob and carol."""
    with running_storage(tmp_path_factory.mktemp("handover-rows")) as found:
        people(found.home)
        yield found


@pytest.fixture
def stack(storage: Storage) -> Stack:
    """The home's collaborators."""
    return Stack.open(Settings.load(storage.home, {}))


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """An agent's folder."""
    return write_agent(tmp_path / "agent", 100_000)


def bury(storage: Storage, stack: Stack) -> None:
    """Blocks on top of what happened, as many as finality wants."""
    storage.anvil.rpc("anvil_mine", hex(stack.settings.finality_depth + 1))


def test_handover_killed_at_every_stage_moves_the_token_once(
    storage: Storage, stack: Stack, agent: Path, tmp_path: Path
) -> None:
    agents = Agents(stack)
    token = agents.mint(agent, "alice").token_id
    row = plan_handover(stack, token, "alice", "bob")
    assert deaths(storage.home, row.job_id) >= 3
    bury(storage, stack)
    assert driven(stack, row.job_id).state == "final"
    moves = [one for one in stack.nft.events("Transferred") if one.number("_tokenId") == token]
    assert len(moves) == 1
    assert agents.open(token, "bob", tmp_path / "out").manifest == manifest_hash(agent).hex()


def test_rekey_killed_at_every_stage_makes_one_seal(
    storage: Storage, stack: Stack, agent: Path, tmp_path: Path
) -> None:
    agents = Agents(stack)
    token = agents.mint(agent, "alice").token_id
    key = agents.viewing.register("alice").public_key
    row = plan_rekey(stack, token, "alice")
    assert deaths(storage.home, row.job_id) >= 2
    bury(storage, stack)
    assert driven(stack, row.job_id).text("target_key") == key
    assert len(stack.nft.published_keys(token)) == 2
    assert agents.open(token, "alice", tmp_path / "out").manifest == manifest_hash(agent).hex()
