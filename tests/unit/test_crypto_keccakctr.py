"""Containers of suite 2: round trips, one changed byte anywhere, and what is not looked at."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from zerog.crypto.aead import NotAContainer, SizeChanged, Truncated, WrongKeyOrTampered, WrongLength
from zerog.crypto.container import CIPHERS, NoSuchSuite, cipher_of
from zerog.crypto.container import open_stream as open_any
from zerog.crypto.keccak import keccak256
from zerog.crypto.keccakctr import (
    CHUNK,
    MAX_CHUNKS,
    PRELUDE,
    SECTOR,
    SEGMENT_CHUNKS,
    Stream,
    WrongDataKey,
    chunk_block,
    chunk_count,
    content_key,
    decrypt_chunk,
    leaf_sector,
    open_stream,
    read_header,
    seal_stream,
    sealed_size,
)
from zerog.storage.codec import SEGMENT

pytestmark = pytest.mark.unit

KEY, SALT = bytes(range(32)), bytes(range(32, 64))
SEGMENT_PLAIN = SEGMENT_CHUNKS * CHUNK
SIZES = (0, 1, 1023, 1024, 1025, SEGMENT_PLAIN - 1, SEGMENT_PLAIN, SEGMENT_PLAIN + 1, 300_000)


def sealed(plain: bytes, key: bytes = KEY, salt: bytes = SALT) -> bytes:
    out = bytearray()
    seal_stream(key, salt, io.BytesIO(plain), len(plain), out.extend)
    return bytes(out)


def segments(container: bytes) -> Iterator[bytes]:
    return (container[at : at + SEGMENT] for at in range(0, len(container), SEGMENT))


def opened(container: bytes, key: bytes = KEY) -> bytes:
    return b"".join(bytes(piece) for piece in open_stream(key, segments(container)))


@pytest.mark.parametrize("size", SIZES)
def test_container_of_any_size_opens_and_has_the_size_foretold(size: int) -> None:
    plain = os.urandom(size)
    container = sealed(plain)
    assert len(container) == sealed_size(size)
    assert opened(container) == plain
    assert read_header(container).plain_size == size


@settings(max_examples=40, deadline=None)
@given(st.binary(max_size=5000), st.binary(min_size=32, max_size=32))
def test_container_of_any_bytes_opens(plain: bytes, key: bytes) -> None:
    assert opened(sealed(plain, key), key) == plain


def test_words_are_hashes_of_key_chunk_and_index() -> None:
    words = Stream(KEY).words(70_000, 3)
    for chunk, word in ((0, 0), (1, 31), (2, 32)):
        place = (70_000 + chunk).to_bytes(16, "big") + word.to_bytes(16, "big")
        at = (chunk * 33 + word) * 32
        assert words[at : at + 32] == keccak256(KEY + place)


def test_stream_gives_the_same_words_whatever_it_gave_before() -> None:
    stream = Stream(KEY)
    stream.words(2**32 - 3, 3)
    assert stream.words(5, 4) == Stream(KEY).words(5, 4)


def test_chunk_decrypts_alone_and_has_the_leaf_of_its_table() -> None:
    plain = os.urandom(SEGMENT_PLAIN + 3000)
    container = sealed(plain)
    key = content_key(KEY, read_header(container))
    for chunk in (0, 7, 8, SEGMENT_CHUNKS - 1, SEGMENT_CHUNKS, SEGMENT_CHUNKS + 2):
        at = chunk_block(chunk) * CHUNK
        clear, leaf = decrypt_chunk(key, chunk, container[at : at + CHUNK])
        assert clear == plain[chunk * CHUNK : (chunk + 1) * CHUNK].ljust(CHUNK, b"\0")
        sector, place = leaf_sector(chunk)
        start = sector * SECTOR + place * 32
        assert container[start : start + 32] == leaf


@pytest.mark.parametrize("chunk", [0, 100, SEGMENT_CHUNKS, SEGMENT_CHUNKS + 1])
def test_changed_chunk_is_named_and_nothing_of_its_segment_is_released(chunk: int) -> None:
    container = bytearray(sealed(os.urandom(SEGMENT_PLAIN + 1500)))
    container[chunk_block(chunk) * CHUNK + 11] ^= 1
    pieces = open_stream(KEY, segments(bytes(container)))
    for _ in range(chunk // SEGMENT_CHUNKS):
        assert len(next(pieces)) == SEGMENT_PLAIN
    with pytest.raises(WrongKeyOrTampered) as caught:
        next(pieces)
    assert caught.value.chunk == chunk


def test_changed_leaf_is_a_changed_chunk() -> None:
    container = bytearray(sealed(os.urandom(20_000)))
    sector, place = leaf_sector(9)
    container[sector * SECTOR + place * 32] ^= 0x80
    with pytest.raises(WrongKeyOrTampered) as caught:
        opened(bytes(container))
    assert caught.value.chunk == 9


def test_swapped_chunks_with_their_leaves_do_not_open() -> None:
    container = bytearray(sealed(os.urandom(4 * CHUNK)))
    a, b = chunk_block(1) * CHUNK, chunk_block(2) * CHUNK
    one, two = bytes(container[a : a + CHUNK]), bytes(container[b : b + CHUNK])
    container[a : a + CHUNK], container[b : b + CHUNK] = two, one
    leaf_one, leaf_two = SECTOR + 32, SECTOR + 64
    swap = bytes(container[leaf_one : leaf_one + 32])
    container[leaf_one : leaf_one + 32] = container[leaf_two : leaf_two + 32]
    container[leaf_two : leaf_two + 32] = swap
    with pytest.raises(WrongKeyOrTampered):
        opened(bytes(container))


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 79), st.integers(0, 7))
def test_header_with_one_bit_changed_opens_nothing(byte: int, bit: int) -> None:
    container = bytearray(sealed(b"agent" * 500))
    container[byte] ^= 1 << bit
    with pytest.raises((WrongDataKey, NotAContainer)):
        opened(bytes(container))


def test_other_key_is_told_apart_from_a_wrong_chunk() -> None:
    with pytest.raises(WrongDataKey):
        opened(sealed(b"agent"), bytes(32))


@pytest.mark.parametrize("at", [80, 200, SECTOR + 40, PRELUDE - 1, PRELUDE + CHUNK, 10_000])
def test_what_the_cipher_has_no_use_for_is_not_looked_at(at: int) -> None:
    container = bytearray(sealed(b"agent").ljust(11_000, b"\0"))
    container[at] ^= 1
    assert opened(bytes(container)) == b"agent"


def test_truncated_container_names_the_first_missing_chunk() -> None:
    container = sealed(os.urandom(SEGMENT_PLAIN + 3 * CHUNK))
    with pytest.raises(Truncated) as caught:
        opened(container[:-1])
    assert caught.value.chunk == SEGMENT_CHUNKS + 2
    with pytest.raises(Truncated) as caught:
        opened(container[:SEGMENT])
    assert caught.value.chunk == SEGMENT_CHUNKS


@pytest.mark.parametrize("announced", [4, 6])
def test_plaintext_of_another_size_is_refused(announced: int) -> None:
    out = bytearray()
    with pytest.raises(SizeChanged):
        seal_stream(KEY, SALT, io.BytesIO(b"agent"), announced, out.extend)
    assert not out


def test_plaintext_that_grows_behind_a_whole_segment_is_refused() -> None:
    out = bytearray()
    with pytest.raises(SizeChanged):
        seal_stream(KEY, SALT, io.BytesIO(bytes(SEGMENT_PLAIN + 1)), SEGMENT_PLAIN, out.extend)
    assert not out


def test_lengths_that_no_container_has_are_refused() -> None:
    for size in (-1, MAX_CHUNKS * CHUNK + 1):
        with pytest.raises(WrongLength):
            sealed_size(size)
    with pytest.raises(WrongLength):
        sealed(b"", key=b"short")
    with pytest.raises(WrongLength):
        sealed(b"", salt=b"short")
    with pytest.raises(WrongLength):
        decrypt_chunk(KEY, 0, b"short")


def test_header_of_another_format_suite_or_size_is_refused() -> None:
    good = sealed(b"agent")
    for start in (b"", good[:79], b"X" + good[1:], good[:7] + b"\x01" + good[8:]):
        with pytest.raises(NotAContainer):
            read_header(start)
    huge = good[:8] + (MAX_CHUNKS * CHUNK + 1).to_bytes(8, "big") + good[16:]
    with pytest.raises(NotAContainer):
        read_header(huge)


@pytest.mark.parametrize("suite", sorted(CIPHERS))
def test_reader_of_any_suite_opens_what_the_suite_made(suite: int) -> None:
    out, plain = bytearray(), os.urandom(300_000)
    cipher = cipher_of(suite)
    cipher.seal_stream(KEY, SALT, io.BytesIO(plain), len(plain), out.extend)
    assert len(out) == cipher.sealed_size(len(plain))
    assert b"".join(bytes(piece) for piece in open_any(KEY, segments(bytes(out)))) == plain


def test_suite_that_nobody_knows_is_refused() -> None:
    with pytest.raises(NoSuchSuite):
        cipher_of(3)
    for start in (b"", b"0GSEAL\x01", b"0GSEAL\x01\x03" + bytes(500)):
        with pytest.raises(NotAContainer):
            list(open_any(KEY, [start]))


def test_count_of_chunks_is_one_at_least() -> None:
    assert [chunk_count(size) for size in (0, 1, 1024, 1025)] == [1, 1, 1, 2]
