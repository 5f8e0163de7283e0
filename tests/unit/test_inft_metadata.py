"""Descriptions: written once, read back, and refused where they cannot be acted on."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.inft.metadata import BadDescription, Description, describe, parse

pytestmark = pytest.mark.unit

TEXT = describe("harbour", 262144, "http://127.0.0.1:12345", 1)


@given(
    role=st.text(st.characters(blacklist_categories=["Cs"])),
    size=st.integers(0, 2**64 - 1),
)
def test_description_written_and_read_is_the_same(role: str, size: int) -> None:
    expected = Description(role, size, "http://indexer", "AES-GCM-256")
    assert parse(describe(role, size, "http://indexer", 1)) == expected


def test_description_names_no_root_that_a_transfer_would_make_stale() -> None:
    assert json.loads(TEXT) == {
        "role": "harbour",
        "extra": {},
        "storage_ptr": {"indexer": "http://127.0.0.1:12345", "size": 262144},
        "encryption": "AES-GCM-256",
    }


@pytest.mark.parametrize("extra", [None, "free text", {"note": 1}])
def test_description_of_another_client_may_say_more(extra: object) -> None:
    document = json.loads(TEXT)
    document["extra"] = extra
    document["storage_ptr"]["root_hash"] = "0x" + "11" * 32
    assert parse(json.dumps(document)) == parse(TEXT)


@pytest.mark.parametrize(
    ("old", "new", "field"),
    [
        ('"role"', '"roll"', "role"),
        ("262144", '"262144"', "size"),
        ("262144", "-1", "size"),
        ("262144", "true", "size"),
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
