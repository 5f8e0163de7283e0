"""What a miner has and gets: its state, the money of the chunks it proves, and claiming it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass

from zerog.chain.rpc import Block
from zerog.chain.tx import Call
from zerog.errors import NotFound
from zerog.storage.mining.miner import Miner
from zerog.storage.mining.network import Closed, Network
from zerog.storage.mining.ranges import UNIT_SECTORS, whole_loads
from zerog.types import Address, Json


class NothingToClaim(NotFound):
    """No payments are booked for this account."""

    def __init__(self, payee: Address) -> None:
        self.payee = payee
        super().__init__(f"nothing is booked for {payee}", "see: zerog miner status")


@dataclass(frozen=True, slots=True)
class MinerStatus:
    """Where a miner stands; `window` says why nothing is searched for, or until which block."""

    miner_id: str | None
    beneficiary: Address
    epoch: int
    epochs_due: int
    flow_sectors: int
    minable_units: int
    sealed_units: int
    files_without_data: int
    window: str
    answers: int

    def to_json(self) -> dict[str, Json]:
        """Member by member."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ChunkMoney:
    """A pricing chunk in wei, as of now; times in Unix seconds, 0 before the chunk is full."""

    index: int
    locked_wei: int
    claimable_wei: int
    distributed_wei: int
    start_time: int
    deadline: int

    def to_json(self) -> dict[str, Json]:
        """Member by member."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Earnings:
    """payments_wei: to be claimed; earned_wei: all that answers brought this account so far."""

    beneficiary: Address
    payments_wei: int
    earned_wei: int
    chunks: Sequence[ChunkMoney]

    def to_json(self) -> dict[str, Json]:
        """Member by member."""
        return {**asdict(self), "chunks": [one.to_json() for one in self.chunks]}


@dataclass(frozen=True, slots=True)
class Claimed:
    """Payments that went to an account; wei before the gas of the transaction."""

    beneficiary: Address
    amount_wei: int
    gas_wei: int
    tx_hash: str

    def to_json(self) -> dict[str, Json]:
        """Member by member."""
        return asdict(self)


def status(miner: Miner) -> MinerStatus:
    """Look, and send nothing. Raises ChainUnreachable, Reverted."""
    network, own_id = miner.network, miner.known_id()
    miner.log.step()
    context = network.flow.context()
    sealed, missing = miner.store.counts()
    return MinerStatus(
        miner_id=None if own_id is None else "0x" + own_id.hex(),
        beneficiary=miner.sender.address,
        epoch=context.epoch,
        epochs_due=miner.keeper.due(),
        flow_sectors=flow_length(network),
        minable_units=whole_loads(context.flow_length) // UNIT_SECTORS,
        sealed_units=sealed,
        files_without_data=missing,
        window=_window(miner, own_id),
        answers=0 if own_id is None else len(network.mine.events("NewSubmission", minerId=own_id)),
    )


def earnings(miner: Miner, limit: int) -> Earnings:
    """Money of at most `limit` chunks, from the first that still pays on.

    As of one block: what is released depends on its time.
    """
    network, owner = miner.network, miner.sender.address
    at = network.chain.head().number
    size = network.reward.sectors_per_price(at)
    first = network.reward.first_rewardable_chunk(at)
    beyond = min(-(-flow_length(network, at) // size), first + limit)
    paid = network.reward.events("DistributeReward", last=at, beneficiary=owner)
    return Earnings(
        beneficiary=owner,
        payments_wei=network.reward.payments_wei(owner, at),
        earned_wei=sum(event.number("amount") for event in paid),
        chunks=[_chunk(network, index, at) for index in range(first, beyond)],
    )


def claim(miner: Miner) -> Claimed:
    """Withdraw what is booked for the miner's account.

    The same claim is sent once however often it is asked for: its intent counts the withdrawals
    before it. Raises NothingToClaim, TxReverted, TxTimeout, ChainUnreachable, InsufficientFunds.
    """
    reward, owner = miner.network.reward, miner.sender.address
    amount = reward.payments_wei(owner)
    if not amount:
        raise NothingToClaim(owner)
    before = len(reward.events("Withdrawn", payee=owner))
    call = Call(reward.address, reward.calldata("withdrawPayments", owner))
    receipt = miner.sender.run(f"claim:{reward.address}:{owner}:{before}", call)
    paid = sum(event.number("weiAmount") for event in reward.decode(receipt, "Withdrawn"))
    gas = receipt.gas_used * receipt.gas_price
    return Claimed(owner, paid, gas, "0x" + receipt.tx_hash.hex())


def flow_length(network: Network, block: Block = "latest") -> int:
    """Sectors of the flow."""
    found = network.flow.read_all("tree", block=block)[0]
    return found if isinstance(found, int) else 0


def _window(miner: Miner, own_id: bytes | None) -> str:
    if own_id is None:
        return "closed: no miner id yet"
    found = miner.network.window(own_id, miner.config.shard)
    if isinstance(found, Closed):
        return f"closed: {found.reason}"
    return f"open until block {found.deadline}"


def _chunk(network: Network, index: int, at: int) -> ChunkMoney:
    funds = network.reward.funds(index, at)
    return ChunkMoney(
        index=index,
        locked_wei=network.reward.locked_wei(index, at),
        claimable_wei=max(network.reward.released_wei(index, at) - funds.distributed_wei, 0),
        distributed_wei=funds.distributed_wei,
        start_time=funds.start_time,
        deadline=network.reward.deadline(index, at),
    )
