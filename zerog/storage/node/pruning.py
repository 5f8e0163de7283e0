"""Gives up data that a node has no room for, or that nobody pays for any more.

Off unless asked for. A node above nine tenths of its room keeps one half of its share from then
on, by chance which one, so that nodes that fill up together do not all drop the same half.
Pricing chunks below the first that still earns are given up where a reward contract tells.
(0gfoundation/0g-storage-node: node/pruner)
"""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from zerog.chain.bindings import RewardContract
from zerog.chain.errors import Reverted
from zerog.errors import ZerogError
from zerog.storage.node.counters import Counters
from zerog.storage.node.store import NodeStore
from zerog.storage.shards import MAX_SHARDS, half

POLL_SECONDS: Final = 60.0
DEADLINE_SECONDS: Final = 600.0
FULL: Final = (9, 10)
CLOCK_SECONDS: Final = 3600.0
"""A chain whose clock differs by more is behind or a test's: nothing is given up on its word."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Floor:
    """The first sector that still earns, as of a time on the chain's clock (Unix seconds)."""

    sector: int
    timestamp: int


def floor_of(reward: RewardContract) -> Floor | None:
    """What a reward contract says; None for one that pays for ever or is of another make.

    Raises ChainUnreachable.
    """
    head = reward.chain.head()
    try:
        chunk = reward.first_rewardable_chunk(head.number)
        return Floor(chunk * reward.sectors_per_price(head.number), head.timestamp)
    except Reverted:
        return None


def coin() -> int:
    """0 or 1."""
    return secrets.randbits(1)


class Pruner:
    """One step looks at the reward contract, then at the room."""

    def __init__(
        self,
        store: NodeStore,
        counters: Counters,
        max_sectors: int | None,
        floor: Callable[[], Floor | None],
        bit: Callable[[], int] = coin,
    ) -> None:
        """max_sectors: the node's room, None for all there is; bit: chooses a half."""
        self._store, self._counters = store, counters
        self._max, self._floor, self._bit = max_sectors, floor, bit

    def step(self) -> None:
        """Raises OSError."""
        self._by_reward()
        self._by_room()

    def _by_reward(self) -> None:
        oldest = self._store.oldest_start()
        floor = None if oldest is None else self._asked_floor()
        if floor is None or oldest is None or oldest >= floor.sector:
            return
        if abs(floor.timestamp - time.time()) > CLOCK_SECONDS:
            log.info("the chain's clock differs too much to prune by")
            return
        self._count("reward", self._store.give_up_below(floor.sector))

    def _asked_floor(self) -> Floor | None:
        """A chain that is away is the log cycle's to complain about."""
        try:
            return self._floor()
        except ZerogError as error:
            log.info("the reward contract gave no answer: %s", error)
            return None

    def _by_room(self) -> None:
        """Halve until there is room, or until halving brings nothing."""
        while self._is_full() and self._store.shard.num_shard < MAX_SHARDS:
            smaller = half(self._store.shard, self._bit())
            freed = self._store.narrow(smaller)
            log.warning("no room: shard %d/%d now", smaller.shard_id, smaller.num_shard)
            self._count("room", freed)
            if not freed:
                return

    def _is_full(self) -> bool:
        if self._max is None:
            return False
        part, of = FULL
        return self._store.stored_sectors() * of > self._max * part

    def _count(self, why: str, freed: int) -> None:
        if freed:
            log.info("gave up %d segments (%s)", freed, why)
            self._counters.add(f"pruned.{why}", freed)
