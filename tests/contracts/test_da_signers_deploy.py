"""The plan's steps of signers and stake, executed on a devnet."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.contracts import Evm, artifact
from tests.support.evm import AnvilProcess
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import DeployPlan
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.steps import Deploy
from zerog.chain.steps_da_signers import CONTRACTS, REGISTRY_AT, SIGNERS_AT, steps

pytestmark = pytest.mark.contracts
DEPLOYER = devnet_signer(1)


def test_signers_and_registry_stand_at_their_addresses_and_know_each_other(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    authority = Deploy("Authority", "Authority", (DEPLOYER.address,))
    own = steps(DeployParams(admin=DEPLOYER.address))
    made = deploy(
        Chain(fresh_anvil.url), tmp_path, DEPLOYER, DeployPlan((authority, *own), CONTRACTS)
    )
    assert (made["DASigners"].address, made["DARegistry"].address) == (SIGNERS_AT, REGISTRY_AT)
    evm = Evm(fresh_anvil.url)
    signers = evm.at(SIGNERS_AT, artifact("DASigners"))
    registry = evm.at(REGISTRY_AT, artifact("DARegistry"))
    assert str(registry.read("DA_SIGNERS")).lower() == SIGNERS_AT.lower()
    assert signers.read("params") == (30 * 10**18, 102_400, 10, 20, 3072)
    assert signers.read("epochNumber") == 0
