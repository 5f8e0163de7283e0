"""Whatever is done to a container, nothing that its sealer did not write is ever yielded."""

from __future__ import annotations

import io
import random
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from zerog.crypto.aead import (
    HEADER,
    SEGMENT,
    TAG,
    NotAContainer,
    TrailingData,
    Truncated,
    WrongKeyOrTampered,
    open_stream,
    seal_stream,
    sealed_size,
)
from zerog.errors import Tampered

pytestmark = pytest.mark.unit

KEY = bytes(range(32))
PLAIN = random.Random(1).randbytes(4 * SEGMENT - 3000)


def _seal(data: bytes, key: bytes = KEY, salt: bytes = bytes(32)) -> list[bytes]:
    segments: list[bytes] = []
    seal_stream(key, salt, io.BytesIO(data), len(data), lambda piece: segments.append(bytes(piece)))
    return segments


SEALED = _seal(PLAIN)
OTHER = _seal(random.Random(2).randbytes(len(PLAIN)), salt=b"\1" * 32)


def _released(segments: Sequence[bytes], key: bytes = KEY) -> tuple[bytes, Tampered | None]:
    """What an attack gets out, and how it ends."""
    out = bytearray()
    try:
        for piece in open_stream(key, segments):
            out += piece
    except Tampered as refused:
        return bytes(out), refused
    return bytes(out), None


def _assert_refused(segments: Sequence[bytes], key: bytes = KEY) -> Tampered:
    out, refused = _released(segments, key)
    assert refused is not None, "the attack went through"
    assert PLAIN.startswith(out), "bytes that nobody sealed were released"
    assert len(out) < len(PLAIN) or isinstance(refused, TrailingData)
    return refused


@given(st.data())
def test_any_bit_flipped_is_refused_at_its_chunk(data: st.DataObject) -> None:
    chunk = data.draw(st.integers(0, 3))
    turned = [bytearray(each) for each in SEALED]
    place = data.draw(st.integers(0, len(turned[chunk]) - 1))
    turned[chunk][place] ^= 1 << data.draw(st.integers(0, 7))
    segments = [bytes(each) for each in turned]
    out, _ = _released(segments)
    assert _assert_refused(segments)
    assert len(out) <= max(0, chunk * (SEGMENT - TAG) - HEADER)


@pytest.mark.parametrize("bit", range(HEADER * 8))
def test_any_bit_of_the_header_flipped_releases_nothing(bit: int) -> None:
    first = bytearray(SEALED[0])
    first[bit // 8] ^= 1 << bit % 8
    out, refused = _released([bytes(first), *SEALED[1:]])
    assert out == b""
    assert isinstance(refused, NotAContainer | WrongKeyOrTampered | Truncated | TrailingData)


@pytest.mark.parametrize("bit", [0, 7, 8 * HEADER, 8 * HEADER + 20, 8 * (HEADER + 2) + 3])
def test_short_container_with_a_bit_flipped_releases_nothing(bit: int) -> None:
    (segment,) = _seal(b"abc")
    turned = bytearray(segment)
    turned[bit // 8] ^= 1 << bit % 8
    assert _released([bytes(turned)])[0] == b""
    assert _released([bytes(turned)])[1] is not None


@given(st.permutations(range(4)).filter(lambda order: list(order) != [0, 1, 2, 3]))
def test_swapped_segments_are_refused(order: list[int]) -> None:
    _assert_refused([SEALED[index] for index in order])


@pytest.mark.parametrize("dropped", range(4))
def test_dropped_segment_is_refused(dropped: int) -> None:
    _assert_refused(SEALED[:dropped] + SEALED[dropped + 1 :])


@pytest.mark.parametrize("repeated", range(4))
def test_repeated_segment_is_refused(repeated: int) -> None:
    _assert_refused([*SEALED[: repeated + 1], *SEALED[repeated:]])


@pytest.mark.parametrize("foreign", range(1, 4))
def test_segment_of_another_container_under_the_same_key_is_refused(foreign: int) -> None:
    mixed = [*SEALED[:foreign], OTHER[foreign], *SEALED[foreign + 1 :]]
    _assert_refused(mixed)


@given(st.integers(0, sealed_size(len(PLAIN)) - 1))
def test_container_cut_anywhere_is_refused(end: int) -> None:
    whole = b"".join(SEALED)[:end]
    _assert_refused([whole[at : at + SEGMENT] for at in range(0, end, SEGMENT)])


def test_container_cut_at_a_segment_border_names_the_missing_chunk() -> None:
    refused = _assert_refused(SEALED[:2])
    assert isinstance(refused, Truncated)
    assert (refused.chunk, refused.expected, refused.got) == (2, SEGMENT, 0)


def test_shortened_size_in_the_header_cannot_end_a_container_early() -> None:
    head = bytearray(SEALED[0])
    head[8:16] = (SEGMENT - HEADER - TAG).to_bytes(8, "big")
    out, refused = _released([bytes(head)])
    assert out == b""
    assert isinstance(refused, WrongKeyOrTampered)


@given(st.binary(min_size=32, max_size=32).filter(lambda key: key != KEY))
def test_wrong_key_releases_nothing(key: bytes) -> None:
    out, refused = _released(SEALED, key)
    assert out == b""
    assert isinstance(refused, WrongKeyOrTampered)
    assert refused.chunk == 0
    assert key.hex() not in str(refused)


def test_container_under_a_forged_key_check_still_fails_on_the_tag() -> None:
    wrong = bytes(32)
    head = _seal(PLAIN, key=wrong)[0][:HEADER]
    out, refused = _released([head + SEALED[0][HEADER:], *SEALED[1:]], wrong)
    assert out == b""
    assert isinstance(refused, WrongKeyOrTampered)


@pytest.mark.parametrize("place", [0, 1, 255])
def test_bytes_behind_the_end_are_refused_in_the_last_segment(place: int) -> None:
    tail = bytearray(256)
    tail[place] = 1
    refused = _assert_refused([*SEALED[:-1], SEALED[-1] + bytes(tail)])
    assert isinstance(refused, TrailingData)


def test_bytes_behind_the_end_are_refused_in_a_further_segment() -> None:
    refused = _assert_refused([*SEALED, bytes(1000), b"\0\0x"])
    assert isinstance(refused, TrailingData)
    assert refused.chunk == 3


def test_segment_longer_than_a_segment_is_refused() -> None:
    refused = _assert_refused([SEALED[0] + b"\0", *SEALED[1:]])
    assert isinstance(refused, TrailingData)
    assert refused.chunk == 0


def test_view_of_the_chunk_before_a_bad_one_is_cleared() -> None:
    bad = bytearray(SEALED[1])
    bad[5] ^= 1
    pieces = open_stream(KEY, [SEALED[0], bytes(bad), *SEALED[2:]])
    view = next(pieces)
    assert bytes(view[:16]) == PLAIN[:16]
    with pytest.raises(WrongKeyOrTampered) as refused:
        next(pieces)
    assert refused.value.chunk == 1
    assert bytes(view) == bytes(len(view))
