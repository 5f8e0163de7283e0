"""The DA code's vectors: the published one, and our own at the full size."""

from __future__ import annotations

import hashlib
import json
from typing import TypedDict

import pytest

from tests.support.vectors import VECTORS
from zerog.da.codec import Profile, backend, encode

pytestmark = pytest.mark.unit

PUBLISHED = "f57fdff87d54f71bc0c860808b046356c8d4850e67b923e08411208df08cb5ab"
PURE_BYTES = 70_000
"""What is quick without the native kernel."""


class Blob(TypedDict):
    """One blob of codec.json."""

    length: int
    rowSize: int
    rowsDigest: str
    valuesDigest: str
    rowRoot: str
    rlcRoot: str
    dataRoot: str
    lastPiecePathDigest: str


TOLD = json.loads((VECTORS / "da/codec.json").read_text(encoding="utf-8"))
BLOBS: list[Blob] = [
    blob for blob in TOLD["blobs"] if backend() != "python" or blob["length"] < PURE_BYTES
]


def test_published_vector_holds() -> None:
    data = b"".join(bytes(63) + bytes([value]) for value in (1, 2, 3, 4))
    commitment = encode(data, Profile(4, 4)).commitment
    both = commitment.row_root + commitment.rlc_root
    assert hashlib.sha256(both).hexdigest() == PUBLISHED


@pytest.mark.parametrize("blob", BLOBS, ids=lambda blob: str(blob["rowSize"]))
def test_own_vector_holds(blob: Blob) -> None:
    length = blob["length"]
    encoded = encode(hashlib.shake_128(str(length).encode()).digest(length))
    commitment = encoded.commitment
    rows = hashlib.sha256()
    for row in encoded.rows:
        rows.update(row)
    last = encoded.piece_proof(3071, commitment.header.pieces - 1)
    found = {
        "length": length,
        "rowSize": commitment.header.row_size,
        "rowsDigest": rows.hexdigest(),
        "valuesDigest": hashlib.sha256(encoded.values).hexdigest(),
        "rowRoot": commitment.row_root.hex(),
        "rlcRoot": commitment.rlc_root.hex(),
        "dataRoot": commitment.data_root(TOLD["chainId"], bytes.fromhex(TOLD["entrance"])).hex(),
        "lastPiecePathDigest": hashlib.sha256(last.path).hexdigest(),
    }
    assert found == blob
