"""The deploy plan: complete, ordered, and owned by the admin that was named."""

from __future__ import annotations

import pytest
from eth_utils.address import to_checksum_address

from zerog.chain import steps_da
from zerog.chain.params import (
    CANONICAL_IDENTITY,
    CANONICAL_REPUTATION,
    Attestation,
    BadDeployParameter,
    DeployParams,
)
from zerog.chain.plan import CONTRACTS, deploy_plan
from zerog.chain.steps import Call, Deploy, Encoded, Place, Ref, Step
from zerog.chain.steps_da_signers import REGISTRY_AT, SIGNERS_AT
from zerog.crypto.curve import address_of, public_key

pytestmark = pytest.mark.unit

DEPLOYER = to_checksum_address("0x" + "11" * 20)
KEY = "0x" + public_key(b"\1" * 32).hex()
OTHER = to_checksum_address("0x" + "22" * 20)


def _refs(args: object) -> list[str]:
    found: list[str] = []
    for value in args if isinstance(args, tuple) else ():
        if isinstance(value, Ref):
            found.append(value.step)
        elif isinstance(value, Encoded):
            found.extend(_refs(value.args))
    return found


def _named(steps: tuple[Step, ...]) -> dict[str, Deploy | Call]:
    return {step.name: step for step in steps if not isinstance(step, Place)}


def _needs(step: Step) -> list[str]:
    """Steps that must come before one."""
    if isinstance(step, Place):
        made = {step.name, step.logic.name}
        parts: tuple[Step, ...] = (step.logic, *step.setup)
        needed = [one for part in parts for one in _needs(part)]
        return [one for one in needed if one not in made]
    return _refs(step.args) + ([step.target] if isinstance(step, Call) else [])


@pytest.mark.parametrize("oracle", [None, OTHER])
@pytest.mark.parametrize("admin", [DEPLOYER, OTHER])
def test_plan_refers_only_to_contracts_that_exist_by_then(admin: str, oracle: str | None) -> None:
    params = DeployParams.from_mapping({"admin": admin, "oracle": oracle}, DEPLOYER)
    made: set[str] = set()
    plan = deploy_plan(params, DEPLOYER)
    for step in plan.steps:
        assert made.issuperset(_needs(step)), step.name
        if isinstance(step, Call):
            continue
        assert step.name not in made
        made.add(step.name)
    assert made >= plan.contracts.keys() == CONTRACTS.keys()


def test_plan_when_admin_is_another_ends_with_the_handover() -> None:
    steps = deploy_plan(DeployParams(admin=OTHER), DEPLOYER).steps
    assert [step.name for step in steps[-2:]] == ["Authority.grantRole", "Authority.renounceRole"]
    last = [step.args for step in steps[-2:] if isinstance(step, Call)]
    assert last == [(0, OTHER, 0), (0, DEPLOYER)]


def test_plan_when_admin_is_the_deployer_keeps_the_role() -> None:
    steps = deploy_plan(DeployParams(admin=DEPLOYER), DEPLOYER).steps
    calls = [step for step in steps if isinstance(step, Call) and step.target == "Authority"]
    assert not [step.name for step in calls if step.args[0] == 0]
    assert "renounceRole" not in {step.function for step in calls}


def test_plan_places_the_canonical_registries_and_buries_agent_zero() -> None:
    plan = deploy_plan(DeployParams(admin=DEPLOYER), DEPLOYER)
    placed = {step.name: step for step in plan.steps if isinstance(step, Place)}
    identity = placed["IdentityRegistry8004"]
    assert identity.address == CANONICAL_IDENTITY
    assert placed["ReputationRegistry8004"].address == CANONICAL_REPUTATION
    functions = [call.function for call in identity.setup]
    assert functions == ["initialize", "register", "transferFrom"]


def test_plan_asks_the_registries_that_its_parameters_name() -> None:
    document = {"identity_registry": OTHER, "reputation_registry": DEPLOYER}
    params = DeployParams.from_mapping(document, DEPLOYER)
    steps = deploy_plan(params, DEPLOYER).steps
    placed = {step.address for step in steps if isinstance(step, Place)}
    assert placed == {OTHER, DEPLOYER, SIGNERS_AT, REGISTRY_AT}


@pytest.mark.parametrize(
    ("document", "devnet", "has"),
    [
        ({}, True, True),
        ({}, False, False),
        ({"da": True}, False, True),
        ({"da": False}, True, False),
    ],
)
def test_plan_has_data_availability_where_it_can_be_or_is_asked_for(
    document: dict[str, object], devnet: bool, has: bool
) -> None:
    params = DeployParams.from_mapping(document, DEPLOYER).settled(devnet=devnet)
    plan = deploy_plan(params, DEPLOYER)
    addresses = {step.address for step in plan.steps if isinstance(step, Place)}
    assert ({SIGNERS_AT, REGISTRY_AT} <= addresses) is has
    assert (steps_da.CONTRACTS.keys() <= plan.contracts.keys()) is has
    assert plan.contracts.keys() | steps_da.CONTRACTS.keys() == CONTRACTS.keys()


@pytest.mark.parametrize("attestation", ["none", "simulated"])
def test_plan_locks_stake_for_longer_than_signers_are_liable(attestation: str) -> None:
    params = DeployParams.from_mapping({"attestation": attestation}, DEPLOYER)
    plan = deploy_plan(params, DEPLOYER)
    placed = {step.name: step for step in plan.steps if isinstance(step, Place)}
    lock = placed["DARegistry"].setup[0].args[3]
    shared = placed["DASigners"].setup[0].args[1]
    step = _named(plan.steps)["DAChallenge"]
    assert isinstance(step.args[1], Encoded)
    terms = step.args[1].args[0]
    assert isinstance(terms, tuple)
    assert isinstance(shared, tuple)
    assert isinstance(lock, int)
    window, liability = terms[-2:]
    assert isinstance(window, int)
    assert isinstance(liability, int)
    assert isinstance(shared[3], int)
    assert lock >= liability + 1
    assert window <= shared[3]
    assert placed["DARegistry"].setup[-1].function == "setChallenge"


def test_plan_without_oracle_proposes_none() -> None:
    names = [step.name for step in deploy_plan(DeployParams(admin=DEPLOYER), DEPLOYER).steps]
    assert "AttestationRegistry.propose" not in names


def test_plan_with_oracle_says_that_its_attestation_is_simulated() -> None:
    steps = deploy_plan(DeployParams(admin=DEPLOYER, oracle=OTHER), DEPLOYER).steps
    step = _named(steps)["AttestationRegistry.propose"]
    assert step.args[:2] == (OTHER, Attestation.SIMULATED)


def test_params_from_empty_mapping_are_the_defaults_of_the_deployer() -> None:
    assert DeployParams.from_mapping({}, DEPLOYER) == DeployParams(admin=DEPLOYER)


def test_params_of_mining_and_rewards_reach_the_steps() -> None:
    document = {
        "blocks_per_epoch": 50,
        "sectors_per_price": 64,
        "release_seconds": 100,
        "mine": {"difficulty": 7, "subtasks": 2},
    }
    params = DeployParams.from_mapping(document, DEPLOYER)
    steps = _named(deploy_plan(params, DEPLOYER).steps)
    assert steps["ChunkRewardLogic"].args == (100, 64)
    encoded = [steps[name].args[1] for name in ("Flow", "PoraMine")]
    flow, mine = (value.args for value in encoded if isinstance(value, Encoded))
    assert flow[1] == 50
    assert mine[2] == (7, 10, 10, 32, 2, 1)


def test_plan_lets_nothing_be_initialised_by_a_later_call() -> None:
    steps = deploy_plan(DeployParams(admin=OTHER), DEPLOYER).steps
    calls = [step for step in steps if isinstance(step, Call)]
    assert calls
    assert not [step.name for step in calls if step.function.startswith("initialize")]


def test_params_with_an_oracle_public_key_know_its_address() -> None:
    signer = public_key(b"\1" * 32)
    params = DeployParams.from_mapping({"oracle_public_key": "0x" + signer.hex()}, DEPLOYER)
    assert (params.oracle, params.oracle_public_key) == (address_of(signer), signer)


@pytest.mark.parametrize(
    ("document", "name"),
    [
        ({"price": 1}, "price"),
        ({"price_per_sector_wei": -1}, "price_per_sector_wei"),
        ({"price_per_sector_wei": True}, "price_per_sector_wei"),
        ({"price_per_sector_wei": "1"}, "price_per_sector_wei"),
        ({"blocks_per_epoch": 0}, "blocks_per_epoch"),
        ({"blocks_per_epoch": 11}, "blocks_per_epoch"),
        ({"mine": {"subtasks": 3, "subtask_interval": 5}}, "blocks_per_epoch"),
        ({"mine": {"target_mine_blocks": 257}}, "mine.target_mine_blocks"),
        ({"mine": {"max_shards": 12}}, "mine.max_shards"),
        ({"sectors_per_price": "8"}, "sectors_per_price"),
        ({"release_seconds": 0}, "release_seconds"),
        ({"mine": 5}, "mine"),
        ({"mine": {"difficulty": 0}}, "mine.difficulty"),
        ({"mine": {"speed": 9}}, "mine.speed"),
        ({"admin": 0x1111}, "admin"),
        ({"oracle": "0x12"}, "oracle"),
        ({"identity_registry": 5}, "identity_registry"),
        ({"reputation_registry": "0x"}, "reputation_registry"),
        ({"attestation": "tdx"}, "attestation"),
        ({"oracle": OTHER, "attestation": "none"}, "attestation"),
        ({"oracle_public_key": "0x04"}, "oracle_public_key"),
        ({"oracle_public_key": "0x" + "01" * 64}, "oracle_public_key"),
        ({"oracle_public_key": KEY, "oracle": OTHER}, "oracle"),
        ({"da": "yes"}, "da"),
        ({"nft": "0G"}, "nft"),
        ({"nft": {"name": ""}}, "nft.name"),
        ({"nft": {"symbol": 7}}, "nft.symbol"),
    ],
)
def test_params_with_a_bad_value_name_it(document: dict[str, object], name: str) -> None:
    with pytest.raises(BadDeployParameter) as caught:
        DeployParams.from_mapping(document, DEPLOYER)
    assert caught.value.name == name
