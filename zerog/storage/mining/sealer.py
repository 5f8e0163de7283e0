"""Seals whatever the chain has closed and the nodes have, a little at each call."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zerog.storage.mining.chainlog import ChainLog
from zerog.storage.mining.config import MinerConfig
from zerog.storage.mining.fetch import Fetcher
from zerog.storage.mining.ranges import LOAD_SECTORS
from zerog.storage.mining.sealed_store import SealedStore
from zerog.storage.mining.sealing import (
    Filed,
    Piece,
    SealedRun,
    anchor,
    seal_load,
    segment_in,
    units_due,
    units_of,
)

BATCH_LOADS: Final = 16
"""Loads that share one sync of the file: 4 MiB."""
RETRIES: Final = 8


@dataclass(frozen=True, slots=True)
class Looked:
    """A load as it was found: units that count, what was sealed of the rest, files without data."""

    load: int
    kept: frozenset[int]
    runs: tuple[SealedRun, ...]
    missing: tuple[Filed, ...]


class Sealer:
    """One miner id's sealing. One process at a time may run it: the caller holds the lock."""

    def __init__(
        self,
        log: ChainLog,
        store: SealedStore,
        fetcher: Fetcher,
        miner_id: bytes,
        config: MinerConfig,
    ) -> None:
        """config: only loads of its shard are sealed, and no more than its room."""
        self._log, self._store, self._fetcher = log, store, fetcher
        self._miner_id, self._shard = miner_id, config.shard
        self._room = config.gib << 30

    def step(self, seconds: float) -> int:
        """Seal for about so long, or until nothing is left; gives the number of units.

        Gaps between files count too, and cost whoever makes them little: hence the limit of
        room. Raises ChainUnreachable, SealedFileFailed.
        """
        end = time.monotonic() + seconds

        def may_go_on() -> bool:
            return time.monotonic() < end and self._store.used_bytes() < self._room

        self._log.step()
        self._fetcher.refresh()
        units, more = self._retry(may_go_on), True
        while more and may_go_on():
            done, more = self._advance()
            units += done
        return units

    def _advance(self) -> tuple[int, bool]:
        """The next loads behind the cursor; (units sealed, whether there is more to do)."""
        before = self._store.cursor_of(self._miner_id)
        last = self._log.last_epoch()
        if last is None or before >= last.beyond:
            return 0, False
        looked: list[Looked] = []
        place = before
        while place < last.beyond and len(looked) < BATCH_LOADS:
            found = self._look(place // LOAD_SECTORS)
            looked.append(found)
            place = self._beyond(found)
        sealed = self._keep(looked)
        self._store.advance(self._miner_id, before, min(place, last.beyond), last)
        return sealed, place < last.beyond

    def _beyond(self, found: Looked) -> int:
        """Where to go on: behind the load, or behind the file without data that it is a part of."""
        end = (found.load + 1) * LOAD_SECTORS
        if len(found.missing) == 1 and found.missing[0].beyond > end:
            end = found.missing[0].beyond // LOAD_SECTORS * LOAD_SECTORS
        return end

    def _retry(self, in_time: Callable[[], bool]) -> int:
        """Look again for files whose data was not there; gives the number of units."""
        units = 0
        for seq, load in self._store.due(time.time(), RETRIES):
            file = self._log.file(seq)
            if file is None:
                self._store.forget(seq)
            else:
                units += self._go_on(file, load, in_time)
        return units

    def _go_on(self, file: Filed, load: int, in_time: Callable[[], bool]) -> int:
        """Seal a file's loads from `load` on while its data and our time last."""
        units, beyond = 0, -(-file.beyond // LOAD_SECTORS)
        while load < beyond and in_time():
            looked: list[Looked] = []
            for one in range(load, min(load + BATCH_LOADS, beyond)):
                looked.append(self._look(one))
                if file in looked[-1].missing:
                    break
            units += self._keep(looked)
            if file in looked[-1].missing:
                self._store.found_up_to(file.seq, looked[-1].load)
                return units
            load = looked[-1].load + 1
            self._store.found_up_to(file.seq, load)
        if load >= beyond:
            self._store.forget(file.seq)
        return units

    def _look(self, load: int) -> Looked:
        """Fetch and seal what is due of one load; nothing is written yet."""
        base = load * LOAD_SECTORS
        epochs = self._log.epochs(base, base + LOAD_SECTORS)
        kept = self._store.load(load, self._miner_id, epochs).units
        due = units_due(load, epochs, kept)
        if not due or load % self._shard.num_shard != self._shard.shard_id:
            return Looked(load, frozenset(kept), (), ())
        there = [
            file
            for file in self._log.files(base, base + LOAD_SECTORS)
            if not due.keys().isdisjoint(units_of(file, load))
        ]
        asleep = self._store.waiting([file.seq for file in there], time.time())
        files: list[tuple[Filed, Piece | None]] = []
        for file in there:
            index = anchor(file, segment_in(file, load))
            awake = file.seq not in asleep
            files.append((file, self._fetcher.piece(file, index) if awake else None))
        runs = seal_load(load, due, files, self._miner_id)
        missing = tuple(file for file, piece in files if piece is None)
        return Looked(load, frozenset(kept), tuple(runs), missing)

    def _keep(self, looked: list[Looked]) -> int:
        """Make durable what was sealed, and remember what was missing."""
        runs = [run for one in looked for run in one.runs]
        if runs:
            stale = {one.load: one.kept for one in looked if one.runs}
            self._store.put(stale, runs, self._miner_id)
        now = time.time()
        first = {file.seq: one.load for one in reversed(looked) for file in one.missing}
        for seq, load in first.items():
            self._store.postpone(seq, load, now)
        return sum(run.count for run in runs)
