"""Descriptions: written once, read back, and refused where they cannot be acted on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.metadata import BadDescription, Description, describe, parse
from zerog.types import DataRoot, TxSeq

pytestmark = pytest.mark.unit

TEXT = describe("harbour", b"\x11" * 32, 262144, 3, "http://127.0.0.1:12345", 1)


@given(
    role=st.text(st.characters(blacklist_categories=["Cs"])),
    root=st.binary(min_size=32, max_size=32),
    size=st.integers(0, 2**64 - 1),
    tx_seq=st.integers(0, 2**64 - 1),
)
def test_description_written_and_read_is_the_same(
    role: str, root: bytes, size: int, tx_seq: int
) -> None:
    text = describe(role, root, size, tx_seq, "http://indexer", 1)
    expected = Description(
        role, DataRoot(root), size, "http://indexer", "AES-GCM-256", TxSeq(tx_seq)
    )
    assert parse(text) == expected


def test_description_has_the_shape_that_other_clients_read() -> None:
    assert json.loads(TEXT) == {
        "role": "harbour",
        "extra": {"tx_seq": 3},
        "storage_ptr": {
            "root_hash": "0x" + "11" * 32,
            "indexer": "http://127.0.0.1:12345",
            "size": 262144,
        },
        "encryption": "AES-GCM-256",
    }


@pytest.mark.parametrize("extra", [None, "free text", {}, {"note": 1}])
def test_description_of_another_client_needs_no_sequence(extra: object) -> None:
    document = json.loads(TEXT)
    document["extra"] = extra
    assert parse(json.dumps(document)).tx_seq is None


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"role"', '"roll"', "role"),
        ("0x1111", "0x11", "root_hash"),
        ("0x1111", "0xg111", "root_hash"),
        ("262144", '"262144"', "size"),
        ("262144", "-1", "size"),
        ("262144", "true", "size"),
        (":3}", ":-3}", "tx_seq"),
        ('"storage_ptr"', '"pointer"', "storage_ptr"),
        ('"AES-GCM-256"', "1", "encryption"),
        ("{", "", "JSON"),
    ],
)
def test_description_without_a_usable_field_names_it(old: str, new: str, field: str) -> None:
    with pytest.raises(BadDescription) as error:
        parse(TEXT.replace(old, new, 1))
    assert error.value.field == field


@pytest.mark.parametrize("text", ["", "[]", "1", "[" * 100_000])
def test_text_that_is_no_object_is_refused(text: str) -> None:
    with pytest.raises(BadDescription):
        parse(text)
