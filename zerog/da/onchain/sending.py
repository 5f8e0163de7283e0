"""Transactions of data availability, whose gas changes from one block to the next."""

from __future__ import annotations

from typing import Final

from zerog.chain.errors import Reverted, TxReverted
from zerog.chain.recovery import heal
from zerog.chain.rpc import Receipt
from zerog.chain.tx import GAS_MARGIN_PERCENT, Call, Sender, TxState
from zerog.chain.txstore import TxRow

MOST_GAS: Final = 16_000_000
"""What public chains take in one transaction (EIP-7825)."""
SYNC_GAS: Final = 350_000
"""An epoch (84,000) and a round that a call begins when it is mined, but not where it was tried."""
WAIT_SECONDS: Final = 60.0


def run(sender: Sender, intent: str, call: Call, spare_gas: int = 0) -> Receipt:
    """`Sender.run` with `spare_gas` above the estimate, and MOST_GAS at most unless more is needed.

    An intent that was sent is waited for, and nothing is estimated again.

    Raises TxReverted, TxTimeout, InsufficientFunds, ChainUnreachable.
    """
    send(sender, intent, call, spare_gas)
    return sender.wait(intent, WAIT_SECONDS)


def send(sender: Sender, intent: str, call: Call, spare_gas: int = 0) -> None:
    """`run` without waiting: for several accounts at once."""
    if _is_signed(sender.store.get(intent)):
        sender.send(intent, call, WAIT_SECONDS)
        return
    try:
        found = sender.chain.estimate_gas(call.to, call.data, sender.address, call.value_wei)
    except Reverted as error:
        raise TxReverted(intent, error.name, error.args, error.data, mined=False) from error
    gas = min(found * GAS_MARGIN_PERCENT // 100 + spare_gas, max(found, MOST_GAS))
    sender.send(intent, call, WAIT_SECONDS, gas)


def fresh(sender: Sender, name: str) -> str:
    """An intent for what has to be done (again): the first of `name`:0, :1, ... not yet over.

    For deeds that the chain's state says are due: one that was mined and left them due, or was
    mined and failed, makes room for the next. Ask for it before that state is read: a chain that
    lost blocks is given them back here, and so is the deed in them.
    """
    heal(sender.chain, sender.store, WAIT_SECONDS)
    attempt = 0
    while is_over(sender.store.get(f"{name}:{attempt}")):
        attempt += 1
    return f"{name}:{attempt}"


def is_over(row: TxRow | None) -> bool:
    """Whether a transaction was seen mined, whatever came of it."""
    if row is None or row.hash is None:
        return False
    return row.state in (TxState.MINED, TxState.FINAL, TxState.FAILED)


def _is_signed(row: TxRow | None) -> bool:
    return row is not None and row.hash is not None
