"""The container cipher: a stream in authenticated chunks, each exactly one storage segment.

    segment 0    header 64 | ciphertext | tag 16
    segment i                ciphertext | tag 16

    header       magic 6 | version 1 | suite 1 | plain size 8 | salt 32 | key check 16

Every segment but the last is full (262,144 bytes); there is always at least one. The content key
and the key check are HKDF-SHA256(data key, salt) under two labels, so that a fresh salt makes a
fresh key and no nonce is ever used twice. A chunk's nonce is its index and a flag for the last
one; header, index, length and flag are authenticated with every chunk, so that chunks cannot be
changed, swapped, dropped, repeated or moved to another container without a failing tag
(the STREAM construction of Hoang, Reyhanitabar, Rogaway and Vizár, over AES-256-GCM, SP 800-38D).
The key check binds the container to one data key, which GCM's tags alone do not.

A data root does not bind a file's length: what follows the authenticated end must be zero.
"""

from __future__ import annotations

import hmac
import struct
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from zerog.errors import Tampered, UsageError, ZerogError
from zerog.types import Buffer

SEGMENT: Final = 262_144
HEADER: Final = 64
TAG: Final = 16
KEY: Final = 32
SALT: Final = 32
KEY_CHECK: Final = 16
MAGIC: Final = b"0GSEAL"
VERSION: Final = 1
SUITE_AES_256_GCM: Final = 1
MAX_CHUNKS: Final = 1 << 32
_LAYOUT: Final = struct.Struct(f">6sBBQ{SALT}s{KEY_CHECK}s")


class Reader(Protocol):
    """What a plaintext is read from; an open file is one."""

    def readinto(self, buffer: memoryview, /) -> int:
        """Fill the buffer from its start; the number of bytes, 0 at the end."""
        ...


class WrongLength(UsageError):
    """A key, a salt or a size that this cipher does not take."""

    def __init__(self, what: str, length: int) -> None:
        self.what, self.length = what, length
        super().__init__(f"{what} cannot be {length} bytes")


class SizeChanged(ZerogError):
    """The plaintext has another size than was announced; the container is worthless."""

    def __init__(self, expected: int, got: int) -> None:
        self.expected, self.got = expected, got
        super().__init__(
            f"the data has {'at least ' if got > expected else ''}{got} bytes, not {expected}",
            "it changed while it was read: try again",
        )


class NotAContainer(Tampered):
    """The first bytes are no header that this version reads."""

    def __init__(self, start: bytes, reason: str) -> None:
        self.start, self.reason = start, reason
        super().__init__(f"not a container: {reason}")


class WrongKeyOrTampered(Tampered):
    """A chunk fails its authentication; nothing of it was released."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        super().__init__(f"chunk {chunk} does not open: the key is wrong or the data was changed")


class Truncated(Tampered):
    """The container ends before its authenticated end."""

    def __init__(self, chunk: int, expected: int, got: int) -> None:
        self.chunk, self.expected, self.got = chunk, expected, got
        super().__init__(f"chunk {chunk} is cut: {got} of {expected} bytes")


class TrailingData(Tampered):
    """A segment is too long, or something other than zeros follows the authenticated end."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        super().__init__(f"unauthenticated bytes follow chunk {chunk}")


@dataclass(frozen=True, slots=True)
class Header:
    """The clear head of a container; authenticated by every chunk, not by itself."""

    plain_size: int
    salt: bytes
    key_check: bytes
    suite: int = SUITE_AES_256_GCM

    @property
    def chunks(self) -> int:
        """Number of chunks, at least one."""
        return chunk_count(self.plain_size)

    def plain_length(self, chunk: int) -> int:
        """Plaintext bytes of a chunk."""
        if chunk < self.chunks - 1:
            return _capacity(chunk)
        return self.plain_size - (chunk and SEGMENT - HEADER - TAG + (chunk - 1) * (SEGMENT - TAG))

    def encode(self) -> bytes:
        """Its 64 bytes."""
        return _LAYOUT.pack(MAGIC, VERSION, self.suite, self.plain_size, self.salt, self.key_check)


def _capacity(chunk: int) -> int:
    return SEGMENT - TAG - (0 if chunk else HEADER)


def chunk_count(plain_size: int) -> int:
    """Chunks, and so storage segments, of a container over `plain_size` bytes."""
    return 1 + max(0, -(-(plain_size - _capacity(0)) // _capacity(1)))


def sealed_size(plain_size: int) -> int:
    """Bytes of the container over `plain_size` bytes; raises WrongLength."""
    if plain_size < 0 or chunk_count(plain_size) > MAX_CHUNKS:
        raise WrongLength("a plaintext", plain_size)
    return HEADER + plain_size + TAG * chunk_count(plain_size)


def read_header(start: Buffer) -> Header:
    """The header at the start of a container, not yet authenticated; raises NotAContainer."""
    head = bytes(memoryview(start).cast("B")[:HEADER])
    if len(head) < HEADER:
        raise NotAContainer(head, f"{len(head)} bytes are no header")
    magic, version, suite, plain_size, salt, key_check = _LAYOUT.unpack(head)
    if magic != MAGIC:
        raise NotAContainer(head, "another file format")
    if (version, suite) != (VERSION, SUITE_AES_256_GCM):
        raise NotAContainer(head, f"version {version} with suite {suite} is not known here")
    if chunk_count(plain_size) > MAX_CHUNKS:
        raise NotAContainer(head, f"a size of {plain_size} bytes")
    return Header(plain_size, salt, key_check, suite)


def _derive(data_key: bytes, salt: bytes) -> tuple[bytes, bytes]:
    """Content key and key check of a container; raises WrongLength."""
    if len(data_key) != KEY:
        raise WrongLength("a data key", len(data_key))
    if len(salt) != SALT:
        raise WrongLength("a salt", len(salt))

    def expand(length: int, label: bytes) -> bytes:
        return HKDF(SHA256(), length, salt, label).derive(data_key)

    return expand(KEY, b"zerog/container/1/content"), expand(KEY_CHECK, b"zerog/container/1/check")


def _nonce(chunk: int, last: bool) -> bytes:
    return struct.pack(">7xIB", chunk, last)


def _associated(head: bytes, chunk: int, length: int, last: bool) -> bytes:
    return head + struct.pack(">QIB", chunk, length, last)


def seal_stream(
    data_key: bytes,
    salt: bytes,
    plain: Reader,
    plain_size: int,
    write: Callable[[memoryview], object],
) -> None:
    """Encrypt `plain_size` bytes of `plain`; `write` gets one whole segment per call.

    data_key: 32 bytes. salt: 32 bytes, random, never twice under one data key. The view given to
    `write` is valid during the call only. Errors: WrongLength; SizeChanged, before the last
    segment is written.
    """
    sealed_size(plain_size)
    key, key_check = _derive(data_key, salt)
    header = Header(plain_size, salt, key_check)
    cipher, head, count = AESGCM(key), header.encode(), header.chunks
    clear, sealed = memoryview(bytearray(SEGMENT)), memoryview(bytearray(SEGMENT))
    sealed[:HEADER] = head
    done = 0
    try:
        for chunk in range(count):
            length, last = header.plain_length(chunk), chunk == count - 1
            done += (got := fill(plain, clear[:length]))
            if got < length or (last and plain.readinto(clear[length : length + 1])):
                raise SizeChanged(plain_size, done + (got == length))
            start = 0 if chunk else HEADER
            end = start + length + TAG
            associated = _associated(head, chunk, length, last)
            cipher.encrypt_into(_nonce(chunk, last), clear[:length], associated, sealed[start:end])
            write(sealed[:end])
    finally:
        clear[:] = bytes(SEGMENT)


def fill(plain: Reader, buffer: memoryview) -> int:
    """Read until the buffer is full or the plaintext ends; the number of bytes."""
    done = 0
    while done < len(buffer) and (got := plain.readinto(buffer[done:])):
        done += got
    return done


def open_stream(data_key: bytes, segments: Iterable[Buffer]) -> Iterator[memoryview]:
    """Decrypt a container; yields the plaintext of one verified segment after the other.

    A view is read-only and valid until the next step: its buffer is used again, and cleared at
    the end or at an error. Zeros behind the authenticated end are ignored. What was yielded is
    genuine but complete only when the iterator ends without an error.

    Errors: NotAContainer, WrongKeyOrTampered, Truncated, TrailingData, WrongLength.
    """
    source = iter(segments)
    first = memoryview(next(source, b"")).cast("B")
    header = read_header(first)
    key, key_check = _derive(data_key, header.salt)
    if not hmac.compare_digest(key_check, header.key_check):
        raise WrongKeyOrTampered(0)
    cipher, head, count = AESGCM(key), bytes(first[:HEADER]), header.chunks
    clear = memoryview(bytearray(SEGMENT))
    try:
        for chunk in range(count):
            segment = first if chunk == 0 else memoryview(next(source, b"")).cast("B")
            length, last = header.plain_length(chunk), chunk == count - 1
            body = _body(segment, chunk, length, last)
            try:
                cipher.decrypt_into(
                    _nonce(chunk, last),
                    body,
                    _associated(head, chunk, length, last),
                    clear[:length],
                )
            except InvalidTag:
                raise WrongKeyOrTampered(chunk) from None
            if length:
                yield clear[:length].toreadonly()
        for surplus in source:
            _require_zeros(memoryview(surplus).cast("B"), count - 1)
    finally:
        clear[:] = bytes(SEGMENT)


def _body(segment: memoryview, chunk: int, length: int, last: bool) -> memoryview:
    """Ciphertext and tag of a chunk, cut from its segment; raises Truncated, TrailingData."""
    start = 0 if chunk else HEADER
    end = start + length + TAG
    if len(segment) < end:
        raise Truncated(chunk, end, len(segment))
    if len(segment) > end:
        if not last:
            raise TrailingData(chunk)
        _require_zeros(segment[end:], chunk)
    return segment[start:end]


def _require_zeros(rest: memoryview, chunk: int) -> None:
    if bytes(rest) != bytes(len(rest)):
        raise TrailingData(chunk)
