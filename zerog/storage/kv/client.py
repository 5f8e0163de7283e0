"""Reading a KV node: values, keys in order, results, roles, and what changes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.storage.errors import BadAnswer, BadField
from zerog.storage.kv.errors import COMMIT, NotFollowed, ResultTimeout, refusal
from zerog.storage.kv.wire import MAX_LENGTH
from zerog.storage.remote import Remote, make_pool
from zerog.storage.wire import binary, hex_of, items, members, number, to_base64, to_hash, to_number
from zerog.types import Json

FIRST_POLL_SECONDS: Final = 0.01
LAST_POLL_SECONDS: Final = 0.1
PAGE: Final = 64


@dataclass(frozen=True, slots=True)
class Item:
    """A key with its value and the sequence number of the transaction that wrote it."""

    key: bytes
    value: bytes
    version: int


@dataclass(frozen=True, slots=True)
class Change:
    """A write, or a deletion (size 0); value is its first MAX_LENGTH bytes."""

    key: bytes
    version: int
    size: int
    value: bytes


@dataclass(frozen=True, slots=True)
class Place:
    """How far a stream's changes were read: of no use to anybody but `KvClient.changes`."""

    version: int = -1
    key: bytes = b""
    rewind: int = 0


@dataclass(frozen=True, slots=True)
class Changes:
    """A page of changes, and the place behind it.

    rewound_to: the first transaction that a reorg took back since the last page; what it and
    later ones changed is void, and comes again below where it was mined again.
    """

    found: tuple[Change, ...]
    place: Place
    rewound_to: int | None


@dataclass(frozen=True, slots=True)
class Aged:
    """A key whose newest version is old; scheme: in which its data was encrypted, 0 for none."""

    key: bytes
    version: int
    size: int
    scheme: int


class KvClient:
    """A client of one KV node; safe for many threads."""

    def __init__(self, url: str) -> None:
        """url: of the node; raises BadUrl."""
        self.url = url
        self._remote = Remote(url, make_pool())

    def __repr__(self) -> str:
        return f"KvClient({self.url!r})"

    # ------------------------------------------------------------ keys and values

    def get(self, stream: bytes, key: bytes, version: int | None = None) -> Item | None:
        """A key as it was at `version`, the newest when None; None when it has no value.

        `version_of` also tells a deletion from a key never written.
        """
        if version is not None and version < 0:
            return None
        seq, size, value = self._value(stream, key, 0, version)
        while len(value) < size:  # the rest is read at the version that was met
            seq, size, more = self._value(stream, key, len(value), seq)
            if not more:
                raise BadAnswer(self.url, "kv_getValue", f"{len(value)} of {size} bytes")
            value += more
        return Item(key, value, seq) if size else None

    def version_of(self, stream: bytes, key: bytes) -> int:
        """The version to write a key with, so that a concurrent write makes a conflict.

        Of a deleted key that of its deletion; 0 for one never written.
        """
        found = self._members("kv_getValue", hex_of(stream), to_base64(key), 0, 0, None)
        return self._number("kv_getValue", found, "version")

    def scan(
        self,
        stream: bytes,
        prefix: bytes = b"",
        start: bytes = b"",
        end: bytes | None = None,
        version: int | None = None,
        reverse: bool = False,
    ) -> Iterator[Item]:
        """Keys in bytewise order from `start` (included) to `end` (not), of one state.

        prefix: only keys that begin with it. version: of the state, the newest when None.
        """
        at = self.applied() if version is None else version
        if at < 0:  # before the first submission
            return iter(())
        low = max(start, prefix)
        top = _after_prefix(prefix)
        high = end if top is None else top if end is None else min(end, top)
        if reverse:
            return self._backwards(stream, low, high, at)
        return self._forwards(stream, low, high, at)

    def _forwards(self, stream: bytes, low: bytes, high: bytes | None, at: int) -> Iterator[Item]:
        if low:
            found = self._pair("kv_getNext", stream, to_base64(low), 0, MAX_LENGTH, True, at)
        else:
            found = self._pair("kv_getFirst", stream, 0, MAX_LENGTH, at)
        while found is not None and (high is None or found.key < high):
            yield self._whole(stream, found, at)
            key = to_base64(found.key)
            found = self._pair("kv_getNext", stream, key, 0, MAX_LENGTH, False, at)

    def _backwards(self, stream: bytes, low: bytes, high: bytes | None, at: int) -> Iterator[Item]:
        if high is None:
            found = self._pair("kv_getLast", stream, 0, MAX_LENGTH, at)
        else:
            found = self._pair("kv_getPrev", stream, to_base64(high), 0, MAX_LENGTH, False, at)
        while found is not None and found.key >= low:
            yield self._whole(stream, found, at)
            key = to_base64(found.key)
            found = self._pair("kv_getPrev", stream, key, 0, MAX_LENGTH, False, at)

    def _whole(self, stream: bytes, found: Change, at: int) -> Item:
        if len(found.value) == found.size:
            return Item(found.key, found.value, found.version)
        whole = self.get(stream, found.key, at)
        if whole is None:
            raise BadAnswer(self.url, "kv_getValue", "the key is gone from a fixed version")
        return whole

    def changes(self, stream: bytes, after: Place, limit: int = PAGE) -> Changes:
        """What was written and deleted behind a place, oldest first; an empty page at the end."""
        method, key = "kv_getChanges", to_base64(after.key)
        found = self._members(method, hex_of(stream), after.version, key, after.rewind, limit)
        try:
            page = tuple(_change(one) for one in items(found.get("changes"), "changes"))
            rewind, back = number(found, "rewind"), found.get("rewoundTo")
            rewound_to = None if back is None else to_number(back, "rewound_to")
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error
        if rewound_to is not None and rewound_to <= after.version:
            return Changes((), Place(rewound_to, b"", rewind), rewound_to)
        last = page[-1] if page else None
        version, seen = (after.version, after.key) if last is None else (last.version, last.key)
        return Changes(page, Place(version, seen, rewind), None)

    def aged(self, stream: bytes, age_s: int, after: Aged | None, limit: int = PAGE) -> list[Aged]:
        """Keys whose newest version is at least age_s seconds old, oldest first, in pages."""
        method, place = "kv_getAged", after or Aged(b"", -1, 0, 0)
        params: list[Json] = [hex_of(stream), age_s, place.version, to_base64(place.key), limit]
        try:
            return [_aged(one) for one in items(self._remote.call(method, *params), "keys")]
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    # ------------------------------------------------------------ transactions and roles

    def applied(self) -> int:
        """The last submission of the flow that the node judged or passed over; -1 before any."""
        found = self._members("kv_getReplayProgress").get("appliedSeq")
        if not isinstance(found, int):
            raise BadAnswer(self.url, "kv_getReplayProgress", "appliedSeq is no number")
        return found

    def result(self, tx_seq: int) -> str | None:
        """The result of a transaction; None while it has none, and for one of no stream here."""
        found = self._remote.call("kv_getTransactionResult", tx_seq)
        if found is not None and not isinstance(found, str):
            raise BadAnswer(self.url, "kv_getTransactionResult", "not a text")
        return found

    def wait_commit(self, tx_seq: int, timeout_s: float = 90) -> None:
        """Wait until a transaction has committed.

        Raises VersionConflict, NoWritePermission, ControlDenied, DownloadFailed, BatchRefused;
        NotFollowed when the node passed over it; ResultTimeout when it has not come to it in time.
        """
        end, pause = time.monotonic() + timeout_s, FIRST_POLL_SECONDS
        while (found := self.result(tx_seq)) is None:
            if self.applied() >= tx_seq and self.result(tx_seq) is None:
                raise NotFollowed(tx_seq)
            if time.monotonic() >= end:
                raise ResultTimeout(tx_seq, timeout_s)
            time.sleep(pause)
            pause = min(pause * 1.5, LAST_POLL_SECONDS)
        if found != COMMIT:
            raise refusal(tx_seq, found)

    def streams(self) -> list[bytes]:
        """The streams that the node keeps."""
        method = "kv_getHoldingStreamIds"
        try:
            return [
                to_hash(one, "stream_id") for one in items(self._remote.call(method), "streams")
            ]
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    def may_write(self, account: str, stream: bytes, key: bytes) -> bool:
        """Whether an account may write a key."""
        return self._is("kv_hasWritePermission", account, hex_of(stream), to_base64(key))

    def is_admin(self, account: str, stream: bytes) -> bool:
        """Whether an account is admin of a stream."""
        return self._is("kv_isAdmin", account, hex_of(stream))

    def is_special_key(self, stream: bytes, key: bytes) -> bool:
        """Whether a key has writers of its own."""
        return self._is("kv_isSpecialKey", hex_of(stream), to_base64(key))

    # ------------------------------------------------------------ the wire

    def _value(
        self, stream: bytes, key: bytes, start: int, version: int | None
    ) -> tuple[int, int, bytes]:
        params: Sequence[Json] = [hex_of(stream), to_base64(key), start, MAX_LENGTH, version]
        found = self._members("kv_getValue", *params)
        try:
            return number(found, "version"), number(found, "size"), binary(found, "data")
        except BadField as error:
            raise BadAnswer(self.url, "kv_getValue", str(error)) from error

    def _pair(self, method: str, stream: bytes, *params: Json) -> Change | None:
        found = self._remote.call(method, hex_of(stream), *params)
        try:
            return None if found is None else _change(found)
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    def _members(self, method: str, *params: Json) -> dict[str, Json]:
        try:
            return {**members(self._remote.call(method, *params), "answer")}
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    def _number(self, method: str, found: dict[str, Json], name: str) -> int:
        try:
            return number(found, name)
        except BadField as error:
            raise BadAnswer(self.url, method, str(error)) from error

    def _is(self, method: str, *params: Json) -> bool:
        return self._remote.call(method, *params) is True


def _change(value: Json) -> Change:
    found = members(value, "pair")
    key, data = binary(found, "key"), binary(found, "data")
    return Change(key, number(found, "version"), number(found, "size"), data)


def _aged(value: Json) -> Aged:
    found = members(value, "key")
    key, version = binary(found, "key"), number(found, "version")
    return Aged(key, version, number(found, "size"), number(found, "scheme"))


def _after_prefix(prefix: bytes) -> bytes | None:
    """The first key behind all that begin with a prefix; None when there is none."""
    bare = prefix.rstrip(b"\xff")
    return bare[:-1] + bytes([bare[-1] + 1]) if bare else None
