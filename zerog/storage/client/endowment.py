"""How long a file is paid for, and paying for more: the client's half of the endowment.

A file lies in the pricing chunks of its sectors; each is extended by its own transaction, which
is paid once per intent. (contracts/interfaces/IChunkLinearReward.sol)
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from zerog.chain.bindings import RewardContract
from zerog.chain.errors import Reverted, TxReverted
from zerog.chain.rpc import Block, Receipt
from zerog.chain.tx import Call, Sender
from zerog.storage.economy.rewards import ChunkLapsed, NothingToExtend
from zerog.storage.economy.rules import extension_cost

EXTEND_GAS: Final = 700_000
"""Limit of an extension, not estimated: the chunk may fill up in between, and whoever extends a
full one writes its deadline down, for up to 430,000."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A pricing chunk of a file.

    deadline: Unix seconds, 0 before the chunk is full, when its time has not begun;
    fees_wei: what its rate is made of; locked_wei, released_wei: all that was paid, extensions
    too, not yet and already released to miners.
    """

    chunk: int
    deadline: int
    fees_wei: int
    locked_wei: int
    released_wei: int
    release_seconds: int

    def cost_wei(self, seconds: int) -> int:
        """What so much more time costs; before the chunk is full at least this, for it fills."""
        return extension_cost(self.fees_wei, self.release_seconds, seconds)


@dataclass(frozen=True, slots=True)
class Part:
    """What one chunk gets of an extension."""

    chunk: int
    amount_wei: int


def leases(
    reward: RewardContract, start: int, sectors: int, block: Block = "latest"
) -> list[Lease]:
    """The chunks of the sectors [start, start + sectors) of the flow, sectors at least 1.

    Raises NothingToExtend for a chunk that nobody paid for, ChainUnreachable.
    """
    size, seconds = reward.sectors_per_price(block), reward.release_seconds(block)
    chunks = range(start // size, (start + sectors - 1) // size + 1)
    return [_lease(reward, chunk, seconds, block) for chunk in chunks]


def extend(
    sender: Sender, reward: RewardContract, some: Iterable[Lease], seconds: int, intent: str
) -> list[Receipt]:
    """Pay for `seconds` more of each chunk; the same intent pays once, however often it is run.

    Raises ChunkLapsed before anything is sent, TxReverted, TxTimeout, InsufficientFunds.
    """
    wanted = list(some)
    require_living(wanted, reward.chain.head().timestamp)
    parts = [Part(lease.chunk, lease.cost_wei(seconds)) for lease in wanted]
    return [pay(sender, reward, part, intent) for part in parts]


def pay(sender: Sender, reward: RewardContract, part: Part, intent: str) -> Receipt:
    """Pay one chunk's part of an intent, once; raises TxReverted, TxTimeout, InsufficientFunds.

    One that the contract would refuse now is not sent.
    """
    name = f"{intent}:{part.chunk}"
    data = reward.calldata("extend", part.chunk)
    call = Call(to=reward.address, data=data, value_wei=part.amount_wei)
    row = sender.store.get(name)
    if row is None or row.hash is None:
        _try_out(sender, call, name)
    return sender.run(name, call, gas=EXTEND_GAS)


def _try_out(sender: Sender, call: Call, intent: str) -> None:
    try:
        sender.chain.estimate_gas(call.to, call.data, sender.address, call.value_wei)
    except Reverted as error:
        raise TxReverted(intent, error.name, error.args, error.data, mined=False) from error


def require_living(some: Iterable[Lease], now: int) -> None:
    """Raises ChunkLapsed for a chunk whose time is over."""
    for lease in some:
        if lease.deadline and lease.deadline <= now:
            raise ChunkLapsed(lease.chunk, lease.deadline)


def split(some: Sequence[Lease], amount_wei: int) -> list[Part]:
    """An amount shared among chunks, to the wei, so that each gains the same time."""
    total, reached, given = sum(lease.fees_wei for lease in some), 0, 0
    parts: list[Part] = []
    for lease in some:
        reached += lease.fees_wei
        until = amount_wei * reached // total
        parts.append(Part(lease.chunk, until - given))
        given = until
    return [part for part in parts if part.amount_wei]


def _lease(reward: RewardContract, chunk: int, seconds: int, block: Block) -> Lease:
    funds = reward.funds(chunk, block)
    total = funds.locked_wei + funds.claimable_wei + funds.distributed_wei
    if not total:
        raise NothingToExtend(chunk)
    return Lease(
        chunk=chunk,
        deadline=reward.deadline(chunk, block),
        fees_wei=total - reward.extension_wei(chunk, block),
        locked_wei=(locked := reward.locked_wei(chunk, block)),
        released_wei=total - locked,
        release_seconds=seconds,
    )
