"""The whole of Agentic ID on a test chain: contracts by the deploy plan, genesis, people."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import cast

import pytest
from eth_account.messages import encode_typed_data
from web3.types import RPCEndpoint, TxReceipt

from tests.support.agents import Person, root, sealed
from tests.support.contracts import Artifact, Deployed, Evm, Reverted, artifact
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import Clock
from zerog.chain import steps_agentic, steps_token
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import DeployPlan
from zerog.chain.registry import OracleInfo, Registry
from zerog.chain.rpc import Chain
from zerog.chain.signer import devnet_signer
from zerog.chain.steps import Deploy
from zerog.inft.agentic.genesis import prepare
from zerog.inft.agentic.serveproof import ServeProof, personal
from zerog.types import Address

CHAIN_ID = 31337
DEPLOYER = devnet_signer(1)
ORACLE = devnet_signer(2)
SEALED = (
    "registerWithSeal(address,string,(string,bytes)[],(string,bytes32)[],bytes[],address,bytes32)"
)
PROOF = "(uint256,address,uint256,uint256,bytes32,bytes32[],bytes32,bytes)"
GIVE = f"giveFeedback(uint256,int128,uint8,string,string,string,string,bytes32,{PROOF})"
REGISTER = "register(string,(string,bytes)[],(string,bytes32)[],bytes[])"


Values = tuple[object, ...]


def low(person: Person) -> str:
    """The address as eth_abi gives it."""
    return person.address.lower()


def refused(call: Callable[[], object]) -> tuple[str, Values]:
    """Name and values of the revert that a call ends in."""
    with pytest.raises(Reverted) as error:
        call()
    return error.value.name, error.value.values


def deployed_home(anvil: AnvilProcess, home: Path) -> Registry:
    """Token, facets and Agentic ID deployed, genesis done, and the registry of `home` written."""
    params = DeployParams(admin=DEPLOYER.address, oracle=ORACLE.address)
    plan = DeployPlan(
        steps=(
            Deploy("Authority", "Authority", (DEPLOYER.address,)),
            *steps_token.steps(params),
            *steps_agentic.steps(params),
        ),
        contracts={"Authority": "Authority", **steps_token.CONTRACTS, **steps_agentic.CONTRACTS},
    )
    chain = Chain(anvil.url)
    contracts = deploy(chain, home, DEPLOYER, plan)
    oracle = OracleInfo(ORACLE.address, ORACLE.public_key)
    registry = Registry(CHAIN_ID, contracts, {"chain": anvil.url}, oracle)
    prepare(chain, home, DEPLOYER, registry)
    registry.save(home)
    return registry


def collection_abi() -> Artifact:
    """The AgenticID with all its facets, under one ABI."""
    names = ("AgentNFT", *steps_token.FACETS, "AgenticIdFacet")
    parts = [artifact(name) for name in names]
    entries: dict[str, Mapping[str, object]] = {}
    for part in parts:
        for entry in part.abi:
            shape = (entry["type"], entry.get("name"), str(entry.get("inputs")))
            if entry["type"] in {"function", "event", "error"}:
                entries[str(shape)] = entry
    abi = cast("list[Mapping[str, object]]", list(entries.values()))
    return replace(parts[0], name="AgenticID", abi=abi)  # type: ignore[arg-type]


@dataclass(slots=True)
class AgenticHouse:
    """Every contract, and the people: account 1 administers, the attestor is one of them."""

    clock: Clock
    registry: Registry
    home: Path
    attestor: Person
    alice: Person
    bob: Person
    carol: Person
    counter: itertools.count[int] = field(default_factory=lambda: itertools.count(1))
    known: dict[tuple[str, str], Deployed] = field(default_factory=dict)

    @classmethod
    def build(cls, anvil: AnvilProcess, home: Path) -> AgenticHouse:
        """Deploy everything; account 6 is a trusted attestor too, whose key tests have."""
        registry = deployed_home(anvil, home)
        attestor, alice, bob, carol = (Person.development(index) for index in (6, 3, 4, 5))
        house = cls(Clock(anvil, Evm(anvil.url)), registry, home, attestor, alice, bob, carol)
        house.agents.send("addTrustedAttestor", house.attestor.address)
        return house

    @property
    def evm(self) -> Evm:
        """The chain."""
        return self.clock.evm

    def at(self, name: str, of: str = "") -> Deployed:
        """A contract of the registry, under the ABI of an artifact."""
        if (name, of) not in self.known:
            made_of = self._abi(name, of)
            self.known[name, of] = self.evm.at(self.registry.contract(name).address, made_of)
        return self.known[name, of]

    def _abi(self, name: str, of: str) -> Artifact:
        if name == "AgenticID" and not of:
            return collection_abi()
        return artifact(of or steps_agentic.CONTRACTS[name])

    @property
    def agents(self) -> Deployed:
        """The AgenticID."""
        return self.at("AgenticID")

    @property
    def identity(self) -> Deployed:
        """The canonical registry of agents."""
        return self.at("IdentityRegistry8004")

    @property
    def reputation(self) -> Deployed:
        """The canonical registry of opinions."""
        return self.at("ReputationRegistry8004")

    # -------------------------------------------------------------------- acting

    def become(self, address: str) -> None:
        """Let an account without an unlocked key send, and pay for it."""
        ask = self.evm.w3.provider.make_request
        ask(RPCEndpoint("anvil_setBalance"), [address, hex(10**18)])
        ask(RPCEndpoint("anvil_impersonateAccount"), [address])

    def sealed_agent(self, owner: Person, *labels: str, uri: str = "") -> tuple[int, Person]:
        """An agent with a seal of its own; gives its id and its key."""
        number = next(self.counter)
        key = Person.named(f"seal {number}")
        seal_id = root(f"seal id {number}")
        made = self.register_sealed(owner, key, seal_id, *labels, uri=uri)
        (event,) = self.agents.events("AgentSealSet", made)
        return cast(int, event["agentId"]), key

    def register_sealed(
        self, owner: Person, key: Person, seal_id: bytes, *labels: str, uri: str = ""
    ) -> TxReceipt:
        """registerWithSeal by the attestor."""
        names = labels or (f"data {next(self.counter)}",)
        data = [(f'{{"role":"{name}"}}', root(name)) for name in names]
        keys = [sealed(name) for name in names]
        none: list[object] = []
        values = (owner.address, uri, none, data, keys, key.address, seal_id)
        return self.agents.send(SEALED, *values, sender=self.attestor.address)

    def plain_agent(self, owner: Person, *labels: str) -> int:
        """An agent whose data belongs to its owner; gives its id."""
        names = labels or (f"data {next(self.counter)}",)
        data = [(f'{{"role":"{name}"}}', root(name)) for name in names]
        keys = [sealed(name) for name in names]
        made = self.agents.send(REGISTER, "", [], data, keys, sender=owner.address)
        (event,) = self.agents.events("ITransferred", made)
        return cast(int, event["tokenId"])

    def proof(self, agent_id: int, key: Person, submitter: Person, **changes: object) -> ServeProof:
        """A serve proof, signed by `key` after `changes`."""
        now = self.evm.w3.eth.get_block("latest")["timestamp"]
        made = ServeProof(
            agent_id=agent_id,
            submitter=submitter.address,
            timestamp=now,
            deadline=now + 3600,
            task_hash=root(f"task {next(self.counter)}"),
            data_hashes=(root("one"), root("two")),
            framework_hash=root("framework"),
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        digest = made.digest(CHAIN_ID, self.registry.contract("AgenticID").address)
        return replace(made, signature=key.sign(personal(digest)))

    def wallet_consent(
        self,
        agent_id: int,
        signer: Person,
        owner: Address,
        deadline: int,
        chain_id: int = CHAIN_ID,
        wallet: str | None = None,
    ) -> bytes:
        """A wallet's consent to be paid for an agent, by eth-account.

        wallet: a contract for which `signer` speaks; without one, the signer's own account.
        """
        message = {"agentId": agent_id, "newWallet": wallet or signer.address, "owner": owner}
        signable = encode_typed_data(
            domain_data={
                "name": "ERC8004IdentityRegistry",
                "version": "1",
                "chainId": chain_id,
                "verifyingContract": self.registry.contract("IdentityRegistry8004").address,
            },
            message_types={
                "AgentWalletSet": [
                    {"name": "agentId", "type": "uint256"},
                    {"name": "newWallet", "type": "address"},
                    {"name": "owner", "type": "address"},
                    {"name": "deadline", "type": "uint256"},
                ]
            },
            message_data={**message, "deadline": deadline},
        )
        return bytes(self.evm.w3.eth.account.sign_message(signable, signer.secret).signature)
