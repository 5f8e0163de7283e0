"""Noise for everything that parses bytes of others: each input ends in a value or a named error."""

from __future__ import annotations

import random
import struct
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Final

import pytest

from tests.support.da import SMALL, stream
from zerog.crypto.bn254 import NotOnCurve, SecretKey, decode_signature, encode_signature
from zerog.da.codec import ProvenPiece, check_piece, encode
from zerog.da.errors import BadEncoding, NoSuchPiece, NoSuchRow, TamperedPiece, TamperedRow
from zerog.da.reading import Reader
from zerog.da.rowstore import BrokenRows, Kept, RowsNotHere, RowStore
from zerog.da.wire import (
    BadMessage,
    RowsAsked,
    RowsGiven,
    decode_commitment,
    decode_slice,
    decode_slices,
    encode_commitment,
    encode_slice,
    parse_request_id,
    request_id,
)

pytestmark = pytest.mark.unit

INPUTS: Final = 10_000
HONEST: Final = encode(stream("fuzzed", 4 * 320 - 9), SMALL)
SLICES: Final = [encode_slice(HONEST.row_proof(index)) for index in range(SMALL.rows)]
ROOT: Final = bytes(range(32))


def damaged(dice: random.Random, good: bytes) -> bytes:
    """Noise, or these bytes cut, spliced, grown or with a few others in them."""
    kind, made = dice.randrange(5), bytearray(good)
    at = dice.randrange(len(good) + 1)
    if kind == 0:
        return dice.randbytes(dice.choice([0, 1, 31, 80, len(good), 2 * len(good)]))
    if kind == 1:
        return good[:at]
    if kind == 2:
        return good[at:] + good[:at]
    if kind == 3:
        return good[:at] + dice.choice([b"\xff" * 8, bytes(8)]) + good[at + 8 :]
    for _ in range(dice.randrange(1, 4)):
        made[dice.randrange(len(made))] ^= dice.randrange(1, 256)
    return bytes(made)


def endings(good: bytes, parse: Callable[[bytes], object], *named: type[Exception]) -> set[str]:
    """How many inputs' worth of damage ends; any error that is not named fails the test."""
    dice, seen = random.Random(3), set[str]()
    for _ in range(INPUTS):
        try:
            parse(damaged(dice, good))
        except named as error:
            seen.add(type(error).__name__)
        else:
            seen.add("value")
    return seen


def test_slices_parse_or_are_named_and_never_join_a_blob_wrongly() -> None:
    def read(encoded: bytes) -> None:
        for row in decode_slices([encoded, SLICES[-1]], SMALL)[:1]:
            Reader(HONEST.commitment, SMALL).add(row)
            assert encoded == SLICES[row.index]

    assert endings(SLICES[3], read, BadMessage, NoSuchRow, TamperedRow) >= {
        "BadMessage",
        "TamperedRow",
    }


def test_commitments_parse_or_are_named_and_a_wrong_one_reads_nothing() -> None:
    good = encode_commitment(HONEST.commitment)

    def read(encoded: bytes) -> None:
        commitment = decode_commitment(encoded)
        reader = Reader(commitment, SMALL)
        missing = reader.add_all(decode_slice(part, SMALL) for part in SLICES[4:8])
        assert missing == 0
        data = reader.decode()
        # only the root of the combinations may differ: readers do not rest on it
        assert commitment.row_root == HONEST.commitment.row_root
        assert bytes(data) == stream("fuzzed", 4 * 320 - 9)[: len(data)].ljust(len(data), b"\0")

    seen = endings(good, read, BadMessage, BadEncoding, NoSuchRow, TamperedRow)
    assert seen >= {"value", "BadMessage", "BadEncoding", "TamperedRow"}


def test_signatures_parse_to_the_one_point_that_they_encode() -> None:
    good = encode_signature(SecretKey(12345).sign(ROOT))

    def read(encoded: bytes) -> None:
        assert encode_signature(decode_signature(encoded)) == encoded

    assert "NotOnCurve" in endings(good, read, NotOnCurve)


def test_request_ids_parse_to_themselves_or_are_named() -> None:
    good = request_id(ROOT, 1_700_000_000_000_000_000).encode()

    def read(encoded: bytes) -> None:
        assert parse_request_id(encoded).encode() == encoded

    assert "BadMessage" in endings(good, read, BadMessage)


def test_files_of_rows_give_what_proves_or_are_named(tmp_path: Path) -> None:
    store, kept = RowStore(tmp_path, SMALL), Kept(7, 2, ROOT)
    store.keep(kept, HONEST.commitment, [HONEST.row_proof(index) for index in (1, 5, 9)])
    path = tmp_path / "7" / f"2-{ROOT.hex()}"
    good = path.read_bytes()
    asked = RowsAsked(7, 2, ROOT, (1, 9))

    def read(encoded: bytes) -> None:
        path.write_bytes(encoded)
        given: RowsGiven = store.rows(asked)
        assert [row.index for row in given.rows] == [1, 9]
        Reader(given.commitment, SMALL).add_all(given.rows)

    named = BrokenRows, RowsNotHere, BadEncoding, NoSuchRow, TamperedRow
    assert endings(good, read, *named) >= {"BrokenRows", "RowsNotHere", "TamperedRow"}


def test_counts_in_a_file_of_rows_reserve_no_memory(tmp_path: Path) -> None:
    store, kept = RowStore(tmp_path, SMALL), Kept(7, 2, ROOT)
    store.keep(kept, HONEST.commitment, [HONEST.row_proof(1)])
    path = tmp_path / "7" / f"2-{ROOT.hex()}"
    head = path.read_bytes()[:80]
    tracemalloc.start()
    try:
        for counts in ((0xFFFFFFFF, 0), (0xFFFFFFFF, 0xFFFFFFFF), (0, 0xFFFFFFFF)):
            path.write_bytes(head + struct.pack("<2I", *counts))
            with pytest.raises((BrokenRows, RowsNotHere)):
                store.rows(RowsAsked(7, 2, ROOT, (1,)))
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_pieces_are_the_commitments_or_named() -> None:
    big = encode(stream("pieces", 4 * 3000), SMALL)
    good = big.piece_proof(5, 2)

    def read(encoded: bytes) -> None:
        cut = len(encoded) // 2
        found = ProvenPiece(5, 2, bytes(encoded[:cut]), bytes(encoded[cut:]))
        check_piece(big.commitment, found)
        assert bytes(encoded[:cut]) == bytes(good.data)

    seen = endings(bytes(good.data) + good.path, read, TamperedPiece, NoSuchPiece, NoSuchRow)
    assert seen == {"TamperedPiece"}
