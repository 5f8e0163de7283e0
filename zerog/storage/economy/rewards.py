"""The reward contracts as a model: whose is every wei, at any time (pure, time is an argument).

Twin of contracts/storage/ChunkRewardBase.sol; it writes every chunk down, where the contract keeps
whole chunks of one fee as a span.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from zerog.errors import Refused
from zerog.storage.economy.rules import Formula, service_fee, share


class ChunkClosed(Refused):
    """The flow passed the end of this chunk before."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        super().__init__(f"pricing chunk {chunk} is full: no fee can be for it")


class NothingToExtend(Refused):
    """Nobody has paid for this chunk."""

    def __init__(self, chunk: int) -> None:
        self.chunk = chunk
        super().__init__(f"pricing chunk {chunk} was never paid for", "store something in it first")


class ChunkLapsed(Refused):
    """The chunk's time is over."""

    def __init__(self, chunk: int, deadline: int) -> None:
        self.chunk, self.deadline = chunk, deadline
        super().__init__(
            f"pricing chunk {chunk} lapsed at {deadline}: nodes may have dropped its data",
            "store the data again",
        )


@dataclass(slots=True)
class Funds:
    """Money of one chunk as of `last_update`; `start_time` 0 before it is full."""

    locked: int = 0
    claimable: int = 0
    distributed: int = 0
    start_time: int = 0
    last_update: int = 0

    @property
    def released(self) -> int:
        """Released at the last update."""
        return self.claimable + self.distributed

    @property
    def total(self) -> int:
        """All that was ever paid for the chunk."""
        return self.locked + self.released

    def as_tuple(self) -> tuple[int, int, int, int, int]:
        """The struct of the contract."""
        sums = (self.locked, self.claimable, self.distributed)
        return (*sums, self.start_time, self.last_update)


@dataclass(slots=True)
class RewardModel:
    """All chunks, payments and donations of one reward contract."""

    formula: Formula
    sectors_per_price: int
    service_fee_bps: int = 0
    treasury: str = ""
    base_reward: int = 0
    total_base_reward: int = 0
    chunks: dict[int, Funds] = field(default_factory=dict)
    extensions: Counter[int] = field(default_factory=Counter)
    payments: Counter[str] = field(default_factory=Counter)

    def fill(self, before: int, charged: int, amount: int, now: int) -> None:
        """A fee for the `charged` sectors behind `before`. Raises ChunkClosed."""
        fee = service_fee(amount, self.service_fee_bps)
        size, end = self.sectors_per_price, before + charged
        for chunk in range(before // size, -(-end // size)):
            funds = self.chunks.setdefault(chunk, Funds())
            if funds.start_time:
                raise ChunkClosed(chunk)
            funds.locked += share(before, charged, amount - fee, size, chunk)
            if end >= (chunk + 1) * size:
                funds.start_time = funds.last_update = now
        self._book(self.treasury, fee)

    def claim(self, chunk: int, beneficiary: str, now: int) -> int:
        """Pay for a proof; gives the reward."""
        funds = self._updated(chunk, now)
        if not funds.start_time:
            return 0
        half = funds.claimable // 2
        funds.claimable -= half
        funds.distributed += half
        deadline = self.deadline(chunk)
        earns = deadline is None or now < deadline
        base = min(self.base_reward, self.total_base_reward) if earns else 0
        self.total_base_reward -= base
        self._book(beneficiary, half + base)
        return half + base

    def extend(self, chunk: int, amount: int, now: int) -> None:
        """Add time or substance to a chunk. Raises NothingToExtend, ChunkLapsed."""
        if not self.funds(chunk).total:
            raise NothingToExtend(chunk)
        deadline = self.deadline(chunk)
        if deadline and now >= deadline:
            raise ChunkLapsed(chunk, deadline)
        self._updated(chunk, now).locked += amount
        self.extensions[chunk] += amount

    def donate(self, amount: int) -> None:
        """Give to the base reward."""
        self.total_base_reward += amount

    def withdraw(self, payee: str) -> int:
        """Pay out what is booked; gives the amount."""
        return self.payments.pop(payee, 0)

    def funds(self, chunk: int) -> Funds:
        """The money of a chunk as of its last update."""
        return self.chunks.get(chunk, Funds())

    def released(self, chunk: int, now: int) -> int:
        """Released until `now`, paid or not."""
        funds = self.funds(chunk)
        if not funds.start_time:
            return funds.released
        base = funds.total - self.extensions[chunk]
        sums = (funds.locked, funds.released)
        return self.formula.released(base, sums, funds.start_time, funds.last_update, now)

    def locked(self, chunk: int, now: int) -> int:
        """Not released at `now`."""
        return self.funds(chunk).total - self.released(chunk, now)

    def deadline(self, chunk: int) -> int | None:
        """When a chunk is over: 0 before it is full, None when never."""
        funds = self.funds(chunk)
        if not funds.start_time:
            return 0
        return self.formula.deadline(
            funds.total - self.extensions[chunk], funds.total, funds.start_time
        )

    def first_rewardable(self, now: int) -> int:
        """The first chunk whose deadline has not passed, counted one by one."""
        chunk = 0
        while (deadline := self.deadline(chunk)) and deadline < now:
            chunk += 1
        return chunk

    def holdings(self) -> int:
        """Every wei that the contract must hold."""
        inside = sum(funds.locked + funds.claimable for funds in self.chunks.values())
        return inside + self.total_base_reward + self.payments.total()

    def _updated(self, chunk: int, now: int) -> Funds:
        funds = self.chunks.setdefault(chunk, Funds())
        if funds.start_time:
            more = self.released(chunk, now) - funds.released
            funds.locked -= more
            funds.claimable += more
            funds.last_update = now
        return funds

    def _book(self, payee: str, amount: int) -> None:
        if amount:
            self.payments[payee] += amount
