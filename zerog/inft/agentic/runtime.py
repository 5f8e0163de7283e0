"""The sealed runtime of one agent: `python -m zerog.inft.agentic.runtime`, started by a sandbox.

It reads one line of JSON on standard input, writes its port, asks the attestor for the agent's
key, opens the agent's data, and answers until its input is closed:

    GET  /hello, /api/about    POST /api/echo           signed: X-Agent-Proof
    POST /_seal/auth           GET  /log/agent          the owner's
    POST /v1/chat/completions                           bearer, unsigned

It is a stub: no model answers. What it signs is real.
"""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import httpx
import orjson

from zerog.chain.bindings_agentic import AgenticId
from zerog.chain.hexes import to_address
from zerog.chain.polling import poll
from zerog.chain.rpc import Chain
from zerog.chain.signer import Signer
from zerog.crypto import ecies
from zerog.crypto.curve import compress, public_key
from zerog.inft.agentic.agent import Agent, make_app
from zerog.inft.agentic.errors import NotProvisioned
from zerog.inft.agentic.sealkeys import decrypt
from zerog.inft.agentic.serveproof import by_role
from zerog.inft.agentic.wire import status_digest
from zerog.service import server
from zerog.storage.client.client import StorageClient
from zerog.types import Address

HOST: Final = "127.0.0.1"
ASK_SECONDS: Final = 10.0
MINT_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Letter:
    """What a sandbox gives a container. Hex fields as they are sent on."""

    seal_id: str
    chain_id: int
    rpc_url: str
    indexer_url: str
    agentic_id: Address
    attestor_url: str
    port: int
    image_hash: str
    issued_at: int
    sandbox_signature: str
    log: str
    container_secret: bytes = field(repr=False)
    api_key: str = field(repr=False)

    @classmethod
    def read(cls, line: bytes) -> Letter:
        """Our own sandbox wrote it."""
        fields = orjson.loads(line)
        secret = bytes.fromhex(fields.pop("container_secret"))
        contract = to_address(fields.pop("agentic_id"))
        return cls(**fields, container_secret=secret, agentic_id=contract)


def provision(letter: Letter) -> Signer:
    """The agent's key, from the attestor; raises NotProvisioned."""
    url = f"{letter.attestor_url}/provision"
    order = {
        "seal_id": letter.seal_id,
        "container_pubkey": "0x" + compress(public_key(letter.container_secret)).hex(),
        "image_hash": letter.image_hash,
        "issued_at": letter.issued_at,
        "sandbox_signature": letter.sandbox_signature,
    }
    try:
        given = httpx.post(url, json=order, timeout=ASK_SECONDS)
    except httpx.HTTPError as error:
        raise NotProvisioned(url, 0, str(error)) from None
    if given.status_code != httpx.codes.OK:
        raise NotProvisioned(url, given.status_code, given.text[:200])
    sealed = bytes.fromhex(given.json()["encrypted_agent_seal_priv"][2:])
    return Signer(ecies.open(letter.container_secret, sealed))


def report(letter: Letter, seal: Signer, status: str) -> None:
    """Tell the attestor how this container is; raises NotProvisioned."""
    seal_id = bytes.fromhex(letter.seal_id[2:])
    signature = seal.sign_digest(status_digest(seal_id, status, ""))
    document: Mapping[str, object] = {
        "seal_id": letter.seal_id,
        "status": status,
        "error_detail": None,
        "agent_seal_signature": "0x" + signature.hex(),
    }
    url = f"{letter.attestor_url}/status"
    try:
        given = httpx.post(url, json=document, timeout=ASK_SECONDS)
    except httpx.HTTPError as error:
        raise NotProvisioned(url, 0, str(error)) from None
    if given.status_code != httpx.codes.OK:
        raise NotProvisioned(url, given.status_code, given.text[:200])


def open_agent(letter: Letter, seal: Signer, port: int) -> Agent:
    """The agent as the chain knows it, its data fetched and opened with its own key."""
    contract = AgenticId(
        Chain(letter.rpc_url, expected_chain_id=letter.chain_id), letter.agentic_id
    )
    seal_id = bytes.fromhex(letter.seal_id[2:])
    agent_id = poll(lambda: contract.agent_of_seal(seal_id) or None, MINT_SECONDS) or 0
    storage = StorageClient(letter.indexer_url)
    data: dict[str, object] = {}
    hashes: list[tuple[str, bytes]] = []
    keys = contract.sealed_keys_of(agent_id)
    for item, sealed in zip(contract.data_of(agent_id), keys, strict=True):
        described = orjson.loads(item.description)
        size = int(described["storage_ptr"]["size"])
        stored = b"".join(storage.segments(item.data_hash, size))[:size]
        plain = decrypt(ecies.open(seal.secret, sealed), stored)
        data[described["role"]] = orjson.loads(plain)
        hashes.append((described["role"], item.data_hash))
    return Agent(
        agent_id=agent_id,
        seal_id=seal_id,
        chain_id=letter.chain_id,
        contract=contract,
        seal=seal,
        data=data,
        data_hashes=by_role(hashes),
        framework_hash=bytes.fromhex(letter.image_hash[2:]),
        public_url=f"http://{HOST}:{port}",
        log=Path(letter.log),
    )


def main() -> None:
    """Serve one agent; ends when standard input does."""
    letter = Letter.read(sys.stdin.buffer.readline())
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((HOST, letter.port))
        listener.listen()  # who hears "running" can connect at once
        port: int = listener.getsockname()[1]
        sys.stdout.write(f"{port}\n")
        sys.stdout.flush()
        seal = provision(letter)
        agent = open_agent(letter, seal, port)
        made = server(make_app(agent), HOST, port)

        def end_with_input() -> None:
            while sys.stdin.buffer.read(4096):
                pass
            made.should_exit = True

        threading.Thread(target=end_with_input, daemon=True).start()
        report(letter, seal, "running")
        made.run([listener])


if __name__ == "__main__":
    main()
