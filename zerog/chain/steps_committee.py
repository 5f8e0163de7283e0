"""The threshold committee, and the vault whose releases the verifier takes. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import Attestation, DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Step, proxied

CONTRACTS: Mapping[str, str] = {
    "Committee": "Committee",
    "CommitteeVault": "CommitteeVault",
    "CommitteeDesk": "CommitteeDesk",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

MIN_BOND_WEI = 10**18
PENALTY_WEI = 10**17
PUBLIC_SECONDS = (3600, 86_400, 7 * 86_400)
"""To deal, to judge, to leave: a member may sleep for a night, and a fault be found in a week."""
DEVELOPMENT_SECONDS = (60, 60, 60)


def steps(params: DeployParams) -> tuple[Step, ...]:
    """Committee and vault; the vault judges shares, the verifier and the market ask it.

    The steps of token and market come before.
    """
    development = params.attestation is Attestation.SIMULATED
    seconds = DEVELOPMENT_SECONDS if development else PUBLIC_SECONDS
    money = (MIN_BOND_WEI, PENALTY_WEI, *seconds, params.admin)
    authority, vault = Ref("Authority"), Ref("CommitteeVault")
    return (
        *proxied("Committee", "Committee", (money, authority)),
        *proxied("CommitteeVault", "CommitteeVault", (Ref("Committee"), authority)),
        Deploy("CommitteeDesk", "CommitteeDesk", (vault,)),
        Call("Committee.setJudge", "Committee", "Committee", "setJudge", (vault,)),
        Call("DataVerifier.setCommittee", "DataVerifier", "DataVerifier", "setCommittee", (vault,)),
        Call("AgentMarket.setCommittee", "AgentMarket", "AgentMarket", "setCommittee", (vault,)),
    )
