"""The chain's half of storing a file: one paid submission to the Flow contract per intent."""

from __future__ import annotations

from dataclasses import dataclass

from zerog.chain.bindings import FlowContract, MarketContract
from zerog.chain.tx import Call, Sender
from zerog.errors import ZerogError
from zerog.storage.codec import FileTree
from zerog.storage.flow import fee

SUBMIT = "submit(((uint256,bytes,(bytes32,uint256)[]),address))"
"""The current of the two submit functions (0gfoundation/0g-storage-contracts: IFlow.sol)."""


class NoSubmitLog(ZerogError):
    """A mined submission has no Submit log of the expected identity."""

    def __init__(self, intent: str, tx_hash: bytes) -> None:
        self.intent, self.tx_hash = intent, tx_hash
        super().__init__(
            f"the transaction 0x{tx_hash.hex()} of {intent} logged no submission of this file",
            "the intent belongs to another file, or the Flow address to another contract",
        )


@dataclass(frozen=True, slots=True)
class Submitted:
    """A mined submission; fee_wei is what the file cost, without gas."""

    tx_seq: int
    tx_hash: bytes
    gas_used: int
    fee_wei: int


def submit(sender: Sender, flow: FlowContract, tree: FileTree, intent: str) -> Submitted:
    """Submit a file and pay the exact fee; the earlier submission when the intent has one.

    Raises TxReverted, TxTimeout, ChainUnreachable, InsufficientFunds, NoSubmitLog.
    """
    earlier = sender.store.get(intent)
    # Until it is signed the price may still change.
    signed = earlier is not None and earlier.hash is not None
    call = earlier.call if earlier is not None and signed else _call(sender, flow, tree)
    receipt = sender.run(intent, call)
    for event in flow.decode(receipt, "Submit"):
        if event.args["identity"] == tree.identity:
            return Submitted(
                tx_seq=event.number("submissionIndex"),
                tx_hash=receipt.tx_hash,
                gas_used=receipt.gas_used,
                fee_wei=call.value_wei,
            )
    raise NoSubmitLog(intent, receipt.tx_hash)


def _call(sender: Sender, flow: FlowContract, tree: FileTree) -> Call:
    market = MarketContract(flow.chain, flow.market())
    nodes = [(node.root, node.height) for node in tree.nodes]
    submission = ((tree.size, b"", nodes), sender.signer.address)
    return Call(
        to=flow.address,
        data=flow.calldata(SUBMIT, submission),
        value_wei=fee(tree.heights, market.price_per_sector_wei()),
    )
