"""Opens the next epoch when one is over: somebody has to send that transaction.

Harmless when several do it: the contract rolls each epoch once, and the later ones find nothing
to do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from zerog.chain.bindings import FlowContract
from zerog.chain.errors import Reverted
from zerog.chain.tx import Call, Sender, TxState
from zerog.locks import try_lock

EPOCHS_AT_ONCE: Final = 16
BASE_GAS: Final = 200_000
EPOCH_GAS: Final = 400_000
"""Rolling one epoch costs 310,000 at most, when all it writes is fresh storage."""
WAIT_SECONDS: Final = 15.0


class Keeper:
    """One account's keeping of one Flow."""

    def __init__(self, flow: FlowContract, sender: Sender, folder: Path) -> None:
        """folder: of the lock that keeps this home from sending twice at once."""
        self._flow, self._sender = flow, sender
        self._lock = folder / "keeper.lock"

    def due(self) -> int:
        """Epochs that the next block may roll over."""
        head = self._flow.chain.head().number
        end = self._flow.epoch_end(head)
        if head < end:
            return 0
        found = self._flow.read("blocksPerEpoch", block=head)
        return 1 + (head - end) // found if isinstance(found, int) else 0

    def step(self) -> int:
        """Roll over what is due, a bounded number; gives how many epochs were asked for.

        0 when nothing is due, another process is at it, or the flow is paused. Raises
        TxReverted, TxTimeout, ChainUnreachable, InsufficientFunds.
        """
        with try_lock(self._lock) as ours:
            count = min(self.due(), EPOCHS_AT_ONCE) if ours else 0
            if not count:
                return 0
            call = Call(self._flow.address, self._flow.calldata("makeContextFixedTimes", count - 1))
            try:
                self._flow.chain.call(call.to, call.data, "pending", self._sender.address)
            except Reverted:  # paused; sent blindly it would only cost gas
                return 0
            self._sender.run(self.intent(), call, WAIT_SECONDS, BASE_GAS + count * EPOCH_GAS)
            return count

    def intent(self) -> str:
        """Of an epoch that is over, by the hash of its last block: after a reorg it is another.

        One that was mined and left the epoch as it was (paused, out of gas) makes room for the
        next.
        """
        end = self._flow.epoch_end()
        last = self._flow.chain.block(end)
        name = f"epoch:{self._flow.address}:{end}:{last.hash.hex() if last else ''}"
        attempt = 0
        while True:
            intent = f"{name}:{attempt}"
            row = self._sender.store.get(intent)
            over = row is not None and row.state in (TxState.MINED, TxState.FINAL)
            if row is None or not (over or (row.state is TxState.FAILED and row.hash)):
                return intent
            attempt += 1
