"""Blobs in and out of the DA code: round trips, proofs, shapes, and the signer's check."""

from __future__ import annotations

import os
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, stream
from zerog.da import field
from zerog.da.codec import (
    FULL,
    MAX_BLOB_BYTES,
    Encoded,
    Header,
    Inspection,
    Profile,
    Reader,
    check_piece,
    check_row,
    encode,
)
from zerog.da.errors import BadBlobSize, BadProfile, NoSuchPiece, NoSuchRow, NotEnoughRows
from zerog.da.kernel import symbols_of

pytestmark = pytest.mark.unit


def _read(encoded: Encoded, indices: list[int], profile: Profile) -> bytes:
    reader = Reader(encoded.commitment, profile)
    reader.add_all(encoded.row_proof(index) for index in indices)
    return bytes(reader.decode())


@given(st.binary(min_size=1, max_size=20_000), st.randoms(use_true_random=False))
def test_any_k_rows_give_the_blob(data: bytes, rng: random.Random) -> None:
    encoded = encode(data, SMALL)
    assert _read(encoded, rng.sample(range(SMALL.rows), SMALL.k), SMALL) == data


@pytest.mark.parametrize("length", [1, 31, 65_536, 65_537, 200_000])
def test_full_profile_gives_the_blob_from_random_rows(length: int) -> None:
    data = stream("full", length)
    encoded = encode(data)
    assert _read(encoded, random.Random(length).sample(range(FULL.rows), FULL.k), FULL) == data
    assert _read(encoded, list(range(FULL.k, 2 * FULL.k)), FULL) == data


def test_encoding_the_same_bytes_in_lent_room_gives_the_same() -> None:
    room = bytearray()
    first = encode(b"one blob" * 500, SMALL, room)
    rows = [bytes(row) for row in first.rows]
    size = len(room)
    again = encode(b"one blob" * 500, SMALL, room)
    assert (len(room), [bytes(row) for row in again.rows]) == (size, rows)
    assert encode(b"small", SMALL, room).commitment == encode(b"small", SMALL).commitment


@pytest.mark.parametrize(
    ("length", "size"),
    [(1, 64), (65_536, 64), (65_537, 128), (MAX_BLOB_BYTES, 31_744), (1_048_576, 1024)],
)
def test_row_size_is_the_least_that_fits(length: int, size: int) -> None:
    assert Header.of(length).row_size == size
    assert Header.of(length).contradiction(FULL) is None


@pytest.mark.parametrize("length", [0, MAX_BLOB_BYTES + 1])
def test_blob_of_no_size_or_above_the_maximum_is_refused(length: int) -> None:
    with pytest.raises(BadBlobSize) as caught:
        Header.of(length)
    assert caught.value.length == length


def test_empty_blob_is_refused() -> None:
    with pytest.raises(BadBlobSize):
        encode(b"", SMALL)


@pytest.mark.parametrize("shape", [(0, 4, 8), (4, 0, 8), (4, 4, 0), (4, 4, 9), (40_000, 4, 8)])
def test_profile_that_does_not_work_is_refused(shape: tuple[int, int, int]) -> None:
    with pytest.raises(BadProfile):
        Profile(*shape)


def test_rows_are_values_of_one_polynomial_at_their_indices() -> None:
    encoded = encode(os.urandom(4 * 64), SMALL)
    columns = [symbols_of(row) for row in encoded.rows]
    for at in range(SMALL.k, SMALL.rows):
        total = 0
        for i in range(SMALL.k):
            term = columns[i][7]
            for j in range(SMALL.k):
                if j != i:
                    term = field.multiply(term, field.multiply(at ^ j, field.inverse(i ^ j)))
            total ^= term
        assert columns[at][7] == total


@pytest.mark.parametrize("length", [5, 4 * 1024, 4 * 1088, 4 * 5000])
def test_every_row_and_piece_proves_to_its_root(length: int) -> None:
    encoded = encode(os.urandom(length), SMALL)
    header = encoded.commitment.header
    for index in range(SMALL.rows):
        check_row(encoded.commitment, encoded.row_proof(index))
        pieces = [encoded.piece_proof(index, piece) for piece in range(header.pieces)]
        for piece in pieces:
            check_piece(encoded.commitment, piece)
        assert b"".join(bytes(piece.data) for piece in pieces) == encoded.rows[index]


def test_proofs_of_absent_rows_and_pieces_are_refused() -> None:
    encoded = encode(b"blob", SMALL)
    for index in (-1, SMALL.rows):
        with pytest.raises(NoSuchRow):
            encoded.row_proof(index)
    with pytest.raises(NoSuchPiece):
        encoded.piece_proof(0, 1)


def test_too_few_rows_are_refused_by_number() -> None:
    encoded = encode(b"blob", SMALL)
    reader = Reader(encoded.commitment, SMALL)
    assert reader.add(encoded.row_proof(9)) == 3
    assert reader.add(encoded.row_proof(9)) == 3
    with pytest.raises(NotEnoughRows) as caught:
        reader.decode()
    assert (caught.value.found, caught.value.wanted) == (1, 4)


def test_rows_that_are_not_needed_any_more_are_not_kept() -> None:
    encoded = encode(b"blob", SMALL)
    reader = Reader(encoded.commitment, SMALL)
    assert reader.add_all(encoded.row_proof(index) for index in range(SMALL.rows)) == 0
    assert bytes(reader.decode()) == b"blob"


@pytest.mark.parametrize("limbs", [8, 24, 40])
@pytest.mark.parametrize("length", [50, 4 * 1100])
def test_honest_rows_pass_the_signers_check(limbs: int, length: int) -> None:
    profile = Profile(4, 8, limbs)
    encoded = encode(os.urandom(length), profile)
    inspection = Inspection(encoded.commitment, encoded.values, profile)
    for own in ([0, 3], [2, 4, 11], list(range(12)), []):
        inspection.check([encoded.row_proof(index) for index in own], own)


def test_data_root_binds_chain_contract_header_and_roots() -> None:
    first, second = encode(b"blob", SMALL).commitment, encode(b"blub", SMALL).commitment
    shorter = encode(b"blo", SMALL).commitment
    roots = {
        first.data_root(CHAIN_ID, ENTRANCE),
        first.data_root(CHAIN_ID + 1, ENTRANCE),
        first.data_root(CHAIN_ID, bytes(20)),
        second.data_root(CHAIN_ID, ENTRANCE),
        shorter.data_root(CHAIN_ID, ENTRANCE),
    }
    assert len(roots) == 5
    first.require(first.data_root(CHAIN_ID, ENTRANCE), CHAIN_ID, ENTRANCE)
