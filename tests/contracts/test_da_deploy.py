"""The plan's steps of data availability, executed on a devnet, and read through the bindings."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.evm import AnvilProcess
from zerog.chain.bindings_da import (
    ChallengeContract,
    DaRegistryContract,
    EntranceContract,
    QuorumPolicy,
    RoundPhase,
    SignersContract,
    SignersParams,
)
from zerog.chain.deploy import deploy
from zerog.chain.errors import NotThere, Reverted
from zerog.chain.params import DeployParams
from zerog.chain.plan import DeployPlan
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.steps import Deploy
from zerog.chain.steps_da import BOND_WEI, CONTRACTS, DEVELOPMENT, PENALTY_WEI, steps
from zerog.chain.steps_da_signers import (
    DEVELOPMENT_BLOCKS,
    DEVELOPMENT_LOCK_EPOCHS,
    REGISTRY_AT,
    SIGNERS_AT,
    VOTE_WEI,
)
from zerog.chain.tx import Call, Sender, TxStore
from zerog.da.params import FULL

pytestmark = pytest.mark.contracts
DEPLOYER = devnet_signer(1)
ROOT = b"\1" * 32
EMPTY = bytes(FULL.rows // 8)


def test_data_availability_is_deployed_whole_and_reads_as_it_was_set_up(
    fresh_anvil: AnvilProcess, tmp_path: Path
) -> None:
    authority = Deploy("Authority", "Authority", (DEPLOYER.address,))
    plan = DeployPlan((authority, *steps(DeployParams(admin=DEPLOYER.address))), CONTRACTS)
    chain = Chain(fresh_anvil.url)
    made = deploy(chain, tmp_path, DEPLOYER, plan)
    assert (made["DASigners"].address, made["DARegistry"].address) == (SIGNERS_AT, REGISTRY_AT)
    signers = SignersContract.of(chain, made["DASigners"])
    registry = DaRegistryContract.of(chain, made["DARegistry"])
    entrance = EntranceContract.of(chain, made["DAEntrance"])
    challenge = ChallengeContract.of(chain, made["DAChallenge"])
    blocks = DEVELOPMENT_BLOCKS[0]
    assert signers.params() == SignersParams(VOTE_WEI, 102_400, 10, blocks, FULL.rows)
    assert (signers.epoch(), signers.epoch_block(1), signers.quorum_count(0)) == (0, 0, 0)
    assert signers.round().phase is RoundPhase.REGISTRATION
    assert registry.challenge() == challenge.address
    assert registry.vote_wei() == VOTE_WEI
    assert entrance.signers() == SIGNERS_AT
    assert entrance.profile() == (FULL.k, FULL.n)
    assert entrance.certificate(ROOT, 1, 0) is None
    assert not entrance.is_certified(ROOT, 1, 0, policy=1)
    terms = challenge.terms()
    assert (terms.bond_wei, terms.penalty_wei) == (BOND_WEI, PENALTY_WEI)
    assert (terms.window, terms.liability) == (DEVELOPMENT.window, DEVELOPMENT.liability)
    assert terms.liability < DEVELOPMENT_LOCK_EPOCHS
    assert terms.window <= blocks
    assert challenge.challenge(1) is None
    # The authority is the deployer's: it may register a policy, and the binding reads it back.
    policy = QuorumPolicy((b"eu".ljust(32, b"\0"),), (), confirmed=True)
    sender = Sender(chain, TxStore(tmp_path / "tx.db"), DEPLOYER)
    sender.run("policy", Call(SIGNERS_AT, signers.calldata("registerPolicy", policy.values())))
    assert (signers.policy_count(), signers.policy(1)) == (1, policy)
    with pytest.raises(Reverted, match="NoSuchQuorum"):
        signers.aggregate(1, 0, EMPTY)


def test_without_data_availability_nothing_is_deployed() -> None:
    assert steps(replace(DeployParams(admin=DEPLOYER.address), da=False)) == ()


def test_public_chain_without_the_signers_is_told_so_before_anything_is_paid(
    tmp_path: Path,
) -> None:
    process = AnvilProcess.start(tmp_path, chain_id=16602)
    try:
        chain = Chain(process.url)
        asked = replace(DeployParams(admin=DEPLOYER.address), da=True)
        plan = DeployPlan(steps(asked), CONTRACTS)
        with pytest.raises(NotThere) as caught:
            deploy(chain, tmp_path, DEPLOYER, plan)
        assert (caught.value.name, caught.value.address) == ("DASigners", SIGNERS_AT)
        assert chain.nonce(DEPLOYER.address) == 0
        assert steps(DeployParams(admin=DEPLOYER.address).settled(devnet=False)) == ()
    finally:
        process.stop()
