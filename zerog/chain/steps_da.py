"""Data availability: signers and stake at fixed addresses, their door, challenges. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from zerog.chain import steps_da_signers
from zerog.chain.params import Attestation, DeployParams
from zerog.chain.steps import Ref, Step, proxied
from zerog.chain.steps_da_signers import REGISTRY_AT, VOTE_WEI

CONTRACTS: Mapping[str, str] = {
    **steps_da_signers.CONTRACTS,
    "DAEntrance": "DAEntrance",
    "DAChallenge": "DAChallenge",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

DATA_ROWS: Final = 1024
"""Of 3,072 rows any 1,024 give the blob: 0G's profile, on every network."""


@dataclass(frozen=True, slots=True)
class Terms:
    """Of sampling and challenges: blocks of a round and of an answer, epochs of liability.

    A window is no longer than an epoch, and stake is locked for longer than `liability` epochs.
    """

    sample_period: int
    window: int
    liability: int


PUBLIC: Final = Terms(30, 3_600, steps_da_signers.PUBLIC_LOCK_EPOCHS - 1)
DEVELOPMENT: Final = Terms(10, 24, steps_da_signers.DEVELOPMENT_LOCK_EPOCHS - 1)
BOND_WEI: Final = 10**17
"""More than the gas of an answer, about 200,000, up to 500 gwei for a unit."""
PENALTY_WEI: Final = VOTE_WEI
"""A row that is not there costs a vote."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """Nothing when the network goes without. Stake comes last: it is told who may slash."""
    if params.da is False:
        return ()
    terms = DEVELOPMENT if params.attestation is Attestation.SIMULATED else PUBLIC
    authority = Ref("Authority")
    entrance = (Ref("DASigners"), authority, params.admin, DATA_ROWS, terms.sample_period)
    about = (Ref("DAEntrance"), REGISTRY_AT, authority)
    asked = (BOND_WEI, PENALTY_WEI, terms.window, terms.liability)
    return (
        steps_da_signers.signers_step(params),
        *proxied("DAEntrance", "DAEntrance", (entrance,)),
        *proxied("DAChallenge", "DAChallenge", ((*about, *asked),)),
        steps_da_signers.registry_step(params),
    )
