"""The plan's storage contracts know each other, fit the size limit, and answer typed reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from scripts.export_artifacts import CODE_SIZE_LIMIT, DEPLOYABLE
from tests.support.evm import AnvilProcess
from zerog.chain.artifacts import load
from zerog.chain.bindings import (
    ChunkFunds,
    FlowContext,
    FlowContract,
    MarketContract,
    PoraMineContract,
    RewardContract,
)
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import Deployed
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.steps_storage import ZERO_ADDRESS as NOBODY
from zerog.storage.economy.epochs import EpochModel
from zerog.storage.mining.pora import EMPTY_DIGEST

pytestmark = pytest.mark.contracts


@pytest.fixture
def made(fresh_anvil: AnvilProcess, tmp_path: Path) -> tuple[Chain, dict[str, Deployed]]:
    """The whole deployment of a devnet."""
    signer, chain = devnet_signer(1), Chain(fresh_anvil.url)
    plan = deploy_plan(DeployParams(admin=signer.address), signer.address)
    return chain, deploy(chain, tmp_path, signer, plan)


def test_deployed_contracts_name_each_other(made: tuple[Chain, dict[str, Deployed]]) -> None:
    chain, contracts = made
    at = {name: one.address for name, one in contracts.items()}
    reward = RewardContract.of(chain, contracts["ChunkReward"])
    assert FlowContract.of(chain, contracts["Flow"]).market() == at["Market"]
    market = MarketContract.of(chain, contracts["Market"])
    mine = PoraMineContract.of(chain, contracts["PoraMine"])
    named = {
        "market's flow": (market.read("flow"), at["Flow"]),
        "market's reward": (market.reward(), at["ChunkReward"]),
        "reward's market": (reward.read("market"), at["Market"]),
        "reward's mine": (reward.read("mine"), at["PoraMine"]),
        "reward's authority": (reward.read("authority"), at["Authority"]),
        "mine's flow": (mine.read("flow"), at["Flow"]),
        "mine's reward": (mine.read("reward"), at["ChunkReward"]),
        "mine's authority": (mine.read("authority"), at["Authority"]),
    }
    for name, (found, wanted) in named.items():
        assert str(found).lower() == wanted.lower(), name


def test_typed_reads_of_a_new_deployment(made: tuple[Chain, dict[str, Deployed]]) -> None:
    chain, contracts = made
    flow = FlowContract.of(chain, contracts["Flow"])
    model = EpochModel(contracts["Flow"].block, DeployParams(admin=NOBODY).blocks_per_epoch)
    empty = FlowContext(0, 0, bytes(32), 1, EMPTY_DIGEST, EMPTY_DIGEST)
    assert flow.context() == flow.next_context(block=contracts["Flow"].block) == empty
    assert flow.epoch_end() == model.boundary
    reward = RewardContract.of(chain, contracts["ChunkReward"])
    assert reward.funds(0) == ChunkFunds(0, 0, 0, 0, 0)
    assert (reward.locked_wei(0), reward.released_wei(0), reward.deadline(0)) == (0, 0, 0)
    assert reward.sectors_per_price() == DeployParams(admin=NOBODY).sectors_per_price
    assert (reward.first_rewardable_chunk(), reward.payments_wei(NOBODY)) == (0, 0)
    mine = PoraMineContract.of(chain, contracts["PoraMine"])
    assert mine.target() == (2**256 - 1) // DeployParams(admin=NOBODY).mine.difficulty
    assert mine.beneficiary(bytes(32)) == NOBODY


@pytest.mark.parametrize("name", DEPLOYABLE)
def test_code_of_every_contract_is_below_the_limit(name: str) -> None:
    assert 0 < len(load(name).runtime_code) < CODE_SIZE_LIMIT
