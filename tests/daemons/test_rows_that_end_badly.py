"""Rows that expire or fail, on a real chain: they end, they say why, and keys are forgotten."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from tests.support.house import ALICE, BOB, CAROL, ORACLE, ROOT, deployed_home, mint_token
from zerog.chain.bindings import AgentNft, FlowContract
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys
from zerog.chain.tx import Sender, TxStore
from zerog.config import Settings
from zerog.inft.entries import NoSuchFolder
from zerog.inft.envelope import DataKey, SealContext, SealProofInvalid, seal
from zerog.inft.errors import JobFailed
from zerog.inft.jobstore import JobStore, Row, Value
from zerog.inft.reseal import KIND, OracleHouse, OwnerChanged, run_reseal
from zerog.inft.sdk import Agents
from zerog.inft.stack import Stack
from zerog.inft.transfer import run_transfer
from zerog.storage.client.client import StorageClient

pytestmark = pytest.mark.daemons

NOWHERE = "http://127.0.0.1:9"


@dataclass(frozen=True, slots=True)
class Fixture:
    """An oracle's house whose storage nobody serves, and the home of the people."""

    house: OracleHouse
    home: Path
    token_id: int

    def order(self, name: str, **changes: Value) -> Row:
        """A row as the desk takes it; its container is in the spool already."""
        context = SealContext(31337, self.house.nft.address, self.token_id)
        grant = seal(DataKey.generate(), ORACLE.public_key, context)
        self.house.spool.mkdir(exist_ok=True)
        (self.house.spool / f"{name}-0.zg").write_bytes(b"left over")
        data: dict[str, Value] = {
            "token_id": self.token_id,
            "from": ALICE.address,
            "to": BOB.address,
            "old_data_root": "0x" + ROOT.hex(),
            "target_key": BOB.public_key.hex(),
            "grant": grant.hex(),
            "order_deadline": int(time.time()) + 3600,
        }
        return self.house.jobs.add(name, KIND, "accepted", {**data, **changes})

    def assert_forgotten(self, name: str) -> None:
        """Neither key nor container of the row is left."""
        row = self.house.jobs.get(name)
        assert row.data["grant"] is None
        assert row.data["own_copy"] is None
        assert not list(self.house.spool.glob(f"{name}-*"))


@pytest.fixture(scope="module")
def made(anvil: AnvilProcess, tmp_path_factory: pytest.TempPathFactory) -> Fixture:
    home = tmp_path_factory.mktemp("rows")
    registry = deployed_home(anvil, home)
    token_id = mint_token(anvil, home, ALICE, "test:mint")
    chain = Chain(anvil.url)
    house = OracleHouse(
        registry=registry,
        signer=ORACLE,
        sender=Sender(chain, TxStore(home / "tx.db"), ORACLE),
        nft=AgentNft.of(chain, registry.contract("AgentNFT")),
        flow=FlowContract.of(chain, registry.contract("Flow")),
        storage=StorageClient(NOWHERE),
        jobs=JobStore(home / "oracle.db"),
        spool=home / "spool",
    )
    Keys(home, 31337).add("alice", ALICE.secret)
    return Fixture(house, home, token_id)


def test_order_past_its_deadline_expires_and_its_key_is_forgotten(made: Fixture) -> None:
    made.order("late", order_deadline=int(time.time()) - 1)
    row = run_reseal(made.house, "late")
    assert (row.state, row.error) == ("expired", "the order expired")
    made.assert_forgotten("late")


@pytest.mark.parametrize(
    "changes",
    [{"old_data_root": "0x" + "99" * 32}, {"from": CAROL.address}, {"token_id": 77}],
    ids=["other data", "other owner", "no such token"],
)
def test_order_for_a_token_that_moved_fails_and_its_key_is_forgotten(
    made: Fixture, changes: dict[str, Value], request: pytest.FixtureRequest
) -> None:
    name = f"moved-{request.node.callspec.id}".replace(" ", "")
    context_token = changes.get("token_id", made.token_id)
    assert isinstance(context_token, int)
    context = SealContext(31337, made.house.nft.address, context_token)
    grant = seal(DataKey.generate(), ORACLE.public_key, context).hex()
    made.order(name, **{**changes, "grant": grant})
    with pytest.raises(OwnerChanged):
        run_reseal(made.house, name)
    assert made.house.jobs.get(name).state == "failed"
    made.assert_forgotten(name)


def test_grant_that_is_not_for_the_oracle_fails(made: Fixture) -> None:
    context = SealContext(31337, made.house.nft.address, made.token_id)
    foreign = seal(DataKey.generate(), CAROL.public_key, context)
    made.order("foreign", grant=foreign.hex())
    with pytest.raises(SealProofInvalid):
        run_reseal(made.house, "foreign")
    assert made.house.jobs.get("foreign").state == "failed"
    made.assert_forgotten("foreign")


def people(made: Fixture) -> Stack:
    """Alice's side of the same home; its oracle answers nowhere."""
    settings = Settings.load(made.home, {"ZEROG_ORACLE_URL": NOWHERE})
    return Stack(
        settings=settings,
        registry=Registry.load(made.home),
        keys=Keys(made.home, 31337),
        chain=made.house.sender.chain,
        nft=made.house.nft,
        flow=made.house.flow,
        storage=made.house.storage,
        transactions=made.house.sender.store,
        jobs=JobStore(made.home / "jobs.db"),
        spool=made.home / "people",
        progress=lambda step, done, total: None,
    )


def test_transfer_that_nobody_consented_to_expires(made: Fixture) -> None:
    stack = people(made)
    stack.jobs.add(
        "transfer-old",
        "transfer",
        "awaiting_consent",
        {
            "owner": ALICE.address,
            "to": BOB.address,
            "token_id": made.token_id,
            "transfer_id": "ab" * 32,
            "proof_deadline": int(time.time()) - 1,
        },
    )
    row = run_transfer(stack, "transfer-old")
    assert row.state == "expired"
    assert row.error == "nobody consented before the proof expired"
    with pytest.raises(JobFailed) as caught:
        Agents(stack).resume("transfer-old")
    assert "nobody consented" in str(caught.value)


def test_mint_whose_folder_is_gone_fails_and_leaves_no_container(
    made: Fixture, tmp_path: Path
) -> None:
    stack = people(made)
    stack.spool.mkdir(exist_ok=True)
    (stack.spool / "mint-gone-1.part").write_bytes(b"half")
    stack.jobs.add(
        "mint-gone",
        "mint",
        "planned",
        {"folder": str(tmp_path / "gone"), "owner": ALICE.address, "role": "gone"},
    )
    with pytest.raises(NoSuchFolder):
        Agents(stack).resume("mint-gone")
    assert stack.jobs.get("mint-gone").state == "failed"
    assert list(stack.spool.iterdir()) == []
