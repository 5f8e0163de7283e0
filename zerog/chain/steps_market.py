"""The attested oracle keys, and the two markets of the collection. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import Attestation, DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Step, proxied
from zerog.crypto.keccak import keccak256

CONTRACTS: Mapping[str, str] = {
    "AttestationRegistry": "AttestationRegistry",
    "AgentMarket": "AgentMarket",
    "ReferenceMarket": "ReferenceMarket",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

PUBLIC_DELAY_SECONDS = 2 * 86_400
DEVELOPMENT_DELAY_SECONDS = 1
"""A devnet is usable at once, and still nobody becomes an oracle in the block that says so."""
SIMULATED_LIFETIME_SECONDS = 100 * 365 * 86_400

FEE_BPS = 250
MINT_FEE_WEI = 10**17
DISCOUNT_MINT_FEE_WEI = 0
"""0gfoundation/0g-agent-nft: defaults of the deployment."""

MINTER_ROLE = 7857
MINTS = (
    "mintWithRole((string,bytes32)[],address)",
    "mintWithRole((string,bytes32)[],address,address)",
    "mintWithRole(address,string,address)",
)
"""What the market of 0g-agent-nft asks the collection for; whoever mints by role has this role."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The registry, the verifier that asks it, and the markets over the token."""
    return (*_registry_steps(params), *_market_steps(params), *_minter_steps())


def _registry_steps(params: DeployParams) -> tuple[Step, ...]:
    name = "AttestationRegistry"
    simulated = params.oracle is not None and params.attestation is Attestation.SIMULATED
    delay = DEVELOPMENT_DELAY_SECONDS if simulated else PUBLIC_DELAY_SECONDS
    made: tuple[Step, ...] = (Deploy(name, name, (delay, Ref("Authority"))),)
    if params.oracle is not None and simulated:
        oracle = (params.oracle, int(Attestation.SIMULATED), bytes(32), b"")
        args = (*oracle, SIMULATED_LIFETIME_SECONDS)
        made += (Call(f"{name}.propose", name, name, "propose", args),)
    asked = Call(
        "DataVerifier.setRegistry", "DataVerifier", "DataVerifier", "setRegistry", (Ref(name),)
    )
    return (*made, asked)


def _market_steps(params: DeployParams) -> tuple[Step, ...]:
    token, authority, name = Ref("AgentNFT"), Ref("Authority"), "ReferenceMarket"
    ours = (FEE_BPS, params.admin, authority)
    theirs = (token, FEE_BPS, authority, MINT_FEE_WEI, DISCOUNT_MINT_FEE_WEI)
    return (
        *proxied("AgentMarket", "AgentMarket", ours, (token,)),
        *proxied(name, name, theirs),
        Call(f"{name}.setTreasury", name, name, "setTreasury", (params.admin,)),
    )


def _minter_steps() -> tuple[Step, ...]:
    selectors = tuple(keccak256(one.encode())[:4] for one in MINTS)
    role = (Ref("AgentNFT"), selectors, MINTER_ROLE)
    grant = (MINTER_ROLE, Ref("ReferenceMarket"), 0)
    name = "Authority"
    return (
        Call(f"{name}.minters", name, name, "setTargetFunctionRole", role),
        Call(f"{name}.grantMinter", name, name, "grantRole", grant),
    )
