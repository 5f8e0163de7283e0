"""What an encoding leaves in the store: the same rows and proofs; and requests made of them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, stream
from zerog.da.codec import FULL, encode
from zerog.da.disperser.bytestore import BLOB, ENCODED, BytesGone, ByteStore
from zerog.da.disperser.encoded import (
    Layout,
    find_commitment,
    make_encoded,
    open_encoded,
)
from zerog.da.disperser.orders import sign_request
from zerog.da.proto.signer_pb2 import BatchSignRequest
from zerog.da.wire import SignOrder, from_sign_request, to_sign_request

pytestmark = pytest.mark.unit

NAME = "request-1"


def stored(folder: Path, data: bytes) -> ByteStore:
    """A store with one blob."""
    store = ByteStore(folder)
    store.put(f"{BLOB}/{NAME}", data)
    return store


@settings(max_examples=30)
@given(length=st.integers(1, 3 * 4096))
def test_kept_encoding_equals_a_fresh_one(
    tmp_path_factory: pytest.TempPathFactory, length: int
) -> None:
    data = stream("kept", length)
    store = stored(tmp_path_factory.mktemp("bytes"), data)
    assert find_commitment(store, NAME, length, SMALL) is None
    assert make_encoded(store, NAME, SMALL)
    assert not make_encoded(store, NAME, SMALL)
    fresh = encode(data, SMALL)
    assert find_commitment(store, NAME, length, SMALL) == fresh.commitment
    found = open_encoded(store, NAME, SMALL)
    assert (found.commitment, found.values) == (fresh.commitment, fresh.values)
    for index in range(SMALL.rows):
        assert found.row_proof(index) == fresh.row_proof(index)


def test_full_profile_is_laid_out_as_it_is_encoded(tmp_path: Path) -> None:
    data = stream("full", 70_000)
    store = stored(tmp_path, data)
    make_encoded(store, NAME, FULL)
    found, fresh = open_encoded(store, NAME, FULL), encode(data)
    assert all(found.row_proof(i) == fresh.row_proof(i) for i in range(0, FULL.rows, 101))
    assert memoryview(store.get(f"{ENCODED}/{NAME}")).nbytes == Layout.of(len(data), FULL).size


def test_encoding_that_is_gone_or_cut_is_made_again(tmp_path: Path) -> None:
    data = stream("gone", 5000)
    store = stored(tmp_path, data)
    fresh = encode(data, SMALL)
    assert open_encoded(store, NAME, SMALL).commitment == fresh.commitment
    whole = bytes(memoryview(store.get(f"{ENCODED}/{NAME}")))
    store.put(f"{ENCODED}/{NAME}", whole[:-1])
    assert find_commitment(store, NAME, len(data), SMALL) is None
    assert open_encoded(store, NAME, SMALL).row_proof(11) == fresh.row_proof(11)
    store.put(f"{ENCODED}/{NAME}", bytes(len(whole)))
    assert find_commitment(store, NAME, len(data), SMALL) is None
    store.drop(f"{BLOB}/{NAME}")
    with pytest.raises(BytesGone):
        open_encoded(store, NAME, SMALL)


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
