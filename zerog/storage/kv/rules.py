"""Who may write what: the verdict over one KV transaction, given the state before it (pure).

(0gfoundation/0g-storage-kv: node/stream, replayer; storage_with_stream, access control)
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from zerog.storage.kv.codec import ACCOUNT, Control, Op, Read, StreamReader, Write
from zerog.storage.kv.errors import (
    COMMIT,
    CONTROL_DENIED,
    DATA_PARSE_ERROR,
    NO_WRITE_PERMISSION,
    TAGS_MISMATCH,
    VERSION_CONFLICT,
    WRITE_DENIED,
    DataParseError,
)

NO_ACCOUNT: Final = bytes(ACCOUNT)
SHOWN_KEY: Final = 32
"""Characters of a key that a result quotes."""


class Kind(IntEnum):
    """What a record of access control is about: the high digit of its operations."""

    ADMIN = 0x00
    SPECIAL_KEY = 0x10
    WRITER = 0x20
    KEY_WRITER = 0x30


class State(Protocol):
    """A stream store as it stands before a transaction, or at a version."""

    def newest(self, stream: bytes, key: bytes) -> int:
        """The version of the last write or deletion of a key; 0 when there was none."""
        ...

    def is_new(self, stream: bytes) -> bool:
        """Whether no transaction for the stream has committed."""
        ...

    def holds(self, kind: Kind, stream: bytes, key: bytes = b"", account: bytes = b"") -> bool:
        """Whether the role (or the special mark of a key, without account) is in force."""
        ...

    def writes_some_key(self, stream: bytes, account: bytes) -> bool:
        """Whether the account has the role for any special key of the stream."""
        ...


@dataclass(frozen=True, slots=True)
class Tx:
    """A KV transaction on chain: its sequence number, its true sender, the streams it tags.

    sender: None when nobody can be named, see `sender_of`.
    """

    seq: int
    sender: bytes | None
    streams: tuple[bytes, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """A record of access control after the transaction."""

    kind: Kind
    stream: bytes
    key: bytes
    account: bytes
    granted: bool


@dataclass(frozen=True, slots=True)
class Outcome:
    """A result string, and what it changes; nothing unless the result is Commit."""

    result: str
    writes: tuple[Write, ...] = ()
    changes: tuple[Change, ...] = ()

    @property
    def committed(self) -> bool:
        """Whether the transaction takes effect."""
        return self.result == COMMIT


class _Refusal(Exception):
    """Ends a verdict with a result."""

    def __init__(self, result: str) -> None:
        self.result = result
        super().__init__(result)


def sender_of(origin: bytes, called_flow: bool, submitter: bytes) -> bytes | None:
    """Whose rights a transaction uses: its `from`, never the submitter that a caller may choose.

    Behind another contract `from` must be the submitter too; else nobody is meant.
    (0gfoundation/0g-storage-kv: issue 70)
    """
    return origin if called_flow or submitter == origin else None


def may_write(state: State, stream: bytes, key: bytes, account: bytes) -> bool:
    """Whether an account may write a key."""
    if state.is_new(stream) or state.holds(Kind.ADMIN, stream, account=account):
        return True
    if state.holds(Kind.SPECIAL_KEY, stream, key):
        return state.holds(Kind.KEY_WRITER, stream, key, account)
    return state.holds(Kind.WRITER, stream, account=account)


def may_write_somewhere(state: State, streams: Sequence[bytes], account: bytes | None) -> bool:
    """Whether an account may write anything at all in one of the streams."""
    return account is not None and any(
        state.is_new(stream)
        or state.holds(Kind.ADMIN, stream, account=account)
        or state.holds(Kind.WRITER, stream, account=account)
        or state.writes_some_key(stream, account)
        for stream in streams
    )


def judge(tx: Tx, data: StreamReader, state: State, follows: Callable[[bytes], bool]) -> Outcome:
    """The outcome of a transaction whose data is there; the first failure decides.

    follows: whether the node keeps a stream. `state` is as before the transaction.
    """
    sender = tx.sender
    if sender is None or not may_write_somewhere(state, tx.streams, sender):
        return Outcome(NO_WRITE_PERMISSION)
    try:
        version = data.version()
        _check_reads(data.reads(), version, state, follows)
        writes = _last_of_each(data.writes())
        _check_writes(tx, sender, writes, version, state)
        admin_of = _admin_of(tx, sender, state)
        controls = _reduce(tx, sender, data.controls(), state)
        for control in controls:
            _check_control(tx, sender, control, admin_of, state)
    except _Refusal as refusal:
        return Outcome(refusal.result)
    except DataParseError as error:
        return Outcome(f"{DATA_PARSE_ERROR}: {error}")
    return Outcome(COMMIT, tuple(writes), tuple(_change(control) for control in controls))


def _check_reads(
    reads: Sequence[Read], version: int, state: State, follows: Callable[[bytes], bool]
) -> None:
    for read in reads:
        if not follows(read.stream):
            raise _Refusal(TAGS_MISMATCH)
        if state.newest(read.stream, read.key) > version:
            raise _Refusal(VERSION_CONFLICT)


def _last_of_each(writes: Sequence[Write]) -> list[Write]:
    """One write per key: the last one wins."""
    return list({(write.stream, write.key): write for write in writes}.values())


def _check_writes(
    tx: Tx, sender: bytes, writes: Sequence[Write], version: int, state: State
) -> None:
    for write in writes:
        if write.stream not in tx.streams:
            raise _Refusal(TAGS_MISMATCH)
        if state.newest(write.stream, write.key) > version:
            raise _Refusal(VERSION_CONFLICT)
        if not may_write(state, write.stream, write.key, sender):
            stream, key = "0x" + write.stream.hex(), _shown(write.key)
            raise _Refusal(f"{WRITE_DENIED}: stream: {stream}, key: {key}")


def _admin_of(tx: Tx, sender: bytes, state: State) -> frozenset[bytes]:
    """The tagged streams in which the sender is admin, or becomes it by being first."""
    return frozenset(
        stream
        for stream in tx.streams
        if state.is_new(stream) or state.holds(Kind.ADMIN, stream, account=sender)
    )


def _reduce(tx: Tx, sender: bytes, controls: Sequence[Control], state: State) -> list[Control]:
    """What is left of the operations: the last of each kind, stream, key and account.

    Who is first in a stream becomes its admin. A grant of that role never overrules an earlier
    operation, and one to oneself means nothing.
    """
    kept: dict[tuple[int, bytes, bytes, bytes], Control] = {}
    for stream in tx.streams:
        if state.is_new(stream):
            kept[Kind.ADMIN, stream, b"", sender] = Control(
                Op.GRANT_ADMIN_ROLE, stream, account=sender
            )
    for one in controls:
        account = sender if one.op.is_renounce else one.account
        place = (one.op & 0xF0, one.stream, one.key, account)
        if one.op is Op.GRANT_ADMIN_ROLE and (place in kept or account == sender):
            continue
        kept[place] = Control(one.op, one.stream, one.key, account)
    return list(kept.values())


def _check_control(
    tx: Tx, sender: bytes, one: Control, admin_of: frozenset[bytes], state: State
) -> None:
    if one.stream not in tx.streams:
        raise _Refusal(TAGS_MISMATCH)
    if one.op.is_renounce or one.stream in admin_of:
        return
    if one.op is Op.GRANT_WRITER_ROLE:
        allowed = state.holds(Kind.WRITER, one.stream, account=sender)
    else:
        allowed = one.op is Op.GRANT_SPECIAL_WRITER_ROLE and state.holds(
            Kind.KEY_WRITER, one.stream, one.key, sender
        )
    if not allowed:
        account = "0x" + (one.account or NO_ACCOUNT).hex()
        raise _Refusal(
            f"{CONTROL_DENIED}: operation: {one.op.name}, stream: 0x{one.stream.hex()},"
            f" key: {_shown(one.key)}, account: {account}"
        )


def _change(control: Control) -> Change:
    kind = Kind(control.op & 0xF0)
    return Change(kind, control.stream, control.key, control.account, control.op & 0x0F == 0)


def _shown(key: bytes) -> str:
    if not key:
        return "NONE"
    try:
        return key.decode()[:SHOWN_KEY]
    except UnicodeDecodeError:
        return "UNKNOWN"
