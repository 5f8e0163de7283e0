"""The sealed loads of one miner as a search reads them."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from zerog.storage.mining.chainlog import ChainLog
from zerog.storage.mining.ranges import LOAD_SECTORS
from zerog.storage.mining.sealed_store import SealedStore
from zerog.storage.mining.sealing import SealedLoad

KEPT: Final = 64
"""Loads kept in memory: 16 MiB."""


class Loads:
    """Reads each load once while there are few of them. Made anew for every search."""

    def __init__(self, log: ChainLog, store: SealedStore, miner_id: bytes) -> None:
        """log: followed to the head by the caller."""
        self._log, self._store, self._miner_id = log, store, miner_id
        self._kept: dict[int, tuple[SealedLoad, bytes]] = {}

    def __call__(self, load: int) -> tuple[Collection[int], bytes]:
        """(units that count, 256 KiB of sealed data) of a load of the flow."""
        rows, data = self._get(load)
        return rows.units, data

    def rows(self, load: int) -> SealedLoad:
        """What is known of a load's units."""
        return self._get(load)[0]

    def _get(self, load: int) -> tuple[SealedLoad, bytes]:
        found = self._kept.get(load)
        if found is None:
            base = load * LOAD_SECTORS
            epochs = self._log.epochs(base, base + LOAD_SECTORS)
            found = self._store.load(load, self._miner_id, epochs), self._store.read(load)
            if len(self._kept) >= KEPT:
                self._kept.clear()
            self._kept[load] = found
        return found
