"""Any order of staking, registering, slashing, leaving and epochs: stake is safe, and held to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.contracts import Evm, Reverted
from tests.support.da_signers import VOTE, Rules, SignersTown
from tests.support.evm import AnvilProcess
from zerog.da import quorums

pytestmark = pytest.mark.stateful
WHO = (2, 3, 4)
JUDGE, FINDER = 8, 9
RULES = Rules(rows=4, quorums=2, max_votes=6, registration_blocks=100, lock_epochs=1)
people = st.sampled_from(WHO)
wei = st.integers(1, 3 * VOTE) | st.sampled_from([VOTE, 2 * VOTE])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignersTown]:
    """Three signers with a vote each, and a judge who may slash; no epoch."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-machine"))
    try:
        town = SignersTown.build(Evm(process.url), RULES)
        for who in WHO:
            town.join(who, 1)
        town.page()
        town.registry.send("setChallenge", town.evm.accounts[JUDGE])
        yield town
    finally:
        process.stop()


def signers_machine(town: SignersTown) -> type[RuleBasedStateMachine]:
    """The machine over one chain, which is as before after each run."""
    provider, accounts, registry = town.evm.w3.provider, town.evm.accounts, town.registry

    class SignersMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.kept = provider.make_request("evm_snapshot", [])["result"]  # type: ignore[arg-type]
            self.staked = dict.fromkeys(WHO, VOTE)
            self.last = dict.fromkeys(WHO, 0)
            self.next: dict[int, int] = {}
            self.owed, self.epoch = 0, 0

        def teardown(self) -> None:
            provider.make_request("evm_revert", [self.kept])  # type: ignore[arg-type]

        @rule(who=people, amount=wei)
        def stake(self, who: int, amount: int) -> None:
            registry.send("stake", sender=accounts[who], value=amount)
            self.staked[who] += amount

        @rule(who=people, amount=wei)
        def slash(self, who: int, amount: int) -> None:
            registry.send("slash", accounts[who], amount, accounts[FINDER], sender=accounts[JUDGE])
            taken = min(amount, self.staked[who])
            self.staked[who] -= taken
            self.owed += taken

        @rule()
        def take_owed(self) -> None:
            if not self.owed:
                with pytest.raises(Reverted, match="NothingOwed"):
                    registry.send("takeOwed", accounts[FINDER], sender=accounts[FINDER])
                return
            registry.send("takeOwed", accounts[FINDER], sender=accounts[FINDER])
            self.owed = 0

        @rule(who=people)
        def enter(self, who: int) -> None:
            votes = min(self.staked[who] // VOTE, RULES.max_votes)
            if not votes:
                with pytest.raises(Reverted, match="ErrSenderNotEligibleToVote"):
                    town.enter(who)
                return
            town.enter(who)
            self.next.setdefault(who, votes)
            self.last[who] = self.epoch + 1

        @rule(who=people)
        def leave(self, who: int) -> None:
            if refusal := self.refusal(who):
                with pytest.raises(Reverted, match=refusal):
                    registry.send("withdraw", sender=accounts[who])
                return
            before = town.evm.balance(accounts[who])
            receipt = registry.send("withdraw", sender=accounts[who])
            fee = receipt["gasUsed"] * receipt["effectiveGasPrice"]
            assert town.evm.balance(accounts[who]) == before + self.staked[who] - fee
            self.staked[who] = 0

        def refusal(self, who: int) -> str:
            if not self.staked[who]:
                return "ErrInsufficientStaked"
            if not self.last[who]:
                return ""
            if self.last[who] >= self.epoch:
                return "ErrSenderRegisteredCurrentOrNextEpoch"
            free = self.last[who] + 1 + RULES.lock_epochs
            return "StakeLocked" if self.epoch < free else ""

        @rule()
        def hurry(self) -> None:
            town.signers.send("makeEpoch")

        @rule()
        def turn(self) -> None:
            if not self.next:
                town.mine(120)
                return
            town.capture()
            town.prepare()
            town.make()
            self.epoch += 1
            registered = town.registrations(self.epoch)
            assert [one.votes for one in registered] == list(self.next.values())
            self.check_quorums(registered, [accounts[who].lower() for who in self.next])
            self.next = {}

        def check_quorums(
            self, registered: Sequence[quorums.Registration], owners: Sequence[str]
        ) -> None:
            beacon = cast(bytes, town.signers.read("beaconOf", self.epoch))
            drawn = quorums.ballots(registered, beacon)
            wanted = quorums.quorums(drawn, RULES.rows, RULES.quorums)
            assert town.signers.read("quorumCount", self.epoch) == len(wanted) > 0
            for number, rows in enumerate(wanted):
                found = cast("Sequence[str]", town.signers.read("getQuorum", self.epoch, number))
                assert [one.lower() for one in found] == [owners[row] for row in rows]

        @invariant()
        def registry_holds_what_is_somebodys(self) -> None:
            held = town.evm.balance(registry.address)
            assert held == sum(self.staked.values()) + self.owed
            assert registry.read("owed", accounts[FINDER]) == self.owed
            for who, amount in self.staked.items():
                assert registry.read("staked", accounts[who]) == amount

        @invariant()
        def epoch_begins_with_signers_only(self) -> None:
            assert town.epoch() == self.epoch
            assert town.round()[4] == len(self.next)

    return SignersMachine


def test_signers_in_any_order_of_calls_keep_their_stake_and_their_word(town: SignersTown) -> None:
    run_state_machine_as_test(
        signers_machine(town),
        settings=settings(max_examples=8, stateful_step_count=14, deadline=None),
    )
