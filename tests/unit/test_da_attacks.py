"""What a dishonest encoder, signer or relay can do to a blob: each has one named end."""

from __future__ import annotations

import dataclasses
import json
import os
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.da import CHAIN_ID, ENTRANCE, SMALL, commit, stream
from tests.support.vectors import VECTORS
from zerog.da.codec import (
    FULL,
    Commitment,
    Encoded,
    Header,
    Inspection,
    Profile,
    ProvenRow,
    Reader,
    check_piece,
    check_row,
    encode,
)
from zerog.da.errors import (
    BadEncoding,
    BadHeader,
    ForgedCombinations,
    NoSuchPiece,
    NoSuchRow,
    RepeatedRow,
    TamperedPiece,
    TamperedRow,
    WrongCombination,
    WrongDataRoot,
    WrongRows,
)

pytestmark = pytest.mark.unit

DATA = stream("attacks", 4 * 1088 - 9)
HONEST = encode(DATA, SMALL)


def _outcome(encoded: Encoded, indices: Sequence[int], profile: Profile = SMALL) -> str:
    """What a reader of these rows ends with."""
    reader = Reader(encoded.commitment, profile)
    reader.add_all(encoded.row_proof(index) for index in indices)
    try:
        return bytes(reader.decode()).hex()
    except BadEncoding as error:
        return type(error).__name__


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@given(st.integers(0, SMALL.rows - 1), st.integers(0, 1088 * 8 - 1))
def test_changed_row_is_tampered(index: int, bit: int) -> None:
    row = HONEST.row_proof(index)
    changed = dataclasses.replace(row, data=_flip(bytes(row.data), bit))
    with pytest.raises(TamperedRow) as caught:
        check_row(HONEST.commitment, changed)
    assert caught.value.index == index


@given(st.integers(0, SMALL.rows - 1), st.integers(0, 4 * 256 - 1))
def test_changed_path_is_tampered(index: int, bit: int) -> None:
    row = HONEST.row_proof(index)
    with pytest.raises(TamperedRow):
        check_row(HONEST.commitment, dataclasses.replace(row, path=_flip(row.path, bit)))


@pytest.mark.parametrize("size", [0, 1, 64, 1024, 1087, 1089, 1152, 2048, 5000])
def test_row_of_a_wrong_length_is_tampered(size: int) -> None:
    row = HONEST.row_proof(5)
    data = bytes(row.data).ljust(size, b"\0")[:size]
    with pytest.raises(TamperedRow):
        check_row(HONEST.commitment, dataclasses.replace(row, data=data))


@pytest.mark.parametrize("index", [-1, SMALL.rows, 1 << 40])
def test_row_that_the_code_has_not_is_refused(index: int) -> None:
    with pytest.raises(NoSuchRow):
        check_row(HONEST.commitment, dataclasses.replace(HONEST.row_proof(0), index=index))


def test_row_at_another_index_or_of_another_blob_is_tampered() -> None:
    other = encode(stream("another", len(DATA)), SMALL)
    for row in (dataclasses.replace(HONEST.row_proof(1), index=2), other.row_proof(1)):
        with pytest.raises(TamperedRow):
            Reader(HONEST.commitment, SMALL).add(row)


def test_reader_keeps_none_of_a_batch_with_a_tampered_row() -> None:
    reader = Reader(HONEST.commitment, SMALL)
    bad = dataclasses.replace(HONEST.row_proof(1), data=bytes(1088))
    with pytest.raises(TamperedRow):
        reader.add_all([HONEST.row_proof(0), bad])
    assert reader.missing == SMALL.k


@given(st.integers(0, SMALL.rows - 1), st.integers(0, 1), st.integers(0, 64 * 8 - 1))
def test_changed_piece_is_tampered(index: int, piece: int, bit: int) -> None:
    proven = HONEST.piece_proof(index, piece)
    changed = dataclasses.replace(proven, data=_flip(bytes(proven.data), bit))
    longer = dataclasses.replace(proven, data=bytes(proven.data) + b"\0")
    path = dataclasses.replace(proven, path=_flip(proven.path, bit))
    moved = dataclasses.replace(proven, piece=1 - piece)
    for wrong in (changed, longer, path, moved):
        with pytest.raises(TamperedPiece):
            check_piece(HONEST.commitment, wrong)


def test_piece_that_the_rows_have_not_is_refused() -> None:
    proven = HONEST.piece_proof(0, 0)
    with pytest.raises(NoSuchPiece):
        check_piece(HONEST.commitment, dataclasses.replace(proven, piece=2))
    with pytest.raises(NoSuchRow):
        check_piece(HONEST.commitment, dataclasses.replace(proven, row=SMALL.rows))


def test_garbage_row_under_a_valid_path_ends_alike_for_every_choice() -> None:
    for garbage in (0, 3, 4, 11):
        rows: list[bytes] = [bytes(row) for row in HONEST.rows]
        rows[garbage] = os.urandom(1088)
        encoded = commit(rows, HONEST.commitment.header, SMALL)
        choices = [random.Random(at).sample(range(SMALL.rows), SMALL.k) for at in range(20)]
        assert {_outcome(encoded, choice) for choice in choices} == {"BadEncoding"}


def test_padding_that_is_not_zero_ends_alike_for_every_choice() -> None:
    whole = encode(DATA + b"\0" * 8 + b"\1", SMALL)
    header = HONEST.commitment.header
    encoded = commit(whole.rows, header, SMALL)
    assert whole.commitment.header.row_size == header.row_size
    for at in range(10):
        choice = random.Random(at).sample(range(SMALL.rows), SMALL.k)
        assert _outcome(encoded, choice) == "BadEncoding"
        assert _outcome(whole, choice) == (DATA + b"\0" * 8 + b"\1").hex()


def test_row_of_another_shape_under_a_valid_path_is_bad_encoding() -> None:
    rows: list[bytes] = [bytes(row) for row in HONEST.rows]
    rows[6] += b"\0" * 64
    encoded = commit(rows, HONEST.commitment.header, SMALL, HONEST.values)
    with pytest.raises(BadEncoding) as caught:
        Reader(encoded.commitment, SMALL).add(encoded.row_proof(6))
    assert caught.value.row_root == encoded.commitment.row_root
    assert _outcome(encoded, [0, 1, 7, 8]) == "BadEncoding"


@pytest.mark.parametrize(
    "wrong",
    [
        Header(4, 8, 1152, len(DATA)),
        Header(4, 8, 1087, len(DATA)),
        Header(4, 8, 0, 0),
        Header(4, 8, 1088, 0),
        Header(4, 8, 1088, 4 * 1088 + 1),
        Header(4, 8, 1088, 4 * 1024),
        Header(8, 4, 1088, len(DATA)),
        Header(4, 8, 1 << 31, (1 << 32) - 1),
    ],
)
def test_header_that_contradicts_itself_is_signed_by_nobody_and_read_as_bad(wrong: Header) -> None:
    commitment = dataclasses.replace(HONEST.commitment, header=wrong)
    with pytest.raises(BadHeader):
        Inspection(commitment, HONEST.values, SMALL)
    with pytest.raises(BadEncoding):
        Reader(commitment, SMALL)


def test_other_roots_or_header_do_not_give_the_data_root() -> None:
    good = HONEST.commitment
    root = good.data_root(CHAIN_ID, ENTRANCE)
    for wrong in (
        dataclasses.replace(good, row_root=bytes(32)),
        dataclasses.replace(good, rlc_root=bytes(32)),
        dataclasses.replace(good, header=dataclasses.replace(good.header, length=len(DATA) - 1)),
    ):
        with pytest.raises(WrongDataRoot):
            wrong.require(root, CHAIN_ID, ENTRANCE)


def test_forged_combinations_are_refused() -> None:
    for values in (_flip(HONEST.values, 9), HONEST.values[:-16], HONEST.values + bytes(16), b""):
        with pytest.raises(ForgedCombinations):
            Inspection(HONEST.commitment, values, SMALL)


def test_signer_refuses_a_row_that_does_not_fit_honest_combinations() -> None:
    for garbage in (1, 9):
        rows: list[bytes] = [bytes(row) for row in HONEST.rows]
        rows[garbage] = os.urandom(1088)
        encoded = commit(rows, HONEST.commitment.header, SMALL)
        honest = encode(DATA, SMALL)
        inspection = Inspection(encoded.commitment, encoded.values, SMALL)
        assert honest.commitment.row_root != encoded.commitment.row_root
        with pytest.raises(WrongCombination):
            inspection.check([encoded.row_proof(i) for i in range(12)], range(12))


def test_signer_refuses_combinations_that_hash_to_their_root_but_are_not_of_the_rows() -> None:
    other = encode(stream("another", len(DATA)), SMALL)
    encoded = commit(HONEST.rows, HONEST.commitment.header, SMALL, other.values)
    assert encoded.commitment.row_root == HONEST.commitment.row_root
    inspection = Inspection(encoded.commitment, other.values, SMALL)
    for index in range(SMALL.rows):
        with pytest.raises(WrongCombination) as caught:
            inspection.check([encoded.row_proof(index)], [index])
        assert caught.value.index == index
    assert _outcome(encoded, [2, 3, 5, 7]) == DATA.hex()


def test_signer_wants_exactly_its_own_rows() -> None:
    inspection = Inspection(HONEST.commitment, HONEST.values, SMALL)
    rows = [HONEST.row_proof(index) for index in (1, 5, 9)]
    with pytest.raises(WrongRows) as caught:
        inspection.check(rows, [1, 5, 10, 11])
    assert caught.value.missing == {10, 11}
    assert caught.value.surplus == {9}
    with pytest.raises(RepeatedRow):
        inspection.check([*rows, rows[0]], [1, 5, 9])
    with pytest.raises(TamperedRow):
        inspection.check([*rows[:2], dataclasses.replace(rows[2], data=bytes(1088))], [1, 5, 9])


def _forgery() -> tuple[Encoded, list[int]]:
    told = json.loads((VECTORS / "da/forgery.json").read_text(encoding="utf-8"))
    junk = {int(index): bytes.fromhex(row) for index, row in told["junk"].items()}
    rows = [junk.get(index, bytes(64)) for index in range(FULL.rows)]
    passing: list[int] = told["passing"]
    return commit(rows, Header.of(65_536), FULL, bytes.fromhex(told["values"])), passing


def test_forgery_of_1025_passing_rows_ends_alike_for_every_choice() -> None:
    encoded, passing = _forgery()
    inspection = Inspection(encoded.commitment, encoded.values)
    every = [encoded.row_proof(index) for index in range(FULL.rows)]
    misfits = inspection.misfits(every)
    assert len(passing) == 1025
    assert sorted(set(range(FULL.rows)) - set(misfits)) == passing
    inspection.check([every[index] for index in passing], passing)
    rng = random.Random(1)
    junk = [index for index in range(FULL.rows) if any(encoded.rows[index])]
    choices = [
        passing[:1024],
        passing[1:],
        misfits[:1024],
        list(range(1024)),
        list(range(2048, 3072)),
        [*junk, *rng.sample(misfits, 1024 - len(junk))],
        *[rng.sample(passing, 1024) for _ in range(2)],
        *[rng.sample(range(FULL.rows), 1024) for _ in range(4)],
    ]
    assert [_outcome(encoded, choice, FULL) for choice in choices] == ["BadEncoding"] * 12


def test_row_decoder_survives_10000_hostile_inputs() -> None:
    rng = random.Random(7)
    encoded = encode(stream("fuzz", 700), SMALL)
    good = [encoded.row_proof(index) for index in range(SMALL.rows)]
    accepted = 0
    for _ in range(10_000):
        row = _mutate(rng, rng.choice(good))
        try:
            Reader(encoded.commitment, SMALL).add(row)
        except (TamperedRow, NoSuchRow):
            continue
        accepted += 1
        assert bytes(row.data) == encoded.rows[row.index]
        assert row.path == good[row.index].path
    assert accepted > 100


def _mutate(rng: random.Random, row: ProvenRow) -> ProvenRow:
    """One row with a fault of some kind, or with none."""
    data, path, index = bytes(row.data), row.path, row.index
    kind = rng.randrange(7)
    if kind == 0:
        data = _flip(data, rng.randrange(len(data) * 8))
    elif kind == 1:
        path = _flip(path, rng.randrange(len(path) * 8))
    elif kind == 2:
        index = rng.choice([rng.randrange(-5, 20), rng.randrange(1 << 64)])
    elif kind == 3:
        data = rng.randbytes(rng.choice([0, 1, 63, 64, 65, 191, 193, 1024, 4096]))
    elif kind == 4:
        path = rng.randbytes(rng.choice([0, 1, 32, 96, 128, 160]))
    elif kind == 5:
        data, path = path, data
    return ProvenRow(index, data, path)


@given(st.binary(max_size=3000), st.binary(max_size=200), st.integers(0, 1 << 34))
def test_random_commitments_and_rows_end_in_named_errors(
    data: bytes, path: bytes, number: int
) -> None:
    header = Header(4, 8, 64 * (number % 40), number)
    commitment = Commitment(header, path[:32].ljust(32, b"\0"), bytes(32))
    with pytest.raises((TamperedRow, BadEncoding)):
        Reader(commitment, SMALL).add(ProvenRow(number % 12, data, path))
