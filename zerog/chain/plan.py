"""The deployment as data: which contract is made in which order, with which arguments.

Pure. `zerog.chain.deploy` executes the plan over web3, scripts/deploy.py over ape; both walk
`DeployPlan.steps` in order, and put the address of each made contract where a `Ref` names it.
Each room has its steps in a file of its own, `steps_ROOM.py`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerog.chain import (
    steps_agentic,
    steps_committee,
    steps_da,
    steps_escrow,
    steps_life,
    steps_market,
    steps_storage,
    steps_token,
    steps_viewing,
)
from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Deploy, Step
from zerog.types import Address

ADMIN_ROLE = 0
ROOMS = (
    steps_token,
    steps_viewing,
    steps_market,
    steps_life,
    steps_escrow,
    steps_committee,
    steps_agentic,
    steps_da,
    steps_storage,
)
"""In this order: who is made later may name who was made earlier. The flow's epochs begin with it,
so it comes last: on a new chain none is over before anybody can mine."""

CONTRACTS: Mapping[str, str] = {
    "Authority": "Authority",
    **{name: artifact for room in ROOMS for name, artifact in room.CONTRACTS.items()},
}


@dataclass(frozen=True, slots=True)
class DeployPlan:
    """Steps in order, and the contracts that the registry names.

    `contracts`: registry name (which is the step's name) -> artifact whose ABI the address speaks.
    """

    steps: tuple[Step, ...]
    contracts: Mapping[str, str]


def deploy_plan(params: DeployParams, deployer: Address) -> DeployPlan:
    """The whole deployment by `deployer`, who hands over in the end if another is admin."""
    without = steps_da.CONTRACTS.keys() if params.da is False else ()
    return DeployPlan(
        steps=(
            Deploy("Authority", "Authority", (deployer,)),
            *(step for room in ROOMS for step in room.steps(params)),
            *_handover_steps(params.admin, deployer),
        ),
        contracts={name: of for name, of in CONTRACTS.items() if name not in without},
    )


def _handover_steps(admin: Address, deployer: Address) -> tuple[Step, ...]:
    """Another admin takes over, and the deployer keeps nothing."""
    if admin == deployer:
        return ()
    grant = (ADMIN_ROLE, admin, 0)
    renounce = (ADMIN_ROLE, deployer)
    return (
        Call("Authority.grantRole", "Authority", "Authority", "grantRole", grant),
        Call("Authority.renounceRole", "Authority", "Authority", "renounceRole", renounce),
    )
