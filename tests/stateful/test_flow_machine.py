"""Any order of calls: the twin follows the flow, and no wei is made, lost or spent for another."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.contracts import Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.storage_contracts import (
    BATCH_LEGACY,
    SUBMIT,
    SUBMIT_LEGACY,
    Data,
    Storage,
    fee_of,
)
from zerog.storage.codec import SubmissionNode, submission_heights
from zerog.storage.flow import FlowModel

pytestmark = pytest.mark.stateful

ADMIN, ALICE, BOB = 1, 6, 7
RECEIVER = "0x" + "00" * 19 + "f7"

sizes = st.one_of(st.integers(1, 5000), st.integers(200_000, 600_000), st.integers(1, 1 << 30))
surpluses = st.sampled_from([0, 1, 10**12])
callers = st.sampled_from([ALICE, BOB])


def _file(size: int) -> Data:
    return (size, b"", [(bytes([h + 1]) * 32, h) for h in submission_heights(size)])


def flow_machine(anvil: AnvilProcess) -> type[RuleBasedStateMachine]:
    """The machine over one EVM; each run has contracts of its own."""

    class FlowMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.evm = Evm(anvil.url)
            self.storage = Storage.deploy(self.evm, price=3)
            self.price, self.collected, self.paused = 3, 0, False
            self.model, self.count = FlowModel(), 0

        @contextmanager
        def spends(self, who: int, amount: int) -> Iterator[list[int]]:
            """The caller loses exactly the amount and the gas that the block charges."""
            account, gas = self.evm.accounts[who], [0]
            before = self.evm.balance(account)
            yield gas
            assert before - self.evm.balance(account) == amount + gas[0], "the caller's balance"

        def _pay(
            self, function: str, argument: object, who: int, batch: list[Data], more: int
        ) -> None:
            fee, sender = fee_of(*batch, price=self.price), self.evm.accounts[who]
            if self.paused:
                with pytest.raises(Reverted, match="EnforcedPause"):
                    self.storage.flow.send(function, argument, sender=sender, value=fee + more)
                return
            with self.spends(who, fee) as gas:
                receipt = self.storage.flow.send(
                    function, argument, sender=sender, value=fee + more
                )
                gas[0] = receipt["gasUsed"] * receipt["effectiveGasPrice"]
            for _, _, nodes in batch:
                self.model.append([SubmissionNode(root, height) for root, height in nodes])
            self.count += len(batch)
            self.collected += fee

        @rule(size=sizes, who=callers, more=surpluses)
        def submit(self, size: int, who: int, more: int) -> None:
            named = (_file(size), self.evm.accounts[BOB])
            self._pay(SUBMIT, named, who, [_file(size)], more)

        @rule(files=st.lists(sizes, max_size=4), who=callers, more=surpluses)
        def batch(self, files: list[int], who: int, more: int) -> None:
            batch = [_file(size) for size in files]
            self._pay(BATCH_LEGACY, batch, who, batch, more)

        @rule(size=sizes, who=callers)
        def submit_for_too_little(self, size: int, who: int) -> None:
            data = _file(size)
            fee = fee_of(data, price=self.price)
            if fee == 0:
                return
            wanted = "EnforcedPause" if self.paused else "NotEnoughFee"
            with pytest.raises(Reverted, match=wanted):
                self.storage.flow.send(
                    SUBMIT_LEGACY, data, sender=self.evm.accounts[who], value=fee - 1
                )

        @rule(price=st.integers(0, 10))
        def reprice(self, price: int) -> None:
            self.storage.market.send("setPricePerSector", price)
            self.price = price

        @rule()
        def toggle_pause(self) -> None:
            self.storage.flow.send("unpause" if self.paused else "pause")
            self.paused = not self.paused

        @rule(part=st.integers(0, 100))
        def withdraw(self, part: int) -> None:
            amount = self.collected * part // 100
            before = self.evm.balance(RECEIVER)
            self.storage.market.send("withdraw", RECEIVER, amount)
            assert self.evm.balance(RECEIVER) == before + amount, "the receiver's balance"
            self.collected -= amount

        @invariant()
        def money_is_conserved(self) -> None:
            assert self.evm.balance(self.storage.flow.address) == 0, "the flow keeps nothing"
            assert self.evm.balance(self.storage.market.address) == self.collected, "the fees"

        @invariant()
        def tree_is_the_twins(self) -> None:
            flow = self.storage.flow
            assert flow.read("numSubmissions") == self.count, "submissions"
            assert flow.read("computeFlowRoot") == self.model.root(), "root"
            levels = (self.model.length - 1).bit_length() + 1
            assert flow.read("tree") == (self.model.length, levels), "length"

    return FlowMachine


def test_flow_in_any_order_of_calls_keeps_tree_and_money_right(anvil: AnvilProcess) -> None:
    run_state_machine_as_test(
        flow_machine(anvil),
        settings=settings(max_examples=8, stateful_step_count=12, deadline=None),
    )
