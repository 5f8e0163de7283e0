"""Stream data and tags: the bytes of the official builders, and any bytes at all."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.vectors import VECTORS, unhex
from zerog.storage.kv.codec import (
    MAX_SET,
    NEVER_CONFLICTS,
    STREAM_TAG,
    Control,
    Op,
    Read,
    StreamData,
    StreamReader,
    Write,
    make_tags,
    parse,
    read_tags,
)
from zerog.storage.kv.errors import BadBatch, DataParseError

pytestmark = pytest.mark.unit

KV = json.loads((VECTORS / "storage" / "kv.json").read_text(encoding="utf-8"))
STREAM = (0xF2BD).to_bytes(32, "big")
ALICE = b"\x11" * 20

ids = st.binary(min_size=32, max_size=32)
keys = st.binary(min_size=1, max_size=40)
accounts = st.binary(min_size=20, max_size=20)


@st.composite
def controls(draw: st.DrawFn) -> Control:
    op = draw(st.sampled_from(Op))
    return Control(
        op,
        draw(ids),
        draw(keys) if op.has_key else b"",
        draw(accounts) if op.has_account else b"",
    )


transactions = st.builds(
    StreamData,
    st.integers(0, NEVER_CONFLICTS),
    st.lists(st.builds(Read, ids, keys), max_size=5).map(tuple),
    st.lists(st.builds(Write, ids, keys, st.binary(max_size=60)), max_size=5).map(tuple),
    st.lists(controls(), max_size=5).map(tuple),
)


def test_builder_vector_is_byte_equal() -> None:
    vector = KV["builder"]
    writes = tuple(
        Write(unhex(one["streamId"]), one["key"].encode(), one["value"].encode())
        for one in vector["writes"]
    )
    data = StreamData(vector["version"], (), writes)
    assert data.encode() == unhex(vector["encoded"])
    assert data.tags() == unhex(vector["tags"])
    assert parse(unhex(vector["encoded"])) == data


def test_full_vector_is_byte_equal() -> None:
    data = StreamData(
        7,
        (Read(STREAM, b"r"),),
        (Write(STREAM, b"k", b"\x01\x02"),),
        (
            Control(Op.GRANT_ADMIN_ROLE, STREAM, account=ALICE),
            Control(Op.SET_KEY_TO_SPECIAL, STREAM, b"k"),
            Control(Op.GRANT_SPECIAL_WRITER_ROLE, STREAM, b"k", ALICE),
            Control(Op.RENOUNCE_ADMIN_ROLE, STREAM),
        ),
    )
    assert data.encode() == unhex(KV["full"]["encoded"])
    assert parse(data.encode()) == data


@given(transactions)
def test_encoded_transaction_parses_to_itself(data: StreamData) -> None:
    assert parse(data.encode()) == data


@given(transactions, st.data())
def test_cut_transaction_is_refused(data: StreamData, draw: st.DataObject) -> None:
    encoded = data.encode()
    end = draw.draw(st.integers(0, len(encoded) - 1))
    with pytest.raises(DataParseError):
        parse(encoded[:end])


@given(st.binary(max_size=400))
def test_any_bytes_give_data_or_the_named_error(data: bytes) -> None:
    try:
        found = parse(data)
    except DataParseError:
        return
    assert data.startswith(found.encode())


@given(transactions, st.data())
def test_damaged_transaction_gives_data_or_the_named_error(
    data: StreamData, draw: st.DataObject
) -> None:
    damaged = bytearray(data.encode())
    at = draw.draw(st.integers(0, len(damaged) - 1))
    damaged[at] ^= draw.draw(st.integers(1, 255))
    try:
        found = parse(damaged)
    except DataParseError:
        return
    assert bytes(damaged).startswith(found.encode())


@pytest.mark.parametrize(
    ("hexes", "text"),
    [
        ("", "8 bytes wanted, 0 left"),
        ("00" * 8 + "ffffffff", "list too long: 4294967295 entries"),
        ("00" * 8 + (MAX_SET + 1).to_bytes(4, "big").hex(), "list too long"),
        ("00" * 8 + "00000001" + "aa" * 32 + "000000", "empty key"),
        ("00" * 8 + "00000001" + "aa" * 32 + "ffffff", "16777215 bytes wanted, 0 left"),
        ("00" * 12 + "00000001" + "aa" * 32 + "000001" + "6b" + "ff" * 8, "invalid data"),
        ("00" * 16 + "00000001" + "02" + "aa" * 52, "unknown access control operation 0x02"),
    ],
)
def test_malformed_data_names_what_is_wrong(hexes: str, text: str) -> None:
    with pytest.raises(DataParseError, match=text):
        parse(bytes.fromhex(hexes))


def test_values_are_views_of_the_data() -> None:
    encoded = StreamData(0, (), (Write(STREAM, b"k", b"value"),)).encode()
    reader = StreamReader(encoded)
    reader.version()
    reader.reads()
    (write,) = reader.writes()
    assert isinstance(write.value, memoryview)
    assert write.value.obj is encoded


@pytest.mark.parametrize(
    "data",
    [
        StreamData(-1, (), (Write(STREAM, b"k", b""),)),
        StreamData(1 << 64, (), (Write(STREAM, b"k", b""),)),
        StreamData(0, (), (Write(STREAM, b"", b""),)),
        StreamData(0, (), (Write(STREAM, bytes(1 << 24), b""),)),
        StreamData(0, (), (Write(b"short", b"k", b""),)),
        StreamData(0, (Read(STREAM, b"k"),) * (MAX_SET + 1)),
        StreamData(0, (), (), (Control(Op.GRANT_ADMIN_ROLE, STREAM),)),
        StreamData(0, (), (), (Control(Op.RENOUNCE_ADMIN_ROLE, STREAM, account=ALICE),)),
        StreamData(0, (), (), (Control(Op.GRANT_WRITER_ROLE, STREAM, b"k", ALICE),)),
    ],
)
def test_what_cannot_be_written_down_is_refused(data: StreamData) -> None:
    with pytest.raises(BadBatch):
        data.encode()


@given(st.lists(ids, min_size=1, max_size=5, unique=True))
def test_tags_name_their_streams(streams: list[bytes]) -> None:
    assert read_tags(make_tags(streams)) == tuple(streams)


def test_repeated_stream_in_tags_counts_once() -> None:
    assert read_tags(make_tags([STREAM, STREAM])) == (STREAM,)


@pytest.mark.parametrize(
    "tags", [b"", STREAM_TAG, STREAM_TAG + b"a", STREAM_TAG + bytes(33), bytes(64)]
)
def test_other_tags_are_no_kv_transaction(tags: bytes) -> None:
    assert read_tags(tags) is None


def test_batch_that_changes_nothing_has_no_tags() -> None:
    with pytest.raises(BadBatch):
        StreamData(0, (Read(STREAM, b"k"),)).tags()
