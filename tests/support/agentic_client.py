"""A client of Agentic ID: the calls and signed texts of 0g-agentic-id's TypeScript SDK."""

from __future__ import annotations

import base64
import itertools
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import cast

import httpx

from tests.support.agentic import DEPLOYER
from tests.support.patience import PATIENCE_SECONDS
from tests.support.ports import free_port
from tests.support.storage_daemons import Daemon, Storage, wait_for
from zerog.chain.bindings_agentic import AgenticContracts
from zerog.chain.deploy import deploy
from zerog.chain.params import DeployParams
from zerog.chain.plan import deploy_plan
from zerog.chain.registry import Registry
from zerog.chain.signer import Signer, devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.inft.agentic.genesis import APPS
from zerog.inft.agentic.serveproof import HEADER, ServeProof, personal
from zerog.inft.agentic.wire import attestation_digest

ITEMS = (
    {"role": "framework", "plaintext": {"name": "stub", "schema_version": 1}, "extra": {}},
    {
        "role": "persona",
        "plaintext": {"system_prompt": "You are Ada.", "inference": {"model": "none"}},
        "extra": {"tone": "dry"},
    },
)


def add_agentic(storage: Storage) -> Registry:
    """Deploy everything beside what a storage home has; the attestor does its own genesis."""
    params = DeployParams(admin=DEPLOYER.address, oracle=devnet_signer(2).address)
    plan = deploy_plan(params, DEPLOYER.address)
    contracts = deploy(storage.chain, storage.home, DEPLOYER, plan)
    registry = replace(Registry.load(storage.home), contracts=contracts)
    registry.save(storage.home)
    return registry


@dataclass(slots=True)
class World:
    """A running attestor over running storage."""

    storage: Storage
    registry: Registry
    attestor: Daemon
    intents: itertools.count[int] = field(default_factory=itertools.count)

    @classmethod
    def make(cls, storage: Storage) -> World:
        """Deploy and start it."""
        registry = add_agentic(storage)
        made = cls(storage, registry, Daemon("zerog.inft.agentic", storage.home, free_port()))
        made.attestor.start()
        return made

    @property
    def contracts(self) -> AgenticContracts:
        """What the attestor speaks to."""
        return AgenticContracts.of(self.storage.chain, self.registry)

    def run(self, signer: Signer, call: Call) -> None:
        """A mined transaction of somebody's."""
        store = TxStore(self.storage.home / "tx.db")
        Sender(self.storage.chain, store, signer).run(f"world:{next(self.intents)}", call)

    def client(self, signer: Signer) -> Client:
        """Somebody who speaks to the attestor."""
        return Client(self, signer)


@dataclass(slots=True)
class Client:
    """One account."""

    world: World
    signer: Signer

    @property
    def url(self) -> str:
        """The attestor."""
        return self.world.attestor.url

    # ---------------------------------------------------------------- signed texts

    def sign(self, text: str) -> str:
        """personal_sign."""
        return "0x" + self.signer.sign_digest(personal(text.encode())).hex()

    def for_agent(self, tag: str, seal_id: str, origin: str, age: int = 0) -> dict[str, str]:
        """Headers of an owner's message to an agent."""
        text = f"{tag}:{seal_id}:{int(time.time()) - age}:{origin}"
        return {"X-Auth-Message": text, "X-Auth-Signature": self.sign(text)}

    def order(
        self, key: str, signed: Mapping[str, object] | None = None, **changes: object
    ) -> dict[str, object]:
        """The body of a mint-only deploy; `signed` changes what is signed, changes come after."""
        fields: dict[str, object] = {
            "idempotency_key": key,
            "owner": self.signer.address,
            "name": "Ada",
            "description": "an agent of tests",
            "image": None,
            "i_data": [dict(one) for one in ITEMS],
            **(signed or {}),
        }
        text = json.dumps({"domain": "AgenticID.Deploy.v1", **fields})
        return {
            **fields,
            "owner_signature": self.sign(text),
            "owner_signed_message_b64": base64.b64encode(text.encode()).decode(),
            **changes,
        }

    def envelope(self, action: str, resource_id: str = "", **changes: object) -> dict[str, object]:
        """A sandbox envelope; changes come before the signature."""
        document: dict[str, object] = {
            "action": action,
            "expires_at": int(time.time()) + 180,
            "nonce": secrets.token_hex(16),
            "payload": {"snapshot": "s", "sealed": True, "env": {"API_KEY": "sk-test"}},
            "resource_id": resource_id,
            **changes,
        }
        text = json.dumps(document)
        return {
            "wallet_address": self.signer.address,
            "signed_message_b64": base64.b64encode(text.encode()).decode(),
            "wallet_signature": self.sign(text),
        }

    def clone_order(self, key: str, source: int, target: str) -> dict[str, object]:
        """The body of a clone by the source's owner."""
        fields = {"idempotency_key": key, "source_agent_id": source, "target_owner": target}
        text = json.dumps({"domain": "AgenticID.Clone.v1", **fields})
        return {
            **fields,
            "owner_signature": self.sign(text),
            "owner_signed_message_b64": base64.b64encode(text.encode()).decode(),
        }

    def provision_order(
        self, seal_id: str, node: Signer, container_key: bytes, image: bytes, when: int
    ) -> dict[str, object]:
        """What a container sends, with the word of `node`."""
        digest = attestation_digest(bytes.fromhex(seal_id[2:]), container_key, image, when)
        return {
            "seal_id": seal_id,
            "container_pubkey": "0x" + container_key.hex(),
            "image_hash": "0x" + image.hex(),
            "issued_at": when,
            "sandbox_signature": "0x" + node.sign_digest(digest).hex(),
        }

    # ----------------------------------------------------------------------- calls

    def post(self, path: str, body: Mapping[str, object]) -> httpx.Response:
        """One request."""
        return httpx.post(f"{self.url}{path}", json=body, timeout=PATIENCE_SECONDS)

    def get(self, path: str, **headers: str) -> httpx.Response:
        """One request."""
        return httpx.get(f"{self.url}{path}", headers=headers, timeout=PATIENCE_SECONDS)

    def prepare(self) -> None:
        """Acknowledge the trust roots and pay ahead, as `ack` and `deposit` do."""
        contracts, config = self.world.contracts, self.get("/config").json()
        tapp, serving = contracts.tapp, contracts.serving
        ack = tapp.calldata("acknowledgeApps", list(APPS))
        self.world.run(self.signer, Call(tapp.address, ack))
        pay = serving.calldata("deposit", self.signer.address, config["sandbox_provider_addr"])
        self.world.run(self.signer, Call(serving.address, pay, 2 * 10**17))

    def wait_for_mint(self, seal_id: str) -> int:
        """As the SDK does: an id of 0 means not yet."""
        agents, raw = self.world.contracts.agents, bytes.fromhex(seal_id[2:])
        wait_for(lambda: agents.agent_of_seal(raw) != 0, "the mint")
        return agents.agent_of_seal(raw)

    def phase(self, seal_id: str) -> str:
        """Of a deployment."""
        return str(self.get(f"/deployment/{seal_id}").json().get("phase"))

    def wait_for_phase(self, seal_id: str, phase: str) -> dict[str, object]:
        """Wait; gives the public row."""
        wait_for(lambda: self.phase(seal_id) == phase, f"phase {phase}")
        return cast("dict[str, object]", self.get(f"/deployment/{seal_id}").json())

    def mine(self) -> list[dict[str, object]]:
        """listMyDeployments."""
        text = f"0GDeployments:{self.signer.address}:{int(time.time())}"
        headers = {"X-Auth-Message": text, "X-Auth-Signature": self.sign(text)}
        found = self.get(f"/deployments?owner={self.signer.address}&slim=1", **headers)
        return cast("list[dict[str, object]]", found.json())

    def ask(
        self, url: str, path: str, body: object = None
    ) -> tuple[httpx.Response, ServeProof | None]:
        """fetchWithProof: the answer of an agent, and what it signed."""
        headers = {"X-Client-Address": self.signer.address}
        if body is None:
            found = httpx.get(f"{url}{path}", headers=headers, timeout=PATIENCE_SECONDS)
        else:
            found = httpx.post(f"{url}{path}", json=body, headers=headers, timeout=PATIENCE_SECONDS)
        told = found.headers.get(HEADER)
        return found, None if told is None else ServeProof.from_header(told)
