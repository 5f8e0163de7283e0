"""Writes ageing keys again: storage is paid for a limited time, and with it a key's last file.

A renewal is a batch on the version that was read: whoever writes meanwhile wins, and the key is
young then anyway. Values that were encrypted are written in the same scheme or not at all.
"""

from __future__ import annotations

import logging
import os
import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from zerog.config import BadSetting, Settings, variable
from zerog.locks import try_lock
from zerog.storage.encryption import ECIES, SYMMETRIC
from zerog.storage.kv.batcher import Batch, Batcher
from zerog.storage.kv.client import Aged, Item, KvClient
from zerog.storage.kv.errors import BatchRefused
from zerog.storage.kv.fetch import Keys
from zerog.storage.kv.sdk import Streams
from zerog.storage.kv.store import PLAIN
from zerog.storage.kv.wire import parse_streams
from zerog.types import Address

KEYS: Final = 256
"""Keys in one batch, and in one question."""
BYTES: Final = 8 * 1024 * 1024
"""Values in one batch."""
AGE_SECONDS: Final = 30 * 86_400
RENEWAL: Final = "renewal-"
"""What the names of these batches begin with."""

KEY_VARIABLE: Final = "ZEROG_KV_RENEW_KEY"
AGE_VARIABLE: Final = "ZEROG_KV_RENEW_AGE"
STREAMS_VARIABLE: Final = "ZEROG_KV_RENEW_STREAMS"

log = logging.getLogger(__name__)


@dataclass(slots=True)
class Renewed:
    """What one run did, in keys: written again; left to others; overtaken by somebody's write."""

    renewed: int = 0
    skipped: int = 0
    overtaken: int = 0


@dataclass(slots=True)
class _Load:
    """Keys of one stream and scheme that become one batch."""

    at: int
    items: list[Item] = field(default_factory=list)
    size: int = 0

    def add(self, item: Item) -> None:
        self.items.append(item)
        self.size += len(item.value)

    @property
    def is_full(self) -> bool:
        return len(self.items) >= KEYS or self.size >= BYTES


class Renewer:
    """One wallet that keeps keys young."""

    def __init__(
        self, kv: KvClient, account: Address, writers: Mapping[int, Batcher], age_s: int
    ) -> None:
        """writers: by scheme of encryption, PLAIN among them; age_s: of keys that are written."""
        self._kv, self._account, self._writers, self._age_s = kv, account, writers, age_s

    def run(self, streams: Sequence[bytes]) -> Renewed:
        """Write what is old, after what an earlier run began.

        Keys that the wallet may not write are left alone. Raises Unreachable, TxReverted,
        InsufficientFunds; what was written stays.
        """
        done = Renewed()
        for name in self._writers[PLAIN].drafts():
            if name.startswith(RENEWAL):
                self._resume(name)
        for stream in streams:
            self._renew(stream, done)
        return done

    def _resume(self, name: str) -> None:
        try:
            self._writers[PLAIN].resume(name)
        except BatchRefused as refused:
            log.info("%s: %s", name, refused)

    def _renew(self, stream: bytes, done: Renewed) -> None:
        """A full load is written while the search goes on behind it."""
        loads: dict[int, _Load] = {}
        for aged in self._aged(stream):
            if aged.scheme not in self._writers or not self._kv.may_write(
                self._account, stream, aged.key
            ):
                done.skipped += 1
                continue
            load = loads.setdefault(aged.scheme, _Load(self._kv.applied()))
            item = self._kv.get(stream, aged.key, load.at)
            if item is not None and item.version == aged.version:
                load.add(item)
            if load.is_full:
                self._write(stream, aged.scheme, loads.pop(aged.scheme), done)
        for scheme, load in loads.items():
            self._write(stream, scheme, load, done)

    def _aged(self, stream: bytes) -> Iterator[Aged]:
        """In pages; what this run writes meanwhile is none of it, however low the age is."""
        last = self._kv.applied()
        page = self._kv.aged(stream, self._age_s, None, KEYS)
        while page:
            yield from (aged for aged in page if aged.version <= last)
            if page[-1].version > last:
                break
            page = self._kv.aged(stream, self._age_s, page[-1], KEYS)

    def _write(self, stream: bytes, scheme: int, load: _Load, done: Renewed) -> None:
        if not load.items:
            return
        batch = Batch(load.at)
        for item in load.items:
            batch.put(stream, item.key, item.value)
        try:
            self._writers[scheme].commit(batch, RENEWAL + secrets.token_hex(8))
        except BatchRefused as refused:  # the next run sees what is still old
            log.info("stream 0x%s: %s", stream.hex(), refused)
            done.overtaken += len(load.items)
        else:
            done.renewed += len(load.items)


def renew(settings: Settings, environment: Mapping[str, str] | None = None) -> Renewed | None:
    """One run with the wallet that ZEROG_KV_RENEW_KEY names; None while another one runs.

    ZEROG_KV_RENEW_AGE: seconds, by default thirty days. ZEROG_KV_RENEW_STREAMS: ids, by default
    all that the KV node keeps. Keys of encrypted streams: as the KV node gets them.
    environment: os.environ when None.
    Raises BadSetting, NoSuchKey and what Renewer.run raises.
    """
    env = os.environ if environment is None else environment
    owner, age = variable(KEY_VARIABLE, env), variable(AGE_VARIABLE, env) or str(AGE_SECONDS)
    if owner is None:
        raise BadSetting(KEY_VARIABLE, "is not set")
    if not (age.isascii() and age.isdecimal()):
        raise BadSetting(AGE_VARIABLE, f"is {age!r}, not a number of seconds")
    with try_lock(_lock_path(settings)) as mine:
        if not mine:
            return None
        streams = Streams(settings)
        keys = Keys.load(env)
        writers = {PLAIN: streams.writer(owner)}
        for scheme in (SYMMETRIC, ECIES):
            encryption = keys.encryption(scheme)
            if encryption is not None:
                writers[scheme] = streams.writer(owner, encryption)
        wanted = parse_streams(variable(STREAMS_VARIABLE, env) or "")
        renewer = Renewer(streams.kv, streams.wallets.address(owner), writers, int(age))
        return renewer.run(wanted or streams.kv.streams())


def _lock_path(settings: Settings) -> Path:
    return settings.home / "run" / "kv-renewal.lock"
