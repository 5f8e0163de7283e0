"""A process that sends transactions and stops for ever where it is told, so that it can be killed.

It uses the real sender over a real chain; only the chain client's methods wait at a named place.
Run as: python -m tests.support.tx_victim URL STORE ACCOUNT STOP TO INTENT...
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from zerog.chain.hexes import to_address
from zerog.chain.rpc import Chain, Receipt
from zerog.chain.signer import devnet_signer
from zerog.chain.tx import Call, Sender, TxStore
from zerog.types import Address

STOPS = ("before-estimate", "before-nonce", "before-send", "after-send", "after-receipt")
TARGET_INDEX = 9


class StoppingChain(Chain):
    """A chain client that stops for ever at one place."""

    stop = ""

    def _reach(self, place: str) -> None:
        if place == self.stop:
            sys.stdout.write(f"at {place}\n")
            sys.stdout.flush()
            threading.Event().wait()

    def estimate_gas(self, to: Address | None, data: bytes, sender: Address, value: int = 0) -> int:
        self._reach("before-estimate")
        return super().estimate_gas(to, data, sender, value)

    def nonce(self, address: Address, pending: bool = False, block: int | str | None = None) -> int:
        if pending:
            self._reach("before-nonce")
        return super().nonce(address, pending, block)

    def send_raw(self, raw: bytes) -> bytes:
        self._reach("before-send")
        sent = super().send_raw(raw)
        self._reach("after-send")
        return sent

    def receipt(self, tx_hash: bytes) -> Receipt | None:
        found = super().receipt(tx_hash)
        if found is not None:
            self._reach("after-receipt")
        return found


def main() -> None:
    """Send every intent in turn: one wei to a plain account, a bare call to a contract."""
    url, store, account, stop, to, *intents = sys.argv[1:]
    chain = StoppingChain(url)
    chain.stop = stop
    sender = Sender(chain, TxStore(Path(store)), devnet_signer(int(account)))
    target = to_address(to)
    call = Call(target, b"", 0 if chain.code(target) else 1)
    for intent in intents:
        sender.run(intent, call)
    sys.stdout.write("done\n")


if __name__ == "__main__":
    main()
