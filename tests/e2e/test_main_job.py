"""The main job on a running stack: mint, transfer, accept, open; who can open what."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.folders import write_agent
from tests.support.ledger import Ledger
from tests.support.patience import PATIENCE_SECONDS
from tests.support.stack import RunningStack, wait_for
from zerog.config import Settings
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.ecies import WrongKey
from zerog.da.client.sdk import Da
from zerog.da.onchain.network import DaNetwork
from zerog.inft.folder import manifest_hash
from zerog.inft.jobstore import JobStore
from zerog.inft.opening import open_data, read_token
from zerog.inft.stack import Stack

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    stack = RunningStack.start(tmp_path_factory.mktemp("main") / "home", "--signers", "4")
    try:
        yield stack
    finally:
        stack.stop()


def test_agent_changes_hands_and_only_the_new_owner_opens_it(
    running: RunningStack, tmp_path: Path
) -> None:
    folder = write_agent(tmp_path / "agent", 1_500_000)
    minted = running.json("inft", "mint", str(folder), "--as", "alice")
    token = str(minted["token_id"])
    moved = running.json("inft", "transfer", token, "--to", "bob", "--as", "alice")
    assert moved["state"] == "final"
    assert moved["new_data_root"] != moved["old_data_root"] == minted["data_root"]
    opened = running.json("inft", "open", token, "--as", "bob", "--out", str(tmp_path / "opened"))
    assert opened["manifest"] == minted["manifest"] == manifest_hash(folder).hex()
    assert manifest_hash(tmp_path / "opened") == manifest_hash(folder)
    stack = Stack.open(Settings.load(running.home))
    now = read_token(stack, int(token))
    alice = stack.keys.signer("alice").secret
    with pytest.raises(WrongKey):
        open_data(stack.storage, now.sealed_key, alice, now.data_root, tmp_path / "stolen")
    old_key = stack.nft.published_keys(int(token))[0]
    with pytest.raises(WrongKeyOrTampered):
        open_data(stack.storage, old_key, alice, now.data_root, tmp_path / "stolen")
    bob = stack.keys.signer("bob").secret
    open_data(stack.storage, now.sealed_key, bob, now.data_root, tmp_path / "again")
    assert manifest_hash(tmp_path / "again") == manifest_hash(folder)
    assert not (tmp_path / "stolen").exists()
    ledger = Ledger.open(running.home)
    root = bytes.fromhex(str(moved["new_data_root"])[2:])
    assert ledger.submissions(root) == ledger.transfers(int(token), root) == 1


def test_mints_that_race_for_the_next_id_all_get_one_token(
    running: RunningStack, tmp_path: Path
) -> None:
    people = ("alice", "bob", "carol", "dave")
    folders = {name: write_agent(tmp_path / name, 1000) for name in people}
    before = len(Ledger.open(running.home).tokens())
    racing = [
        running.spawn("inft", "mint", str(folders[name]), "--as", name, "--json") for name in people
    ]
    said = [one.communicate(timeout=PATIENCE_SECONDS) for one in racing]
    assert [one.returncode for one in racing] == [0] * len(people), said
    minted = [json.loads(output)["token_id"] for output, _ in said]
    assert len(set(minted)) == len(people)
    assert len(Ledger.open(running.home).tokens()) == before + len(people)


def test_transfer_to_a_receiver_elsewhere_waits_for_accept(
    running: RunningStack, tmp_path: Path
) -> None:
    theirs = RunningStack(tmp_path / "theirs")
    theirs.home.mkdir()
    shutil.copy(running.home / "registry.json", theirs.home)
    made = theirs.json("keys", "new", "erin")
    folder = write_agent(tmp_path / "agent", 400_000)
    token = str(running.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
    words = ("inft", "transfer", token, "--to", str(made["address"]), "--as", "alice")
    moved = running.json(*words, "--to-key", str(made["public_key"]))
    assert moved["state"] == "awaiting_consent"
    accepted = theirs.json("inft", "accept", token, "--as", "erin")
    assert accepted["state"] == "consented"
    store = JobStore(running.home / "jobs.db")
    wait_for(
        lambda: store.get(str(moved["job_id"])).state == "final", "the sweep sends the transfer"
    )
    theirs.json("inft", "open", token, "--as", "erin", "--out", str(tmp_path / "opened"))
    assert manifest_hash(tmp_path / "opened") == manifest_hash(folder)


def test_oracle_forgets_its_keys_when_the_transfer_is_final(
    running: RunningStack, tmp_path: Path
) -> None:
    folder = write_agent(tmp_path / "agent", 10_000)
    token = str(running.json("inft", "mint", str(folder), "--as", "alice")["token_id"])
    moved = running.json("inft", "transfer", token, "--to", "carol", "--as", "alice")
    seller = JobStore(running.home / "jobs.db").get(str(moved["job_id"]))
    oracle = JobStore(running.home / "oracle" / "oracle.db")
    transfer_id = seller.text("transfer_id")
    wait_for(lambda: oracle.get(transfer_id).state == "final", "the oracle's row is final")
    row = oracle.get(transfer_id)
    assert row.data["grant"] is None
    assert row.data["own_copy"] is None
    assert not list((running.home / "oracle" / "spool").iterdir())


def test_demo_on_the_running_stack_shows_who_can_open_what(running: RunningStack) -> None:
    done = running.run("demo", "--json")
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert said["opened_identical"] is True
    assert said["old_owner_can_open"] is False
    assert said["old_data_root"] != said["new_data_root"]
    assert set(said) == {
        "token_id",
        "old_data_root",
        "new_data_root",
        "mint_tx",
        "transfer_tx",
        "opened_identical",
        "old_owner_can_open",
        "da",
        "seconds",
    }
    published = said["da"]
    assert set(published) == {"data_root", "epoch", "quorum_id", "certificate"}
    assert published["certificate"] is True
    place = bytes.fromhex(published["data_root"][2:]), published["epoch"], published["quorum_id"]
    assert DaNetwork.open(Settings.load(running.home)).entrance.is_certified(*place)
    told = json.loads(bytes(Da.connect(running.home).get(*place)))
    assert told["token_id"] == said["token_id"]
    assert [one["data_root"] for one in told["data"]] == [said["old_data_root"]]
    assert running.parts(), "a stack that was running before the demo runs after it"
