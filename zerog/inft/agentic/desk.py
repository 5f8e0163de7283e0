"""What an attestor does when it is asked: the operations behind its routes."""

from __future__ import annotations

import hmac
import secrets
import time
from collections.abc import Mapping
from typing import Final

import orjson

from zerog.chain.errors import Reverted
from zerog.crypto import ecies
from zerog.inft.agentic.bus import Bus
from zerog.inft.agentic.errors import (
    BadRequest,
    Conflict,
    Forbidden,
    NotAuthorised,
    NotOwner,
    Stale,
    UnknownAgent,
)
from zerog.inft.agentic.genesis import APPS, SANDBOX_APP
from zerog.inft.agentic.office import Office
from zerog.inft.agentic.pipeline import keep_plain, resumed
from zerog.inft.agentic.requests import (
    FRAMEWORK_ROLE,
    Clone,
    Deploy,
    Envelope,
    Provision,
    envelope_of,
)
from zerog.inft.agentic.rows import (
    CLONE,
    DEPLOY,
    by_seal,
    find,
    job_of,
)
from zerog.inft.agentic.sandbox import Fleet
from zerog.inft.agentic.sealkeys import binding
from zerog.inft.agentic.views import FRAMEWORKS, Views
from zerog.inft.agentic.wire import (
    STATUSES,
    WINDOW_SECONDS,
    Fields,
    blob,
    signer,
    status_digest,
    text,
)
from zerog.inft.jobstore import Row, Value
from zerog.inft.steps import FAILED
from zerog.types import Address

MIN_BALANCE_WEI: Final = 10**17
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "start": ("start", "create"),
    "stop": ("stop",),
    "reset": ("create",),
    "retry": ("create",),
}
"""Route -> what its sandbox envelope may say."""


class Desk:
    """The operations; every check comes before any effect."""

    def __init__(self, office: Office, fleet: Fleet, bus: Bus) -> None:
        """fleet: keeps the containers; bus: who is told."""
        self.office, self.bus, self.views = office, bus, Views(office)
        self._fleet = fleet

    # ------------------------------------------------------------ deploy and clone

    def deploy(self, body: Fields) -> dict[str, object]:
        """Take a deploy of its owner's; the same request again finds what the first one made."""
        order = Deploy.parse(body, FRAMEWORKS)
        envelope = self._envelope(order.envelope, "reset", order.owner)
        if envelope is not None:
            self._require_ready(order.owner)
        seal_id = self.office.seal_id(_request("deploy", order.owner, order.key))
        data: dict[str, Value] = {
            "name": order.name,
            "description": order.description,
            "image": order.image or f"{self.office.public_url}/avatar/{seal_id.hex()[:16]}",
            "framework": _framework(order),
            "digest": order.digest.hex(),
        }
        if find(self.office.jobs, seal_id) is None:
            items = [one.to_json() for one in order.items]
            keep_plain(self.office, job_of(seal_id), order.digest.hex(), items)
        return self._accept(DEPLOY, seal_id, order.owner, order.key, data, envelope)

    def clone(self, body: Fields) -> dict[str, object]:
        """Take a clone: of the source's owner, or of a buyer whom the owner's rule lets."""
        order = Clone.parse(body)
        source = self._source(order.source)
        agents, gate = self.office.contracts.agents, self.office.contracts.gate
        owner = agents.owner_of(order.source)
        if owner is None:
            raise UnknownAgent(order.source)
        order.check(owner if order.auth_data is None else order.target_owner)
        data: dict[str, Value] = {
            **{name: source.data[name] for name in ("name", "description", "image", "framework")},
            "source": order.source,
            "digest": order.digest().hex(),
        }
        if order.auth_data is not None:
            try:
                allowed = gate.allows(order.source, order.target_owner, order.auth_data)
            except Reverted as error:
                raise Forbidden(f"the clone rule refuses: {error.name}") from None
            if not allowed:
                raise Forbidden("the owner's clone rule does not let this buyer")
            data["auth_data"] = "0x" + order.auth_data.hex()
        named = _request("clone", order.target_owner, order.key)
        seal_id = self.office.seal_id(named)
        return self._accept(CLONE, seal_id, order.target_owner, order.key, data, None)

    def _source(self, agent_id: int) -> Row:
        seal_id = self.office.contracts.agents.seal_id_of(agent_id)
        row = find(self.office.jobs, seal_id)
        if row is None:
            raise UnknownAgent(agent_id)
        return row

    def _accept(
        self,
        kind: str,
        seal_id: bytes,
        owner: Address,
        key: str,
        data: Mapping[str, Value],
        envelope: Envelope | None,
    ) -> dict[str, object]:
        seal = self.office.seal(seal_id)
        row = self.office.jobs.add(
            job_of(seal_id),
            kind,
            "accepted",
            {
                **data,
                "seal_id": "0x" + seal_id.hex(),
                "owner": owner,
                "agent_seal": seal.address,
                "agent_uri": self.office.card_url(seal_id),
                "created_at": int(time.time()),
                "attempt": 0,
            },
        )
        if row.data["digest"] != data["digest"]:
            raise Conflict(key)
        # A client that heard no answer asks again; a new sandbox is what /reset is for.
        if envelope is not None and not self.office.containers.of(row.job_id).sandbox_id:
            self.office.containers.use_nonce(row.job_id, envelope.nonce)
            self._create(row, envelope)
        self.bus.tell(row.text("seal_id"), "deploy_accepted")
        host = self.office.public_url.split("://", 1)[-1]
        return {
            "seal_id": row.text("seal_id"),
            "agent_seal_addr": seal.address,
            "subscribe_url": f"ws://{host}/ws/subscribe?seal_id={row.text('seal_id')}",
        }

    # -------------------------------------------------------------------- lifecycle

    def lifecycle(self, action: str, body: Fields) -> dict[str, object]:
        """start, stop, reset or retry, for the current owner."""
        row = by_seal(self.office.jobs, blob(body, "seal_id", 32))
        envelope = self._envelope(envelope_of(body), action, self.views.owner(row))
        if envelope is None and action != "retry":
            raise BadRequest("sandbox_envelope", "one is needed")
        if action == "retry":
            row = self._retry(row)
        if envelope is None:
            return {"accepted": True}
        if not self.office.containers.use_nonce(row.job_id, envelope.nonce):
            raise Stale("the nonce of the sandbox envelope", 0)
        container = self.office.containers.of(row.job_id)
        if envelope.action in {"start", "stop"} and envelope.resource_id != container.sandbox_id:
            raise BadRequest("resource_id", f"the sandbox is {container.sandbox_id!r}")
        if envelope.action == "create":
            self._require_ready(envelope.wallet)
            self._create(row, envelope)
        else:
            wanted = envelope.action == "start"
            state = "starting" if wanted else container.state
            changes = {"wanted": wanted, "state": state, "reason": "", "failures": 0}
            self.office.containers.change(row.job_id, **changes)
            self._fleet.want(row.job_id, envelope.api_key)
        return {"accepted": True}

    def _create(self, row: Row, envelope: Envelope) -> None:
        """A fresh sandbox in place of whatever there was."""
        sandbox_id = f"sb-{secrets.token_hex(8)}"
        self.office.containers.change(
            row.job_id,
            wanted=True,
            state="none",
            sandbox_id=sandbox_id,
            reason="",
            failures=0,
            key="",
            mac="",
        )
        self._fleet.want(row.job_id, envelope.api_key)

    def _retry(self, row: Row) -> Row:
        if row.state != FAILED:
            return row
        with self.office.jobs.lease(row.job_id):
            row = self.office.jobs.get(row.job_id)
            return row if row.state != FAILED else self.office.jobs.advance(row, resumed(row))

    def _envelope(self, fields: Fields | None, route: str, owner: Address) -> Envelope | None:
        if fields is None:
            return None
        envelope = Envelope.parse(fields, int(time.time()))
        if envelope.wallet != owner:
            raise NotOwner("the agent", owner, envelope.wallet)
        if envelope.action not in ACTIONS[route]:
            raise BadRequest("action", f"{envelope.action!r} is none of {ACTIONS[route]}")
        return envelope

    def _require_ready(self, owner: Address) -> None:
        """Trust roots acknowledged, and 0.1 paid ahead."""
        tapp, serving = self.office.contracts.tapp, self.office.contracts.serving
        missing = [app for app in APPS if not tapp.is_acknowledged(owner, app)]
        if missing:
            raise Forbidden(f"{owner} has not acknowledged {', '.join(missing)}")
        balance = serving.balance_wei(owner, self.office.keys.node.address)
        if balance < MIN_BALANCE_WEI:
            raise Forbidden(f"{owner} has {balance} wei prepaid; {MIN_BALANCE_WEI} are needed")

    # ------------------------------------------------------- containers come and say

    def provision(self, body: Fields) -> dict[str, object]:
        """Give a container the agent's key, sealed to the key that a sandbox node vouched for."""
        order = Provision.parse(body)
        row = by_seal(self.office.jobs, order.seal_id)
        container = self.office.containers.of(row.job_id)
        node = order.node()
        if node not in self.office.contracts.tapp.nodes_of(SANDBOX_APP):
            raise NotAuthorised("the image attestation", node, "a node of the sandbox provider")
        if not self.office.contracts.agents.is_framework(order.image_hash):
            raise Forbidden("image_hash not in validFrameworkHashes")
        if not container.wanted or not container.sandbox_id:
            raise Forbidden("there is no sandbox for this seal")
        mac = binding(self.office.keys.master, order.seal_id, order.container_key)
        known = hmac.compare_digest(container.mac, mac.hex())
        age = int(time.time()) - order.issued_at
        if not known and abs(age) > WINDOW_SECONDS:
            raise Stale("the image attestation", -age)
        sealed = ecies.seal(order.public_key(), self.office.seal(order.seal_id).secret)
        changes: dict[str, object] = {"key": order.container_key.hex(), "mac": mac.hex()}
        if not container.provisioned_at:
            changes["provisioned_at"] = int(time.time())
        self.office.containers.change(row.job_id, **changes)
        return {"encrypted_agent_seal_priv": "0x" + sealed.hex()}

    def status(self, body: Fields) -> dict[str, object]:
        """What a container says of itself, under the agent's key."""
        row = by_seal(self.office.jobs, blob(body, "seal_id", 32))
        status = text(body, "status", 16)
        if status not in STATUSES:
            raise BadRequest("status", f"none of {STATUSES}")
        detail = "" if body.get("error_detail") is None else text(body, "error_detail")
        digest = status_digest(row.blob("seal_id"), status, detail)
        found = signer(digest, blob(body, "agent_seal_signature", 65), "agent_seal_signature")
        if found != row.text("agent_seal"):
            raise NotAuthorised("agent_seal_signature", found, row.text("agent_seal"))
        container = self.office.containers.of(row.job_id)
        if not container.wanted or not container.sandbox_id:
            return {"ok": True, "ignored": "no sandbox on record"}
        if status == "running":
            self.office.containers.change(row.job_id, state="running", reason="", failures=0)
            self.bus.tell(row.text("seal_id"), "container_running")
            self.bus.tell(row.text("seal_id"), "phase_changed", phase="running")
        elif status in {"error", "warning"}:
            self.office.containers.change(row.job_id, reason=detail or "unknown")
        return {"ok": True}


def _request(kind: str, owner: Address, key: str) -> bytes:
    """Names a request: keys of different owners, or of different kinds, never meet."""
    return orjson.dumps([kind, owner, key])


def _framework(order: Deploy) -> str:
    """Name of the framework of a deploy that was checked."""
    for one in order.items:
        if one.role == FRAMEWORK_ROLE and isinstance(one.plaintext, dict):
            return str(one.plaintext["name"])
    return ""
