"""The kv_ methods and admin_addStream of a KV node (0gfoundation/0g-storage-kv: node/rpc)."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Final, ParamSpec

from zerog.crypto.address import checksum_address
from zerog.crypto.curve import BadSignature, recover
from zerog.rpcserver import Method, invalid_params
from zerog.storage.errors import BadField
from zerog.storage.kv import wire
from zerog.storage.kv.rules import Kind, may_write
from zerog.storage.kv.store import MAX_ADDED, KvStore
from zerog.storage.kv.views import Found, View
from zerog.storage.wire import hex_of, to_base64, to_hash, to_number
from zerog.types import Json

MAX_CHANGES: Final = 256
MAX_CHANGES_BYTES: Final = 1 << 20
"""Values in one answer of kv_getChanges."""
NEWEST: Final[Json] = None

P = ParamSpec("P")


def as_rpc(method: Callable[P, Json]) -> Method:
    """The method with a bad parameter as the protocol's error."""

    @functools.wraps(method)
    def translated(*args: P.args, **kwargs: P.kwargs) -> Json:
        try:
            return method(*args, **kwargs)
        except BadField as error:
            raise invalid_params(error.field, error.text) from error

    return translated


class KvRpc:
    """The node's answers; `methods` are registered by name."""

    def __init__(self, store: KvStore, chain_id: int, now: Callable[[], int]) -> None:
        """chain_id: that a registration must be signed for; now: the chain's time, Unix seconds."""
        self._store, self._chain_id, self._now = store, chain_id, now

    def methods(self) -> dict[str, Method]:
        """By wire name; the TypeScript SDK spells one of them kv_IsAdmin."""
        plain: dict[str, Method] = {
            "kv_getStatus": self.status,
            "kv_getValue": self.value,
            "kv_getNext": self.after,
            "kv_getPrev": self.before,
            "kv_getFirst": self.first,
            "kv_getLast": self.last,
            "kv_getTransactionResult": self.result,
            "kv_getHoldingStreamIds": self.streams,
            "kv_hasWritePermission": self.may_write,
            "kv_isAdmin": self.is_admin,
            "kv_IsAdmin": self.is_admin,
            "kv_isSpecialKey": self.is_special_key,
            "kv_isWriterOfKey": self.is_writer_of_key,
            "kv_isWriterOfStream": self.is_writer_of_stream,
            "kv_getReplayProgress": self.progress,
            "kv_getChanges": self.changes,
            "kv_getAged": self.aged,
            "admin_addStream": self.add_stream,
        }
        return {name: as_rpc(method) for name, method in plain.items()}

    def status(self) -> Json:
        """Whether the node answers."""
        return True

    # ------------------------------------------------------------ keys and values

    def value(
        self, stream: Json, key: Json, start: Json, length: Json, version: Json = NEWEST
    ) -> Json:
        """Part of a value, and the whole value's size; zeros for a key never written."""
        name, keys = to_hash(stream, "stream_id"), wire.to_keys(key)
        first, limit = to_number(start, "start_index"), wire.to_length(length)
        with self._at(version) as view:
            found = next(filter(None, (view.get(name, one) for one in keys)), None)
            if found is None:
                return wire.value_json(0, b"", 0)
            return wire.value_json(found.version, _part(view, found, first, limit), found.size)

    def after(
        self,
        stream: Json,
        key: Json,
        start: Json,
        length: Json,
        inclusive: Json = False,
        version: Json = NEWEST,
    ) -> Json:
        """The next key that is not deleted, with part of its value; null behind the last."""
        place = (to_hash(stream, "stream_id"), wire.to_keys(key), _flag(inclusive))
        return self._beside(View.after, place, (start, length), version)

    def before(
        self,
        stream: Json,
        key: Json,
        start: Json,
        length: Json,
        inclusive: Json = False,
        version: Json = NEWEST,
    ) -> Json:
        """The previous key that is not deleted; null before the first."""
        place = (to_hash(stream, "stream_id"), wire.to_keys(key), _flag(inclusive))
        return self._beside(View.before, place, (start, length), version)

    def first(self, stream: Json, start: Json, length: Json, version: Json = NEWEST) -> Json:
        """The first key of a stream."""
        name = to_hash(stream, "stream_id")
        with self._at(version) as view:
            return _pair(view, view.after(name, None), start, length)

    def last(self, stream: Json, start: Json, length: Json, version: Json = NEWEST) -> Json:
        """The last key of a stream."""
        name = to_hash(stream, "stream_id")
        with self._at(version) as view:
            return _pair(view, view.before(name, None), start, length)

    # ------------------------------------------------------------ the replay

    def result(self, tx_seq: Json) -> Json:
        """What became of a transaction; null while it waits, and for what is none of ours."""
        seq = wire.to_seq(tx_seq)
        return self._store.result(seq) if seq < wire.MAX_VERSION else None

    def streams(self) -> Json:
        """The streams that this node keeps."""
        return [hex_of(one) for one in self._store.streams()]

    def progress(self) -> Json:
        """The last submission that was judged or passed over, -1 before the first.

        firstTxSeq is null: this node has read the flow from its first submission on.
        """
        return {"appliedSeq": self._store.applied(), "firstTxSeq": None}

    # ------------------------------------------------------------ access control

    def may_write(self, account: Json, stream: Json, key: Json, version: Json = NEWEST) -> Json:
        """Whether an account may write a key."""
        who, name, keys = wire.to_account(account), to_hash(stream, "stream_id"), wire.to_keys(key)
        with self._at(version) as view:
            return may_write(view, name, _known(view, name, keys), who)

    def is_admin(self, account: Json, stream: Json, version: Json = NEWEST) -> Json:
        """Whether an account is admin of a stream."""
        who, name = wire.to_account(account), to_hash(stream, "stream_id")
        with self._at(version) as view:
            return view.holds(Kind.ADMIN, name, account=who)

    def is_special_key(self, stream: Json, key: Json, version: Json = NEWEST) -> Json:
        """Whether a key has writers of its own."""
        name, keys = to_hash(stream, "stream_id"), wire.to_keys(key)
        with self._at(version) as view:
            return any(view.holds(Kind.SPECIAL_KEY, name, one) for one in keys)

    def is_writer_of_key(
        self, account: Json, stream: Json, key: Json, version: Json = NEWEST
    ) -> Json:
        """Whether an account was made a writer of a special key."""
        who, name, keys = wire.to_account(account), to_hash(stream, "stream_id"), wire.to_keys(key)
        with self._at(version) as view:
            return any(view.holds(Kind.KEY_WRITER, name, one, who) for one in keys)

    def is_writer_of_stream(self, account: Json, stream: Json, version: Json = NEWEST) -> Json:
        """Whether an account was made a writer of a stream."""
        who, name = wire.to_account(account), to_hash(stream, "stream_id")
        with self._at(version) as view:
            return view.holds(Kind.WRITER, name, account=who)

    # ------------------------------------------------------------ beyond the reference

    def changes(
        self, stream: Json, version: Json, key: Json = "", rewind: Json = 0, limit: Json = 64
    ) -> Json:
        """Writes and deletions behind the place (version, key), and what a reorg took back.

        rewind: the number that the last answer gave; rewoundTo is then the first transaction
        taken back since, null when none was. (zerog; the reference has no feed.)
        """
        name, place = to_hash(stream, "stream_id"), _place(version, key)
        count, known = min(to_number(limit, "limit"), MAX_CHANGES), to_number(rewind, "rewind")
        with self._at(NEWEST) as view:
            number, back = self._store.rewinds(min(known, wire.MAX_VERSION))
            found: list[Json] = []
            room = MAX_CHANGES_BYTES
            for one in view.changes(name, place, count):
                data = view.read(one, 0, wire.MAX_LENGTH)
                if len(data) > room:
                    break
                room -= len(data)
                found.append(wire.pair_json(one.key, one.version, data, one.size))
            applied = self._store.applied()
        return {"changes": found, "rewind": number, "rewoundTo": back, "appliedSeq": applied}

    def aged(
        self, stream: Json, age: Json, version: Json = -1, key: Json = "", limit: Json = 64
    ) -> Json:
        """Keys whose newest version is `age` seconds old or older, behind the place. (zerog)

        scheme: in which their data was encrypted, 0 for plain data.
        """
        name, place = to_hash(stream, "stream_id"), _place(version, key)
        count = min(to_number(limit, "limit"), MAX_CHANGES)
        with self._at(NEWEST) as view:
            bound = self._store.before(max(-1, self._now() - to_number(age, "age")))
            return [
                {
                    "key": to_base64(one.key),
                    "version": one.version,
                    "size": one.size,
                    "scheme": self._store.scheme(one.version),
                }
                for one in view.aged(name, bound, place, count)
            ]

    def add_stream(self, stream: Json, wallet: Json, signature: Json) -> Json:
        """Follow one more stream, asked for by a wallet that signed it; true also when it was.

        What the node passed over for the stream is judged again.
        """
        name, who = (
            to_hash(stream, "stream_id"),
            checksum_address(wire.to_account(wallet, "wallet")),
        )
        text = signature if isinstance(signature, str) else ""
        bare = wire.to_fixed("0x" + text.removeprefix("0x"), 65, "signature")
        signed = bare[:64] + bytes([bare[64] + 27 if bare[64] < 27 else bare[64]])
        try:
            signer = recover(wire.register_digest(self._chain_id, who, name), signed)
        except BadSignature as error:
            raise BadField("signature", "recovery failed") from error
        if signer != who:
            raise BadField("signature", "recovered signer does not match claimed wallet")
        if not self._store.follows(name):
            self._store.follow([name], MAX_ADDED)
        return True

    def _beside(
        self,
        step: Callable[[View, bytes, bytes, bool], Found | None],
        place: tuple[bytes, Sequence[bytes], bool],
        part: tuple[Json, Json],
        version: Json,
    ) -> Json:
        """The key that a step leads to; place: stream, readings of the key, whether it counts."""
        name, keys, inclusive = place
        with self._at(version) as view:
            found = step(view, name, _known(view, name, keys), inclusive)
            return _pair(view, found, *part)

    @contextmanager
    def _at(self, version: Json) -> Iterator[View]:
        wanted = wire.to_version(version)
        with self._store.reading():
            yield self._store.at(wanted)


def _known(view: View, stream: bytes, keys: Sequence[bytes]) -> bytes:
    """Of several readings of a key the one that is stored, else the likelier one."""
    return next((key for key in keys if view.get(stream, key) is not None), keys[0])


def _flag(value: Json) -> bool:
    if not isinstance(value, bool):
        raise BadField("inclusive", "not true or false")
    return value


def _place(version: Json, key: Json) -> tuple[int, bytes]:
    number = -1 if version == -1 else min(wire.to_seq(version, "version"), wire.MAX_VERSION)
    return number, b"" if key == "" else wire.to_keys(key)[-1]


def _part(view: View, found: Found, start: int, length: int) -> bytes:
    if length and start > found.size and found.size:
        raise BadField("start_index", "start index is greater than value length")
    return view.read(found, start, length)


def _pair(view: View, found: Found | None, start: Json, length: Json) -> Json:
    first, limit = to_number(start, "start_index"), wire.to_length(length)
    if found is None:
        return None
    return wire.pair_json(found.key, found.version, _part(view, found, first, limit), found.size)
