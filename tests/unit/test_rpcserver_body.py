"""Bodies are parsed as any JSON parser would, long strings apart, whatever is inside them."""

from __future__ import annotations

import json
from collections.abc import Mapping

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.rpcbody import BUFFER_BYTES, BUFFERS, LONG_STRING, SMALL_BYTES, BodyPool, parse
from zerog.types import Json

pytestmark = pytest.mark.unit

LONG = st.sampled_from(["A" * LONG_STRING, "b+/=" * LONG_STRING, "ü" * LONG_STRING, "[{,:" * 5000])
TEXTS = st.one_of(st.text(max_size=8), LONG)
VALUES = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(2**63), 2**64 - 1), TEXTS),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4), st.dictionaries(st.text(max_size=5), inner, max_size=4)
    ),
    max_leaves=12,
)


def plain(value: Json) -> Json:
    """The value with its views as strings."""
    if isinstance(value, memoryview):
        return bytes(value).decode()
    if isinstance(value, list):
        return [plain(one) for one in value]
    if isinstance(value, Mapping):
        return {name: plain(one) for name, one in value.items()}
    return value


@given(VALUES, st.booleans())
def test_parse_equals_any_other_parser(value: Json, ascii_only: bool) -> None:
    text = json.dumps(value, ensure_ascii=ascii_only).encode()
    assert plain(parse(text)) == value
    assert plain(parse(bytearray(text + b'"rubbish'), len(text))) == value


def test_parse_gives_long_strings_as_views_and_short_ones_as_strings() -> None:
    body = bytearray(json.dumps(["x", "A" * LONG_STRING]).encode())
    found = parse(body)
    assert isinstance(found, list)
    assert found[0] == "x"
    assert isinstance(found[1], memoryview)
    assert found[1].obj is body


@pytest.mark.parametrize("end", [b'"', b'"]', b",]", b'"x"', b""])
def test_parse_of_broken_text_is_a_decode_error(end: bytes) -> None:
    body = b'["' + b"A" * LONG_STRING + b'",' + end
    with pytest.raises(orjson.JSONDecodeError):
        parse(body)


def test_pool_reuses_its_buffers_and_keeps_few() -> None:
    pool = BodyPool()
    first = pool.take(SMALL_BYTES + 1)
    pool.give(first)
    assert pool.take(BUFFER_BYTES) is first
    for _ in range(BUFFERS + 3):
        pool.give(bytearray(BUFFER_BYTES))
    pool.give(bytearray(BUFFER_BYTES + 1))
    taken = {id(pool.take(SMALL_BYTES + 1)) for _ in range(3 * BUFFERS)}
    assert len(taken) >= BUFFERS
    assert len(pool.take(5)) == 5
    assert len(pool.take(BUFFER_BYTES + 1)) == BUFFER_BYTES + 1
