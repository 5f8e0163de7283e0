"""The leases of stored files: which pricing chunks a root lies in, and paying for more time."""

from __future__ import annotations

from dataclasses import dataclass

from zerog.chain.bindings import FlowContract, RewardContract
from zerog.chain.errors import TxReverted
from zerog.chain.rpc import Receipt
from zerog.chain.tx import Sender
from zerog.errors import UsageError
from zerog.storage.client.client import StorageClient
from zerog.storage.client.endowment import Lease, Part, leases, pay, require_living, split
from zerog.storage.client.ledger import Extension, Ledger
from zerog.storage.client.results import Extended, Leased
from zerog.storage.client.submit import OnTx, Placed, no_tx, submissions_of
from zerog.storage.errors import FileUnknown


class NoTime(UsageError):
    """An extension by nothing, or by both a time and an amount."""

    def __init__(self, seconds: int, amount_wei: int) -> None:
        self.seconds, self.amount_wei = seconds, amount_wei
        super().__init__(
            f"an extension by {seconds} seconds and {amount_wei} wei",
            "give one of the two, more than zero",
        )


@dataclass(frozen=True, slots=True)
class MoreTime:
    """What is asked for: so many seconds, or what an amount buys. Raises NoTime."""

    seconds: int = 0
    amount_wei: int = 0

    def __post_init__(self) -> None:
        if min(self.seconds, self.amount_wei) or max(self.seconds, self.amount_wei) < 1:
            raise NoTime(self.seconds, self.amount_wei)

    def __str__(self) -> str:
        return f"{self.seconds} s" if self.seconds else f"{self.amount_wei} wei"

    def parts(self, chunks: tuple[Lease, ...]) -> list[Part]:
        """What each chunk gets."""
        if self.amount_wei:
            return split(chunks, self.amount_wei)
        return [Part(one.chunk, one.cost_wei(self.seconds)) for one in chunks]


class Leasing:
    """Asks the chain where a root lies; nodes only name its subtrees, which fold to the root."""

    def __init__(
        self, client: StorageClient, ledger: Ledger, flow: FlowContract, reward: RewardContract
    ) -> None:
        self._client, self._ledger, self._flow, self._reward = client, ledger, flow, reward

    def leases(self, root: bytes) -> list[Leased]:
        """Of every submission of a root, oldest first. Raises FileUnknown, ChainUnreachable."""
        return [self._lease(root, placed) for placed in self._placed(root)]

    def extend(self, root: bytes, sender: Sender, more: MoreTime, on_tx: OnTx = no_tx) -> Extended:
        """Pay for more time of the newest submission of this home, else of the newest of all.

        An extension that was interrupted goes on as it was planned when the same is asked for.
        Raises FileUnknown, NothingToExtend, ChunkLapsed, TxReverted, InsufficientFunds.
        """
        placed = self._chosen(root)
        begun = self._ledger.extension(sender.address, placed.tx_seq, str(more))
        if begun is None:
            chunks = self._lease(root, placed).chunks
            require_living(chunks, self._reward.chain.head().timestamp)
            begun = self._ledger.extension(
                sender.address, placed.tx_seq, str(more), more.parts(chunks)
            )
        if begun is None:
            raise NoTime(more.seconds, more.amount_wei)
        receipts = self._pay(sender, begun, on_tx)
        hashes = tuple(one.tx_hash for one in receipts)
        return Extended(begun.parts, hashes, self._lease(root, placed))

    def _pay(self, sender: Sender, begun: Extension, on_tx: OnTx) -> list[Receipt]:
        receipts: list[Receipt] = []
        for at, part in enumerate(begun.parts):
            try:
                receipts.append(pay(sender, self._reward, part, begun.intent))
            except TxReverted as error:
                if error.mined:
                    self._ledger.end_extension(begun, left=begun.parts[at:])
                raise
            on_tx(receipts[-1].tx_hash)
        self._ledger.end_extension(begun)
        return receipts

    def _lease(self, root: bytes, placed: Placed) -> Leased:
        chunks = leases(self._reward, placed.start, placed.sectors)
        return Leased(root, placed.tx_seq, placed.start, placed.sectors, tuple(chunks))

    def _placed(self, root: bytes) -> list[Placed]:
        known = {row.order.submission.nodes for row in self._ledger.rows_of(root)}
        found = [
            placed
            for nodes in known or self._client.subtrees(root)
            for placed in submissions_of(self._flow, nodes)
        ]
        if not found:
            raise FileUnknown(root)
        return sorted(found, key=lambda placed: placed.tx_seq)

    def _chosen(self, root: bytes) -> Placed:
        placed = self._placed(root)
        ours = {row.tx_seq for row in self._ledger.rows_of(root)}
        return next((one for one in reversed(placed) if one.tx_seq in ours), placed[-1])
