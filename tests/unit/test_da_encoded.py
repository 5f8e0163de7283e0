"""What an encoding leaves in the store: the same rows and proofs; and requests made of them."""

from __future__ import annotations

from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, stream
from zerog.da.codec import FULL, encode
from zerog.da.disperser.bytestore import BLOB, ENCODED, BytesGone, ByteStore
from zerog.da.disperser.encoded import (
    BytesDamaged,
    Layout,
    find_commitment,
    make_encoded,
    open_encoded,
    why_gone,
)
from zerog.da.disperser.orders import sign_request
from zerog.da.proto.signer_pb2 import BatchSignRequest
from zerog.da.wire import SignOrder, from_sign_request, request_id, to_sign_request

pytestmark = pytest.mark.unit


def stored(folder: Path, data: bytes) -> tuple[ByteStore, str]:
    """A store with one blob, and its request."""
    store, name = ByteStore(folder), request_id(sha256(data).digest(), 1)
    store.begin("0f")
    store.put(f"{BLOB}/{name}", data)
    return store, name


@settings(max_examples=30)
@given(length=st.integers(1, 3 * 4096))
def test_kept_encoding_equals_a_fresh_one(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    data = stream("kept", length)
    store, name = stored(tmp_path_factory.mktemp("bytes"), data)
    assert find_commitment(store, name, length, SMALL) is None
    assert make_encoded(store, name, SMALL)
    assert not make_encoded(store, name, SMALL)
    fresh = encode(data, SMALL)
    assert find_commitment(store, name, length, SMALL) == fresh.commitment
    found = open_encoded(store, name, SMALL)
    assert (found.commitment, found.values) == (fresh.commitment, fresh.values)
    for index in range(SMALL.rows):
        assert found.row_proof(index) == fresh.row_proof(index)


def test_full_profile_is_laid_out_as_it_is_encoded(tmp_path: Path) -> None:
    data = stream("full", 70_000)
    store, name = stored(tmp_path, data)
    make_encoded(store, name, FULL)
    found, fresh = open_encoded(store, name, FULL), encode(data)
    assert all(found.row_proof(i) == fresh.row_proof(i) for i in range(0, FULL.rows, 101))
    assert memoryview(store.get(f"{ENCODED}/{name}")).nbytes == Layout.of(len(data), FULL).size


def test_encoding_that_is_gone_or_cut_is_made_again(tmp_path: Path) -> None:
    data = stream("gone", 5000)
    store, name = stored(tmp_path, data)
    fresh = encode(data, SMALL)
    assert open_encoded(store, name, SMALL).commitment == fresh.commitment
    whole = bytes(memoryview(store.get(f"{ENCODED}/{name}")))
    store.put(f"{ENCODED}/{name}", whole[:-1])
    assert find_commitment(store, name, len(data), SMALL) is None
    assert open_encoded(store, name, SMALL).row_proof(11) == fresh.row_proof(11)
    store.put(f"{ENCODED}/{name}", bytes(len(whole)))
    assert find_commitment(store, name, len(data), SMALL) is None
    store.drop(f"{BLOB}/{name}")
    with pytest.raises(BytesGone):
        open_encoded(store, name, SMALL)


def test_encoding_that_a_power_cut_damaged_is_made_again(tmp_path: Path) -> None:
    data = stream("power", 5000)
    store, name = stored(tmp_path, data)
    for left in (bytes(Layout.of(len(data), SMALL).size), b"cut"):
        store.put(f"{ENCODED}/{name}", left)
        assert make_encoded(store, name, SMALL)
        assert find_commitment(store, name, len(data), SMALL) == encode(data, SMALL).commitment


@pytest.mark.parametrize("left", [b"", b"other bytes", bytes(5000)])
def test_damaged_bytes_are_never_encoded_and_go(tmp_path: Path, left: bytes) -> None:
    store, name = stored(tmp_path, stream("damaged", 5000))
    for work in (make_encoded, open_encoded):
        store.put(f"{BLOB}/{name}", left)
        with pytest.raises(BytesDamaged, match="its bytes are damaged") as caught:
            work(store, name, SMALL)
        assert caught.value.found == sha256(left).hexdigest()
        assert why_gone(store, name) == caught.value.cause, "also for who has the rows"
        assert not store.has(f"{BLOB}/{name}"), "so that the sweep ends its row"


@pytest.mark.parametrize("rows", [(), (0,), (3, 4, 11), tuple(range(12))])
@pytest.mark.parametrize("length", [1, 200, 9000])
def test_request_has_the_bytes_that_the_message_has(rows: tuple[int, ...], length: int) -> None:
    encoded = encode(stream("order", length), SMALL)
    root = encoded.commitment.data_root(CHAIN_ID, ENTRANCE)
    order = SignOrder(
        300, 2**40, root, encoded.commitment, encoded.values, [encoded.row_proof(i) for i in rows]
    )
    made = sign_request(encoded, root, 300, 2**40, rows)
    parsed = BatchSignRequest.FromString(made)
    assert parsed == BatchSignRequest(requests=[to_sign_request(order)])
    assert from_sign_request(parsed.requests[0], SMALL) == order
