"""What the chain must hold after each replay of inft_clients, seen from outside."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final, cast

from eth_utils.crypto import keccak

from tests.conformance.inft_clients import APPS, PEOPLE, Facts, Ground
from tests.conformance.matrix import Line
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_bytes
from zerog.chain.signer import devnet_signer

LIMITS: Final = {"transfer": 275_000, "clone": 377_000, "market": 392_000}
"""Gas of 0g-agent-nft, measured with the same calls."""


class Mismatch(AssertionError):
    """What the client saw, or what the chain holds, is not what the line says."""

    def __init__(self, what: str) -> None:
        self.what = what
        super().__init__(what)


def fault_of(place: Ground, line: Line, facts: Facts | None) -> str:
    """What is wrong with a line; empty when it did what it says."""
    if not facts:
        return "the driver told nothing of it"
    if "error" in facts:
        return str(facts["error"])
    try:
        JUDGES[line.id](place, facts)
    except Mismatch as wrong:
        return wrong.what
    return ""


# ------------------------------------------------------------------------------- judges


def person(name: str) -> str:
    """Address of one of the people."""
    return devnet_signer(PEOPLE[name]).address


def same(what: str, seen: object, wanted: object) -> None:
    """Raise Mismatch unless equal; addresses compare without case."""
    if _plain(seen) != _plain(wanted):
        raise Mismatch(f"{what}: {seen!r} instead of {wanted!r}")


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return f"0x{value.hex()}"
    if isinstance(value, str):
        return value.lower()
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return value


def below(facts: Facts, field: str, limit: int) -> None:
    """A gas figure that must beat the reference's."""
    if not cast(int, facts[field]) < limit:
        raise Mismatch(f"{field} {facts[field]} is not below {limit}")


def keys_of(token: Contract, token_id: object, sealed: list[object]) -> None:
    """The chain's hashes of a token's sealed keys are those of what the client sealed."""
    hashes = [keccak(to_bytes(str(one))) for one in sealed]
    same("sealed keys", token.read("sealedKeyHashesOf", token_id), hashes)


def judge_final(place: Ground, facts: Facts) -> None:
    """The token is bob's with the new data; the clone has its own."""
    same("owner", facts["owner"], person("bob"))
    same("data", facts["data"], [["model", facts["after"]]])
    same("data of the clone", facts["cloneData"], [["model", facts["copy"]]])
    same("Transferred", facts["transferred"], 1)
    token = place.contract("AgentNFT", "AgentNFT")
    same("owner on chain", token.read("ownerOf", facts["id"]), person("bob"))
    same("data on chain", token.read("dataHashesOf", facts["id"]), [facts["after"]])


def judge_agent_nft(place: Ground, facts: Facts) -> None:
    """The same data all the way; seals published; authorisations as asked; below its gas."""
    same("first data", facts["read"], [["model", facts["dataHash"]]])
    same("assistant", facts["assistant"], person("carol"))
    users = sorted(map(str, cast("list[object]", facts["users"])), key=str.lower)
    same("users", users, sorted([person("dave"), person("oracle")], key=str.lower))
    same("users after clearing", facts["cleared"], [])
    same("owner", facts["owner"], person("bob"))
    same("published", facts["published"], [facts["sealed"]])
    same("published for the clone", facts["cloneKeys"], [facts["cloneSealed"]])
    same("owner of the clone", facts["cloneOwner"], person("carol"))
    token = place.contract("AgentNFT", "AgentNFT")
    keys_of(token, facts["id"], [facts["sealed"]])
    keys_of(token, facts["clone"], [facts["cloneSealed"]])
    for token_id in (facts["id"], facts["clone"]):
        same("data", token.read("dataHashesOf", token_id), [facts["updated"]])
    same("parent", token.read("parentOf", facts["clone"]), facts["id"])
    below(facts, "gas", LIMITS["transfer"])
    below(facts, "cloneGas", LIMITS["clone"])


def judge_safe(place: Ground, facts: Facts) -> None:
    """Sold twice: by the standard's structs to bob, by 0g-agent-nft's to carol."""
    token = place.contract("AgentNFT", "AgentNFT")
    same("owner on chain", token.read("ownerOf", facts["id"]), person("carol"))
    same("data on chain", token.read("dataHashesOf", facts["id"]), [facts["after"]])
    keys_of(token, facts["id"], [facts["sealed"]])


def judge_market(place: Ground, facts: Facts) -> None:
    """The token is the buyer's, the market says so, below the reference's gas."""
    same("owner", facts["owner"], person("bob"))
    fulfilled = keccak(text="OrderFulfilled(address,address,uint256,uint256,address)")
    if f"0x{fulfilled.hex()}" not in cast("list[object]", facts["topics"]):
        raise Mismatch("the market did not emit OrderFulfilled")
    owner = place.contract("AgentNFT", "AgentNFT").read("ownerOf", facts["id"])
    same("owner on chain", owner, person("bob"))
    below(facts, "gas", LIMITS["market"])


def judge_agentic_id(place: Ground, facts: Facts) -> None:
    """Keys are stored as they were written, and replaced by a transfer."""
    written = cast("list[object]", facts["written"])
    same("stored keys", facts["keys"], [[one] for one in written])
    same("delegate", facts["delegate"], person("carol"))
    same("users", facts["users"], [person("carol"), person("dave")])
    same("owner", facts["owner"], person("bob"))
    same("keys after the sale", facts["after"], [facts["sealed"]])
    entry = {"dataHash": facts["third"], "sealedKey": facts["sealed"]}
    same("entries told", facts["entries"], [[entry]])
    same("data", facts["data"], [{"dataDescription": "framework", "dataHash": facts["third"]}])
    same("uri", facts["uri"], "data:,card")
    same("owner of the clone", facts["cloneOwner"], person("carol"))
    same("keys of the clone", facts["cloneKeys"], [facts["cloneSealed"]])
    token = place.contract("AgenticID", "AgentNFT")
    same("data on chain", token.read("dataHashesOf", facts["id"]), [facts["third"]])
    canonical = place.contract("IdentityRegistry8004", "IdentityRegistry8004")
    for token_id in (facts["id"], facts["clone"]):
        same("canonical owner", canonical.read("ownerOf", token_id), place.address("AgenticID"))


def judge_documentation(place: Ground, facts: Facts) -> None:
    """The metadata hash is the first item's data hash."""
    hashes = place.contract("AgenticID", "AgentNFT").read("dataHashesOf", 1)
    same("metadata hash", [facts["hash"]], hashes)
    if not facts["uri"]:
        raise Mismatch("the encrypted URI is empty")


def judge_sealed(place: Ground, facts: Facts) -> None:
    """Its seal is known both ways, writes its memory, and stays while owners change."""
    wanted = {
        "seal": person("seal"), "sealId": facts["sealId"], "byId": facts["id"], "bound": True,
        "uri": "data:,card",
    }  # fmt: skip
    read = cast("dict[str, object]", facts["read"])
    for name, value in wanted.items():
        same(name, read[name], value)
    same("owner", facts["owner"], person("carol"))
    same("memory", facts["data"], [{"dataDescription": "memory", "dataHash": facts["memory"]}])
    same("its key", facts["keys"], [facts["key"]])
    agents = place.contract("AgenticID", "AgenticIdFacet")
    same("seal on chain", agents.read("getAgentSeal", facts["id"]), person("seal"))


def judge_identity(place: Ground, facts: Facts) -> None:
    """What the collection was told is in the canonical registry."""
    same("uri", facts["uri"], "data:,other")
    same("metadata", facts["metadata"], "0x07")
    same("wallet", facts["wallet"], person("dave"))
    same("wallet afterwards", facts["unset"], "0x" + "00" * 20)
    canonical = place.contract("IdentityRegistry8004", "IdentityRegistry8004")
    same("canonical uri", canonical.read("tokenURI", facts["id"]), "data:,other")


def judge_reputation(_: Ground, facts: Facts) -> None:
    """One opinion with its ground, answered once, then revoked."""
    same("entry", facts["entry"], [95, 0, "quality", "", False])
    same("summary", cast("list[object]", facts["summary"])[:2], [1, 95 * 10**18])
    same("ground", facts["serve"], facts["proof"])
    same("clients", facts["clients"], [person("bob")])
    same("responses", facts["responses"], 1)
    same("revoked", facts["revoked"], True)


def judge_trust(_: Ground, facts: Facts) -> None:
    """All components acknowledged, a tenth of a token prepaid: what the preflight wants."""
    same("acknowledged", facts["acknowledged"], [True] * len(APPS))
    same("balance", facts["balance"], str(10**17))


JUDGES: Final[Mapping[str, Callable[[Ground, Facts], None]]] = {
    "final": judge_final,
    "agentNft": judge_agent_nft,
    "safe": judge_safe,
    "market": judge_market,
    "agenticId": judge_agentic_id,
    "documentation": judge_documentation,
    "sealedAgent": judge_sealed,
    "identity": judge_identity,
    "reputation": judge_reputation,
    "trust": judge_trust,
}
