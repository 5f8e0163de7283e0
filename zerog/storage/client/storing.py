"""From contents to finalised files: what is there already is skipped, the rest paid and sent.

Every step finds what an earlier run of it did, in this process or in one that was killed: rows
of the ledger, transactions by intent, segments that the nodes hold.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.errors import TxReverted
from zerog.chain.tx import Sender
from zerog.storage.client.client import StorageClient
from zerog.storage.client.errors import ReplicasNotMet
from zerog.storage.client.ledger import Ledger, Order, Row
from zerog.storage.client.placement import Meter
from zerog.storage.client.sources import Fragment
from zerog.storage.client.submit import OnTx, Submission, Submitted, no_tx, submit_many
from zerog.storage.codec import SEGMENT
from zerog.storage.errors import NodeRefused
from zerog.types import Address, Progress, no_progress

AT_ONCE: Final = 4
"""Small files under way to the nodes."""
SMALL: Final = 8 * SEGMENT
"""Longer ones go one by one: each fills the connections by itself, and memory stays bounded."""


@dataclass(frozen=True, slots=True)
class Terms:
    """How to store.

    replicas: copies of everything. tags: of every submission. submitter: whom the Submit event
    names, the payer when None. again: pay for a new submission even of what is stored.
    """

    replicas: int = 1
    tags: bytes = b""
    submitter: Address | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Stored:
    """A finalised submission.

    fee_wei, tx_hash: None where somebody else's submission was taken. earlier: nothing was paid
    now. nodes: URLs that were brought to hold it.
    """

    root: bytes
    size: int
    tx_seq: int
    tx_hash: bytes | None = None
    fee_wei: int | None = None
    earlier: bool = False
    nodes: tuple[str, ...] = field(default=())


class Storing:
    """Stores fragments for one payer; every method may be repeated."""

    def __init__(
        self,
        sender: Sender,
        flow: FlowContract,
        client: StorageClient,
        ledger: Ledger,
        terms: Terms,
        progress: Progress = no_progress,
        on_tx: OnTx = no_tx,
    ) -> None:
        """on_tx: told each transaction's hash as soon as the chain has it."""
        self._sender, self._flow, self._client, self._ledger = sender, flow, client, ledger
        self._terms, self._progress, self._on_tx = terms, progress, on_tx
        self._placement = client.placement(terms.replicas)

    def store(self, fragments: Sequence[Fragment]) -> list[Stored]:
        """Pay for and upload these, in order; gives one result per fragment.

        Raises what the chain raises (TxReverted, InsufficientFunds, ...), ReplicasNotMet,
        FileChanged.
        """
        orders = [self._order(fragment) for fragment in fragments]
        there = self._there(orders)
        wanted = [order for order, found in zip(orders, there, strict=True) if found is None]
        if wanted:
            self._placement.require(wanted[0].root)
        rows = iter(self._ledger.plan(wanted, self._sender.address, self._terms.again))
        plan = [None if found else next(rows) for found in there]
        paid = self._pay([row for row in plan if row is not None])
        total = sum(fragment.tree.size for fragment in fragments) * self._terms.replicas
        meter = Meter("upload", total, self._progress)

        def bring(at: int) -> Stored:
            row, found = plan[at], there[at]
            if row is None:
                if found is None:
                    raise RuntimeError("an order that is neither stored nor planned")
                meter.add(fragments[at].tree.size * self._terms.replicas)
                return found
            return self._bring(fragments[at], row, paid[row.number], meter)

        small = [at for at, one in enumerate(fragments) if one.tree.size <= SMALL]
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="store") as pool:
            done = dict(zip(small, pool.map(bring, small), strict=True))
        done |= {at: bring(at) for at in range(len(fragments)) if at not in done}
        self._ledger.mark_stored([row for row in plan if row is not None])
        meter.finish()
        return [done[at] for at in range(len(fragments))]

    def _order(self, fragment: Fragment) -> Order:
        submission = Submission.of(fragment.tree, self._terms.tags, self._terms.submitter)
        name = fragment.content.name
        label = f"{name} +{fragment.start}" if fragment.start else name
        return Order(label, fragment.tree.data_root, submission)

    def _there(self, orders: Sequence[Order]) -> list[Stored | None]:
        """What the nodes hold often enough already and this home did not begin to pay for.

        Tags are part of what is bought, so a file with tags is always submitted.
        """
        if self._terms.again or self._terms.tags:
            return [None] * len(orders)
        with ThreadPoolExecutor(AT_ONCE, thread_name_prefix="look") as pool:
            return list(pool.map(self._find, orders))

    def _find(self, order: Order) -> Stored | None:
        row = self._ledger.find(order, self._sender.address)
        if row is not None:
            return None
        info = self._placement.held(order.root, order.submission.size)
        return None if info is None else Stored(order.root, info.size, info.seq, earlier=True)

    def _pay(self, rows: Sequence[Row]) -> dict[int, Submitted]:
        """One transaction per intent; gives each row's submission by the row's number."""
        done: dict[int, Submitted] = {}
        for intent in dict.fromkeys(row.intent for row in rows):
            batch = self._ledger.batch(intent)
            wanted = [row.order.submission for row in batch]
            try:
                results = submit_many(self._sender, self._flow, wanted, intent, self._on_tx)
            except TxReverted as error:
                if error.mined:
                    self._ledger.failed(intent)
                raise
            self._ledger.paid(intent, results)
            done |= {row.number: one for row, one in zip(batch, results, strict=True)}
        return done

    def _bring(self, fragment: Fragment, row: Row, paid: Submitted, meter: Meter) -> Stored:
        try:
            nodes = self._placement.store(fragment.open, fragment.tree, paid.tx_seq, meter)
        except (ReplicasNotMet, NodeRefused):
            fragment.check()
            raise
        return Stored(
            root=fragment.tree.data_root,
            size=fragment.tree.size,
            tx_seq=paid.tx_seq,
            tx_hash=paid.tx_hash,
            fee_wei=paid.fee_wei,
            earlier=row.tx_seq is not None,
            nodes=tuple(nodes),
        )
