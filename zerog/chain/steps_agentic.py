"""A second collection whose agents are 0g-agentic-id's, and the registries around it. Pure.

The canonical ERC-8004 registries stand at fixed addresses: a public chain has them, a devnet is
given ours there. Agent 0 is nobody's: to 0g-agentic-id's client its id means "not minted yet".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from eth_utils.address import to_checksum_address

from zerog.chain.params import DeployParams
from zerog.chain.steps import (
    Call,
    Deploy,
    Encoded,
    Payer,
    Place,
    Ref,
    Selectors,
    Step,
    Value,
    proxied,
)
from zerog.chain.steps_token import CORE, FACETS, INTERFACES

CONTRACTS: Mapping[str, str] = {
    "IdentityRegistry8004": "IdentityRegistry8004",
    "ReputationRegistry8004": "ReputationRegistry8004",
    "AgenticID": "AgenticIdFacet",
    "AgenticIDReputation": "AgenticIDReputationRegistry",
    "VerifiedFeedback": "VerifiedFeedbackRegistry",
    "FeedbackBatcher": "FeedbackBatcher",
    "CloneGate": "CloneGate",
    "StandardCloneAuthorizer": "StandardCloneAuthorizer",
    "TappRegistry": "TappRegistry",
    "SandboxServing": "SandboxServing",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

MAX_PROOF_AGE_SECONDS: Final = 7 * 86_400
POLICY: Final = (False, True, True, False, True)
"""plainTransfers, resealByOracle, storeSealedKeys, eventsFinal, eventsAgentic."""

AGENTIC_INTERFACES: Final = (
    *INTERFACES,
    "71521a1b",  # 0g-agentic-id: AgenticID
    "f3e6ef75",  # ERC-8004 identity
    "150b7a02",  # takes the canonical tokens
)
HIDDEN: Final = bytes.fromhex("162094c4")
"""setTokenURI(uint256,string): an agent's URI is the canonical registry's, by setAgentURI."""

NOBODY: Final = "0x" + "00" * 20
GRAVE: Final = to_checksum_address("0x000000000000000000000000000000000000dEaD")


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The registries, the collection over the facets of the first one, and what asks it."""
    return (*_canonical_steps(params), *_collection_steps(params), *_registry_steps())


def _canonical_steps(params: DeployParams) -> tuple[Step, ...]:
    identity, reputation = "IdentityRegistry8004", "ReputationRegistry8004"
    authority = Ref("Authority")

    def call(name: str, function: str, *args: Value) -> Call:
        return Call(f"{name}.{function}", name, name, function, args)

    agents = (
        call(identity, "initialize", authority),
        call(identity, "register"),
        call(identity, "transferFrom", Payer(), GRAVE, 0),
    )
    opinions = (call(reputation, "initialize", Ref(identity), authority),)
    logics = (Deploy(f"{identity}Logic", identity), Deploy(f"{reputation}Logic", reputation))
    return (
        Place(identity, params.identity_registry, logics[0], agents),
        Place(reputation, params.reputation_registry, logics[1], opinions),
    )


def _collection_steps(params: DeployParams) -> tuple[Step, ...]:
    names = ("0G Agentic ID", "AGENTICID", Ref("DataVerifier"), Ref("Authority"))
    facets = (*FACETS, "AgenticIdFacet")
    cuts: tuple[Value, ...] = (
        *((Ref(name), Selectors(name, CORE)) for name in facets),
        (NOBODY, (HIDDEN,)),
    )
    ids = tuple(bytes.fromhex(one) for one in AGENTIC_INTERFACES)
    own, canonical = "AgenticIdFacet", (Ref("IdentityRegistry8004"),)
    return (
        Deploy(own, own),
        Deploy("AgenticID", "Proxy", (Ref(f"{CORE}Logic"), Encoded(CORE, "initialize", names))),
        Call("AgenticID.setFacets", "AgenticID", CORE, "setFacets", (cuts,)),
        Call("AgenticID.setInterfaces", "AgenticID", CORE, "setInterfaces", (ids, True)),
        Call("AgenticID.setPolicy", "AgenticID", "AdminFacet", "setPolicy", (POLICY,)),
        Call("AgenticID.setCanonical", "AgenticID", own, "setCanonical", canonical),
    )


def _registry_steps() -> tuple[Step, ...]:
    authority, agents = Ref("Authority"), Ref("AgenticID")
    reputation, age = Ref("ReputationRegistry8004"), MAX_PROOF_AGE_SECONDS
    trust_gate = (Ref("CloneGate"),)
    return (
        *proxied("AgenticIDReputation", "AgenticIDReputationRegistry", (agents, age, authority)),
        *proxied(
            "VerifiedFeedback", "VerifiedFeedbackRegistry", (agents, reputation, age, authority)
        ),
        Deploy("FeedbackBatcher", "FeedbackBatcher", (reputation, Ref("VerifiedFeedback"))),
        *proxied("CloneGate", "CloneGate", (agents, authority)),
        Call(
            "AgenticID.trust CloneGate",
            "AgenticID",
            "AgenticIdFacet",
            "addTrustedAttestor",
            trust_gate,
        ),
        Deploy("StandardCloneAuthorizer", "StandardCloneAuthorizer", (agents,)),
        *proxied("TappRegistry", "TappRegistry", (authority,)),
        *proxied("SandboxServing", "SandboxServing", (Ref("TappRegistry"), authority)),
    )
