"""The kv_ methods against the model, with the spellings of every official client."""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.chain.signer import devnet_signer
from zerog.rpcserver import RpcApp
from zerog.storage.kv.codec import Control, Op, StreamData, StreamReader, Write
from zerog.storage.kv.model import LATEST, KvModel, ModelView
from zerog.storage.kv.rpc import MAX_CHANGES, KvRpc
from zerog.storage.kv.rules import Kind, Tx, judge, may_write
from zerog.storage.kv.schema import Submitted
from zerog.storage.kv.store import EVERY, MAX_ADDED, KvStore
from zerog.storage.kv.wire import register_digest
from zerog.types import Json

pytestmark = pytest.mark.unit

STREAMS = [bytes([n]) * 32 for n in (1, 2)]
MISSING = b"\x09" * 32
KEYS = [b"a", b"b", b"ba", b"\xd3\x1d\x34\xd3\x4d\x34", b"\xff\xff", b"large"]
PEOPLE = [bytes([n]) * 20 for n in (0xA, 0xB, 0xC)]
LARGE = random.Random(7).randbytes(600_000)
TRANSACTIONS = 60


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


def random_batch(chance: random.Random, seq: int) -> StreamData:
    """A batch that mostly commits."""
    writes = tuple(
        Write(chance.choice(STREAMS), chance.choice(KEYS[:-1]), chance.choice([b"", b"v%d" % seq]))
        for _ in range(chance.randrange(1, 4))
    )
    controls = tuple(
        Control(op, chance.choice(STREAMS), key, account)
        for op in chance.sample([op for op in Op if op is not Op.RENOUNCE_ADMIN_ROLE], 1)
        for key in [chance.choice(KEYS) if op.has_key else b""]
        for account in [chance.choice(PEOPLE) if op.has_account else b""]
    )
    return StreamData(2**64 - 1, (), writes, controls)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Sixty transactions, each kept in store and model."""
    store = KvStore(tmp_path_factory.mktemp("kv") / "kv.db")
    store.follow([EVERY])
    model, chance = KvModel(), random.Random(3)
    for seq in range(TRANSACTIONS):
        data = random_batch(chance, seq)
        if seq < 2:
            data = StreamData(2**64 - 1, (), (Write(STREAMS[seq], b"large", LARGE),))
        apply(store, model, seq, chance.choice(PEOPLE) if seq % 3 == 2 else PEOPLE[0], data)
    results = [*model.results.values()]
    assert TRANSACTIONS > results.count("Commit") > TRANSACTIONS // 3
    yield Served(store, model, RpcApp(KvRpc(store, 31337, lambda: 0).methods()))
    store.database.close()


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


streams = st.sampled_from([*STREAMS, MISSING])
keys = st.one_of(st.sampled_from(KEYS), st.binary(min_size=1, max_size=3)).filter(
    lambda key: not b64(key).startswith("0x")  # two readings: a test of its own
)
versions = st.one_of(st.none(), st.integers(0, TRANSACTIONS + 3), st.just(2**64 - 1))
starts = st.integers(0, 5)
lengths = st.integers(0, 4)


def view_of(model: KvModel, version: int | None) -> ModelView:
    return model.at(LATEST if version is None else version)


def expected_pair(
    found: tuple[bytes, int, bytes] | None, start: int, length: int
) -> dict[str, Json] | str | None:
    """What an iterator method answers; "refused" when the start is behind the end."""
    if found is None:
        return None
    key, version, value = found
    if length and start > len(value):
        return "refused"
    data = b64(value[start : start + length])
    return {"key": b64(key), "version": version, "data": data, "size": len(value)}


def check(served: Served, expected: object, method: str, *params: object) -> None:
    if expected == "refused":
        assert served.fail(method, *params)[0] == -32602
    else:
        assert served.call(method, *params) == expected


@given(streams, keys, starts, lengths, versions)
def test_values_are_the_model_s(
    served: Served, stream: bytes, key: bytes, start: int, length: int, version: int | None
) -> None:
    found = view_of(served.model, version).get(stream, key) or (0, b"")
    pair = expected_pair((key, *found), start if found[1] else 0, length)
    if isinstance(pair, dict):
        del pair["key"]
    check(served, pair, "kv_getValue", hexed(stream), b64(key), start, length, version)


@given(streams, keys, starts, lengths, st.booleans(), versions)
def test_iterators_are_the_model_s(
    served: Served,
    stream: bytes,
    key: bytes,
    start: int,
    length: int,
    inclusive: bool,
    version: int | None,
) -> None:
    items = list(view_of(served.model, version).items(stream))
    after = [one for one in items if one[0] > key or (inclusive and one[0] == key)]
    before = [one for one in items if one[0] < key or (inclusive and one[0] == key)]
    place = (hexed(stream), b64(key), start, length, inclusive, version)
    check(served, expected_pair(after[0] if after else None, start, length), "kv_getNext", *place)
    check(
        served, expected_pair(before[-1] if before else None, start, length), "kv_getPrev", *place
    )
    ends = (hexed(stream), start, length, version)
    check(served, expected_pair(items[0] if items else None, start, length), "kv_getFirst", *ends)
    check(served, expected_pair(items[-1] if items else None, start, length), "kv_getLast", *ends)


@given(streams, keys, st.sampled_from(PEOPLE), versions)
def test_roles_are_the_model_s(
    served: Served, stream: bytes, key: bytes, account: bytes, version: int | None
) -> None:
    view = view_of(served.model, version)
    who, name, at = hexed(account), hexed(stream), b64(key)
    admin = view.holds(Kind.ADMIN, stream, account=account)
    assert served.call("kv_isAdmin", who, name, version) is admin
    assert served.call("kv_IsAdmin", who, name, version) is admin
    writer = view.holds(Kind.WRITER, stream, account=account)
    assert served.call("kv_isWriterOfStream", who, name, version) is writer
    key_writer = view.holds(Kind.KEY_WRITER, stream, key, account)
    assert served.call("kv_isWriterOfKey", who, name, at, version) is key_writer
    special = view.holds(Kind.SPECIAL_KEY, stream, key)
    assert served.call("kv_isSpecialKey", name, at, version) is special
    allowed = may_write(view, stream, key, account)
    assert served.call("kv_hasWritePermission", who, name, at, version) is allowed


def test_results_and_progress_are_the_model_s(served: Served) -> None:
    for seq in (*range(TRANSACTIONS + 2), 2**63, 2**64 - 1):
        assert served.call("kv_getTransactionResult", seq) == served.model.results.get(seq)
        assert served.call("kv_getTransactionResult", str(seq)) == served.model.results.get(seq)
    assert served.call("kv_getReplayProgress") == {
        "appliedSeq": TRANSACTIONS - 1,
        "firstTxSeq": None,
    }
    assert served.call("kv_getStatus") is True
    assert served.call("kv_getHoldingStreamIds") == [hexed(one) for one in STREAMS]


def test_large_value_is_read_in_parts_at_any_offset(served: Served) -> None:
    for start, length in ((0, 262_144), (262_143, 262_144), (599_999, 5), (600_000, 5), (1, 1)):
        found = served.call("kv_getValue", hexed(STREAMS[1]), b64(b"large"), start, length)
        assert isinstance(found, dict)
        assert base64.b64decode(found["data"]) == LARGE[start : start + length]
        assert found["size"] == len(LARGE)


def test_length_zero_tells_the_size_whatever_the_start(served: Served) -> None:
    found = served.call("kv_getValue", hexed(STREAMS[1]), b64(b"large"), 10**9, 0)
    assert found == {"version": 1, "data": "", "size": len(LARGE)}


@pytest.mark.parametrize("key", [b"a", b"large", b"\xd3\x1d\x34\xd3\x4d\x34"])
def test_key_in_hex_is_the_same_key(served: Served, key: bytes) -> None:
    """Python 0.4.0 sends 0x hex; base64 can begin with 0x too."""
    for stream in STREAMS:
        plain = served.call("kv_getValue", hexed(stream), b64(key), 0, 9)
        assert served.call("kv_getValue", hexed(stream), hexed(key), 0, 9) == plain


def test_base64_that_looks_like_hex_finds_its_key(tmp_path: Path) -> None:
    key = base64.b64decode("0xabcdef")
    store, model = KvStore(tmp_path / "kv.db"), KvModel()
    store.follow([EVERY])
    apply(store, model, 0, PEOPLE[0], StreamData(0, (), (Write(STREAMS[0], key, b"v"),)))
    app = Served(store, model, RpcApp(KvRpc(store, 1, lambda: 0).methods()))
    for spelt in ("0xabcdef", hexed(key)):
        found = app.call("kv_getValue", hexed(STREAMS[0]), spelt, 0, 9)
        assert isinstance(found, dict)
        assert found["size"] == 1


def test_version_beyond_all_numbers_is_the_newest(served: Served) -> None:
    place = (hexed(STREAMS[0]), b64(b"a"), 0, 9)
    newest = served.call("kv_getValue", *place)
    for version in (None, 2**63, 2**64 - 1, 18446744073709552000, "18446744073709551615"):
        assert served.call("kv_getValue", *place, version) == newest


@pytest.mark.parametrize(
    ("method", "params", "text"),
    [
        ("kv_getValue", [hexed(MISSING), "", 0, 1], "key; data: key is empty"),
        ("kv_getValue", [hexed(MISSING), "0x", 0, 1], "key; data: key is empty"),
        ("kv_getValue", [hexed(MISSING), "!", 0, 1], "key; data: not base64"),
        ("kv_getValue", [hexed(MISSING), b64(b"k"), 0, 262_145], "len; data: query length too"),
        ("kv_getFirst", [hexed(MISSING), 0, 262_145], "len; data: query length too large"),
        ("kv_getValue", [hexed(STREAMS[1]), b64(b"large"), 600_001, 1], "start_index; data: start"),
        ("kv_getValue", ["0x12", b64(b"k"), 0, 1], "stream_id"),
        ("kv_getValue", [hexed(MISSING)], "params; data: expected 4 parameters"),
        ("kv_getValue", [hexed(MISSING), b64(b"k"), -1, 1], "start_index"),
        ("kv_getValue", [hexed(MISSING), b64(b"k"), 0, 1, -1], "version"),
        ("kv_getNext", [hexed(MISSING), b64(b"k"), 0, 1, "yes"], "inclusive"),
        ("kv_getTransactionResult", ["0x1"], "tx_seq"),
        ("kv_getTransactionResult", [2**64], "tx_seq"),
        ("kv_isAdmin", ["0x12", hexed(MISSING)], "account"),
    ],
)
def test_bad_parameter_has_the_documented_error(
    served: Served, method: str, params: list[object], text: str
) -> None:
    code, message = served.fail(method, *params)
    assert code == -32602
    assert isinstance(message, str)
    assert message.startswith(f"Invalid params: {text}")


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-(2**70), 2**70),
        st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=20),
        st.sampled_from([hexed(STREAMS[0]), b64(b"a"), hexed(PEOPLE[0]), "0x" + "0" * 130]),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=5,
)


@given(st.data(), st.lists(json_values, max_size=7))
def test_any_parameters_give_an_answer_and_change_nothing(
    served: Served, data: st.DataObject, params: list[object]
) -> None:
    method = data.draw(st.sampled_from(sorted(KvRpc(served.store, 1, lambda: 0).methods())))
    answer = served.ask(method, *params)
    assert ("result" in answer) != ("error" in answer)
    if "error" in answer:
        error = answer["error"]
        assert isinstance(error, dict)
        assert error["code"] == -32602
    assert served.store.applied() == TRANSACTIONS - 1
    assert served.store.streams() == STREAMS


def test_changes_come_in_pages_and_once_each(served: Served) -> None:
    for stream in STREAMS:
        wanted = sorted(
            (version, key)
            for (name, key), found in served.model.values.items()
            for version in found
            if name == stream
        )
        seen: list[tuple[int, bytes]] = []
        place: tuple[object, object] = (-1, "")
        while True:
            page = served.call("kv_getChanges", hexed(stream), *place, 0, 7)
            assert isinstance(page, dict)
            assert page["rewoundTo"] is None
            if not page["changes"]:
                break
            seen += [(one["version"], base64.b64decode(one["key"])) for one in page["changes"]]
            place = (page["changes"][-1]["version"], page["changes"][-1]["key"])
        assert seen == wanted
    everything = served.call("kv_getChanges", hexed(STREAMS[0]), -1, "", 0, 10**6)
    assert isinstance(everything, dict)
    assert len(everything["changes"]) <= MAX_CHANGES


# ------------------------------------------------------------ streams that are added


def signed(stream: bytes, signer_index: int = 3, chain_id: int = 31337) -> tuple[str, str, str]:
    """Parameters of admin_addStream."""
    signer = devnet_signer(signer_index)
    signature = signer.sign_digest(register_digest(chain_id, signer.address, stream))
    return hexed(stream), signer.address.lower(), hexed(signature)


def test_added_stream_has_its_whole_history(tmp_path: Path) -> None:
    """What was passed over is judged as if the stream had been kept from the start."""
    store, model = KvStore(tmp_path / "kv.db"), KvModel()
    store.follow([STREAMS[0]])
    app = Served(store, model, RpcApp(KvRpc(store, 31337, lambda: 0).methods()))
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
    app = Served(store, KvModel(), RpcApp(KvRpc(store, 31337, lambda: 0).methods()))
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
    app = Served(store, KvModel(), RpcApp(KvRpc(store, 31337, lambda: 0).methods()))
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
