"""Streams that are added while a node runs, and keys that can be read in two ways."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.support.kv_served import PEOPLE, STREAMS, apply, b64, hexed, serve
from zerog.chain.signer import devnet_signer
from zerog.storage.kv.codec import StreamData, StreamReader, Write
from zerog.storage.kv.model import KvModel
from zerog.storage.kv.rules import Tx, judge
from zerog.storage.kv.schema import Submitted
from zerog.storage.kv.store import EVERY, MAX_ADDED, KvStore
from zerog.storage.kv.wire import register_digest

pytestmark = pytest.mark.unit


def test_base64_that_looks_like_hex_finds_its_key(tmp_path: Path) -> None:
    key = base64.b64decode("0xabcdef")
    store, model = KvStore(tmp_path / "kv.db"), KvModel()
    store.follow([EVERY])
    apply(store, model, 0, PEOPLE[0], StreamData(0, (), (Write(STREAMS[0], key, b"v"),)))
    app = serve(store, model)
    for spelt in ("0xabcdef", hexed(key)):
        found = app.call("kv_getValue", hexed(STREAMS[0]), spelt, 0, 9)
        assert isinstance(found, dict)
        assert found["size"] == 1


def signed(stream: bytes, signer_index: int = 3, chain_id: int = 31337) -> tuple[str, str, str]:
    """Parameters of admin_addStream."""
    signer = devnet_signer(signer_index)
    signature = signer.sign_digest(register_digest(chain_id, signer.address, stream))
    return hexed(stream), signer.address.lower(), hexed(signature)


def test_added_stream_has_its_whole_history(tmp_path: Path) -> None:
    """What was passed over is judged as if the stream had been kept from the start."""
    store, model = KvStore(tmp_path / "kv.db"), KvModel()
    store.follow([STREAMS[0]])
    app = serve(store, model)
    batches = [
        StreamData(2**64 - 1, (), (Write(STREAMS[n % 2], b"k", b"%d" % n),)) for n in range(4)
    ]
    logs = [
        Submitted(n, n, bytes(32), bytes(32), PEOPLE[0], bytes(32), 1, data.streams)
        for n, data in enumerate(batches)
    ]

    def replay() -> None:
        for log, data in zip(logs, batches, strict=True):
            if log.seq <= store.applied():
                continue
            if store.follows(log.streams[0]):
                tx = Tx(log.seq, PEOPLE[0], log.streams)
                reader = StreamReader(data.encode())
                assert store.settle(log, judge(tx, reader, store.at(), store.follows))
            else:
                store.skip(log.seq, 1)

    with store.database.transaction() as cursor:
        for log in logs:
            store.add(cursor, log, 0.0)
    replay()
    assert app.call("kv_getTransactionResult", 1) is None
    assert app.call("kv_getHoldingStreamIds") == [hexed(STREAMS[0])]
    assert app.call("admin_addStream", *signed(STREAMS[1])) is True
    assert store.applied() == 0
    replay()
    assert app.call("kv_getTransactionResult", 1) == "Commit"
    assert app.call("kv_getTransactionResult", 2) == "Commit"
    assert app.call("kv_getValue", hexed(STREAMS[1]), b64(b"k"), 0, 9, 2) == {
        "version": 1, "data": b64(b"1"), "size": 1,
    }  # fmt: skip
    assert app.call("admin_addStream", *signed(STREAMS[1])) is True
    assert store.applied() == 3


@pytest.mark.parametrize("fault", ["stream", "wallet", "chain", "signature", "malformed"])
def test_registration_that_the_wallet_did_not_sign_is_refused(tmp_path: Path, fault: str) -> None:
    store = KvStore(tmp_path / "kv.db")
    app = serve(store)
    stream, wallet, signature = signed(STREAMS[0], chain_id=1 if fault == "chain" else 31337)
    params = {
        "stream": (hexed(STREAMS[1]), wallet, signature),
        "wallet": (stream, hexed(PEOPLE[0]), signature),
        "chain": (stream, wallet, signature),
        "signature": (stream, wallet, "0x" + "00" * 65),
        "malformed": (stream, wallet, "not hex"),
    }[fault]
    code, message = app.fail("admin_addStream", *params)
    assert code == -32602
    assert "signature" in str(message)
    assert store.streams() == []


def test_strangers_cannot_add_streams_without_end(tmp_path: Path) -> None:
    store = KvStore(tmp_path / "kv.db")
    app = serve(store)
    store.follow([n.to_bytes(32, "big") for n in range(MAX_ADDED)])
    code, message = app.fail("admin_addStream", *signed(b"\xff" * 32))
    assert code == -32000
    assert f"follows {MAX_ADDED} streams" in str(message)


def test_registration_digest_is_that_of_an_independent_encoder() -> None:
    from eth_account.messages import encode_typed_data
    from eth_utils.crypto import keccak

    signer = devnet_signer(3)
    message = encode_typed_data(
        {"name": "0G Storage Scan", "version": "1", "chainId": 31337},
        {
            "RegisterStream": [
                {"name": "purpose", "type": "string"},
                {"name": "wallet", "type": "address"},
                {"name": "streamId", "type": "bytes32"},
            ]
        },
        {"purpose": "register-stream", "wallet": signer.address, "streamId": STREAMS[0]},
    )
    whole = b"\x19" + message.version + message.header + message.body
    assert register_digest(31337, signer.address, STREAMS[0]) == keccak(whole)
