"""The methods of a KV node over a store without a chain, and the model it must agree with."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass

from zerog.rpcserver import RpcApp
from zerog.storage.kv.codec import StreamData, StreamReader
from zerog.storage.kv.model import KvModel
from zerog.storage.kv.rpc import KvRpc
from zerog.storage.kv.rules import Tx, judge
from zerog.storage.kv.schema import Submitted
from zerog.storage.kv.store import KvStore

CHAIN_ID = 31337
STREAMS = [bytes([n]) * 32 for n in (1, 2)]
PEOPLE = [bytes([n]) * 20 for n in (0xA, 0xB, 0xC)]


@dataclass(frozen=True, slots=True, repr=False)
class Served:
    """A store behind its methods, and its model."""

    store: KvStore
    model: KvModel
    app: RpcApp

    def ask(self, method: str, *params: object) -> dict[str, object]:
        """The answer to one request."""
        body = {"jsonrpc": "2.0", "id": 1, "method": method, "params": params}
        found: dict[str, object] = json.loads(self.app.answer(json.dumps(body).encode()))
        return found

    def call(self, method: str, *params: object) -> object:
        """The result of one request."""
        answer = self.ask(method, *params)
        assert "error" not in answer, answer
        return answer["result"]

    def fail(self, method: str, *params: object) -> tuple[object, object]:
        """Code and message of a refusal."""
        error = self.ask(method, *params)["error"]
        assert isinstance(error, dict)
        return error["code"], error["message"]


def serve(store: KvStore, model: KvModel | None = None) -> Served:
    """The methods of a store."""
    return Served(store, model or KvModel(), RpcApp(KvRpc(store, CHAIN_ID, lambda: 0).methods()))


def apply(store: KvStore, model: KvModel, seq: int, sender: bytes, data: StreamData) -> None:
    """One transaction in both."""
    log = Submitted(seq, seq, bytes(32), bytes(32), sender, bytes(32), 1, data.streams)
    tx, raw = Tx(seq, sender, data.streams), data.encode()
    with store.database.transaction() as cursor:
        store.add(cursor, log, 0.0)
    assert store.settle(log, judge(tx, StreamReader(raw), store.at(), store.follows))
    model.apply(tx, raw)


def hexed(data: bytes) -> str:
    return "0x" + data.hex()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()
