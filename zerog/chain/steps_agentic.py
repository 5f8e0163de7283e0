"""A second collection whose agents are 0g-agentic-id's, and the registries around it. Pure.

The canonical ERC-8004 registries are at fixed addresses: on a public chain they are there, on
a devnet `zerog.inft.agentic.genesis` puts the logics that are made here behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from zerog.chain.params import DeployParams
from zerog.chain.steps import Call, Deploy, Ref, Selectors, Step, Value, proxied
from zerog.chain.steps_token import CORE, FACETS, INTERFACES

CONTRACTS: Mapping[str, str] = {
    "AgenticID": "AgenticIdFacet",
    "AgenticIDReputation": "AgenticIDReputationRegistry",
    "VerifiedFeedback": "VerifiedFeedbackRegistry",
    "FeedbackBatcher": "FeedbackBatcher",
    "CloneGate": "CloneGate",
    "StandardCloneAuthorizer": "StandardCloneAuthorizer",
    "TappRegistry": "TappRegistry",
    "SandboxServing": "SandboxServing",
    "IdentityRegistry8004Logic": "IdentityRegistry8004",
    "ReputationRegistry8004Logic": "ReputationRegistry8004",
}
"""Registry name (which is the step's name) -> artifact whose ABI the address speaks."""

CANONICAL_IDENTITY: Final = "0x8004A818BFB912233c491871b3d84c89A494BD9e"
CANONICAL_REPUTATION: Final = "0x8004B663056A597Dffe9eCcC1965A193B7388713"
"""Where 0G's testnet has them (0gfoundation/0g-agentic-id: contracts/src/interfaces)."""

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


def steps(params: DeployParams) -> tuple[Step, ...]:
    """The collection over the facets of the first one, then what asks it about seals."""
    return (
        *_collection_steps(params),
        *_registry_steps(),
        Deploy("IdentityRegistry8004Logic", "IdentityRegistry8004"),
        Deploy("ReputationRegistry8004Logic", "ReputationRegistry8004"),
    )


def _collection_steps(params: DeployParams) -> tuple[Step, ...]:
    names = ("0G Agentic ID", "AGENTICID", Ref("DataVerifier"), Ref("Authority"))
    facets = (*FACETS, "AgenticIdFacet")
    cuts: tuple[Value, ...] = (
        *((Ref(name), Selectors(name, CORE)) for name in facets),
        (NOBODY, (HIDDEN,)),
    )
    ids = tuple(bytes.fromhex(one) for one in AGENTIC_INTERFACES)
    own = "AgenticIdFacet"
    return (
        Deploy(own, own),
        *proxied("AgenticID", CORE, names),
        Call("AgenticID.setFacets", "AgenticID", CORE, "setFacets", (cuts,)),
        Call("AgenticID.setInterfaces", "AgenticID", CORE, "setInterfaces", (ids, True)),
        Call("AgenticID.setPolicy", "AgenticID", "AdminFacet", "setPolicy", (POLICY,)),
        Call("AgenticID.setCanonical", "AgenticID", own, "setCanonical", (CANONICAL_IDENTITY,)),
    )


def _registry_steps() -> tuple[Step, ...]:
    authority, agents = Ref("Authority"), Ref("AgenticID")
    reputation, age = CANONICAL_REPUTATION, MAX_PROOF_AGE_SECONDS
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
