"""Hand-overs by proof and new seals whose process dies at every stage; what `verify` says."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import write_agent
from tests.support.life_rows import deaths
from tests.support.storage_daemons import Storage, running_storage
from tests.support.storage_people import people
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call
from zerog.config import Settings
from zerog.inft.driving import driven
from zerog.inft.envelope import SealProofInvalid
from zerog.inft.errors import NotTheOwner
from zerog.inft.folder import manifest_hash
from zerog.inft.handover import plan_handover
from zerog.inft.opening import read_token
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


def test_verify_says_what_was_checked_of_a_token(stack: Stack, agent: Path) -> None:
    agents = Agents(stack)
    minted = agents.mint(agent, "alice")
    found = agents.verify(minted.token_id)
    assert (found.seal, found.suite, found.ecies, found.opened) == (
        "proven",
        "AES-GCM-256",
        True,
        None,
    )
    assert found.stored_bytes >= minted.size_bytes
    assert agents.verify(minted.token_id, "alice").opened is True
    with pytest.raises(NotTheOwner):
        agents.verify(minted.token_id, "bob")
    agents.transfer(minted.token_id, "alice", "bob", mode="proof")
    assert agents.verify(minted.token_id, "bob").seal == "proven"


def test_a_seal_copied_from_another_token_is_refused_by_buyers_and_sellers_alike(
    stack: Stack, agent: Path
) -> None:
    agents, thief = Agents(stack), devnet_signer(5)
    victim = read_token(stack, agents.mint(agent, "alice").token_id)
    copy, nft = stack.nft.next_token_id(), stack.nft
    item = (victim.description, bytes(victim.data_root))
    data = nft.calldata("mint", thief.address, [item], [victim.sealed_key], copy)
    stack.sender(thief).run(f"steal-{copy}", Call(nft.address, data))
    with pytest.raises(SealProofInvalid):
        agents.verify(copy)
    with pytest.raises(SealProofInvalid):
        agents.consent(copy, "bob")
    with pytest.raises(SealProofInvalid):
        agents.market.sell(copy, "carol", price=1)
