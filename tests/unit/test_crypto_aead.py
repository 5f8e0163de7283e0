"""The container: what goes in comes out, at every boundary, in the documented form."""

from __future__ import annotations

import io
import random

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.aead import (
    HEADER,
    MAX_CHUNKS,
    SEGMENT,
    TAG,
    Header,
    NotAContainer,
    SizeChanged,
    WrongLength,
    chunk_count,
    open_stream,
    read_header,
    seal_stream,
    sealed_size,
)
from zerog.types import Buffer

pytestmark = pytest.mark.unit

KEY, SALT = bytes(range(32)), bytes(range(100, 132))
FIRST, OTHER = SEGMENT - HEADER - TAG, SEGMENT - TAG
BOUNDARIES = sorted(
    {0, 1, TAG, HEADER, 255, 256}
    | {FIRST + chunks * OTHER + off for chunks in range(3) for off in (-1, 0, 1)}
)


def _seal(data: bytes, key: bytes = KEY, salt: bytes = SALT) -> list[bytes]:
    segments: list[bytes] = []
    seal_stream(key, salt, io.BytesIO(data), len(data), lambda piece: segments.append(bytes(piece)))
    return segments


def _open(segments: list[bytes], key: bytes = KEY) -> bytes:
    return b"".join(bytes(piece) for piece in open_stream(key, segments))


class Dripping:
    """A reader that gives a few bytes at a time, as a pipe does."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = io.BytesIO(data), step

    def readinto(self, buffer: Buffer, /) -> int:
        return self._data.readinto(memoryview(buffer)[: self._step])


@pytest.mark.parametrize("size", BOUNDARIES)
def test_round_trip_at_every_boundary_size(size: int) -> None:
    data = random.Random(size).randbytes(size)
    segments = _seal(data)
    assert all(len(each) == SEGMENT for each in segments[:-1])
    assert sum(map(len, segments)) == sealed_size(size)
    assert len(segments) == chunk_count(size) == read_header(segments[0]).chunks
    assert read_header(segments[0]).plain_size == size
    assert _open(segments) == data


@given(size=st.integers(0, 3 * SEGMENT), seed=st.integers(0, 99), step=st.integers(5000, SEGMENT))
def test_round_trip_of_a_dripping_reader(size: int, seed: int, step: int) -> None:
    data = random.Random(seed).randbytes(size)
    segments: list[bytes] = []
    seal_stream(KEY, SALT, Dripping(data, step), size, lambda piece: segments.append(bytes(piece)))
    assert segments == _seal(data)
    assert _open(segments) == data


@pytest.mark.parametrize("padding", [1, 255, 256, 70_000])
def test_zeros_behind_the_end_are_ignored(padding: int) -> None:
    segments = _seal(b"agent" * 1000)
    segments[-1] += bytes(padding)
    assert _open([*segments, bytes(SEGMENT), bytes(256)]) == b"agent" * 1000


def test_first_chunk_has_the_documented_form() -> None:
    (segment,) = _seal(b"persona")
    head = segment[:HEADER]
    assert head[:8] == b"0GSEAL\x01\x01"
    assert int.from_bytes(head[8:16], "big") == 7
    assert head[16:48] == SALT
    content = HKDF(SHA256(), 32, SALT, b"zerog/container/1/content").derive(KEY)
    assert head[48:] == HKDF(SHA256(), 16, SALT, b"zerog/container/1/check").derive(KEY)
    associated = head + bytes(8) + (7).to_bytes(4, "big") + b"\x01"
    assert segment[HEADER:] == AESGCM(content).encrypt(bytes(11) + b"\x01", b"persona", associated)
    assert Header(7, SALT, head[48:]).encode() == head


def test_another_salt_changes_every_byte_run_of_the_ciphertext() -> None:
    (one,), (two,) = _seal(bytes(1000)), _seal(bytes(1000), salt=bytes(32))
    assert one[HEADER : HEADER + 32] not in two
    assert _open([one]) == _open([two])


def test_yielded_views_are_read_only_and_cleared_at_the_end() -> None:
    pieces = open_stream(KEY, _seal(b"secret"))
    view = next(pieces)
    assert view.readonly
    assert bytes(view) == b"secret"
    assert list(pieces) == []
    assert bytes(view) == bytes(6)


def test_view_is_cleared_when_the_reader_stops_early() -> None:
    pieces = open_stream(KEY, _seal(b"s" * (2 * SEGMENT)))
    view = next(pieces)
    pieces.close()  # type: ignore[attr-defined]  # a generator
    assert bytes(view) == bytes(len(view))


@pytest.mark.parametrize("size", [0, 5, FIRST, FIRST + 1, 2 * SEGMENT])
@pytest.mark.parametrize("off", [-1, 1])
def test_plaintext_of_another_size_never_becomes_a_whole_container(size: int, off: int) -> None:
    if size + off < 0:
        size = 1
    written: list[bytes] = []
    with pytest.raises(SizeChanged) as refused:
        seal_stream(
            KEY, SALT, io.BytesIO(bytes(size + off)), size, lambda p: written.append(bytes(p))
        )
    assert (refused.value.expected, refused.value.got) == (size, size + off)
    assert len(written) < chunk_count(size)


@pytest.mark.parametrize("length", [0, 16, 31, 33])
def test_keys_and_salts_of_other_lengths_are_refused_without_showing_them(length: int) -> None:
    wrong = b"\x7a" * length
    with pytest.raises(WrongLength) as refused:
        _seal(b"x", key=wrong)
    assert refused.value.length == length
    assert "7a7a" not in str(refused.value)
    with pytest.raises(WrongLength):
        _seal(b"x", salt=wrong)
    with pytest.raises(WrongLength):
        _open(_seal(b"x"), key=wrong)


def test_sizes_that_the_nonce_cannot_count_are_refused() -> None:
    largest = FIRST + (MAX_CHUNKS - 1) * OTHER
    assert sealed_size(largest) == MAX_CHUNKS * SEGMENT
    for size in (largest + 1, -1):
        with pytest.raises(WrongLength):
            sealed_size(size)


@pytest.mark.parametrize(
    ("start", "reason"),
    [
        (b"", "0 bytes"),
        (b"0GSEAL\x01\x01", "8 bytes"),
        (b"\x1f\x8b" + bytes(100), "another file format"),
        (b"0GSEAL\x02\x01" + bytes(100), "version 2"),
        (b"0GSEAL\x01\x07" + bytes(100), "suite 7"),
        (b"0GSEAL\x01\x01" + b"\xff" * 100, "a size of"),
    ],
)
def test_bytes_that_are_no_header_are_refused_by_name(start: bytes, reason: str) -> None:
    with pytest.raises(NotAContainer, match=reason):
        read_header(start)
    with pytest.raises(NotAContainer, match=reason):
        _open([start])
