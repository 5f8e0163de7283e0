"""Any order of fees, proofs, extensions, gifts, payouts and years: no wei is lost or early."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from web3 import Web3

from tests.support.contracts import Evm, Reverted
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import (
    DAY,
    DECAY,
    LINEAR,
    MILLI_RATE,
    SIZE,
    THREE_YEARS,
    Clock,
    Rewards,
)
from zerog.storage.economy.rewards import ChunkLapsed, NothingToExtend, RewardModel
from zerog.storage.economy.rules import Decay, Linear

pytestmark = pytest.mark.stateful

ALICE, BOB, TREASURY = (Web3.to_checksum_address(bytes([0xE1] * 19 + [n])) for n in range(3))
MINERS = (ALICE, BOB)

waits = st.one_of(st.integers(1, 3), st.integers(1, 500 * DAY))
amounts = st.one_of(st.integers(1, 1000), st.integers(1, 10**19))
chunks = st.integers(0, 12)
miners = st.sampled_from(MINERS)


@pytest.fixture(scope="module")
def clock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clock]:
    """A chain whose clock the machine moves."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("clock"))
    try:
        yield Clock(process, Evm(process.url))
    finally:
        process.stop()


def reward_machine(clock: Clock, kind: str) -> type[RuleBasedStateMachine]:
    """The machine over one chain; each run has a contract of its own."""

    class RewardMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.rewards = Rewards.deploy(clock, kind)
            formula = Linear(THREE_YEARS) if kind == LINEAR else Decay(MILLI_RATE)
            self.model = RewardModel(formula, SIZE, treasury=TREASURY)
            self.rewards.reward.send("setTreasury", TREASURY)
            self.length, self.received, self.paid = 1, 0, 0
            self.released: dict[int, int] = {}
            self.before = {who: clock.evm.balance(who) for who in (*MINERS, TREASURY)}

        @rule(padding=st.integers(0, SIZE), sectors=st.integers(1, 3 * SIZE), amount=amounts)
        def store(self, padding: int, sectors: int, amount: int) -> None:
            self.length += padding
            now = self.rewards.fill(self.length, sectors, amount)
            self.model.fill(self.length, sectors, amount, now)
            self.length += sectors
            self.received += amount

        @rule(chunk=chunks, who=miners, wait=waits)
        def prove(self, chunk: int, who: str, wait: int) -> None:
            paid, now = self.rewards.claim(chunk, who, at=clock.now() + wait)
            assert paid == self.model.claim(chunk, who, now)

        @rule(chunk=chunks, amount=amounts, wait=waits)
        def extend(self, chunk: int, amount: int, wait: int) -> None:
            clock.reach(clock.now() + wait)
            now = clock.now() + 1
            released = self.model.released(chunk, now)
            try:
                self.model.extend(chunk, amount, now)
            except (NothingToExtend, ChunkLapsed) as refused:
                # The estimate judges by the time of the head: a deadline between is left alone.
                if isinstance(refused, NothingToExtend) or refused.deadline < now:
                    with pytest.raises(Reverted, match=type(refused).__name__):
                        self.rewards.extend(chunk, amount, at=now)
                return
            assert self.rewards.extend(chunk, amount, at=now) == now
            self.received += amount
            assert released - 1 <= self.rewards.number("releasedReward", chunk) <= released

        @rule(amount=amounts, reward=st.integers(0, 10**6))
        def give(self, amount: int, reward: int) -> None:
            self.rewards.reward.send("donate", value=amount)
            self.rewards.reward.send("setBaseReward", reward)
            self.model.donate(amount)
            self.model.base_reward = reward
            self.received += amount

        @rule(bps=st.integers(0, 10_000))
        def set_service_fee(self, bps: int) -> None:
            self.rewards.reward.send("setServiceFeeRate", bps)
            self.model.service_fee_bps = bps

        @rule(who=st.sampled_from([*MINERS, TREASURY]))
        def withdraw(self, who: str) -> None:
            amount = self.model.withdraw(who)
            if not amount:
                with pytest.raises(Reverted, match="NothingDue"):
                    self.rewards.reward.send("withdrawPayments", who)
                return
            self.rewards.reward.send("withdrawPayments", who)
            self.paid += amount

        @invariant()
        def money_is_conserved(self) -> None:
            held = self.rewards.balance()
            assert held == self.received - self.paid, "what came in and did not go out is here"
            assert held == self.model.holdings(), "and every wei of it is somebody's"
            gained = sum(clock.evm.balance(who) - before for who, before in self.before.items())
            assert gained == self.paid, "the payees got what was paid"

        @invariant()
        def chunks_are_the_twins_and_never_take_back(self) -> None:
            now = clock.now()
            for chunk, funds in self.model.chunks.items():
                assert self.rewards.reward.read("rewards", chunk) == funds.as_tuple()
                released = self.rewards.number("releasedReward", chunk)
                assert released == self.model.released(chunk, now)
                assert released >= self.released.get(chunk, 0) - 1, "what was released stays so"
                self.released[chunk] = released

        @invariant()
        def pruning_border_is_the_twins(self) -> None:
            if kind == LINEAR:
                border = (self.model.first_rewardable(clock.now()), clock.now())
                assert self.rewards.reward.read("firstRewardableChunk") == border

    return RewardMachine


@pytest.mark.parametrize("kind", [LINEAR, DECAY])
def test_rewards_in_any_order_of_calls_keep_every_wei_somebodys(clock: Clock, kind: str) -> None:
    run_state_machine_as_test(
        reward_machine(clock, kind),
        settings=settings(max_examples=8, stateful_step_count=14, deadline=None),
    )
