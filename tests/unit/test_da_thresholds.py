"""The thresholds at the full size: 2,048 rows signed, 1,024 to read, 1,025 that a forger passes."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence

import pytest

from tests.support.da import CHAIN_ID, ENTRANCE, commit, stream
from tests.support.vectors import VECTORS
from zerog.crypto.address import checksum_address
from zerog.crypto.bn254 import G1, BadBlsSignature, SecretKey, verify
from zerog.da.certificate import Tally, TooFewSigned
from zerog.da.codec import FULL, Commitment, Encoded, Header, Inspection, Reader, encode
from zerog.da.errors import BadEncoding, NotEnoughRows, WrongCombination, WrongDataRoot
from zerog.da.messages import availability
from zerog.types import Address

pytestmark = pytest.mark.unit

DATA = stream("thresholds", FULL.k * 64 - 5)
SIGNED = 2048
PEOPLE = 96
"""Signers of 32 rows each: 64 of them are two thirds exactly."""
ACCOUNTS = [checksum_address(bytes(12) + number.to_bytes(8)) for number in range(PEOPLE)]
KEYS = {account: SecretKey(number + 1) for number, account in enumerate(ACCOUNTS)}


def shuffled(seed: int) -> list[Address]:
    """A quorum: row i -> account, each with 32 rows anywhere."""
    rows = [ACCOUNTS[row % PEOPLE] for row in range(FULL.rows)]
    random.Random(seed).shuffle(rows)
    return rows


def tally(commitment: Commitment, rows: Sequence[Address]) -> Tally:
    """Of a blob that was put in epoch 7, quorum 2."""
    root = commitment.data_root(CHAIN_ID, ENTRANCE)
    keys = {account: key.public_g2 for account, key in KEYS.items()}
    return Tally(root, 7, 2, (commitment.row_root, commitment.rlc_root), rows, keys)


def sign(commitment: Commitment, account: Address) -> dict[Address, G1]:
    """An honest signature."""
    root = commitment.data_root(CHAIN_ID, ENTRANCE)
    digest = availability(root, 7, 2, commitment.row_root, commitment.rlc_root)
    return {account: KEYS[account].sign(digest)}


def read(encoded: Encoded, indices: Sequence[int]) -> bytes:
    """What a reader of these rows gets."""
    reader = Reader(encoded.commitment)
    reader.add_all([encoded.row_proof(index) for index in indices])
    return bytes(reader.decode())


def forgery() -> tuple[Encoded, set[int]]:
    """A commitment that is no code word, and the 1,025 rows that pass a signer's check."""
    told = json.loads((VECTORS / "da/forgery.json").read_text(encoding="utf-8"))
    junk = {int(index): bytes.fromhex(row) for index, row in told["junk"].items()}
    rows = [junk.get(index, bytes(64)) for index in range(FULL.rows)]
    values = bytes.fromhex(told["values"])
    return commit(rows, Header.of(65_536), FULL, values), set(told["passing"])


def test_2048_signed_rows_make_a_certificate_and_outlive_any_1023_of_them() -> None:
    encoded, rows = encode(DATA), shuffled(1)
    found = tally(encoded.commitment, rows)
    for account in ACCOUNTS[: PEOPLE * 2 // 3 - 1]:
        found.add_all(sign(encoded.commitment, account))
    with pytest.raises(TooFewSigned) as caught:
        found.certificate()
    assert (caught.value.signed, caught.value.needed) == (SIGNED - 32, SIGNED)
    found.add_all(sign(encoded.commitment, ACCOUNTS[PEOPLE * 2 // 3 - 1]))
    whole = int.from_bytes(found.certificate().bitmap, "little")
    signed = [row for row in range(FULL.rows) if whole >> row & 1]
    assert len(signed) == SIGNED
    dice = random.Random(2)
    for lost in (FULL.rows // 3 - 1, FULL.rows // 3):
        assert read(encoded, dice.sample(signed, SIGNED - lost)) == DATA
    with pytest.raises(NotEnoughRows):
        read(encoded, dice.sample(signed, SIGNED - FULL.rows // 3 - 1))


def test_honest_signers_of_the_forgery_are_too_few_whoever_has_which_rows() -> None:
    encoded, passing = forgery()
    inspection = Inspection(encoded.commitment, encoded.values)
    misfits = set(inspection.misfits([encoded.row_proof(row) for row in range(FULL.rows)]))
    assert len(passing) == 1025
    assert misfits.isdisjoint(passing)
    # the best that a forger can do: whole signers, each of whose 32 rows passes
    lucky = sorted(passing)[:1024]
    where = {row: ACCOUNTS[place // 32] for place, row in enumerate(lucky)}
    others = [row for row in range(FULL.rows) if row not in where]
    where |= {row: ACCOUNTS[32 + place // 32] for place, row in enumerate(others)}
    rows = [where[row] for row in range(FULL.rows)]
    found = tally(encoded.commitment, rows)
    for account in ACCOUNTS:
        own = [row for row in range(FULL.rows) if rows[row] == account]
        try:
            inspection.check([encoded.row_proof(row) for row in own], own)
        except WrongCombination:
            continue
        found.add_all(sign(encoded.commitment, account))
    assert found.signed_rows == 1024
    with pytest.raises(TooFewSigned):
        found.certificate()
    # and were it certified by liars, nobody would get anything, from whichever rows
    dice = random.Random(4)
    for choice in (lucky, others[:1024], dice.sample(range(FULL.rows), 1024)):
        with pytest.raises(BadEncoding):
            read(encoded, choice)


def test_signature_for_one_root_of_a_blob_is_none_for_another() -> None:
    """The same rows under another length, chain or contract are another blob."""
    encoded = encode(DATA)
    header, roots = encoded.commitment.header, encoded.commitment
    longer = Header(header.k, header.n, header.row_size, header.length + 1)
    twin = Commitment(longer, roots.row_root, roots.rlc_root)
    assert longer.contradiction(FULL) is None
    root, other = (one.data_root(CHAIN_ID, ENTRANCE) for one in (encoded.commitment, twin))
    with pytest.raises(WrongDataRoot):
        twin.require(root, CHAIN_ID, ENTRANCE)
    with pytest.raises(WrongDataRoot):
        encoded.commitment.require(root, CHAIN_ID + 1, ENTRANCE)
    key = SecretKey(5)
    signature = key.sign(availability(root, 7, 2, roots.row_root, roots.rlc_root))
    for place in ((other, 7, 2), (root, 8, 2), (root, 7, 3)):
        digest = availability(*place, roots.row_root, roots.rlc_root)
        with pytest.raises(BadBlsSignature):
            verify(digest, signature, key.public_g2)
    assert read(encoded, range(1024)) == DATA
    reader = Reader(twin)
    reader.add_all([encoded.row_proof(row) for row in range(1024)])
    assert bytes(reader.decode()) == DATA + b"\0"
