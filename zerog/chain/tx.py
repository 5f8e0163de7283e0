"""Transactions that survive any crash: stored before they are sent, mined exactly once.

An intent names what a transaction is for; the same intent never makes two. A nonce is given
under the store's write lock, so the processes of a home share an account without clashes. Any
process may die at any line: whoever calls again with the same intent goes on. docs/chain.md
says why each step is safe.
"""

from __future__ import annotations

from zerog.chain.errors import InsufficientFunds, Reverted, TxReverted, TxTimeout
from zerog.chain.polling import poll
from zerog.chain.recovery import (
    WAIT_SECONDS,
    FeeTooLow,
    failure_of,
    find_receipt,
    hand_in,
    heal,
    rebroadcast,
    record,
)
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

    def send(
        self, intent: str, call: Call, timeout_s: float = WAIT_SECONDS, gas: int | None = None
    ) -> TxRow:
        """Bring an intent to `sent`, or say how far beyond it is.

        While the intent is not signed, `call` is what it means; afterwards the first call
        stands. timeout_s: for a chain that lost blocks and is given them back first.
        gas: the limit to sign with, unestimated: for a call that means more in the next block
        than in the newest one (an epoch that ends in between).
        Raises TxReverted (mined False: nothing was signed and the intent may be tried again;
        mined True: it failed for good), InsufficientFunds, ChainUnreachable, IntentTaken,
        TxTimeout.
        """
        heal(self.chain, self.store, timeout_s)
        row = self.store.plan(intent, self.address, call)
        if row.hash is None:
            row = self._sign(row, call, gas)
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
                self._keep_going(row, timeout_s)
            return receipt

        found = poll(look, timeout_s)
        if found is None:
            raise TxTimeout(intent, timeout_s)
        return found

    def run(
        self, intent: str, call: Call, timeout_s: float = WAIT_SECONDS, gas: int | None = None
    ) -> Receipt:
        """`send`, then `wait`."""
        self.send(intent, call, timeout_s, gas)
        return self.wait(intent, timeout_s)

    def settle(self, intent: str) -> Receipt | None:
        """One look: the receipt once it is final, None before. Sends again what a reorg dropped.

        Raises TxReverted, NoSuchIntent, ChainUnreachable.
        """
        row = self.store.require(intent)
        receipt = self._look(row)
        if receipt is None:
            self._keep_going(row, WAIT_SECONDS)
            return None
        if self.chain.head().number - receipt.block_number < self.finality_depth:
            return None
        self.store.record(intent, TxState.FINAL, receipt, None)
        return receipt

    def _look(self, row: TxRow) -> Receipt | None:
        """The receipt of any of the intent's attempts, recorded; raises TxReverted."""
        receipt = find_receipt(self.chain, self.store, row.intent)
        if receipt is not None:
            record(self.chain, self.store, row, receipt, self.finality_depth)
            if not receipt.succeeded:
                raise failure_of(self.store.require(row.intent))
        return receipt

    def _keep_going(self, row: TxRow, timeout_s: float) -> None:
        """Not mined: send it again if the node forgot it, sign again if its nonce is gone."""
        if row.hash is None or self.chain.knows(row.hash):
            return
        heal(self.chain, self.store, timeout_s)
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
        return find_receipt(self.chain, self.store, row.intent) is None

    def _sign(self, row: TxRow, call: Call, limit: int | None = None) -> TxRow:
        """planned -> signed, or signed anew with another nonce. Nothing is sent here."""
        try:
            gas, fees = limit or self._estimate(call), self.chain.fees()
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

    def _estimate(self, call: Call) -> int:
        gas = self.chain.estimate_gas(call.to, call.data, self.address, call.value_wei)
        return gas * GAS_MARGIN_PERCENT // 100

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
            hand_in(self.chain, row.raw, row.sender)
        except FeeTooLow:
            row = self._raise_fees(row)
            if row.raw is not None:
                hand_in(self.chain, row.raw, row.sender)
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
