"""The canonical ERC-8004 registries: placed on devnets, found on other chains, not lost."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from zerog.chain import steps_agentic
from zerog.chain.bindings_agentic import IdentityRegistry8004, ReputationRegistry8004
from zerog.chain.deploy import deploy
from zerog.chain.errors import NotThere
from zerog.chain.params import CANONICAL_IDENTITY, CANONICAL_REPUTATION, DeployParams
from zerog.chain.plan import DeployPlan
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer, devnet_signer
from zerog.chain.steps import Deploy, Place
from zerog.chain.tx import TxStore, rebroadcast

pytestmark = pytest.mark.contracts

DEPLOYER = devnet_signer(1)
PUBLIC_DEPLOYER = Signer(DEPLOYER.secret)
NAMES = ("IdentityRegistry8004", "ReputationRegistry8004")


def canonical_plan() -> DeployPlan:
    """Those steps of the deployment that place something."""
    steps = steps_agentic.steps(DeployParams(admin=DEPLOYER.address))
    return DeployPlan(
        steps=(
            Deploy("Authority", "Authority", (DEPLOYER.address,)),
            *(step for step in steps if isinstance(step, Place)),
        ),
        contracts={name: name for name in (*NAMES, "Authority")},
    )


def assert_ready(chain: Chain) -> None:
    """Both answer, and agent 0 is nobody's."""
    identity = IdentityRegistry8004(chain, CANONICAL_IDENTITY)
    assert identity.owner_of(0) == steps_agentic.GRAVE
    assert identity.owner_of(1) is None
    assert identity.authority() == ReputationRegistry8004(chain, CANONICAL_REPUTATION).authority()


def test_devnet_is_given_the_registries_and_agent_zero_is_buried(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    chain = Chain(fresh_anvil.url)
    made = deploy(chain, tmp_path, DEPLOYER, canonical_plan())
    assert made["IdentityRegistry8004"].address == CANONICAL_IDENTITY
    assert_ready(chain)
    head = chain.head()
    assert deploy(chain, tmp_path, DEPLOYER, canonical_plan()) == made
    assert chain.head() == head


def test_second_home_on_one_devnet_finds_the_registries(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    chain = Chain(fresh_anvil.url)
    deploy(chain, tmp_path / "first", DEPLOYER, canonical_plan())
    made = deploy(chain, tmp_path / "second", DEPLOYER, canonical_plan())
    assert made["IdentityRegistry8004"].address == CANONICAL_IDENTITY
    assert_ready(chain)


def test_chain_that_lost_everything_gets_the_registries_back(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    chain = Chain(fresh_anvil.url)
    empty = fresh_anvil.rpc("evm_snapshot")
    deploy(chain, tmp_path, DEPLOYER, canonical_plan())
    fresh_anvil.rpc("evm_revert", empty)
    assert chain.code(CANONICAL_IDENTITY) == b""
    rebroadcast(chain, TxStore(tmp_path / "tx.db"))
    assert_ready(chain)


def test_public_chain_without_the_registries_is_refused(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    fresh_anvil.rpc("anvil_setChainId", 16_602)
    with pytest.raises(NotThere) as caught:
        deploy(Chain(fresh_anvil.url), tmp_path, PUBLIC_DEPLOYER, canonical_plan())
    assert (caught.value.name, caught.value.address) == (NAMES[0], CANONICAL_IDENTITY)


def test_public_chain_with_registries_keeps_its_own(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    fresh_anvil.rpc("anvil_setChainId", 16_602)
    for address in (CANONICAL_IDENTITY, CANONICAL_REPUTATION):
        fresh_anvil.rpc("anvil_setCode", address, "0x00")
    chain = Chain(fresh_anvil.url)
    made = deploy(chain, tmp_path, PUBLIC_DEPLOYER, canonical_plan())
    assert {made[name].address for name in NAMES} == {CANONICAL_IDENTITY, CANONICAL_REPUTATION}
    assert chain.nonce(DEPLOYER.address) == 1, "only the Authority was deployed"
