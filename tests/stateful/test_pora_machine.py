"""Any order of rolls, answers and settings: the mine carries what its Python twin carries."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.contracts import Evm
from tests.support.evm import AnvilProcess
from tests.support.mining_contracts import CALLER, MiningHouse
from tests.support.mining_contracts import Terms as Made
from tests.support.vectors import content
from zerog.storage.mining.difficulty import initial_target
from zerog.storage.mining.errors import AnswerKnown, EpochFull, PoorQuality
from zerog.storage.mining.pora import PoraAnswer
from zerog.storage.mining.rounds import Round, Terms

pytestmark = pytest.mark.stateful

EPOCH = 40
MADE = Made(difficulty=2, target_submissions=2, target_mine_blocks=30, blocks_per_epoch=EPOCH)
VIEWS = (
    "poraTarget",
    "lastMinedEpoch",
    "currentSubmissions",
    "targetSubmissions",
    "targetSubmissionsNextEpoch",
)


def mine_machine(anvil: AnvilProcess) -> type[RuleBasedStateMachine]:
    """The machine over one EVM; each run has contracts of its own."""

    class MineMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.house = MiningHouse.deploy(Evm(anvil.url), MADE)
            self.house.store(content(262_144))
            self.house.roll()
            self.miner = self.house.request_id(self.house.evm.accounts[5])
            self.terms = Terms(2, 1, 100)
            self.round = Round(initial_target(2), 2, 1, 100)
            self.untried: Iterator[tuple[PoraAnswer, int]] = self.house.candidates(self.miner)

        @rule(epochs=st.integers(1, 2))
        def roll(self, epochs: int) -> None:
            for _ in range(epochs):
                self.house.roll()
            self.untried = self.house.candidates(self.miner)

        @rule(tries=st.integers(1, 4))
        def answer(self, tries: int) -> None:
            """The next candidates, good or poor: the twin foretells which of them are taken."""
            if self.house.height >= self.house.window_start(self.miner) + 25:
                self.roll(1)
            epoch = self.house.context().epoch
            for _ in range(tries):
                candidate, output = next(self.untried)
                found = self.round.at(epoch, self.terms)
                said = self.house.refusal_on_chain(candidate)
                if not found.has_room:
                    assert said == EpochFull.reason, "a full epoch takes none"
                elif output > found.pora_target >> 64 << 64:
                    assert said == PoorQuality.reason, "a poor output"
                else:
                    assert said is None, "a good answer"
                    self.house.mine.send("submit", candidate.abi())
                    self.round = found.counted()
                    if self.round.has_room:
                        again = self.house.refusal_on_chain(candidate)
                        assert again == AnswerKnown.reason, "the same answer again"

        @rule(aim=st.integers(1, 4))
        def aim_at(self, aim: int) -> None:
            self.house.mine.send("setTargetSubmissions", aim)
            self.set(replace(self.terms, target_submissions=aim))

        @rule(ratio=st.sampled_from([1, 2, 20]), least=st.sampled_from([0, 1, 2, 4]))
        def temper(self, ratio: int, least: int) -> None:
            self.house.mine.send("setDifficultyAdjustRatio", ratio)
            self.house.mine.send("setMinDifficulty", least)
            self.set(replace(self.terms, adjust_ratio=ratio, min_difficulty=least))

        @rule()
        def ask_for_room_by_a_transaction(self) -> None:
            self.house.mine.send("canSubmit", sender=self.house.evm.accounts[8])

        def set(self, terms: Terms) -> None:
            """Before the first answer parameters hold at once."""
            self.terms = terms
            if self.round.epoch == 0:
                self.round = self.round.under(terms)

        @invariant()
        def mine_carries_what_the_twin_carries(self) -> None:
            found = [self.house.mine.read(view) for view in VIEWS]
            known = self.round
            counted = (known.epoch, known.submissions, known.target_submissions)
            assert found == [known.pora_target, *counted, self.terms.target_submissions]
            coming = known.at(self.house.context().epoch, self.terms)
            assert self.house.mine.read("canSubmit") is coming.has_room, "room"
            worker = self.house.mine.read("computeWorkerContext", self.miner, sender=CALLER)
            target = cast("tuple[object, int]", worker)[1]
            assert target == (coming.pora_target if coming.has_room else 0), "the target shown"

    return MineMachine


def test_mine_in_any_order_of_calls_carries_what_its_twin_carries(
    fresh_anvil: AnvilProcess,
) -> None:
    run_state_machine_as_test(
        mine_machine(fresh_anvil),
        settings=settings(max_examples=5, stateful_step_count=10, deadline=None),
    )
