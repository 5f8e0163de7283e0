"""Any order of staking, registering, slashing, leaving, labels, policies and epochs.

Stake is safe and held to; who is drawn for a policy is who the twin says, when registration closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import cast

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.contracts import Reverted
from tests.support.da_signers import VOTE, Rules, SignersTown
from tests.support.evm import AnvilProcess
from zerog.da import quorums
from zerog.da.policies import MAX_POLICIES, Policies, Rule, Said, TooManyPolicies

pytestmark = pytest.mark.stateful
WHO = (2, 3, 4)
JUDGE, FINDER = 8, 9
RULES = Rules(rows=4, quorums=2, max_votes=6, registration_blocks=100, lock_epochs=1)
EU, US, ACME = (name.ljust(32, b"\0") for name in (b"EU", b"US", b"acme"))
CONFIRM, REVOKE = (b"confirm",), (b"revoke",)
SAID = ((EU, ACME), (US, ACME), (EU, US), (bytes(32), bytes(32)))
RULES_OF_POLICIES = (
    Rule(frozenset({EU}), frozenset(), confirmed=True),
    Rule(frozenset({EU, US}), frozenset({ACME})),
    Rule(frozenset(), frozenset({ACME}), confirmed=True),
)
FIRST = (
    *[Rule(frozenset({bytes([i]) * 32}), frozenset()) for i in range(4, MAX_POLICIES + 1)],
    *RULES_OF_POLICIES,
)
"""As many as may be live: each further one needs the slot of one that is retired."""
people = st.sampled_from(WHO)
wei = st.integers(1, 3 * VOTE) | st.sampled_from([VOTE, 2 * VOTE])


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SignersTown]:
    """Three signers with a vote each in epoch 1, a judge who may slash, and policies from 2 on."""
    process = AnvilProcess.start(tmp_path_factory.mktemp("da-machine"))
    try:
        town = SignersTown.build(process, RULES)
        for who in WHO:
            town.join(who, 1)
            town.signers.send("setLabels", EU, ACME, sender=town.evm.accounts[who])
            town.signers.send("confirmLabels", town.evm.accounts[who], EU, ACME)
        town.registry.send("setChallenge", town.evm.accounts[JUDGE])
        for policy in FIRST:
            town.signers.send("registerPolicy", struct(policy))
        town.turn(*WHO)
        yield town
    finally:
        process.stop()


def struct(policy: Rule) -> tuple[list[bytes], list[bytes], bool]:
    """As the ABI takes it."""
    return sorted(policy.regions), sorted(policy.operators), policy.confirmed


def signers_machine(town: SignersTown) -> type[RuleBasedStateMachine]:
    """The machine over one chain, which is as before after each run."""
    accounts, registry, signers = town.evm.accounts, town.registry, town.signers

    class SignersMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            self.kept = town.process.rpc("evm_snapshot")
            self.said = dict.fromkeys(WHO, Said(EU, ACME, confirmed=True))
            self.policies = Policies()
            for policy in FIRST:
                self.policies.register(policy, 0)
            self.staked = dict.fromkeys(WHO, VOTE)
            self.last = dict.fromkeys(WHO, 1)
            self.next: dict[int, int] = {}
            self.owed, self.epoch = 0, 1

        def teardown(self) -> None:
            town.process.rpc("evm_revert", self.kept)

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

        @rule(who=st.sets(people, min_size=1))
        def enter_all(self, who: set[int]) -> None:
            for one in sorted(who):
                self.enter(one)

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

        # ------------------------------------------------- labels and policies

        @rule(who=people, deed=st.sampled_from((*SAID, CONFIRM, REVOKE, REVOKE)))
        def say(self, who: int, deed: tuple[bytes, ...]) -> None:
            if deed == CONFIRM:
                self.confirm(who)
            elif deed == REVOKE:
                self.revoke(who)
            else:
                self.label(who, (deed[0], deed[1]))

        def label(self, who: int, said: tuple[bytes, bytes]) -> None:
            signers.send("setLabels", *said, sender=accounts[who])
            self.said[who] = Said(*said)

        def confirm(self, who: int) -> None:
            said = self.said[who]
            signers.send("confirmLabels", accounts[who], said.region, said.operator)
            self.said[who] = replace(said, confirmed=True)

        def revoke(self, who: int) -> None:
            signers.send("revokeLabels", accounts[who])
            self.said[who] = replace(self.said[who], confirmed=False)

        @rule(policy=st.sampled_from(RULES_OF_POLICIES))
        def add_policy(self, policy: Rule) -> None:
            try:
                self.policies.register(policy, self.epoch)
            except TooManyPolicies:
                with pytest.raises(Reverted, match="TooManyPolicies"):
                    signers.send("registerPolicy", struct(policy))
                return
            signers.send("registerPolicy", struct(policy))
            self.check_term(len(self.policies.terms))

        @rule(place=st.integers(-4, 4))
        def retire(self, place: int) -> None:
            self.end_one(place, drawing=False)

        def end_one(self, place: int, *, drawing: bool) -> None:
            """Of those that are live, the oldest or the newest ones."""
            live = [n for n, term in enumerate(self.policies.terms, 1) if not term.end]
            if live:
                number = live[place % len(live)]
                self.policies.retire(number, self.epoch, drawing=drawing)
                signers.send("retirePolicy", number)
                self.check_term(number)

        def check_term(self, number: int) -> None:
            term = self.policies.terms[number - 1]
            assert signers.read("policyTerm", number) == (term.first, term.end, term.slot)

        # -------------------------------------------------------------- epochs

        @rule()
        def hurry(self) -> None:
            town.signers.send("makeEpoch")

        @rule(late=st.integers(-4, 4))
        def turn(self, late: int) -> None:
            if not self.next:
                town.mine(120)
                return
            self.go_on(late)

        @rule(who=st.sets(people, min_size=1))
        def turn_with(self, who: set[int]) -> None:
            self.enter_all(who)
            if self.next:
                self.go_on(-1)

        def go_on(self, late: int) -> None:
            """late: what is retired when the beacon is known."""
            closed = dict(self.said)
            town.mine_to(town.round()[2])
            for one in list(self.next)[:1]:
                self.label(one, SAID[late % len(SAID)])
            town.capture()
            drawn = self.policies.of(self.epoch + 1)
            self.end_one(late, drawing=True)
            registered = self.check_registrations(closed, drawn)
            having = [n for n in drawn if any(one.may(self.slot(n)) for one in registered)]
            for number in (0, *having):
                town.prepare(number)
            town.make()
            self.epoch += 1
            owners = [accounts[who].lower() for who in self.next]
            for number in (0, *drawn):
                self.check_quorums(registered, owners, number)
            self.next = {}

        def slot(self, number: int) -> int:
            return self.policies.terms[number - 1].slot if number else 0

        def check_registrations(
            self, said: Mapping[int, Said], drawn: Sequence[int]
        ) -> list[quorums.Registration]:
            registered = town.registrations(self.epoch + 1)
            assert [one.votes for one in registered] == list(self.next.values())
            slots = sum(1 << (self.slot(number) - 1) for number in drawn)
            wanted = [self.policies.fits(said[who], self.epoch + 1) for who in self.next]
            assert [one.fits & slots for one in registered] == [one & slots for one in wanted]
            return registered

        def check_quorums(
            self, registered: Sequence[quorums.Registration], owners: Sequence[str], number: int
        ) -> None:
            beacon = cast(bytes, town.signers.read("beaconOf", self.epoch))
            drawn = quorums.ballots(registered, beacon, self.slot(number))
            wanted = quorums.quorums(drawn, RULES.rows, RULES.quorums)
            first = number << quorums.POLICY_SHIFT
            assert signers.read("policyQuorums", self.epoch, number) == (first, len(wanted))
            for place, rows in enumerate(wanted):
                found = signers.read("getQuorum", self.epoch, first + place)
                assert [one.lower() for one in cast("Sequence[str]", found)] == [
                    owners[row] for row in rows
                ]

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
        settings=settings(max_examples=6, stateful_step_count=16, deadline=None),
    )
