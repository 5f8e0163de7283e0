"""Ranges, names and pieces of the gateway's answers."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.storage.codec import SEGMENT
from zerog.storage.indexer.streaming import (
    Body,
    NotSatisfiable,
    Part,
    Range,
    disposition,
    media_type,
    parse_range,
)

pytestmark = pytest.mark.unit


def part_of(data: bytes) -> Part:
    return Part(len(data), lambda index: data[index * SEGMENT : (index + 1) * SEGMENT])


@given(
    st.lists(st.integers(1, 3 * SEGMENT), min_size=1, max_size=3),
    st.integers(0, 9 * SEGMENT),
    st.integers(0, 9 * SEGMENT),
)
def test_pieces_of_a_range_are_the_bytes_of_the_range(
    sizes: list[int], one: int, other: int
) -> None:
    contents = [bytes([at + 1]) * (size - 1) + b"\xff" for at, size in enumerate(sizes)]
    whole = b"".join(contents)
    first, last = sorted((min(one, len(whole)), min(other, len(whole))))
    body = Body([part_of(data) for data in contents], "name", '"tag"')
    pieces = [
        part.segment(index)[start:end]
        for part, index, start, end in body.pieces(Range(first, last))
    ]
    assert b"".join(pieces) == whole[first:last]
    assert all(0 < len(piece) <= SEGMENT for piece in pieces)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("bytes=0-0", Range(0, 1)),
        ("bytes=3-", Range(3, 10)),
        ("bytes=-4", Range(6, 10)),
        ("bytes=-40", Range(0, 10)),
        ("bytes=2-99", Range(2, 10)),
        (None, None),
        ("bytes=", None),
        ("bytes=-", None),
        ("bytes=5-2", None),
        ("bytes=0-1,3-4", None),
        ("bits=0-1", None),
        ("bytes=0-x", None),
        ("bytes=" + "9" * 99 + "-", None),
    ],
)
def test_range_header_is_one_range_or_nothing(text: str | None, expected: Range | None) -> None:
    assert parse_range(text, 10) == expected


@pytest.mark.parametrize("text", ["bytes=10-", "bytes=10-11", "bytes=-0", "bytes=999-"])
def test_range_behind_the_end_is_not_satisfiable(text: str) -> None:
    with pytest.raises(NotSatisfiable):
        parse_range(text, 10)


@given(st.text(st.characters(codec=None), max_size=300))
def test_disposition_of_any_name_is_one_safe_header(name: str) -> None:
    header = disposition(name)
    assert re.fullmatch(
        r"attachment; filename=\"[ -!#-\[\]-~]+\"; filename\*=UTF-8''[A-Za-z0-9._~%-]+", header
    )
    assert "/" not in header.removeprefix("attachment; ")
    assert len(header) < 1000


def test_disposition_and_type_of_ordinary_names() -> None:
    assert disposition("a b.txt") == "attachment; filename=\"a b.txt\"; filename*=UTF-8''a%20b.txt"
    assert disposition("../../etc/passwd").startswith('attachment; filename="_.._etc_passwd"')
    assert disposition("") == "attachment; filename=\"file\"; filename*=UTF-8''file"
    assert media_type("x.png") == "image/png"
    assert media_type("0x12") == "application/octet-stream"
