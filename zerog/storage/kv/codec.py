"""Stream data and tags: what a KV transaction says, as bytes and as values (pure).

All integers are big endian:

    u64 version
    u32 count { stream 32, u24 length, key }                          reads
    u32 count { stream 32, u24 length, key, u64 value length }        writes, then their values
    u32 count { u8 operation, stream 32, [u24 length, key], [account 20] }   controls

(0gfoundation/0g-storage-kv: node/stream; vectors in tests/vectors/storage)
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, TypeVar

from zerog.storage.kv.errors import BadBatch, DataParseError
from zerog.types import Buffer

ID: Final = 32
ACCOUNT: Final = 20
MAX_KEY: Final = (1 << 24) - 1
MAX_SET: Final = 65_536
"""Entries in each of the three sets."""
NEVER_CONFLICTS: Final = (1 << 64) - 1
"""A version above all others: such a batch overwrites whatever is there."""
STREAM_TAG: Final = hashlib.sha256(b"STREAM").digest()

T = TypeVar("T")


class Op(IntEnum):
    """Operations on access control; those with equal high digits overrule each other."""

    GRANT_ADMIN_ROLE = 0x00
    RENOUNCE_ADMIN_ROLE = 0x01
    SET_KEY_TO_SPECIAL = 0x10
    SET_KEY_TO_NORMAL = 0x11
    GRANT_WRITER_ROLE = 0x20
    REVOKE_WRITER_ROLE = 0x21
    RENOUNCE_WRITER_ROLE = 0x22
    GRANT_SPECIAL_WRITER_ROLE = 0x30
    REVOKE_SPECIAL_WRITER_ROLE = 0x31
    RENOUNCE_SPECIAL_WRITER_ROLE = 0x32

    @property
    def has_key(self) -> bool:
        """Whether the operation is about one key."""
        return self >= Op.GRANT_SPECIAL_WRITER_ROLE or self & 0xF0 == Op.SET_KEY_TO_SPECIAL

    @property
    def has_account(self) -> bool:
        """Whether it names an account; renouncing acts on the sender."""
        return self & 0xF0 != Op.SET_KEY_TO_SPECIAL and not self.is_renounce

    @property
    def is_renounce(self) -> bool:
        """Whether the sender gives up a role of their own."""
        return self in (
            Op.RENOUNCE_ADMIN_ROLE,
            Op.RENOUNCE_WRITER_ROLE,
            Op.RENOUNCE_SPECIAL_WRITER_ROLE,
        )


OPERATIONS: Final = frozenset(int(op) for op in Op)


@dataclass(frozen=True, slots=True)
class Read:
    """A key whose version the batch depends on."""

    stream: bytes
    key: bytes


@dataclass(frozen=True, slots=True)
class Write:
    """A new value of a key; an empty one deletes it."""

    stream: bytes
    key: bytes
    value: bytes | memoryview


@dataclass(frozen=True, slots=True)
class Control:
    """A change of access control; key and account are empty where the operation has none."""

    op: Op
    stream: bytes
    key: bytes = b""
    account: bytes = b""


@dataclass(frozen=True, slots=True)
class StreamData:
    """One KV transaction: commits only if no read or written key is newer than `version`."""

    version: int
    reads: tuple[Read, ...] = ()
    writes: tuple[Write, ...] = ()
    controls: tuple[Control, ...] = ()

    @property
    def streams(self) -> tuple[bytes, ...]:
        """The streams it changes, sorted: those that its tags must name."""
        changed: tuple[Write | Control, ...] = (*self.writes, *self.controls)
        return tuple(sorted({one.stream for one in changed}))

    def tags(self) -> bytes:
        """The submission's tags; raises BadBatch when nothing is changed."""
        if not self.streams:
            raise BadBatch(self, "it changes nothing")
        return make_tags(self.streams)

    def encode(self) -> bytes:
        """The file's bytes, in the order given; raises BadBatch."""
        if not 0 <= self.version <= NEVER_CONFLICTS:
            raise BadBatch(self.version, f"version {self.version} is no unsigned 64-bit number")
        parts = [struct.pack(">Q", self.version), _count(self.reads)]
        parts += [_id(one.stream) + _key(one.key) for one in self.reads]
        parts.append(_count(self.writes))
        for write in self.writes:
            parts.append(_id(write.stream) + _key(write.key) + struct.pack(">Q", len(write.value)))
        parts += [bytes(write.value) for write in self.writes]
        parts.append(_count(self.controls))
        parts += [_control(one) for one in self.controls]
        return b"".join(parts)


def make_tags(streams: Iterable[bytes]) -> bytes:
    """Tags that name these streams; raises BadBatch."""
    return STREAM_TAG + b"".join(_id(stream) for stream in streams)


def read_tags(tags: bytes) -> tuple[bytes, ...] | None:
    """The streams that tags name, each once; None for what is no KV transaction."""
    if len(tags) % ID or len(tags) < 2 * ID or tags[:ID] != STREAM_TAG:
        return None
    return tuple(dict.fromkeys(tags[at : at + ID] for at in range(ID, len(tags), ID)))


def _count(items: Sequence[object]) -> bytes:
    if len(items) > MAX_SET:
        raise BadBatch(len(items), f"{len(items)} entries in one set, {MAX_SET} are allowed")
    return struct.pack(">I", len(items))


def _id(stream: bytes) -> bytes:
    if len(stream) != ID:
        raise BadBatch(stream, f"a stream id has {ID} bytes, not {len(stream)}")
    return stream


def _key(key: bytes) -> bytes:
    if not 1 <= len(key) <= MAX_KEY:
        raise BadBatch(key, f"a key has 1 to {MAX_KEY} bytes, not {len(key)}")
    return len(key).to_bytes(3, "big") + key


def _control(one: Control) -> bytes:
    if one.op.has_account != (len(one.account) == ACCOUNT) or bool(one.key) != one.op.has_key:
        raise BadBatch(one, f"{one.op.name} does not go with this key and account")
    key = _key(one.key) if one.op.has_key else b""
    return bytes([one.op]) + _id(one.stream) + key + one.account


class StreamReader:
    """Reads the parts of stream data in their order; each raises DataParseError.

    A later part may be broken where an earlier one decides the result already, so nothing is
    read ahead. What follows the last part is ignored. Values are views of the data.
    """

    def __init__(self, data: Buffer) -> None:
        """data: the whole file."""
        self._view = memoryview(data).cast("B")
        self._at = 0

    def version(self) -> int:
        """First: the version that the keys must not exceed."""
        return self._number(8)

    def reads(self) -> list[Read]:
        """Second: the read set."""
        return self._set(lambda: Read(self._bytes(ID), self._key()))

    def writes(self) -> list[Write]:
        """Third: the write set with its values."""
        heads = self._set(lambda: (self._bytes(ID), self._key(), self._number(8)))
        return [Write(stream, key, self._take(size)) for stream, key, size in heads]

    def controls(self) -> list[Control]:
        """Fourth: the operations on access control."""
        return self._set(self._control)

    def _control(self) -> Control:
        at, number = self._at, self._number(1)
        if number not in OPERATIONS:
            raise DataParseError(at, f"unknown access control operation {number:#04x}")
        op = Op(number)
        return Control(
            op,
            self._bytes(ID),
            self._key() if op.has_key else b"",
            self._bytes(ACCOUNT) if op.has_account else b"",
        )

    def _set(self, item: Callable[[], T]) -> list[T]:
        at, count = self._at, self._number(4)
        if count > MAX_SET:
            raise DataParseError(at, f"list too long: {count} entries")
        return [item() for _ in range(count)]

    def _key(self) -> bytes:
        at, size = self._at, self._number(3)
        if not size:
            raise DataParseError(at, "empty key")
        return self._bytes(size)

    def _number(self, size: int) -> int:
        return int.from_bytes(self._take(size), "big")

    def _bytes(self, size: int) -> bytes:
        return bytes(self._take(size))

    def _take(self, size: int) -> memoryview:
        if size > len(self._view) - self._at:
            left = len(self._view) - self._at
            raise DataParseError(self._at, f"invalid data: {size} bytes wanted, {left} left")
        self._at += size
        return self._view[self._at - size : self._at]


def parse(data: Buffer) -> StreamData:
    """All parts at once; raises DataParseError for any bytes that are no stream data."""
    reader = StreamReader(data)
    return StreamData(
        reader.version(),
        tuple(reader.reads()),
        tuple(reader.writes()),
        tuple(reader.controls()),
    )
