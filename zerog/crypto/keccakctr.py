"""The container of suite 2: every chunk is checked, and can be decrypted, by the EVM.

    segment      head sector 256 | table 31 * 256 | 248 chunks of 1,024 (the last segment: fewer)
    head sector  of segment 0: magic 6 | version 1 | suite 1 | plain size 8 | salt 32 | key check 32
    table        leaf 0 | leaf 1 | ... of the segment's chunks, 32 bytes each

Chunk j and its leaf come from 33 words of one stream, word i = keccak256(key | j 16 | i 16): words
0 to 31 are added to the plaintext, word 32 is the salt of leaf j = keccak256(plaintext | salt).
A leaf tells nothing before the key is known, and authenticates the chunk and its place afterwards.
Key and key check are HKDF-SHA256(data key, salt) under two labels and the plain size, so that a
changed header opens nothing. Head, leaf and chunk lie in the file whose Merkle root the chain
knows: that root alone commits to all of them, and a short path shows each one to a contract
(contracts/libraries/KeccakCtr.sol is the twin).

The last chunk is filled up to 1,024 bytes, with zeros when it is made; its leaf covers them. What
the cipher has no use for (the rest of head sectors, leaves without a chunk, bytes behind the last
chunk) is never looked at, here or on chain: a reader that refused it would refuse what no
contract can judge.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.crypto.aead import (
    KEY,
    MAGIC,
    SALT,
    SEGMENT,
    VERSION,
    NotAContainer,
    Reader,
    SizeChanged,
    Truncated,
    WrongKeyOrTampered,
    WrongLength,
    fill,
)
from zerog.crypto.keccak import HASH, chunk_hashes, pair_hashes
from zerog.types import Buffer

SUITE_KECCAK_CTR: Final = 2
SECTOR: Final = 256
CHUNK: Final = 1024
CHUNK_WORDS: Final = CHUNK // HASH
SEGMENT_CHUNKS: Final = 248
TABLE: Final = SEGMENT_CHUNKS * HASH
PRELUDE: Final = SECTOR + TABLE
"""Bytes of a segment before its first chunk."""
MAX_CHUNKS: Final = 1 << 32
KEY_CHECK: Final = 32
HEADER: Final = struct.Struct(f">6sBBQ{SALT}s{KEY_CHECK}s")

_LABEL: Final = b"zerog/container/2/"
_STRIDE: Final = CHUNK + HASH
_WORDS: Final = CHUNK_WORDS + 1
_MESSAGE: Final = 2 * HASH
_NO_SALT: Final = bytes(HASH)


class WrongDataKey(WrongKeyOrTampered):
    """The data key is not the one that the container was made with."""

    def __init__(self) -> None:
        super().__init__(0)


@dataclass(frozen=True, slots=True)
class Header:
    """The clear head of a container; keys are derived from all of it."""

    plain_size: int
    salt: bytes
    key_check: bytes
    suite: int = SUITE_KECCAK_CTR

    @property
    def chunks(self) -> int:
        """Number of chunks, at least one."""
        return chunk_count(self.plain_size)

    def encode(self) -> bytes:
        """Its sector."""
        values = (MAGIC, VERSION, self.suite, self.plain_size, self.salt, self.key_check)
        return HEADER.pack(*values).ljust(SECTOR, b"\0")


def chunk_count(plain_size: int) -> int:
    """Chunks of a container over `plain_size` bytes."""
    return max(1, -(-plain_size // CHUNK))


def sealed_size(plain_size: int) -> int:
    """Bytes of the container over `plain_size` bytes; raises WrongLength."""
    chunks = chunk_count(plain_size)
    if plain_size < 0 or chunks > MAX_CHUNKS:
        raise WrongLength("a plaintext", plain_size)
    return -(-chunks // SEGMENT_CHUNKS) * PRELUDE + chunks * CHUNK


def read_header(start: Buffer) -> Header:
    """The header at the start of a container, not yet authenticated; raises NotAContainer."""
    head = bytes(memoryview(start).cast("B")[: HEADER.size])
    if len(head) < HEADER.size:
        raise NotAContainer(head, f"{len(head)} bytes are no header")
    magic, version, suite, plain_size, salt, key_check = HEADER.unpack(head)
    if magic != MAGIC:
        raise NotAContainer(head, "another file format")
    if (version, suite) != (VERSION, SUITE_KECCAK_CTR):
        raise NotAContainer(head, f"version {version} with suite {suite} is not known here")
    if chunk_count(plain_size) > MAX_CHUNKS:
        raise NotAContainer(head, f"a size of {plain_size} bytes")
    return Header(plain_size, salt, key_check, suite)


# ------------------------------------------------------------------------ keys, words and places


def derive(data_key: bytes, salt: bytes, plain_size: int) -> tuple[bytes, bytes]:
    """Content key and key check of a container, 32 bytes each; raises WrongLength."""
    if len(data_key) != KEY:
        raise WrongLength("a data key", len(data_key))
    if len(salt) != SALT:
        raise WrongLength("a salt", len(salt))

    def expand(label: bytes) -> bytes:
        info = _LABEL + label + plain_size.to_bytes(8, "big")
        return HKDF(SHA256(), KEY, salt, info).derive(data_key)

    return expand(b"content"), expand(b"check")


def content_key(data_key: bytes, header: Header) -> bytes:
    """The key of the stream; raises WrongDataKey, WrongLength."""
    key, key_check = derive(data_key, header.salt, header.plain_size)
    if not hmac.compare_digest(key_check, header.key_check):
        raise WrongDataKey
    return key


def chunk_block(chunk: int) -> int:
    """Where chunk `chunk` lies in the file: counted in blocks of 1,024 bytes."""
    segment, place = divmod(chunk, SEGMENT_CHUNKS)
    return (segment * SEGMENT + PRELUDE) // CHUNK + place


def leaf_sector(chunk: int) -> tuple[int, int]:
    """Where its leaf lies: (sector of 256 bytes in the file, place of the hash in the sector)."""
    segment, place = divmod(chunk, SEGMENT_CHUNKS)
    offset = SECTOR + place * HASH
    return segment * (SEGMENT // SECTOR) + offset // SECTOR, offset % SECTOR // HASH


class Stream:
    """The words of one container, a run of chunks at a time; keeps one segment of messages."""

    def __init__(self, key: bytes) -> None:
        """key: of the content, 32 bytes."""
        words = b"".join(key + bytes(16) + word.to_bytes(16, "big") for word in range(_WORDS))
        self._messages = bytearray(words * SEGMENT_CHUNKS)

    def words(self, first: int, count: int) -> bytes:
        """33 words of each of `count` <= 248 chunks from `first`: 1,056 bytes per chunk."""
        end = count * _WORDS * _MESSAGE
        for byte in range(4):
            shift = 8 * byte
            column = [bytes((j >> shift & 255,)) * _WORDS for j in range(first, first + count)]
            self._messages[47 - byte : end : _MESSAGE] = b"".join(column)
        return pair_hashes(memoryview(self._messages)[:end])


def _mixed(stream: bytes, chunks: memoryview) -> bytes:
    """Whole chunks with the stream added: each followed by the salt of its leaf."""
    spread = b"".join(
        piece
        for at in range(0, len(chunks), CHUNK)
        for piece in (chunks[at : at + CHUNK], _NO_SALT)
    )
    mixed = int.from_bytes(spread, "little") ^ int.from_bytes(stream, "little")
    return mixed.to_bytes(len(spread), "little")


def _without_salts(mixed: bytes) -> bytes:
    view = memoryview(mixed)
    return b"".join(view[at : at + CHUNK] for at in range(0, len(mixed), _STRIDE))


def decrypt_chunk(key: bytes, chunk: int, sealed: bytes) -> tuple[bytes, bytes]:
    """Plaintext (1,024 bytes, zeros filled in) and leaf of one chunk, as the contract finds them.

    key: of the content. sealed: 1,024 bytes of ciphertext; raises WrongLength.
    """
    if len(sealed) != CHUNK:
        raise WrongLength("a chunk", len(sealed))
    mixed = _mixed(Stream(key).words(chunk, 1), memoryview(sealed))
    return mixed[:CHUNK], chunk_hashes(mixed, _STRIDE)


# ------------------------------------------------------------------------------ whole containers


def seal_stream(
    data_key: bytes,
    salt: bytes,
    plain: Reader,
    plain_size: int,
    write: Callable[[memoryview], object],
) -> None:
    """Encrypt `plain_size` bytes of `plain`; `write` gets one whole segment per call.

    data_key: 32 bytes. salt: 32 bytes, random, never twice under one data key. Errors:
    WrongLength; SizeChanged, before the last segment is written.
    """
    sealed_size(plain_size)
    key, key_check = derive(data_key, salt, plain_size)
    header, stream = Header(plain_size, salt, key_check), Stream(key)
    clear, done = memoryview(bytearray(SEGMENT_CHUNKS * CHUNK + 1)), 0
    try:
        for first in range(0, header.chunks, SEGMENT_CHUNKS):
            count = min(SEGMENT_CHUNKS, header.chunks - first)
            length = min(count * CHUNK, plain_size - done)
            got = fill(plain, clear[:length])
            if got < length or (
                done + length == plain_size and plain.readinto(clear[length : length + 1])
            ):
                raise SizeChanged(plain_size, done + got + (got == length))
            done += length
            clear[length : count * CHUNK] = bytes(count * CHUNK - length)
            head = b"" if first else header.encode()
            write(memoryview(_sealed_segment(stream, first, clear[: count * CHUNK], head)))
    finally:
        clear[:] = bytes(len(clear))


def _sealed_segment(stream: Stream, first: int, clear: memoryview, head: bytes) -> bytes:
    """Head sector, table and ciphertext of the chunks from `first`."""
    words = stream.words(first, len(clear) // CHUNK)
    cipher = _without_salts(_mixed(words, clear))
    salts = memoryview(words)
    pieces = []
    for place, at in enumerate(range(0, len(clear), CHUNK)):
        start = place * _STRIDE
        pieces += [clear[at : at + CHUNK], salts[start + CHUNK : start + _STRIDE]]
    leaves = chunk_hashes(b"".join(pieces), _STRIDE)
    return head.ljust(SECTOR, b"\0") + leaves.ljust(TABLE, b"\0") + cipher


def open_stream(data_key: bytes, segments: Iterable[Buffer]) -> Iterator[memoryview]:
    """Decrypt a container; yields the plaintext of one verified segment after the other.

    Nothing of a segment is released unless all its chunks have their leaves. What was yielded is
    genuine but complete only when the iterator ends without an error.

    Errors: NotAContainer; WrongDataKey; WrongKeyOrTampered, with the number of the first chunk
    of 1,024 bytes that has not its leaf; Truncated, with the number of the first chunk that is
    missing; WrongLength.
    """
    source = iter(segments)
    segment = memoryview(next(source, b"")).cast("B")
    header = read_header(segment)
    stream, left = Stream(content_key(data_key, header)), header.plain_size
    for first in range(0, header.chunks, SEGMENT_CHUNKS):
        if first:
            segment = memoryview(next(source, b"")).cast("B")
        count = min(SEGMENT_CHUNKS, header.chunks - first)
        end = PRELUDE + count * CHUNK
        if len(segment) < end:
            whole = max(0, len(segment) - PRELUDE) // CHUNK
            raise Truncated(first + whole, end, len(segment))
        mixed = _mixed(stream.words(first, count), segment[PRELUDE:end])
        _check_leaves(first, chunk_hashes(mixed, _STRIDE), segment[SECTOR:PRELUDE])
        if left:
            yield memoryview(_without_salts(mixed))[: min(left, count * CHUNK)]
        left -= min(left, count * CHUNK)


def _check_leaves(first: int, found: bytes, table: memoryview) -> None:
    if hmac.compare_digest(found, table[: len(found)]):
        return
    for at in range(0, len(found), HASH):
        if found[at : at + HASH] != table[at : at + HASH]:
            raise WrongKeyOrTampered(first + at // HASH)
