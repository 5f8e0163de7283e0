"""The token, its facets, and the verifier of its proofs. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Selectors, Step, proxied

CONTRACTS: Mapping[str, str] = {
    "DataVerifier": "DataVerifier",
    "AgentNFT": "AgentNFT",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

CORE = "AgentNFT"
FACETS = ("AdminFacet", "LoupeFacet", "SealFacet", "AgentNftFacet", "AgenticFacet", "DocFacet")
"""Artifacts of the facets that serve the published generations."""

INTERFACES = (
    "48e2b093",  # loupe, ERC-2535
    "5762046c",  # 0g-agent-nft: move
    "40fbd72f",  # metadata with the plural
    "2309ab96",  # authorise
    "c07038b7",  # clone
    "2afbede9",  # 0g-agentic-id: move
    "df597d99",  # authorise, with batch and clear
    "74f8628b",  # clone
    "20d189db",  # delegate
    "cd6a82d7",  # update
    "49064906",  # metadata updates, ERC-4906
)
"""ERC-165 ids that these facets bring; the core reports its own."""

POLICY = (False, True, False, True, False)
"""plainTransfers, resealByOracle, storeSealedKeys, eventsFinal, eventsAgentic.

Functions of 0g-agentic-id emit its events in any case; from the others they cost 8,000 gas each.
"""


def facet_steps(
    token: str, facets: tuple[str, ...], interfaces: tuple[str, ...]
) -> tuple[Step, ...]:
    """Deploy facets and have the token of step `token` serve all that they add to its core."""
    made = tuple(Deploy(name, name) for name in facets)
    cuts = tuple((Ref(name), Selectors(name, CORE)) for name in facets)
    ids = tuple(bytes.fromhex(one) for one in interfaces)
    first = facets[0]
    return (
        *made,
        Call(f"{token}.setFacets {first}", token, CORE, "setFacets", (cuts,)),
        Call(f"{token}.setInterfaces {first}", token, CORE, "setInterfaces", (ids, True)),
    )


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The verifier before the token that names it, the token before its facets."""
    authority = Ref("Authority")
    names = (params.nft_name, params.nft_symbol, Ref("DataVerifier"), authority)
    return (
        Deploy("DataVerifier", "DataVerifier", (authority,)),
        *proxied("AgentNFT", CORE, names),
        *facet_steps("AgentNFT", FACETS, INTERFACES),
        Call("AgentNFT.setPolicy", "AgentNFT", "AdminFacet", "setPolicy", (POLICY,)),
    )
