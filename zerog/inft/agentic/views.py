"""What an attestor shows: deployments, cards, and where everything is."""

from __future__ import annotations

import time
from typing import Final

from zerog.inft.agentic.card import agent_card
from zerog.inft.agentic.errors import NotAuthorised
from zerog.inft.agentic.genesis import APPS
from zerog.inft.agentic.keys import image_hash
from zerog.inft.agentic.office import Office
from zerog.inft.agentic.rows import agent_of, by_seal, owner_row, phase, public_row, stages
from zerog.inft.agentic.serveproof import personal
from zerog.inft.agentic.wire import address, blob, check_auth, signer
from zerog.inft.jobstore import Row
from zerog.types import Address

FRAMEWORKS: Final = ("openclaw", "claude-code", "stub")
"""Names that a framework item may have; one stub answers for all of them."""


class Views:
    """Reads of one attestor; nothing here changes anything."""

    def __init__(self, office: Office) -> None:
        """office: what is shown."""
        self.office = office

    def owner(self, row: Row) -> Address:
        """Who owns the agent now; before it is minted, who asked for it."""
        agent_id = agent_of(row)
        found = None if agent_id is None else self.office.contracts.agents.owner_of(agent_id)
        return address(row.text("owner"), "owner") if found is None else found

    def deployments(self, owner: str | None, slim: bool, auth: tuple[str, str]) -> list[object]:
        """All deployments as anybody may see them; an owner's own, whole, with their signature."""
        rows = self.office.jobs.rows()
        if owner is None:
            return [self._shown(row, slim, whole=False) for row in rows]
        wanted = address(owner, "owner")
        message, signature = auth
        parts = check_auth(message, "0GDeployments", int(time.time()))
        if address(parts[0], "X-Auth-Message") != wanted:
            raise NotAuthorised("X-Auth-Message", parts[0], wanted)
        raw = blob({"X-Auth-Signature": signature}, "X-Auth-Signature", 65)
        found = signer(personal(message.encode()), raw, "X-Auth-Signature")
        if found != wanted:
            raise NotAuthorised("X-Auth-Message", found, wanted)
        return [self._shown(row, slim, whole=True) for row in rows if self.owner(row) == wanted]

    def deployment(self, seal_id: bytes) -> object:
        """One deployment as anybody may see it, and why it failed if it did."""
        row = by_seal(self.office.jobs, seal_id)
        container = self.office.containers.of(row.job_id)
        shown = public_row(row, container, self.card(seal_id), slim=False)
        return {**shown, **stages(row, container)}

    def _shown(self, row: Row, slim: bool, whole: bool) -> object:
        container, card = self.office.containers.of(row.job_id), self.card(row.blob("seal_id"))
        return (owner_row if whole else public_row)(row, container, card, slim)

    def card(self, seal_id: bytes) -> dict[str, object]:
        """What the token's URI leads to."""
        row = by_seal(self.office.jobs, seal_id)
        container = self.office.containers.of(row.job_id)
        url = f"{container.url}/hello" if container.state == "running" else ""
        return agent_card(
            row.text("name"),
            row.text("description"),
            row.text("image"),
            url,
            agent_of(row),
            self.office.registry.chain_id,
            self.office.contract,
        )

    def phase(self, seal_id: bytes) -> str:
        """deploying, running, stopped, offline or failed."""
        row = by_seal(self.office.jobs, seal_id)
        return phase(row, self.office.containers.of(row.job_id))

    def config(self) -> dict[str, object]:
        """Where everything is: the union of the keys that clients of both generations read."""
        office, at = self.office, self.office.contracts.addresses
        return {
            "chain_rpc": office.settings.rpc_url,
            "chain_id": office.registry.chain_id,
            "agentic_id_addr": at["AgenticID"],
            "reputation_registry_addr": at["AgenticIDReputation"],
            "verified_feedback_addr": at["VerifiedFeedback"],
            "feedback_batcher_addr": at["FeedbackBatcher"],
            "clone_gate_addr": at["CloneGate"],
            "standard_clone_authorizer_addr": at["StandardCloneAuthorizer"],
            "tee_data_verifier_addr": at["DataVerifier"],
            "tapp_registry_addr": at["TappRegistry"],
            "sandbox_serving_addr": at["SandboxServing"],
            "sandbox_provider_addr": office.keys.node.address,
            **dict(zip(("attestor_app_id", "kms_app_id", "sandbox_app_id"), APPS, strict=True)),
            "sandbox_snapshot": image_hash().hex(),
            "sandbox_proxy_addr": office.public_url.split("://", 1)[-1],
            "agent_serve_port": 0,
            "agent_serve_path": "/hello",
            "agent_dashboard_port": 0,
            "agent_dashboard_path": "/hello",
            "frameworks": [{"name": name} for name in FRAMEWORKS],
            "supported_frameworks": list(FRAMEWORKS),
            "secret_env_enabled": False,
            "attestation": "simulated",
        }
