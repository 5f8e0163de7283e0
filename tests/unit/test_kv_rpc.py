"""The kv_ methods against the model, with the spellings of every official client."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.kv_served import PEOPLE, STREAMS, Served, apply, b64, hexed, serve
from zerog.storage.kv.codec import Control, Op, StreamData, Write
from zerog.storage.kv.model import LATEST, KvModel, ModelView
from zerog.storage.kv.rpc import MAX_CHANGES, KvRpc
from zerog.storage.kv.rules import Kind, may_write
from zerog.storage.kv.store import EVERY, KvStore
from zerog.types import Json

pytestmark = pytest.mark.unit

MISSING = b"\x09" * 32
KEYS = [b"a", b"b", b"ba", b"\xd3\x1d\x34\xd3\x4d\x34", b"\xff\xff", b"large"]
LARGE = random.Random(7).randbytes(600_000)
TRANSACTIONS = 60


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
    yield serve(store, model)
    store.database.close()


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
