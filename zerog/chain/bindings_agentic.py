"""AgenticID and what stands around it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from zerog.chain.bindings import AgentNft, Contract, IntelligentData
from zerog.chain.errors import Reverted
from zerog.chain.hexes import to_address
from zerog.chain.registry import Registry
from zerog.chain.rpc import Block, Chain, Receipt
from zerog.types import Address

NOBODY = to_address(bytes(20))


class IdentityRegistry8004(Contract):
    """The canonical registry of agents."""

    artifact = "IdentityRegistry8004"

    def owner_of(self, agent_id: int, block: Block = "latest") -> Address | None:
        """None when there is no such agent."""
        try:
            return self._address("ownerOf", agent_id, block=block)
        except Reverted as error:
            if error.name == "ERC721NonexistentToken":
                return None
            raise

    def authority(self, block: Block = "latest") -> Address:
        """Who may upgrade it; zero before it is initialised."""
        return self._address("authority", block=block)


class ReputationRegistry8004(Contract):
    """The canonical registry of opinions."""

    artifact = "ReputationRegistry8004"

    def authority(self, block: Block = "latest") -> Address:
        """Who may upgrade it; zero before it is initialised."""
        return self._address("authority", block=block)


class AgenticId(Contract):
    """AgenticID: the collection as 0g-agentic-id's clients see it."""

    artifact = "AgenticIdFacet"

    def seal_of(self, agent_id: int, block: Block = "latest") -> Address:
        """Address of an agent's own key; zero for none."""
        return self._address("getAgentSeal", agent_id, block=block)

    def seal_id_of(self, agent_id: int, block: Block = "latest") -> bytes:
        """Id of an agent's seal, 32 bytes; zero for none."""
        found = self.read("getSealId", agent_id, block=block)
        return found if isinstance(found, bytes) else b""

    def agent_of_seal(self, seal_id: bytes, block: Block = "latest") -> int:
        """The agent of a seal; 0 for none."""
        return self._number("getAgentIdBySealId", seal_id, block=block)

    def is_trusted(self, attestor: Address, block: Block = "latest") -> bool:
        """Whether an attestor may register agents with a seal."""
        return bool(self.read("isTrustedAttestor", attestor, block=block))

    def is_framework(self, image_hash: bytes, block: Block = "latest") -> bool:
        """Whether attestors give seals to an image."""
        return bool(self.read("isValidFrameworkHash", image_hash, block=block))

    def tokens(self) -> AgentNft:
        """The same address as a collection."""
        return AgentNft(self.chain, self.address, first_block=self.first_block)

    def owner_of(self, agent_id: int, block: Block = "latest") -> Address | None:
        """None when there is no such agent."""
        return self.tokens().owner_of(agent_id, block)

    def data_of(self, agent_id: int, block: Block = "latest") -> list[IntelligentData]:
        """An agent's items in order."""
        return self.tokens().data_of(agent_id, block)

    def sealed_keys_of(self, agent_id: int, block: Block = "latest") -> list[bytes]:
        """Their sealed keys in order."""
        keys = Contract(self.chain, self.address, "AgenticFacet")
        found = keys.read("sealedKeysOf", agent_id, block=block)
        return [one for one in found if isinstance(one, bytes)] if isinstance(found, tuple) else []

    def registered(self, receipt: Receipt) -> int | None:
        """The agent that a transaction registered with a seal; None when it did not."""
        for event in self.decode(receipt, "AgentSealSet"):
            return event.number("agentId")
        return None


class TappRegistry(Contract):
    """Trust roots that people acknowledge."""

    artifact = "TappRegistry"

    def is_acknowledged(self, user: Address, app_id: str, block: Block = "latest") -> bool:
        """Whether somebody acknowledged an app as it is now."""
        return bool(self.read("isAcknowledged", user, app_id, block=block))

    def nodes_of(self, app_id: str, block: Block = "latest") -> list[Address]:
        """Which keys speak for an app."""
        return [to_address(str(one)) for one in self._list("getNodeList", app_id, block=block)]


class SandboxServing(Contract):
    """Prepaid balances."""

    artifact = "SandboxServing"

    def balance_wei(self, user: Address, provider: Address, block: Block = "latest") -> int:
        """What somebody can use."""
        found = self.read_all("getBalance", user, provider, block=block)[0]
        return found if isinstance(found, int) else 0


class CloneGate(Contract):
    """Clones by the rule of their owner."""

    artifact = "CloneGate"

    def authorizer_of(self, agent_id: int, block: Block = "latest") -> Address:
        """Who is asked; zero for nobody."""
        return self._address("cloneAuthorizerOf", agent_id, block=block)

    def allows(self, agent_id: int, buyer: Address, data: bytes) -> bool:
        """Whether the authorizer lets a buyer have a clone now. Raises Reverted as it does."""
        authorizer = self.authorizer_of(agent_id)
        if authorizer == NOBODY:
            return False
        rule = Contract(self.chain, authorizer, "StandardCloneAuthorizer")
        return bool(rule.read("canClone", agent_id, buyer, buyer, data))


@dataclass(frozen=True, slots=True)
class AgenticContracts:
    """The contracts of one network that an attestor speaks to."""

    agents: AgenticId
    tapp: TappRegistry
    serving: SandboxServing
    gate: CloneGate
    addresses: Mapping[str, Address]

    @classmethod
    def of(cls, chain: Chain, registry: Registry) -> AgenticContracts:
        """As a registry names them; raises NoSuchContract."""
        names = ("AgenticIDReputation", "VerifiedFeedback", "FeedbackBatcher", "CloneGate")
        more = ("StandardCloneAuthorizer", "DataVerifier", "TappRegistry", "SandboxServing")
        return cls(
            AgenticId.of(chain, registry.contract("AgenticID")),
            TappRegistry.of(chain, registry.contract("TappRegistry")),
            SandboxServing.of(chain, registry.contract("SandboxServing")),
            CloneGate.of(chain, registry.contract("CloneGate")),
            {name: registry.contract(name).address for name in (*names, *more, "AgenticID")},
        )
