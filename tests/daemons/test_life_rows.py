"""Updates and clones with their data, on a chain, storage and an oracle that really run."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
import uvicorn

from tests.support.folders import write_agent
from tests.support.life_rows import deaths
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import wait_for
from tests.support.storage_daemons import Storage, running_storage
from tests.support.storage_people import people
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.config import Settings
from zerog.inft.envelope import Envelope, SealProofInvalid, open_seal
from zerog.inft.errors import JobFailed, NotTheOwner, UnknownMode
from zerog.inft.folder import manifest_hash
from zerog.inft.jobstore import JobStore
from zerog.inft.life.clone import BY_ORACLE, plan_clone_by_proof
from zerog.inft.life.errors import VersionMoved
from zerog.inft.life.sdk import Life
from zerog.inft.life.update import plan_update, run_update
from zerog.inft.opening import read_token
from zerog.inft.oracle import make_app
from zerog.inft.oracle_desk import Desk
from zerog.inft.papers import Paper, PaperForAnother
from zerog.inft.reseal import OracleHouse, run_reseal
from zerog.inft.sdk import Agents
from zerog.inft.stack import Stack
from zerog.jobs import InlineJobs, ReEncrypt

pytestmark = pytest.mark.daemons

ALICE, BOB, ORACLE = devnet_signer(3), devnet_signer(4), devnet_signer(2)


@dataclass(frozen=True, slots=True)
class Town:
    """One home with alice, bob and carol, a node, and an oracle that works while it is asked."""

    storage: Storage
    stack: Stack
    house: OracleHouse

    @property
    def life(self) -> Life:
        """The SDK."""
        return Life(self.stack)

    def mint(self, folder: Path) -> int:
        """Alice's token."""
        return Agents(self.stack).mint(folder, "alice").token_id

    def copy(self, token_id: int) -> int:
        """A token of bob's with the data and the seal of somebody else's."""
        stack, token = self.stack, read_token(self.stack, token_id)
        made = stack.nft.next_token_id()
        items = [(token.description, token.data_root)]
        data = stack.nft.calldata("mint", BOB.address, items, [token.sealed_key], made)
        stack.sender(BOB).run(f"test:copy:{made}", Call(stack.nft.address, data))
        return made

    def mine(self) -> None:
        """Bury what happened."""
        self.storage.anvil.rpc("anvil_mine", hex(self.stack.settings.finality_depth + 1))

    def opens(self, token_id: int, reader: str, out: Path) -> str:
        """The manifest of what a reader finds."""
        return Agents(self.stack).open(token_id, reader, out).manifest


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with running_storage(tmp_path_factory.mktemp("life-rows")) as storage:
        people(storage.home)
        house, server, thread = open_oracle(storage)
        try:
            yield Town(storage, Stack.open(Settings.load(storage.home, {})), house)
        finally:
            server.should_exit = True
            thread.join(PATIENCE_SECONDS)


def open_oracle(storage: Storage) -> tuple[OracleHouse, uvicorn.Server, threading.Thread]:
    """An oracle over HTTP whose jobs run when they are asked for; its home is the people's."""
    registry = Registry.load(storage.home)
    info = OracleInfo(ORACLE.address, ORACLE.public_key)
    folder = storage.home / "oracle"
    folder.mkdir()
    house = OracleHouse(
        registry=registry,
        signer=ORACLE,
        sender=Sender(storage.chain, TxStore(storage.home / "tx.db"), ORACLE),
        nft=Stack.open(Settings.load(storage.home, {})).nft,
        flow=storage.flow,
        storage=storage.client(),
        jobs=JobStore(folder / "oracle.db"),
        spool=folder / "spool",
    )

    def work(transfer_id: str) -> None:
        run_reseal(house, transfer_id)

    desk = Desk(registry, info, house.nft, house.jobs, InlineJobs({ReEncrypt: work}))
    config = uvicorn.Config(make_app(desk), host="127.0.0.1", port=0, log_level="warning")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    wait_for(lambda: server.started, "the oracle listens")
    port = server.servers[0].sockets[0].getsockname()[1]
    endpoints = {**registry.endpoints, "oracle": f"http://127.0.0.1:{port}"}
    replace(registry, endpoints=endpoints, oracle=info).save(storage.home)
    return house, server, thread


@pytest.fixture
def agent(tmp_path: Path) -> Path:
    """An agent's folder."""
    return write_agent(tmp_path / "agent", 300_000)


@pytest.fixture
def grown(tmp_path: Path) -> Path:
    """The same agent with more memory."""
    folder = write_agent(tmp_path / "grown", 310_000)
    (folder / "memory.txt").write_text("a day at the sea\n" * 20_000)
    return folder


# ------------------------------------------------------------------------------- update


def test_update_gives_the_owner_the_new_version_and_keeps_its_key_from_others(
    town: Town, agent: Path, grown: Path, tmp_path: Path
) -> None:
    token_id = town.mint(agent)
    old = read_token(town.stack, token_id)
    done = town.life.update(token_id, grown, "alice")
    assert (done.old_data_root, done.manifest) == (
        "0x" + old.data_root.hex(),
        manifest_hash(grown).hex(),
    )
    assert town.opens(token_id, "alice", tmp_path / "out") == done.manifest
    new = read_token(town.stack, token_id)
    keys = [open_seal(one.sealed_key, ALICE.secret).data_key() for one in (old, new)]
    assert keys[0] != keys[1]
    history = town.life.history(token_id)
    assert [one.author for one in history.versions] == [ALICE.address]
    town.mine()
    assert Agents(town.stack).resume(done.job_id).state == "final"


def test_updated_agent_is_handed_over_as_any_other(
    town: Town, agent: Path, grown: Path, tmp_path: Path
) -> None:
    token_id = town.mint(agent)
    town.life.update(token_id, grown, "alice")
    moved = Agents(town.stack).transfer(token_id, "alice", "bob", mode="proof")
    town.mine()
    assert moved.transfer_tx is not None
    assert town.opens(token_id, "bob", tmp_path / "out") == manifest_hash(grown).hex()


def test_update_is_sealed_to_the_owners_viewing_key_and_opens_with_it(
    town: Town, agent: Path, grown: Path, tmp_path: Path
) -> None:
    agents, token_id = Agents(town.stack), town.mint(agent)
    agents.transfer(token_id, "alice", "carol", mode="proof")
    agents.viewing.register("carol")
    try:
        town.life.update(token_id, grown, "carol")
        sealed = Envelope.parse(read_token(town.stack, token_id).sealed_key)
        assert sealed.owner not in (None, devnet_signer(5).public_key)
        assert town.opens(token_id, "carol", tmp_path / "out") == manifest_hash(grown).hex()
        # Clones by proof start from such a seal, and end in one.
        assert town.life.clone(token_id, "carol", "carol").opened_identical is True
    finally:
        agents.viewing.drop("carol")


def test_update_killed_at_every_stage_is_made_once(
    town: Town, agent: Path, grown: Path, tmp_path: Path
) -> None:
    token_id = town.mint(agent)
    job_id = plan_update(town.stack, token_id, grown, "alice").job_id
    assert deaths(town.storage.home, job_id) >= 6
    town.mine()
    assert run_update(town.stack, job_id).state == "final"
    assert len(town.life.history(token_id).versions) == 1
    assert town.opens(token_id, "alice", tmp_path / "out") == manifest_hash(grown).hex()
    assert not list(town.stack.spool.glob(f"{job_id}-*"))


def test_update_of_another_version_than_planned_fails_and_leaves_nothing(
    town: Town, agent: Path, grown: Path
) -> None:
    token_id = town.mint(agent)
    late = plan_update(town.stack, token_id, grown, "alice").job_id
    (grown / "more.txt").write_text("more")
    town.life.update(token_id, grown, "alice")
    with pytest.raises(VersionMoved):
        run_update(town.stack, late)
    row = town.stack.jobs.get(late)
    assert (row.state, row.data["sealed_key"]) == ("failed", None)
    assert not list(town.stack.spool.glob(f"{late}-*"))
    with pytest.raises(JobFailed):
        Agents(town.stack).resume(late)


def test_transfer_by_oracle_of_an_agent_sealed_to_a_viewing_key(
    town: Town, agent: Path, tmp_path: Path
) -> None:
    agents, token_id = Agents(town.stack), town.mint(agent)
    agents.viewing.register("alice")
    try:
        agents.rekey(token_id, "alice")
        town.mine()
        moved = agents.transfer(token_id, "alice", "bob")
        town.mine()
    finally:
        agents.viewing.drop("alice")
    assert moved.transfer_tx is not None
    assert town.opens(token_id, "bob", tmp_path / "out") == manifest_hash(agent).hex()


def test_update_by_somebody_else_is_refused(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    with pytest.raises(NotTheOwner):
        town.life.update(token_id, agent, "bob")


# -------------------------------------------------------------------------------- clone


def test_clone_by_proof_is_the_same_agent_of_another_owner(
    town: Town, agent: Path, tmp_path: Path
) -> None:
    token_id = town.mint(agent)
    done = town.life.clone(token_id, "alice", "bob")
    assert (done.mode, done.opened_identical) == ("proof", True)
    assert done.clone_id is not None
    assert town.stack.nft.owner_of(token_id) == ALICE.address
    assert town.stack.nft.owner_of(done.clone_id) == BOB.address
    assert done.new_data_root == done.old_data_root
    found = town.life.lineage(done.clone_id)
    assert (found.origin, found.creator) == (token_id, ALICE.address)
    town.mine()
    assert Agents(town.stack).resume(done.job_id).state == "final"
    # A clone is handed over and cloned as any other token.
    again = town.life.clone(done.clone_id, "bob", "carol")
    assert again.opened_identical is True
    assert Agents(town.stack).transfer(done.clone_id, "bob", "carol", mode="proof").transfer_tx
    assert town.opens(done.clone_id, "carol", tmp_path / "out") == manifest_hash(agent).hex()


def test_owner_clones_for_themselves(town: Town, agent: Path) -> None:
    done = town.life.clone(town.mint(agent), "alice", "alice")
    assert done.opened_identical is True


def test_clone_by_oracle_is_encrypted_anew(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    done = town.life.clone(token_id, "alice", "bob", mode="oracle")
    assert (done.mode, done.opened_identical) == ("oracle", True)
    assert done.new_data_root not in (None, done.old_data_root)
    assert done.clone_id is not None
    original, made = (read_token(town.stack, one) for one in (token_id, done.clone_id))
    assert "0x" + original.data_root.hex() == done.old_data_root
    assert open_seal(made.sealed_key, BOB.secret) != open_seal(original.sealed_key, ALICE.secret)
    town.mine()
    assert Agents(town.stack).resume(done.job_id).state == "final"
    (row,) = (one for one in town.house.jobs.rows() if one.number("token_id") == token_id)
    ended = run_reseal(town.house, row.job_id)
    assert (ended.state, ended.data["own_copy"]) == ("final", None)


def test_clone_waits_for_a_consent_from_another_home(town: Town, agent: Path) -> None:
    """Bob's key is taken out of the home: the rows say what they wait for."""
    token_id, agents = town.mint(agent), Agents(town.stack)
    paper = town.life.consent_to_clone(token_id, "bob")
    assert Paper.from_json(paper.to_json()) == paper
    key = town.storage.home / "keys" / "bob.key"
    kept = key.read_bytes()
    key.unlink()
    try:
        with_paper = town.life.clone(token_id, "alice", BOB.address, consent=paper)
        waiting = town.life.clone(token_id, "alice", BOB.address, BOB.public_key, mode="oracle")
    finally:
        key.write_bytes(kept)
        key.chmod(0o600)
    assert (with_paper.opened_identical, waiting.clone_id) == (None, None)
    assert waiting.state == "awaiting_consent"
    agents.accept(token_id, "bob")
    row = town.stack.jobs.get(waiting.job_id)
    assert row.kind == BY_ORACLE
    assert town.stack.nft.owner_of(row.number("clone_id")) == BOB.address
    assert with_paper.clone_id is not None
    assert town.stack.nft.owner_of(with_paper.clone_id) == BOB.address


def test_consent_to_a_transfer_is_none_to_a_clone(town: Town, agent: Path) -> None:
    token_id, agents = town.mint(agent), Agents(town.stack)
    with pytest.raises(PaperForAnother) as refused:
        town.life.clone(token_id, "alice", "bob", consent=agents.consent(token_id, "bob"))
    assert refused.value.field == "operation"


def test_clone_killed_at_every_stage_is_made_once(town: Town, agent: Path) -> None:
    token_id = town.mint(agent)
    before = town.stack.nft.next_token_id()
    job_id = plan_clone_by_proof(town.stack, token_id, "alice", "bob").job_id
    assert deaths(town.storage.home, job_id) >= 6
    assert town.stack.nft.next_token_id() == before + 1


def test_clone_of_a_stolen_seal_is_consented_to_by_nobody(town: Town, agent: Path) -> None:
    copied = town.copy(town.mint(agent))
    with pytest.raises(SealProofInvalid):
        town.life.consent_to_clone(copied, "carol")
    with pytest.raises(SealProofInvalid):
        town.life.clone(copied, "bob", "carol")


def test_clone_in_a_mode_that_nobody_knows_is_refused(town: Town, agent: Path) -> None:
    with pytest.raises(UnknownMode):
        town.life.clone(town.mint(agent), "alice", "bob", mode="trust")
