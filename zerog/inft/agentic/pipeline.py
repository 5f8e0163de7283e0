"""A deploy or a clone: data under keys of the agent's own, then a token that commits to it.

    accepted -> sealed -> stored -> minted -> named -> final

The plaintext lies in the row's folder until it is stored; a row that fails keeps its folder,
because /retry goes on from there.
"""

from __future__ import annotations

import secrets
import shutil
import time
from pathlib import Path
from typing import Final

import orjson

from zerog.chain.rpc import Receipt
from zerog.chain.tx import Call
from zerog.crypto import ecies
from zerog.files import replace_file
from zerog.inft.agentic.keys import Seal
from zerog.inft.agentic.office import Office
from zerog.inft.agentic.rows import CLONE
from zerog.inft.agentic.sealkeys import encrypt
from zerog.inft.jobstore import Row
from zerog.inft.steps import FINAL, Workflow
from zerog.storage.client.submit import submit
from zerog.storage.codec import tree_of
from zerog.types import no_progress

KNOWN_SECONDS: Final = 30.0
PLAIN: Final = ".plain"


def folder_of(office: Office, row: Row) -> Path:
    """Where a row's files are."""
    return office.folder / "spool" / row.job_id


def keep_plain(office: Office, job_id: str, digest: str, items: list[dict[str, object]]) -> None:
    """Write the plaintext of a deploy where its row will look for it.

    digest: of the signed text, so that two texts under one key do not meet in one file.
    """
    folder = office.folder / "spool" / job_id
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    replace_file(folder / f"{digest}{PLAIN}", orjson.dumps(items))


class Pipeline:
    """The steps of every row of one attestor."""

    def __init__(self, office: Office) -> None:
        """office: whose rows, keys and account these are."""
        self._office, self._sender = office, office.sender()

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        return Workflow(
            {
                "accepted": self.seal,
                "sealed": self.store,
                "stored": self.mint,
                "minted": self.name,
                "named": self.settle,
            },
            self._office.heal,
            lambda row: row,
        )

    def seal(self, row: Row) -> Row:
        """accepted -> sealed: each item under a fresh key, the key sealed to the agent's own."""
        seal = self._office.seal(row.blob("seal_id"))
        if row.kind == CLONE:
            return row.to("sealed", items=orjson.dumps(self._sealed_anew(row, seal)).decode())
        folder = folder_of(self._office, row)
        plain = orjson.loads((folder / f"{row.text('digest')}{PLAIN}").read_bytes())
        sealed = [self._seal_item(folder, i, one, seal) for i, one in enumerate(plain)]
        return row.to("sealed", items=orjson.dumps(sealed).decode())

    def _seal_item(
        self, folder: Path, index: int, item: dict[str, object], seal: Seal
    ) -> dict[str, object]:
        data_key = secrets.token_bytes(32)
        path = folder / f"{index}.blob"
        replace_file(path, encrypt(data_key, orjson.dumps(item["plaintext"])))
        tree = tree_of(path)
        root = "0x" + tree.data_root.hex()
        pointer = {
            "root_hash": root,
            "indexer": self._office.settings.indexer_url,
            "size": tree.size,
        }
        description = {
            "role": item["role"],
            "extra": item["extra"],
            "storage_ptr": pointer,
            "encryption": "AES-GCM-256",
        }
        return {
            "description": orjson.dumps(description).decode(),
            "root": root,
            "key": "0x" + ecies.seal(seal.public_key, data_key).hex(),
        }

    def _sealed_anew(self, row: Row, seal: Seal) -> list[dict[str, object]]:
        """The data of a clone's source as it is now, its keys sealed to the clone's own key."""
        agents, source = self._office.contracts.agents, row.number("source")
        old = self._office.seal(agents.seal_id_of(source))
        keys = agents.sealed_keys_of(source)
        return [
            {
                "description": item.description,
                "root": "0x" + item.data_hash.hex(),
                "key": "0x" + ecies.seal(seal.public_key, ecies.open(old.secret, sealed_key)).hex(),
            }
            for item, sealed_key in zip(agents.data_of(source), keys, strict=True)
        ]

    def store(self, row: Row) -> Row:
        """sealed -> stored: every blob paid for once and on the nodes; a clone stores nothing."""
        folder = folder_of(self._office, row)
        for path in sorted(folder.glob("*.blob")):
            tree, intent = tree_of(path), f"{row.job_id}:submit:{path.stem}"
            done = submit(self._sender, self._office.flow, tree, intent)
            self._office.storage.wait_known(tree.data_root, done.tx_seq, KNOWN_SECONDS)
            self._office.storage.upload(path, tree, done.tx_seq, no_progress)
        for path in folder.glob(f"*{PLAIN}"):
            path.unlink()
        return row.to("stored", stored_at=int(time.time()))

    def mint(self, row: Row) -> Row:
        """stored -> minted: exactly one agent."""
        intent = f"{row.job_id}:mint:{row.number('attempt')}"
        receipt = self._sender.run(intent, self._mint_call(row))
        return row.to(
            "minted",
            agent_id=self._agent(receipt),
            mint_intent=intent,
            mint_tx="0x" + receipt.tx_hash.hex(),
            mint_gas=receipt.gas_used,
        )

    def _mint_call(self, row: Row) -> Call:
        items = orjson.loads(row.text("items"))
        keys = [bytes.fromhex(one["key"][2:]) for one in items]
        roots = [bytes.fromhex(one["root"][2:]) for one in items]
        seal_id, seal = row.blob("seal_id"), row.text("agent_seal")
        if row.kind == CLONE and "auth_data" in row.data:
            gate = self._office.contracts.gate
            source, owner = row.number("source"), row.text("owner")
            values = (source, owner, roots, keys, seal, seal_id, owner, row.blob("auth_data"))
            return Call(gate.address, gate.calldata("cloneFrom", *values))
        agents = self._office.contracts.agents
        data = [(one["description"], root) for one, root in zip(items, roots, strict=True)]
        minted: tuple[object, ...] = (row.text("owner"), "", [], data, keys, seal, seal_id)
        return Call(agents.address, agents.calldata("registerWithSeal", *minted))

    def _agent(self, receipt: Receipt) -> int:
        found = self._office.contracts.agents.registered(receipt)
        if found is None:
            raise AssertionError(f"{receipt.tx_hash.hex()} registered no agent")
        return found

    def name(self, row: Row) -> Row:
        """minted -> named: the token's URI leads to the card."""
        agents, agent_id = self._office.contracts.agents, row.number("agent_id")
        data = agents.calldata("setAgentURI", agent_id, row.text("agent_uri"))
        intent = f"{row.job_id}:uri:{row.number('attempt')}"
        self._sender.run(intent, Call(agents.address, data))
        return row.to("named", uri_intent=intent)

    def settle(self, row: Row) -> Row:
        """named -> final, once both are as deep as the network wants."""
        receipt = self._sender.settle(row.text("mint_intent"))
        if receipt is None or self._sender.settle(row.text("uri_intent")) is None:
            return row
        shutil.rmtree(folder_of(self._office, row), ignore_errors=True)
        return row.to(FINAL, agent_id=self._agent(receipt))


def resumed(row: Row) -> Row:
    """A failed row in the state from which it can be tried again."""
    data = row.data
    state = "accepted"
    if "uri_intent" in data:
        state = "named"
    elif "agent_id" in data:
        state = "minted"
    elif "stored_at" in data:
        state = "stored"
    elif "items" in data:
        state = "sealed"
    return row.to(state, attempt=row.number("attempt") + 1)
