"""What an agent answers, and how its answers are signed."""

from __future__ import annotations

import secrets
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import orjson
from eth_utils.address import is_address
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from zerog.chain.bindings_agentic import AgenticId
from zerog.chain.hexes import to_address
from zerog.chain.signer import Signer
from zerog.errors import ZerogError
from zerog.inft.agentic.app import answer, refused
from zerog.inft.agentic.errors import BadRequest, NotAuthorised, NotOwner, WrongAudience
from zerog.inft.agentic.serveproof import (
    CLIENT_HEADER,
    HEADER,
    LIFE_SECONDS,
    ServeProof,
    personal,
    task_hash,
)
from zerog.inft.agentic.wire import blob, check_auth, signer
from zerog.types import Address

NOBODY: Final = to_address(bytes(20))
MAX_BODY: Final = 256 * 1024
LOG_BYTES: Final = 64 * 1024
TOKENS: Final = 64
SERVICES: Final = (
    {"path": "/api/about", "method": "GET", "description": "what the agent was told to be"},
    {
        "path": "/api/echo",
        "method": "POST",
        "description": "gives back what it is sent",
        "input_example": '{"q":"hello"}',
    },
)
ROUTES: Final = (
    {"prefix": "/api/", "kind": "service", "auth": "none", "signed": True},
    {"prefix": "/v1/", "kind": "chat", "auth": "bearer", "signed": False},
)
Answer = Callable[[Request, bytes], tuple[int, object]]


@dataclass(frozen=True, slots=True)
class Agent:
    """One agent with its key. data: role -> plaintext, as it was when the agent began."""

    agent_id: int
    seal_id: bytes
    chain_id: int
    contract: AgenticId
    seal: Signer
    data: Mapping[str, object] = field(repr=False)
    data_hashes: tuple[bytes, ...]
    framework_hash: bytes
    public_url: str
    log: Path

    def owner(self) -> Address:
        """Who owns it now."""
        return self.contract.owner_of(self.agent_id) or NOBODY

    def proof(self, task: bytes, client: str) -> ServeProof | None:
        """A proof for a client; None for an agent that can give none.

        client: the address that may redeem it; anything else makes a proof that nobody can.
        """
        if self.agent_id == 0 or not any(self.framework_hash):
            return None
        now = int(time.time())
        made = ServeProof(
            agent_id=self.agent_id,
            submitter=to_address(client) if is_address(client) else NOBODY,
            timestamp=now,
            deadline=now + LIFE_SECONDS,
            task_hash=task,
            data_hashes=self.data_hashes,
            framework_hash=self.framework_hash,
        )
        digest = made.digest(self.chain_id, self.contract.address)
        return made.signed(self.seal.sign_digest(personal(digest)))

    def is_for_owner(self, tag: str, headers: Mapping[str, str]) -> Address:
        """The owner, who signed `TAG:SEAL:SECONDS:ORIGIN` for this agent.

        Raises BadRequest, Stale, WrongAudience, NotOwner.
        """
        message = headers.get("x-auth-message", "")
        parts = check_auth(message, tag, int(time.time()))
        if parts[0].lower() != "0x" + self.seal_id.hex():
            raise BadRequest("X-Auth-Message", "another seal")
        if len(parts) != 3 or parts[2] != self.public_url:
            raise WrongAudience(":".join(parts[2:]), self.public_url)
        raw = blob(
            {"X-Auth-Signature": headers.get("x-auth-signature", "")}, "X-Auth-Signature", 65
        )
        found = signer(personal(message.encode()), raw, "X-Auth-Signature")
        owner = self.owner()
        if found != owner:
            raise NotOwner(f"agent {self.agent_id}", owner, found)
        return found


class Tokens:
    """Bearer tokens of owners; the oldest give way."""

    def __init__(self) -> None:
        """None yet."""
        self._owners: OrderedDict[str, Address] = OrderedDict()
        self._lock = threading.Lock()

    def issue(self, owner: Address) -> str:
        """A token of `owner`."""
        token = secrets.token_urlsafe(32)
        with self._lock:
            self._owners[token] = owner
            while len(self._owners) > TOKENS:
                self._owners.popitem(last=False)
        return token

    def check(self, header: str, owner: Address) -> None:
        """That a bearer is the current owner's; raises NotAuthorised."""
        with self._lock:
            found = self._owners.get(header.removeprefix("Bearer "))
        if found != owner:
            raise NotAuthorised("the bearer token", str(found), owner)


def make_app(agent: Agent) -> Starlette:
    """The routes of an agent."""
    tokens = Tokens()

    def signed(path: str, method: str, reply: Answer) -> Route:
        async def handle(request: Request) -> Response:
            body = await _body(request)
            status, document = await run_in_threadpool(reply, request, body)
            made = answer(document, status)
            task = task_hash(method, _uri(request), body, bytes(made.body), status)
            proof = agent.proof(task, request.headers.get(CLIENT_HEADER, ""))
            if proof is not None:
                made.headers[HEADER] = proof.to_header()
                made.headers["access-control-expose-headers"] = HEADER
            return made

        return Route(path, handle, methods=[method])

    async def authenticate(request: Request) -> Response:
        owner = await run_in_threadpool(agent.is_for_owner, "0GSealAuth", request.headers)
        return answer({"token": tokens.issue(owner)})

    async def show_log(request: Request) -> Response:
        await run_in_threadpool(agent.is_for_owner, "0GSealLog", request.headers)
        return PlainTextResponse(await run_in_threadpool(_tail, agent.log))

    async def chat(request: Request) -> Response:
        owner = await run_in_threadpool(agent.owner)
        tokens.check(request.headers.get("authorization", ""), owner)
        return answer(_chat(await _body(request)))

    return Starlette(
        routes=[
            signed("/hello", "GET", lambda _request, _body: (200, _hello(agent))),
            signed("/api/about", "GET", lambda _request, _body: (200, _about(agent))),
            signed("/api/echo", "POST", _echo),
            Route("/_seal/auth", authenticate, methods=["POST"]),
            Route("/log/agent", show_log),
            Route("/v1/chat/completions", chat, methods=["POST"]),
        ],
        exception_handlers={ZerogError: refused},
    )


def _hello(agent: Agent) -> dict[str, object]:
    return {
        "agent": agent.seal.address,
        "owner": agent.owner(),
        "public_url": agent.public_url,
        "message": "hello",
        "services": list(SERVICES),
        "routes": list(ROUTES),
        "ts": int(time.time()),
    }


def _about(agent: Agent) -> dict[str, object]:
    persona = agent.data.get("persona")
    prompt = persona.get("system_prompt", "") if isinstance(persona, dict) else ""
    return {"agent_id": str(agent.agent_id), "roles": sorted(agent.data), "about": prompt}


def _echo(_request: Request, body: bytes) -> tuple[int, object]:
    try:
        return 200, {"echo": orjson.loads(body)}
    except orjson.JSONDecodeError:
        return 400, {"error": "JSON expected"}


def _chat(body: bytes) -> dict[str, object]:
    """The shape of a chat completion; the words are the asker's own."""
    try:
        messages = orjson.loads(body)["messages"]
        last = str(messages[-1]["content"])
    except (orjson.JSONDecodeError, KeyError, IndexError, TypeError):
        raise BadRequest("messages", "a list of {role, content} expected") from None
    message = {"role": "assistant", "content": f"You said: {last}"}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return {"object": "chat.completion", "model": "stub", "choices": [choice]}


def _uri(request: Request) -> str:
    """Path and query, as they were asked for."""
    path: bytes = request.scope["raw_path"]
    query: bytes = request.scope["query_string"]
    return (path + b"?" + query if query else path).decode("latin-1")


async def _body(request: Request) -> bytes:
    raw = b""
    async for piece in request.stream():
        raw += piece
        if len(raw) > MAX_BODY:
            raise BadRequest("body", f"more than {MAX_BODY} bytes")
    return raw


def _tail(path: Path) -> str:
    """The end of a log."""
    with path.open("rb") as file:
        file.seek(max(path.stat().st_size - LOG_BYTES, 0))
        return file.read().decode(errors="replace")
