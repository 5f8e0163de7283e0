"""Between a row and the chain: handing in, finding receipts, giving back what a chain lost."""

from __future__ import annotations

from zerog.chain.abi import decode_revert
from zerog.chain.errors import InsufficientFunds, Reverted, RpcFailure, TxReverted, TxTimeout
from zerog.chain.hexes import to_bytes, to_hex
from zerog.chain.placing import put_back
from zerog.chain.rpc import Chain, Receipt
from zerog.chain.txstore import TxRow, TxState, TxStore
from zerog.types import Address

WAIT_SECONDS = 60.0


class FeeTooLow(RpcFailure):
    """The node wants a higher price than a signed transaction offers."""

    def __init__(self, failure: RpcFailure) -> None:
        super().__init__(failure.method, failure.code, failure.message)


def hand_in(chain: Chain, raw: bytes, sender: Address) -> None:
    """Send raw bytes; that the chain knows them, or has used their nonce, is no error here.

    The wording is that of geth, reth and anvil. Raises FeeTooLow, InsufficientFunds, RpcFailure.
    """
    try:
        chain.send_raw(raw)
    except RpcFailure as failure:
        said = failure.message.lower()
        if any(words in said for words in ("already", "nonce too low", "replacement")):
            return
        if "less than block base fee" in said or "underpriced" in said or "fee cap" in said:
            raise FeeTooLow(failure) from failure
        if "insufficient funds" in said:
            raise InsufficientFunds(sender, failure.message) from failure
        raise


def find_receipt(chain: Chain, store: TxStore, intent: str) -> Receipt | None:
    """The receipt of any of an intent's attempts."""
    for tx_hash, _nonce, _raw in store.attempts(intent):
        found = chain.receipt(tx_hash)
        if found is not None:
            return found
    return None


def record(chain: Chain, store: TxStore, row: TxRow, receipt: Receipt, depth: int) -> None:
    """mined, final or failed; a record that is right already is left alone."""
    known = row.state in {TxState.MINED, TxState.FINAL, TxState.FAILED}
    if known and row.block_hash == receipt.block_hash and row.hash == receipt.tx_hash:
        return
    if receipt.succeeded:
        store.record(row.intent, TxState.MINED if depth else TxState.FINAL, receipt, None)
        return
    error = _reason(chain, row, receipt)
    store.record(row.intent, TxState.FAILED, receipt, (error.name, error.data))


def failure_of(row: TxRow) -> TxReverted:
    """The exception of a row that was mined and failed."""
    error = decode_revert(row.error_data or b"")
    return TxReverted(row.intent, error.name, error.args, error.data)


def _reason(chain: Chain, row: TxRow, receipt: Receipt) -> Reverted:
    """Why a mined transaction reverted: from its trace, else by calling it again before it."""
    options = {"tracer": "callTracer", "tracerConfig": {"onlyTopCall": True}}
    try:
        trace = chain.rpc("debug_traceTransaction", [to_hex(receipt.tx_hash), options])
    except RpcFailure:  # few public nodes offer traces
        trace = None
    if isinstance(trace, dict) and isinstance(trace.get("output"), str):
        return decode_revert(to_bytes(trace["output"]))
    before = receipt.block_number - 1
    try:
        chain.call(row.call.to, row.call.data, before, row.sender, row.call.value_wei)
    except Reverted as error:
        return error
    except RpcFailure:  # a pruned node has no state of that block
        return decode_revert(b"")
    return decode_revert(b"")


def rebroadcast(chain: Chain, store: TxStore, timeout_s: float = WAIT_SECONDS) -> int:
    """Give a chain that lost its last blocks every transaction of ours that it has not.

    First what was placed without one, then the transactions in the order in which it had mined
    them, across accounts, each one mined before the next is sent; then those that were only
    waiting. Call it when a chain was restored from an older state, before anyone uses it. Gives
    how many were sent. A killed run is simply run again.
    Raises TxTimeout, RpcFailure, ChainUnreachable.
    """
    put_back(chain, store)
    next_nonce: dict[Address, int] = {}
    sent = 0
    for intent, sender, nonce in store.signed_nonces():
        if sender not in next_nonce:
            next_nonce[sender] = chain.nonce(sender)
        # Below: the chain has it. Above: something that is not ours is missing in between,
        # and the account's Sender will fill the gap when it sends next.
        if nonce != next_nonce[sender]:
            continue
        row = store.require(intent)
        if row.raw is None or row.nonce != nonce or row.hash is None:
            continue
        hand_in(chain, row.raw, sender)
        next_nonce[sender] = nonce + 1
        sent += 1
        if row.block_number is None:
            store.mark_sent(row.intent)
            continue
        try:
            receipt = chain.wait_receipt(row.hash, timeout_s)
        except TxTimeout as error:
            raise TxTimeout(row.intent, timeout_s) from error
        record(chain, store, row, receipt, 0 if row.state is TxState.FINAL else 1)
    return sent


def heal(chain: Chain, store: TxStore, timeout_s: float) -> None:
    """Notice that the chain lost blocks with transactions of ours, and give them back.

    One request when all is well: the newest block that we know of is still there.
    """
    newest = store.newest()
    if newest is None or _is_there(chain, newest):
        return
    rebroadcast(chain, store, timeout_s)
    for row in store.newest_mined():
        if _is_there(chain, row):
            return
        receipt = find_receipt(chain, store, row.intent)
        if receipt is None:
            store.unseen(row.intent)
        else:
            record(chain, store, row, receipt, 0 if row.state is TxState.FINAL else 1)


def _is_there(chain: Chain, row: TxRow) -> bool:
    if row.block_number is None:
        return True
    found = chain.block(row.block_number)
    return found is not None and found.hash == row.block_hash
