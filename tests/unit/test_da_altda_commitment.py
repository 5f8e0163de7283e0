"""Commitments of rollups: their bytes, and what is none."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.keccak import keccak256
from zerog.da.altda.commitment import BadCommitment, Generic, Keccak, decode, parse

pytestmark = pytest.mark.unit

U64 = st.integers(0, 2**64 - 1)
ROOT = st.binary(min_size=32, max_size=32)


def test_generic_commitment_has_the_bytes_of_0gs_server() -> None:
    made = Generic(0x0102, 3, bytes(range(32)))
    assert made.encode().hex() == (
        "0147" + "0201000000000000" + "0300000000000000" + bytes(range(32)).hex()
    )
    assert parse("0x" + made.encode().hex()) == made


def test_keccak_commitment_is_type_0_and_the_hash_of_the_batch() -> None:
    assert Keccak.of(b"batch").encode() == b"\0" + keccak256(b"batch")


@given(st.one_of(st.builds(Generic, U64, U64, ROOT), st.builds(Keccak, ROOT)))
def test_every_commitment_comes_back(made: Generic | Keccak) -> None:
    assert decode(made.encode()) == made
    assert parse("0x" + made.encode().hex().upper()) == made


@given(
    st.binary(max_size=60)
    | st.binary(min_size=48, max_size=48).map(lambda rest: b"\x01G" + rest)
    | ROOT.map(lambda rest: b"\0" + rest)
)
def test_any_bytes_are_a_commitment_of_the_same_bytes_or_refused(encoded: bytes) -> None:
    shape = (encoded[:1], len(encoded))
    if shape == (b"\0", 33) or (encoded[:2] == b"\x01G" and len(encoded) == 50):
        assert decode(encoded).encode() == encoded
    else:
        with pytest.raises(BadCommitment):
            decode(encoded)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "0x",
        "0x0",
        "0x01",
        "0xzz",
        "0x 00",
        "00" * 33,
        "0x" + "00" * 32,
        "0x0147" + "00" * 47,
        "0x0148" + "00" * 48,
        "0x02" + "00" * 49,
        "0x" + "0 " * 33,
        "0x" + "٣" * 66,
    ],
)
def test_text_that_is_no_commitment_is_refused(text: str) -> None:
    with pytest.raises(BadCommitment):
        parse(text)
