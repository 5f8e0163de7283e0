"""Random lives of two accounts: each intent is executed exactly once, whatever happened.

Steps: send, send and die before or after the bytes are out, wait, settle, a new process, a
foreign transaction, a reorg, a node that lost its memory pool, a chain set back to an older
state, blocks that do not come. After each step the chain must not have executed more than was
asked for; in the end every intent is executed exactly once.
"""

from __future__ import annotations

import contextlib
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.support.evm import AnvilProcess
from tests.support.patience import PATIENCE_SECONDS
from tests.support.storage_daemons import wait_for
from zerog.chain.errors import RpcFailure, TxTimeout
from zerog.chain.rpc import Chain
from zerog.chain.signer import TxFields, devnet_signer
from zerog.chain.tx import Call, Sender, TxState, TxStore
from zerog.types import Address

pytestmark = pytest.mark.stateful

ACCOUNTS = st.sampled_from([3, 4])
INTENTS = st.integers(0, 11)
FIRST_TARGET = 0x1000


class Died(BaseException):
    """The process ends here: nothing in the library may catch it."""


class MortalChain(Chain):
    """A client whose process dies before or after the next transaction is handed in."""

    dies = ""

    def send_raw(self, raw: bytes) -> bytes:
        dies, self.dies = self.dies, ""
        if dies == "before":
            raise Died
        sent = super().send_raw(raw)
        if dies == "after":
            raise Died
        return sent


def target_of(intent: str) -> Address:
    """An address of the intent's own: its balance counts how often it was executed."""
    from zerog.chain.hexes import to_address

    number = int.from_bytes(intent.encode(), "big") + FIRST_TARGET
    return to_address(number.to_bytes(20, "big"))


class TxMachine(RuleBasedStateMachine):
    """Senders over one store and one anvil, against the set of intents that were asked for."""

    @initialize()
    def begin(self) -> None:
        self.home = Path(tempfile.mkdtemp())
        self.anvil = AnvilProcess.start(self.home)
        self.chain = MortalChain(self.anvil.url)
        self.asked: dict[str, int] = {}
        self.mining = True
        self.snapshot = self.anvil.rpc("evm_snapshot")
        # A reorg needs blocks of this run under it.
        self.anvil.rpc("anvil_mine", "0x3")
        self.restart()

    def teardown(self) -> None:
        if not hasattr(self, "anvil"):
            return
        try:
            self.finish()
        finally:
            self.anvil.stop()
            shutil.rmtree(self.home)

    @rule()
    def restart(self) -> None:
        """A new process: nothing is left but the file."""
        self.store = TxStore(self.home / "tx.db")
        self.senders = {n: Sender(self.chain, self.store, devnet_signer(n)) for n in (3, 4)}

    def ask(self, account: int, number: int) -> tuple[Sender, str, Call]:
        intent = f"{account}/{number}"
        self.asked[intent] = account
        return self.senders[account], intent, Call(target_of(intent), b"", 1)

    @rule(account=ACCOUNTS, number=INTENTS)
    def run(self, account: int, number: int) -> None:
        sender, intent, call = self.ask(account, number)
        self.run_or_wait(sender, intent, call)

    def run_or_wait(self, sender: Sender, intent: str, call: Call) -> None:
        """Mined at once, or not in time while the chain makes no blocks."""
        try:
            assert sender.run(
                intent, call, timeout_s=PATIENCE_SECONDS if self.mining else 0.03
            ).succeeded
        except TxTimeout:
            if self.mining:
                raise

    @rule(account=ACCOUNTS, number=INTENTS)
    def send(self, account: int, number: int) -> None:
        sender, intent, call = self.ask(account, number)
        try:
            sender.send(intent, call, timeout_s=PATIENCE_SECONDS if self.mining else 0.03)
        except TxTimeout:
            if self.mining:
                raise

    @rule(account=ACCOUNTS, number=INTENTS, dies=st.sampled_from(["before", "after"]))
    def die(self, account: int, number: int, dies: str) -> None:
        sender, intent, call = self.ask(account, number)
        self.chain.dies = dies
        with contextlib.suppress(Died):  # the death that this rule asks for
            self.run_or_wait(sender, intent, call)
        self.chain.dies = ""
        self.restart()

    @rule(account=ACCOUNTS, number=INTENTS)
    def settle(self, account: int, number: int) -> None:
        intent = f"{account}/{number}"
        row = self.store.get(intent)
        if row is not None and row.hash is not None and self.mining:
            self.senders[account].settle(intent)

    @rule(account=ACCOUNTS)
    def foreign(self, account: int) -> None:
        """The account's owner uses another wallet."""
        signer = devnet_signer(account)
        if self.mining:  # what was sent a moment ago has the next nonce
            wait_for(lambda: self.is_mined(signer.address), "the blocks of what was sent")
        fields: TxFields = {
            "chain_id": 31337, "nonce": self.chain.nonce(signer.address),
            "max_priority_fee": 10**11, "max_fee": 10**12, "gas": 21_000,
            "to": signer.address, "value": 0, "data": b"",
        }  # fmt: skip
        raw, tx_hash = signer.sign_tx(fields)
        try:
            Chain(self.anvil.url).send_raw(raw)
        except RpcFailure:
            if self.mining:
                raise
            return  # an earlier one of the same price waits in the pool
        if self.mining:
            self.chain.wait_receipt(tx_hash, PATIENCE_SECONDS)

    def is_mined(self, account: Address) -> bool:
        """Whether nothing of an account waits in the pool."""
        return self.chain.nonce(account) == self.chain.nonce(account, pending=True)

    @rule()
    def pause_mining(self) -> None:
        """Transactions wait in the pool, where they can be replaced or forgotten."""
        self.anvil.rpc("evm_setAutomine", False)
        self.mining = False

    @rule()
    def mine(self) -> None:
        self.anvil.rpc("evm_mine")

    @rule()
    def resume_mining(self) -> None:
        self.anvil.rpc("evm_setAutomine", True)
        self.anvil.rpc("evm_mine")
        self.mining = True

    @rule(depth=st.integers(1, 3))
    def reorg(self, depth: int) -> None:
        if self.chain.head().number > depth:
            self.anvil.rpc("anvil_reorg", depth, [])
            # anvil cannot revert to a snapshot whose block a reorg replaced.
            self.snapshot = self.anvil.rpc("evm_snapshot")

    @rule()
    def remember(self) -> None:
        self.snapshot = self.anvil.rpc("evm_snapshot")

    @rule()
    def set_back(self) -> None:
        """The chain is restored from an older state: newer blocks are gone."""
        self.anvil.rpc("evm_revert", self.snapshot)
        self.snapshot = self.anvil.rpc("evm_snapshot")

    @rule()
    def forget_pool(self) -> None:
        self.anvil.rpc("anvil_dropAllTransactions")

    @invariant()
    def nothing_is_executed_twice(self) -> None:
        for intent in getattr(self, "asked", {}):
            assert self.chain.balance(target_of(intent)) <= 1, f"{intent} was executed twice"

    def finish(self) -> None:
        """Whoever was asked is asked again, as after any crash."""
        self.restart()
        self.resume_mining()
        for intent, account in self.asked.items():
            call = Call(target_of(intent), b"", 1)
            assert self.senders[account].run(intent, call, timeout_s=PATIENCE_SECONDS).succeeded
        for intent in self.asked:
            assert self.chain.balance(target_of(intent)) == 1, f"{intent}: exactly once"
            assert self.store.require(intent).state is TxState.FINAL
        for account in (3, 4):
            held = self.store.held(devnet_signer(account).address, 0, 10**9)
            assert len(held) == len({row.hash for row in held.values()}), "one row per nonce"


TestTxMachine = TxMachine.TestCase
TestTxMachine.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
