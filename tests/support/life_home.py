"""A home whose network has the rooms that an agent's life needs, and the people's keys."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from tests.support.evm import AnvilProcess
from zerog.chain import steps_life, steps_storage, steps_token, steps_viewing
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import DeployPlan
from zerog.chain.registry import Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import Keys, devnet_signer
from zerog.chain.steps import Deploy

PEOPLE: Final = {"alice": 3, "bob": 4, "carol": 5, "relayer": 6}
"""Names and their accounts of the development mnemonic."""

ROOMS: Final = (steps_storage, steps_token, steps_viewing, steps_life)
CHAIN_ID: Final = 31337


def life_home(anvil: AnvilProcess, home: Path) -> Registry:
    """Deploy with account 1, and write registry and keys of `home`."""
    deployer = devnet_signer(1)
    params = DeployParams(admin=deployer.address, oracle=devnet_signer(2).address)
    steps = [step for room in ROOMS for step in room.steps(params)]
    contracts = {"Authority": "Authority"}
    for room in ROOMS:
        contracts.update(room.CONTRACTS)
    plan = DeployPlan((Deploy("Authority", "Authority", (deployer.address,)), *steps), contracts)
    made = deploy(Chain(anvil.url), home, deployer, plan)
    registry = Registry(CHAIN_ID, made, {"chain": anvil.url}, None)
    registry.save(home)
    keys = Keys(home, CHAIN_ID)
    for name, index in PEOPLE.items():
        keys.add(name, devnet_signer(index).secret)
    return registry
