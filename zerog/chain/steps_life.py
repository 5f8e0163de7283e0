"""Life after mint: the facets for rental, lineage, permits and history, and royalties. Pure."""

from __future__ import annotations

from collections.abc import Mapping

from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Step
from zerog.chain.steps_token import facet_steps

CONTRACTS: Mapping[str, str] = {"RoyaltySplitter": "RoyaltySplitter"}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

COLLECTION = "AgentNFT"
FACETS = ("RentalFacet", "LineageFacet", "PermitFacet", "LifeFacet")
"""Artifacts of the facets."""

INTERFACES = (
    "ad092b5c",  # ERC-4907
    "2a55205a",  # ERC-2981
)
"""ERC-165 ids that these facets bring."""


def steps(params: DeployParams) -> tuple[Step, ...]:
    """After the token: its facets, then the splitter, which the token's royalties name."""
    splitter = Ref("RoyaltySplitter")
    naming = ("LineageFacet", "setRoyaltySplitter", (splitter,))
    return (
        *facet_steps(COLLECTION, FACETS, INTERFACES),
        Deploy("RoyaltySplitter", "RoyaltySplitter", (Ref(COLLECTION),)),
        Call(f"{COLLECTION}.setRoyaltySplitter", COLLECTION, *naming),
    )
