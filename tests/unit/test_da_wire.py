"""Slices and messages: what goes out comes back, and what nobody sent is refused by name."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from google.protobuf.message import DecodeError
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.da.codec import Encoded, Inspection, Profile, ProvenRow, Reader, encode
from zerog.da.errors import BadHeader, NoSuchRow, TamperedRow, WrongDataRoot, WrongRows
from zerog.da.proto import signer_pb2
from zerog.da.wire import (
    BadMessage,
    RowsAsked,
    RowsGiven,
    SignOrder,
    decode_commitment,
    decode_slice,
    encode_commitment,
    encode_reply,
    encode_slice,
    from_retrieve_request,
    from_sign_request,
    from_slices,
    parse_request_id,
    path_bytes,
    request_id,
    to_retrieve_request,
    to_sign_request,
    to_slices,
)
from zerog.errors import Tampered

pytestmark = pytest.mark.unit

SMALL = Profile(8, 16)
CHAIN, ENTRANCE = 31337, b"\x0e" * 20
BLOB = bytes(range(256)) * 40


@pytest.fixture(scope="module", name="encoded")
def encoded_blob() -> Encoded:
    """A blob in 24 rows of 1,280 bytes."""
    return encode(BLOB, SMALL)


def order_of(encoded: Encoded, *indices: int) -> SignOrder:
    """What the signer of some rows is asked."""
    root = encoded.commitment.data_root(CHAIN, ENTRANCE)
    rows = [encoded.row_proof(index) for index in indices]
    return SignOrder(3, 1, root, encoded.commitment, encoded.values, rows)


def message(encoded: Encoded, *indices: int) -> signer_pb2.SignRequest:
    """The same as it travels."""
    sent = to_sign_request(order_of(encoded, *indices)).SerializeToString()
    return signer_pb2.SignRequest.FromString(sent)


def test_sign_request_comes_back_and_passes_the_signers_check(encoded: Encoded) -> None:
    order = from_sign_request(message(encoded, 2, 9, 23), SMALL)
    assert (order.epoch, order.quorum_id) == (3, 1)
    assert order.data_root == encoded.commitment.data_root(CHAIN, ENTRANCE)
    order.commitment.require(order.data_root, CHAIN, ENTRANCE)
    Inspection(order.commitment, order.values, SMALL).check(order.rows, [2, 9, 23])


def test_sign_request_keeps_published_fields_where_they_were(encoded: Encoded) -> None:
    sent = message(encoded, 0)
    assert sent.erasure_commitment == encoded.commitment.row_root + encoded.commitment.rlc_root
    fields = signer_pb2.SignRequest.DESCRIPTOR.fields_by_name
    assert [fields[name].number for name in ("storage_root", "encoded_slice")] == [4, 5]
    assert all(fields[name].number >= 100 for name in ("header", "combinations"))


@pytest.mark.parametrize(
    ("field", "value", "error"),
    [
        ("header", b"", BadMessage),
        ("header", bytes(17), BadMessage),
        ("header", bytes(16), BadHeader),
        ("header", b"\xff" * 16, BadHeader),
        ("erasure_commitment", bytes(63), BadMessage),
        ("storage_root", bytes(31), BadMessage),
        ("combinations", bytes(15), BadMessage),
    ],
)
def test_sign_request_with_a_wrong_field_refused(
    encoded: Encoded, field: str, value: bytes, error: type[Exception]
) -> None:
    sent = message(encoded, 1, 2)
    setattr(sent, field, value)
    with pytest.raises(error):
        from_sign_request(sent, SMALL)


@pytest.mark.parametrize("indices", [(5, 5), (7, 3)])
def test_sign_request_with_rows_out_of_order_refused(
    encoded: Encoded, indices: tuple[int, int]
) -> None:
    with pytest.raises(BadMessage):
        from_sign_request(message(encoded, *indices), SMALL)


def test_sign_request_with_more_rows_than_there_are_refused(encoded: Encoded) -> None:
    with pytest.raises(BadMessage):
        from_sign_request(message(encoded, *range(24), 0), SMALL)


def test_slice_outside_the_code_or_without_row_refused(encoded: Encoded) -> None:
    good = encode_slice(encoded.row_proof(3))
    start = 4 + path_bytes(SMALL)
    for wrong in (b"", good[:3], good[:start], (24).to_bytes(4, "little") + good[4:]):
        with pytest.raises(BadMessage):
            decode_slice(wrong, SMALL)


@settings(max_examples=50)
@given(st.integers(0, 23), st.binary(min_size=160, max_size=160), st.binary(min_size=1))
def test_slice_round_trip(index: int, path: bytes, data: bytes) -> None:
    found = decode_slice(encode_slice(ProvenRow(index, data, path)), SMALL)
    assert (found.index, bytes(found.data), found.path) == (index, data, path)


def test_ten_thousand_damaged_slices_are_refused_or_do_not_prove(encoded: Encoded) -> None:
    dice = random.Random(5)
    good = [encode_slice(encoded.row_proof(index)) for index in range(24)]
    reader = Reader(encoded.commitment, SMALL)
    for _ in range(10_000):
        damaged = bytearray(dice.choice(good))
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.randrange(len(damaged))] ^= dice.randrange(1, 256)
        if dice.random() < 0.3:
            del damaged[dice.randrange(len(damaged)) :]
        if bytes(damaged) in good:
            continue
        with pytest.raises((BadMessage, NoSuchRow, TamperedRow)):
            reader.add(decode_slice(bytes(damaged), SMALL))
    assert reader.missing == 8


def test_ten_thousand_damaged_messages_are_refused_by_name_or_do_not_verify(
    encoded: Encoded,
) -> None:
    dice = random.Random(6)
    indices = [2, 9, 23]
    good = message(encoded, *indices).SerializeToString()
    root = encoded.commitment.data_root(CHAIN, ENTRANCE)
    same = 0
    for _ in range(10_000):
        damaged = bytearray(good)
        for _ in range(dice.randrange(1, 4)):
            damaged[dice.randrange(len(damaged))] ^= dice.randrange(1, 256)
        if dice.random() < 0.3:
            del damaged[dice.randrange(len(damaged)) :]
        try:
            order = from_sign_request(signer_pb2.SignRequest.FromString(bytes(damaged)), SMALL)
            order.commitment.require(root, CHAIN, ENTRANCE)
            Inspection(order.commitment, order.values, SMALL).check(order.rows, indices)
        except (DecodeError, BadMessage, BadHeader, WrongRows, Tampered):
            continue
        same += 1  # epoch, quorum, root or unknown fields: what the signature itself binds
    assert same < 100


def test_rows_come_back_to_a_reader_who_has_only_the_root(encoded: Encoded) -> None:
    root = encoded.commitment.data_root(CHAIN, ENTRANCE)
    asked = RowsAsked(1, 0, root, tuple(range(10, 18)))
    heard = from_retrieve_request(to_retrieve_request(asked), SMALL)
    assert heard == asked
    rows = [encoded.row_proof(index) for index in heard.indices]
    sent = to_slices(RowsGiven(encoded.commitment, rows))
    given_rows = from_slices(sent, asked, CHAIN, ENTRANCE, SMALL)
    reader = Reader(given_rows.commitment, SMALL)
    reader.add_all(given_rows.rows)
    assert reader.decode() == BLOB


def test_rows_of_another_blob_or_not_asked_for_refused(encoded: Encoded) -> None:
    root = encoded.commitment.data_root(CHAIN, ENTRANCE)
    sent = to_slices(RowsGiven(encoded.commitment, [encoded.row_proof(4)]))
    asked = RowsAsked(1, 0, root, (4,))
    with pytest.raises(BadMessage):
        from_slices(sent, replace(asked, indices=(5,)), CHAIN, ENTRANCE, SMALL)
    with pytest.raises(WrongDataRoot):
        from_slices(sent, replace(asked, data_root=bytes(32)), CHAIN, ENTRANCE, SMALL)
    with pytest.raises(WrongDataRoot):
        from_slices(sent, asked, CHAIN + 1, ENTRANCE, SMALL)
    sent.commitment = sent.commitment[:-1]
    with pytest.raises(BadMessage):
        from_slices(sent, asked, CHAIN, ENTRANCE, SMALL)


def test_asked_rows_are_sorted_and_bounded() -> None:
    request = signer_pb2.RetrieveRequest(storage_root=bytes(32), row_indexes=[9, 2, 9])
    assert from_retrieve_request(request, SMALL).indices == (2, 9)
    request.row_indexes.append(24)
    with pytest.raises(BadMessage):
        from_retrieve_request(request, SMALL)


def test_commitment_round_trip(encoded: Encoded) -> None:
    assert decode_commitment(encode_commitment(encoded.commitment)) == encoded.commitment


def test_encoder_reply_has_every_row(encoded: Encoded) -> None:
    rows = [encoded.row_proof(index) for index in range(SMALL.rows)]
    reply = encode_reply(encoded.commitment, encoded.values, rows, bytes(32), b"all")
    assert (reply.version, len(reply.encoded_slice), reply.encoded_data) == (0, 24, b"all")
    assert decode_slice(reply.encoded_slice[23], SMALL).index == 23
    assert len(reply.erasure_commitment) == 64


def test_request_id_has_the_published_form() -> None:
    made = request_id(b"\xab" * 32, 1700000000000000001)
    digest, stamp = made.split("-")
    assert digest == "ab" * 32
    assert bytes.fromhex(stamp)[:20] == b"1700000000000000001/"
    assert bytes.fromhex(stamp)[20:].hex().startswith("e3b0c44298fc1c14")
    assert parse_request_id(made.encode()) == made


@pytest.mark.parametrize("wrong", [b"", b"-", b"ab-cd", b"\xff" * 70, b"a" * 64, b"a" * 64 + b"-"])
def test_request_id_of_another_form_refused(wrong: bytes) -> None:
    with pytest.raises(BadMessage):
        parse_request_id(wrong)
