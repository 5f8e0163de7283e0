"""Transactions that survive any crash: stored before they are sent, mined exactly once.

An intent names what a transaction is for; the same intent never makes two. A nonce is given
under the store's write lock, so the processes of a home share an account without clashes. Any
process may die at any line: whoever calls again with the same intent goes on. docs/chain.md
says why each step is safe.
"""

from __future__ import annotations

from zerog.chain.abi import decode_revert
from zerog.chain.errors import InsufficientFunds, Reverted, RpcFailure, TxReverted, TxTimeout
from zerog.chain.hexes import to_bytes, to_hex
from zerog.chain.polling import poll
from zerog.chain.rpc import Chain, Fees, Receipt
from zerog.chain.signer import Signer, TxFields
from zerog.chain.txstore import Call, IntentTaken, Signed, TxRow, TxState, TxStore
from zerog.types import Address

__all__ = [
    "Call", "IntentTaken", "Sender", "TxReverted", "TxRow", "TxState", "TxStore", "TxTimeout",
    "rebroadcast",
]  # fmt: skip

GAS_MARGIN_PERCENT = 125
PLAIN_TRANSFER_GAS = 21_000
WAIT_SECONDS = 60.0


class Sender:
    """Owns the transactions of one account in this home."""

    def __init__(
        self, chain: Chain, store: TxStore, signer: Signer, finality_depth: int = 0
    ) -> None:
        """finality_depth: blocks above a transaction's own before it is final."""
        self.chain, self.store, self.signer = chain, store, signer
        self.finality_depth = finality_depth

    @property
    def address(self) -> Address:
        """The account."""
        return self.signer.address

    def send(self, intent: str, call: Call) -> TxRow:
        """Bring an intent to `sent`, or say how far beyond it is.

        While the intent is not signed, `call` is what it means; afterwards the first call
        stands. Raises TxReverted (mined False: nothing was signed and the intent may be tried
        again; mined True: it failed for good), InsufficientFunds, ChainUnreachable, IntentTaken.
        """
        _heal(self.chain, self.store)
        row = self.store.plan(intent, self.address, call)
        if row.hash is None:
            row = self._sign(row, call)
        if self._look(row) is None:
            self._push(self.store.require(intent))
        return self.store.require(intent)

    def wait(self, intent: str, timeout_s: float = WAIT_SECONDS) -> Receipt:
        """Wait until a sent intent is mined, sending it again where the chain lost it.

        Raises TxReverted, TxTimeout, NoSuchIntent, ChainUnreachable.
        """

        def look() -> Receipt | None:
            row = self.store.require(intent)
            receipt = self._look(row)
            if receipt is None:
                self._keep_going(row)
            return receipt

        found = poll(look, timeout_s)
        if found is None:
            raise TxTimeout(intent, timeout_s)
        return found

    def run(self, intent: str, call: Call, timeout_s: float = WAIT_SECONDS) -> Receipt:
        """`send`, then `wait`."""
        self.send(intent, call)
        return self.wait(intent, timeout_s)

    def settle(self, intent: str) -> Receipt | None:
        """One look: the receipt once it is final, None before. Sends again what a reorg dropped.

        Raises TxReverted, NoSuchIntent, ChainUnreachable.
        """
        row = self.store.require(intent)
        receipt = self._look(row)
        if receipt is None:
            self._keep_going(row)
            return None
        if self.chain.head().number - receipt.block_number < self.finality_depth:
            return None
        self.store.record(intent, TxState.FINAL, receipt, None)
        return receipt

    def _look(self, row: TxRow) -> Receipt | None:
        """The receipt of any of the intent's attempts, recorded; raises TxReverted."""
        receipt = _receipt(self.chain, self.store, row.intent)
        if receipt is not None:
            _record(self.chain, self.store, row, receipt, self.finality_depth)
            if not receipt.succeeded:
                raise _refused(self.store.require(row.intent))
        elif row.block_number is not None:
            _heal(self.chain, self.store)
        return receipt

    def _keep_going(self, row: TxRow) -> None:
        """Not mined: send it again if the node forgot it, sign again if its nonce is gone."""
        if row.hash is None or self.chain.knows(row.hash):
            return
        _heal(self.chain, self.store)
        if self._is_displaced(row):
            row = self._sign(row, row.call)
        self._push(row)

    def _is_displaced(self, row: TxRow) -> bool:
        """Whether another transaction used the nonce, so deep that ours can never be mined.

        The nonce is read at a numbered block: once the node serves that block's state it has
        its receipts too, so a missing receipt afterwards means that it was not ours.
        """
        deep = self.chain.head().number - self.finality_depth
        if row.nonce is None or deep < 0:
            return False
        if self.chain.nonce(self.address, block=deep) <= row.nonce:
            return False
        return _receipt(self.chain, self.store, row.intent) is None

    def _sign(self, row: TxRow, call: Call) -> TxRow:
        """planned -> signed, or signed anew with another nonce. Nothing is sent here."""
        try:
            gas = self.chain.estimate_gas(call.to, call.data, self.address, call.value_wei)
            gas, fees = gas * GAS_MARGIN_PERCENT // 100, self.chain.fees()
            self._require_funds(gas * fees.max_fee + call.value_wei)
        except Reverted as error:
            self.store.refuse(row, error.name, error.data)
            raise TxReverted(row.intent, error.name, error.args, error.data, mined=False) from error
        except InsufficientFunds as error:
            self.store.refuse(row, type(error).__name__, b"")
            raise
        with self.store.signing(row.intent) as lock:
            # Another process may have been here between our look and the lock.
            if lock.row is None or lock.row.hash == row.hash:
                nonce = lock.next_nonce(self.address, self.chain.nonce(self.address, pending=True))
                signed = self._signed(call, nonce, gas, fees)
                lock.put(row.intent, self.address, call, signed)
        return self.store.require(row.intent)

    def _require_funds(self, wei: int) -> None:
        """A signed transaction that the account cannot pay would block its later nonces."""
        balance = self.chain.balance(self.address)
        if balance < wei:
            raise InsufficientFunds(self.address, f"it has {balance} wei, up to {wei} are needed")

    def _signed(self, call: Call, nonce: int, gas: int, fees: Fees) -> Signed:
        fields: TxFields = {
            "chain_id": self.chain.chain_id(),
            "nonce": nonce,
            "max_priority_fee": min(fees.priority_fee, fees.max_fee),
            "max_fee": fees.max_fee,
            "gas": gas,
            "to": call.to,
            "value": call.value_wei,
            "data": call.data,
        }
        raw, tx_hash = self.signer.sign_tx(fields)
        return Signed(nonce, gas, raw, tx_hash)

    def _push(self, row: TxRow) -> None:
        """Hand the row to the chain, and before it whatever holds a lower open nonce.

        A process that died between signing and sending leaves a nonce that all later ones of
        the account wait for: its raw bytes are in the store, so anybody can send them.
        """
        if row.nonce is None:
            return
        first = self.chain.nonce(self.address)
        held = self.store.held(self.address, first, row.nonce)
        for nonce in range(first, row.nonce + 1):
            waiting = held.get(nonce) or self._fill(nonce)
            if waiting is not None:
                self._submit(waiting)

    def _fill(self, nonce: int) -> TxRow | None:
        """Close a gap: a transfer of nothing to ourselves under a nonce that no row holds.

        None when the node has a transaction of that nonce waiting. A gap opens when a foreign
        transaction of this account was dropped; what waits behind it would wait for ever.
        """
        if self.chain.nonce(self.address, pending=True) > nonce:
            return None
        intent, fees = f"fill:{self.address}:{nonce}", self.chain.fees()
        with self.store.signing(intent) as lock:
            if lock.is_held(self.address, nonce):
                return None
            call = Call(self.address)
            signed = self._signed(call, nonce, PLAIN_TRANSFER_GAS, fees)
            lock.put(intent, self.address, call, signed)
        return self.store.require(intent)

    def _submit(self, row: TxRow) -> None:
        """signed -> sent; harmless when the chain has it already."""
        if row.raw is None:
            return
        try:
            _hand_in(self.chain, row.raw, row.sender)
        except FeeTooLow:
            row = self._raise_fees(row)
            if row.raw is not None:
                _hand_in(self.chain, row.raw, row.sender)
        self.store.mark_sent(row.intent)

    def _raise_fees(self, row: TxRow) -> TxRow:
        """Sign again under the same nonce: at most one of the two can be mined."""
        now = self.chain.fees()
        fees = Fees(2 * now.max_fee, 2 * now.priority_fee)
        with self.store.signing(row.intent) as lock:
            if lock.row is not None and lock.row.hash == row.hash and row.nonce is not None:
                gas = row.gas or PLAIN_TRANSFER_GAS
                signed = self._signed(row.call, row.nonce, gas, fees)
                lock.put(row.intent, self.address, row.call, signed)
        return self.store.require(row.intent)


class FeeTooLow(RpcFailure):
    """The node wants a higher price than a signed transaction offers."""

    def __init__(self, failure: RpcFailure) -> None:
        super().__init__(failure.method, failure.code, failure.message)


def _hand_in(chain: Chain, raw: bytes, sender: Address) -> None:
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


def _receipt(chain: Chain, store: TxStore, intent: str) -> Receipt | None:
    for tx_hash, _nonce, _raw in store.attempts(intent):
        found = chain.receipt(tx_hash)
        if found is not None:
            return found
    return None


def _record(chain: Chain, store: TxStore, row: TxRow, receipt: Receipt, depth: int) -> None:
    """mined, final or failed; a record that is right already is left alone."""
    known = row.state in {TxState.MINED, TxState.FINAL, TxState.FAILED}
    if known and row.block_hash == receipt.block_hash and row.hash == receipt.tx_hash:
        return
    if receipt.succeeded:
        store.record(row.intent, TxState.MINED if depth else TxState.FINAL, receipt, None)
        return
    error = _reason(chain, row, receipt)
    store.record(row.intent, TxState.FAILED, receipt, (error.name, error.data))


def _refused(row: TxRow) -> TxReverted:
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

    In the order in which it had mined them, across accounts, each one mined before the next is
    sent; then those that were only waiting. Call it when a chain was restored from an older
    state, before anyone uses it. Gives how many were sent. A killed run is simply run again.
    Raises TxTimeout, RpcFailure, ChainUnreachable.
    """
    next_nonce: dict[Address, int] = {}
    sent = 0
    for row in store.signed_rows():
        if row.raw is None or row.nonce is None or row.hash is None:
            continue
        if row.sender not in next_nonce:
            next_nonce[row.sender] = chain.nonce(row.sender)
        expected = next_nonce[row.sender]
        # Below: the chain has it. Above: something that is not ours is missing in between,
        # and the account's Sender will fill the gap when it sends next.
        if row.nonce != expected:
            continue
        _hand_in(chain, row.raw, row.sender)
        next_nonce[row.sender] = expected + 1
        sent += 1
        if row.block_number is None:
            store.mark_sent(row.intent)
            continue
        receipt = chain.wait_receipt(row.hash, timeout_s)
        _record(chain, store, row, receipt, 0 if row.state is TxState.FINAL else 1)
    return sent


def _heal(chain: Chain, store: TxStore) -> None:
    """Notice that the chain lost blocks with transactions of ours, and give them back.

    One request when all is well: the newest block that we know of is still there.
    """
    newest = store.newest()
    if newest is None or _is_there(chain, newest):
        return
    rebroadcast(chain, store)
    for row in store.newest_mined():
        if _is_there(chain, row):
            return
        receipt = _receipt(chain, store, row.intent)
        if receipt is None:
            store.unseen(row.intent)
        else:
            _record(chain, store, row, receipt, 0 if row.state is TxState.FINAL else 1)


def _is_there(chain: Chain, row: TxRow) -> bool:
    if row.block_number is None:
        return True
    found = chain.block(row.block_number)
    return found is not None and found.hash == row.block_hash
