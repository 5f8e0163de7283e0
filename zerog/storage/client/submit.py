"""The chain's half of storing files: one paid transaction to the Flow contract per intent."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from zerog.chain.bindings import FlowContract, MarketContract
from zerog.chain.rpc import Receipt
from zerog.chain.tx import Call, Sender
from zerog.errors import UsageError, ZerogError
from zerog.storage.codec import FileTree, SubmissionNode, identity_of
from zerog.storage.flow import fee
from zerog.types import Address

DATA: Final = "(uint256,bytes,(bytes32,uint256)[])"
SUBMIT: Final = f"submit(({DATA},address))"
BATCH_SUBMIT: Final = f"batchSubmit(({DATA},address)[])"
"""The current ones of the two generations (0gfoundation/0g-storage-contracts: IFlow.sol)."""
BATCH: Final = 10
"""Submissions per transaction, as in the Go client."""

OnTx: TypeAlias = Callable[[bytes], None]
"""Called with the 32-byte hash as soon as a transaction is handed to the chain."""


def no_tx(tx_hash: bytes) -> None:
    """For callers that do not ask."""


class NoSubmitLog(ZerogError):
    """A mined submission has no Submit log of the expected identity."""

    def __init__(self, intent: str, tx_hash: bytes) -> None:
        self.intent, self.tx_hash = intent, tx_hash
        super().__init__(
            f"the transaction 0x{tx_hash.hex()} of {intent} logged no submission of this file",
            "the intent belongs to another file, or the Flow address to another contract",
        )


class BatchTooLarge(UsageError):
    """More submissions than one transaction takes, or none."""

    def __init__(self, count: int) -> None:
        self.count = count
        super().__init__(f"a transaction takes 1 to {BATCH} submissions, not {count}")


@dataclass(frozen=True, slots=True)
class Submission:
    """What one file is on chain.

    size: real bytes; nodes: highest first; tags: stream ids for KV, else empty; submitter: what
    the Submit event calls `sender` (it proves nothing), the payer when None.
    """

    size: int
    nodes: tuple[SubmissionNode, ...]
    tags: bytes = b""
    submitter: Address | None = None

    @classmethod
    def of(cls, tree: FileTree, tags: bytes = b"", submitter: Address | None = None) -> Submission:
        """The submission of a file."""
        return cls(tree.size, tree.nodes, tags, submitter)

    @property
    def sectors(self) -> int:
        """What is paid for."""
        return sum(1 << node.height for node in self.nodes)

    def to_abi(self, payer: Address) -> tuple[object, ...]:
        """The contract's struct Submission."""
        nodes = [(node.root, node.height) for node in self.nodes]
        return ((self.size, self.tags, nodes), self.submitter or payer)


@dataclass(frozen=True, slots=True)
class Submitted:
    """A mined submission; fee_wei is what this file cost, gas_used the whole transaction's."""

    tx_seq: int
    tx_hash: bytes
    gas_used: int
    fee_wei: int


def submit(
    sender: Sender,
    flow: FlowContract,
    tree: FileTree,
    intent: str,
    *,
    tags: bytes = b"",
    submitter: Address | None = None,
    on_tx: OnTx = no_tx,
) -> Submitted:
    """Submit a file and pay the exact fee; the earlier submission when the intent has one.

    Raises TxReverted, TxTimeout, ChainUnreachable, InsufficientFunds, NoSubmitLog.
    """
    batch = [Submission.of(tree, tags, submitter)]
    return submit_many(sender, flow, batch, intent, on_tx)[0]


def submit_many(
    sender: Sender,
    flow: FlowContract,
    batch: Sequence[Submission],
    intent: str,
    on_tx: OnTx = no_tx,
) -> list[Submitted]:
    """Submit 1 to BATCH files in one transaction, in order; each intent pays once.

    Raises BatchTooLarge and the errors of `submit`.
    """
    if not 1 <= len(batch) <= BATCH:
        raise BatchTooLarge(len(batch))
    earlier = sender.store.get(intent)
    # Until it is signed the price may still change.
    signed = earlier is not None and earlier.hash is not None
    call = earlier.call if earlier is not None and signed else _call(sender, flow, batch)
    on_tx(sender.send(intent, call).tx_hash)
    return _submitted(flow, batch, intent, call, sender.wait(intent))


def price_per_sector(flow: FlowContract) -> int:
    """What the market asks for 256 bytes, in wei."""
    return MarketContract(flow.chain, flow.market()).price_per_sector_wei()


@dataclass(frozen=True, slots=True)
class Placed:
    """Where the chain put a submission: `size` in bytes, the rest in sectors of the flow."""

    tx_seq: int
    start: int
    sectors: int
    size: int


def submissions_of(flow: FlowContract, nodes: Sequence[SubmissionNode]) -> list[Placed]:
    """Every submission of these nodes, oldest first; one request."""
    found: list[Placed] = []
    for event in flow.events("Submit", identity=identity_of(nodes)):
        submission = event.args["submission"]
        if isinstance(submission, tuple) and isinstance(submission[0], int):
            start, sectors = event.number("startPos"), event.number("length")
            size = submission[0]
            found.append(Placed(event.number("submissionIndex"), start, sectors, size))
    return found


def _call(sender: Sender, flow: FlowContract, batch: Sequence[Submission]) -> Call:
    price = price_per_sector(flow)
    made = [one.to_abi(sender.signer.address) for one in batch]
    data = flow.calldata(SUBMIT, made[0]) if len(made) == 1 else flow.calldata(BATCH_SUBMIT, made)
    value = sum(fee([node.height for node in one.nodes], price) for one in batch)
    return Call(to=flow.address, data=data, value_wei=value)


def _submitted(
    flow: FlowContract, batch: Sequence[Submission], intent: str, call: Call, receipt: Receipt
) -> list[Submitted]:
    """The logs are in the order of the batch: equal files may be in one."""
    logs = list(flow.decode(receipt, "Submit"))
    wanted = [identity_of(one.nodes) for one in batch]
    if [log.args["identity"] for log in logs] != wanted:
        raise NoSubmitLog(intent, receipt.tx_hash)
    price = call.value_wei // sum(one.sectors for one in batch)
    return [
        Submitted(
            tx_seq=log.number("submissionIndex"),
            tx_hash=receipt.tx_hash,
            gas_used=receipt.gas_used,
            fee_wei=price * one.sectors,
        )
        for log, one in zip(logs, batch, strict=True)
    ]
