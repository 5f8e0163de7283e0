"""Deployments as clients see them: a row of durable work, and how its container is."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime
from typing import Final

import orjson

from zerog.inft.agentic.errors import UnknownSeal
from zerog.inft.jobstore import JobStore, Row, UnknownJob
from zerog.inft.steps import FAILED, FINAL
from zerog.types import Address

DEPLOY: Final = "agentic-deploy"
CLONE: Final = "agentic-clone"
CONTAINER: Final = "container"
STORING: Final = ("accepted", "sealed")
DEPLOYING, RUNNING, STOPPED, OFFLINE = "deploying", "running", "stopped", "offline"


@dataclass(frozen=True, slots=True)
class Container:
    """How an agent's container is.

    wanted: whether the owner wants it to run; state: none, starting, running, stopped, failed;
    key, mac: the container key that was provisioned first, hex, and the attestor's MAC over it.
    """

    wanted: bool = False
    state: str = "none"
    sandbox_id: str = ""
    port: int = 0
    url: str = ""
    reason: str = ""
    key: str = ""
    mac: str = ""
    provisioned_at: int = 0
    failures: int = 0


class Containers:
    """The containers of all deployments, kept beside their rows."""

    def __init__(self, jobs: JobStore) -> None:
        """jobs: the store of the rows."""
        self._jobs = jobs

    def of(self, job_id: str) -> Container:
        """How a row's container is."""
        found = self._jobs.notes(job_id).get(CONTAINER)
        return Container() if found is None else Container(**orjson.loads(found))

    def change(self, job_id: str, **changes: object) -> Container:
        """Keep changes; somebody else's in between are not lost."""
        while True:
            kept = self._jobs.notes(job_id).get(CONTAINER)
            before = Container() if kept is None else Container(**orjson.loads(kept))
            after = replace(before, **changes)  # type: ignore[arg-type]
            text = orjson.dumps(asdict(after)).decode()
            if self._jobs.note(job_id, CONTAINER, text, kept) == text:
                return after

    def use_nonce(self, job_id: str, nonce: str) -> bool:
        """Whether an envelope's nonce is used for the first time on this row."""
        mine = f"{time.time_ns()}"
        return self._jobs.note(job_id, f"nonce:{nonce}", mine) == mine


def job_of(seal_id: bytes) -> str:
    """The row of a seal."""
    return f"agent-{seal_id.hex()}"


def by_seal(jobs: JobStore, seal_id: bytes) -> Row:
    """The deployment of a seal; raises UnknownSeal."""
    try:
        return jobs.get(job_of(seal_id))
    except UnknownJob:
        raise UnknownSeal("0x" + seal_id.hex()) from None


def find(jobs: JobStore, seal_id: bytes) -> Row | None:
    """The deployment of a seal; None when there is none."""
    try:
        return jobs.get(job_of(seal_id))
    except UnknownJob:
        return None


def agent_of(row: Row) -> int | None:
    """The agent's id; None before it is minted."""
    found = row.data.get("agent_id")
    return found if isinstance(found, int) else None


def phase(row: Row, container: Container) -> str:
    """deploying, running, stopped, offline or failed."""
    if row.state == FAILED:
        return FAILED
    if row.state != FINAL or (container.wanted and container.state in {"none", "starting"}):
        return DEPLOYING
    if container.state == "running" and container.wanted:
        return RUNNING
    return STOPPED if container.state == "stopped" else OFFLINE


def stage(done: bool, failed: bool, reason: str = "") -> dict[str, object]:
    """One track of a deployment as clients read it."""
    if failed:
        return {"state": "failed", "reason": reason}
    return {"state": "confirmed" if done else "not_started"}


def stages(row: Row, container: Container) -> dict[str, object]:
    """The three tracks."""
    failed, reason = row.state == FAILED, row.error or ""
    minted, stored = agent_of(row) is not None, "stored_at" in row.data
    up = container.state == "running"
    return {
        "storage_stage": stage(stored, failed and not stored, reason),
        "mint_stage": stage(minted, failed and stored and not minted, reason),
        "container_stage": stage(up, container.state == "failed", container.reason),
    }


def public_row(
    row: Row, container: Container, card: Mapping[str, object], slim: bool
) -> dict[str, object]:
    """What anybody may know of a deployment; slim: without the picture."""
    agent_id = agent_of(row)
    shown = {name: value for name, value in card.items() if not (slim and name == "image")}
    made: dict[str, object] = {
        "seal_id": row.text("seal_id"),
        "agent_id": None if agent_id is None else hex(agent_id),
        "framework": row.text("framework"),
        "agent_card": shown,
        "phase": phase(row, container),
        "created_at": datetime.fromtimestamp(row.number("created_at"), UTC).isoformat(),
    }
    # Who owns a minted agent is on the chain; before that it is nobody's business.
    return made if agent_id is None else {**made, "owner": row.text("owner")}


def owner_row(row: Row, container: Container, card: Mapping[str, object], slim: bool) -> object:
    """What the owner may know."""
    made: dict[str, object] = {
        **public_row(row, container, card, slim),
        "owner": row.text("owner"),
        "agent_seal_addr": row.text("agent_seal"),
        "agent_uri": row.text("agent_uri"),
        **stages(row, container),
    }
    if container.sandbox_id:
        made["sandbox_id"] = container.sandbox_id
    if container.provisioned_at:
        when = datetime.fromtimestamp(container.provisioned_at, UTC)
        made["provisioned_at"] = when.isoformat()
    problem = row.error or container.reason
    return {**made, "last_provision_error": problem} if problem else made


def owner_address(row: Row) -> Address:
    """Who asked for the deployment."""
    return Address(row.text("owner"))  # type: ignore[arg-type]
