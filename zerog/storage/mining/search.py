"""Trying nonces: each recalls one load, whose sealed units are mixed with its pad (pure).

(0gfoundation/0g-storage-contracts: contracts/miner/MineLib.sol; 0glabs/0g-storage-node: node/miner)
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from hashlib import blake2b
from typing import Final

from zerog.storage.codec import HASH, SEGMENT
from zerog.storage.mining.difficulty import scaled_target
from zerog.storage.mining.errors import PositionOutOfRange
from zerog.storage.mining.pora import PAD, SEAL_UNIT, MineContext, pad_seed, scratch_pad
from zerog.storage.mining.ranges import LOAD_SECTORS, RecallRange, recall_load

NONCES: Final = 1 << 256


@dataclass(frozen=True, slots=True)
class Window:
    """What an answer is searched for: the epoch, the miner's subtask in it, and the target.

    An answer must be mined in a block of start + 1 .. deadline.
    """

    context: MineContext
    miner_id: bytes
    subtask: bytes
    pora_target: int
    range: RecallRange
    start: int
    deadline: int

    @property
    def limit(self) -> int:
        """The largest output that passes."""
        shards = self.range.num_shards
        return scaled_target(self.pora_target, self.context.flow_length, shards)


@dataclass(frozen=True, slots=True)
class Found:
    """A nonce whose output passes, at a unit of a load of the flow."""

    nonce: bytes
    load: int
    unit: int
    sealed: bytes


Loads = Callable[[int], tuple[Collection[int], bytes]]
"""(sealed units that count, 256 KiB of sealed data) of a load of the flow."""


def search(
    window: Window, loads: Loads, first_nonce: int, budget: int, stop: Callable[[], bool]
) -> Found | None:
    """Try up to `budget` nonces from `first_nonce` on; None when none passes or `stop` says so."""
    limit, asked = window.limit, window.range
    range_digest = asked.digest
    for step in range(budget):
        if stop():
            return None
        nonce = ((first_nonce + step) % NONCES).to_bytes(HASH, "big")
        seed = pad_seed(window.miner_id, nonce, window.subtask, range_digest)
        pad, recall_seed = scratch_pad(seed)
        try:
            load = recall_load(recall_seed, asked) // LOAD_SECTORS
        except PositionOutOfRange:
            continue
        units, sealed = loads(load)
        unit = best_unit(seed, pad, units, sealed, limit)
        if unit is not None:
            data = sealed[unit * SEAL_UNIT : (unit + 1) * SEAL_UNIT]
            return Found(nonce, load, unit, data)
    return None


def best_unit(
    seed: bytes, pad: bytes, units: Collection[int], sealed: bytes, limit: int
) -> int | None:
    """The first of the units whose output is at most `limit`; the whole load is mixed at once."""
    if not units:
        return None
    repeated = int.from_bytes(pad * (SEGMENT // PAD), "big")
    mixed = memoryview((int.from_bytes(sealed, "big") ^ repeated).to_bytes(SEGMENT, "big"))
    tail, most = seed + bytes(HASH), limit.to_bytes(HASH, "big")
    for unit in sorted(units):
        state = blake2b(unit.to_bytes(HASH, "big") + tail)
        state.update(mixed[unit * SEAL_UNIT : (unit + 1) * SEAL_UNIT])
        if state.digest()[:HASH] <= most:
            return unit
    return None
