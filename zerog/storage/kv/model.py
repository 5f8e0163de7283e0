"""A KV store in a few dictionaries: what the store on disk must agree with (pure)."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from zerog.storage.kv.codec import StreamReader
from zerog.storage.kv.rules import Kind, Outcome, Tx, judge
from zerog.types import Buffer

LATEST = (1 << 63) - 1

Place: TypeAlias = tuple[Kind, bytes, bytes, bytes]


def _every(_stream: bytes) -> bool:
    return True


@dataclass(slots=True)
class KvModel:
    """Every version of every key and every record of access control, by sequence number."""

    values: dict[tuple[bytes, bytes], dict[int, bytes]] = field(default_factory=dict)
    roles: dict[Place, dict[int, bool]] = field(default_factory=dict)
    streams: dict[bytes, int] = field(default_factory=dict)
    results: dict[int, str] = field(default_factory=dict)

    def apply(self, tx: Tx, data: Buffer, follows: Callable[[bytes], bool] = _every) -> Outcome:
        """Judge one transaction and keep what it changes; later ones have higher numbers."""
        outcome = judge(tx, StreamReader(data), self.at(LATEST), follows)
        self.results[tx.seq] = outcome.result
        for write in outcome.writes:
            versions = self.values.setdefault((write.stream, write.key), {})
            versions[tx.seq] = bytes(write.value)
        for one in outcome.changes:
            place = (one.kind, one.stream, one.key, one.account)
            self.roles.setdefault(place, {})[tx.seq] = one.granted
        if outcome.committed:
            for stream in tx.streams:
                self.streams.setdefault(stream, tx.seq)
        return outcome

    def rewind(self, seq: int) -> None:
        """Forget transaction `seq` and all after it."""
        for versions in self.values.values():
            for version in [one for one in versions if one >= seq]:
                del versions[version]
        for records in self.roles.values():
            for version in [one for one in records if one >= seq]:
                del records[version]
        self.streams = {one: first for one, first in self.streams.items() if first < seq}
        self.results = {one: result for one, result in self.results.items() if one < seq}

    def at(self, version: int) -> ModelView:
        """The state that transactions up to `version` made."""
        return ModelView(self, version)


@dataclass(frozen=True, slots=True)
class ModelView:
    """A KvModel at a version; a State of the rules."""

    model: KvModel
    version: int

    def newest(self, stream: bytes, key: bytes) -> int:
        """See rules.State."""
        return max(self._versions(stream, key), default=0)

    def is_new(self, stream: bytes) -> bool:
        """See rules.State."""
        first = self.model.streams.get(stream)
        return first is None or first > self.version

    def holds(self, kind: Kind, stream: bytes, key: bytes = b"", account: bytes = b"") -> bool:
        """See rules.State."""
        records = self.model.roles.get((kind, stream, key, account), {})
        known = [one for one in records if one <= self.version]
        return bool(known) and records[max(known)]

    def writes_some_key(self, stream: bytes, account: bytes) -> bool:
        """See rules.State."""
        keys = [place[2] for place in self.model.roles if place[:2] == (Kind.KEY_WRITER, stream)]
        return any(self.holds(Kind.KEY_WRITER, stream, key, account) for key in keys)

    def get(self, stream: bytes, key: bytes) -> tuple[int, bytes] | None:
        """Version and value; an empty value is a deletion; None for a key never written."""
        versions = self._versions(stream, key)
        if not versions:
            return None
        newest = max(versions)
        return newest, versions[newest]

    def items(self, stream: bytes) -> Iterator[tuple[bytes, int, bytes]]:
        """Key, version and value of each key that is not deleted, in bytewise order."""
        for found, key in sorted(self.model.values):
            held = self.get(stream, key) if found == stream else None
            if held is not None and held[1]:
                yield key, *held

    def _versions(self, stream: bytes, key: bytes) -> dict[int, bytes]:
        found = self.model.values.get((stream, key), {})
        return {one: value for one, value in found.items() if one <= self.version}
