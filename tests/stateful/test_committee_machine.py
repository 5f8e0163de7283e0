"""Any order of joins, bonds, faults, leavings and withdrawals: no wei is lost or made."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from tests.support.agents import Person
from tests.support.contracts import Deployed, Evm, Reverted, artifact
from tests.support.evm import AnvilProcess
from zerog.chain.bindings_committee import MemberState
from zerog.chain.steps_committee import DEVELOPMENT_SECONDS, MIN_BOND_WEI, PENALTY_WEI
from zerog.crypto.curve import generate
from zerog.inft.committee.dkg import pair

pytestmark = pytest.mark.stateful

BOX = pair(generate(7))
LEAVE_SECONDS = DEVELOPMENT_SECONDS[2]
PEOPLE = tuple(Person.development(index) for index in (3, 4, 5, 6))
TREASURY = Person.named("treasury").address
PURSE = Person.named("purse").address

people = st.sampled_from(PEOPLE)
amounts = st.sampled_from([1, MIN_BOND_WEI - 1, MIN_BOND_WEI, MIN_BOND_WEI + PENALTY_WEI // 3])


@dataclass(slots=True)
class Bond:
    """A member as the model has them."""

    wei: int
    state: MemberState = MemberState.ACTIVE
    leavable_at: int = 0


class Model:
    """Bonds and credits in Python; each act says whether the contract would take it."""

    def __init__(self) -> None:
        self.bonds: dict[str, Bond] = {}
        self.credit: dict[str, int] = {}
        self.paid = 0

    def join(self, who: str, wei: int) -> bool:
        if who in self.bonds or wei < MIN_BOND_WEI:
            return False
        self.bonds[who] = Bond(wei)
        return True

    def raise_bond(self, who: str, wei: int) -> bool:
        bond = self.bonds.get(who)
        if bond is None or bond.state is MemberState.LEFT:
            return False
        bond.wei += wei
        return True

    def announce(self, who: str, now: int) -> bool:
        bond = self.bonds.get(who)
        if bond is None or bond.state is not MemberState.ACTIVE:
            return False
        bond.state, bond.leavable_at = MemberState.LEAVING, now + LEAVE_SECONDS
        return True

    def take(self, who: str, now: int) -> bool:
        bond = self.bonds.get(who)
        if bond is None or bond.state is not MemberState.LEAVING or now < bond.leavable_at:
            return False
        self._give(who, bond.wei)
        bond.wei, bond.state = 0, MemberState.LEFT
        return True

    def punish(self, who: str, reporter: str) -> None:
        bond = self.bonds[who]
        cut = min(bond.wei, PENALTY_WEI)
        bond.wei -= cut
        self._give(reporter, cut // 2)
        self._give(TREASURY, cut - cut // 2)

    def withdraw(self, who: str) -> bool:
        amount = self.credit.pop(who, 0)
        self.paid += amount
        return amount != 0

    def _give(self, who: str, wei: int) -> None:
        self.credit[who] = self.credit.get(who, 0) + wei


@pytest.fixture(scope="module")
def evm(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Evm]:
    process = AnvilProcess.start(tmp_path_factory.mktemp("bonds"))
    try:
        yield Evm(process.url)
    finally:
        process.stop()


def bond_machine(evm: Evm) -> type[RuleBasedStateMachine]:
    """The machine over one chain; each run has a committee of its own."""
    judge = evm.accounts[2]

    class BondMachine(RuleBasedStateMachine):
        def __init__(self) -> None:
            super().__init__()
            authority = evm.deploy(artifact("Authority"), evm.accounts[1])
            money = (MIN_BOND_WEI, PENALTY_WEI, *DEVELOPMENT_SECONDS, TREASURY)
            logic = artifact("Committee")
            self.committee: Deployed = evm.deploy_proxy(
                logic, "initialize", money, authority.address
            )
            self.committee.send("setJudge", judge)
            self.model = Model()
            self.purse = evm.balance(PURSE)

        def sent(self, who: str, function: str, *args: object, wei: int = 0) -> int | None:
            """Time of the block that took it; None where it was refused."""
            try:
                receipt = self.committee.send(function, *args, sender=who, value=wei)
            except Reverted:
                return None
            return evm.w3.eth.get_block(receipt["blockNumber"])["timestamp"]

        @rule(who=people, wei=amounts)
        def join(self, who: Person, wei: int) -> None:
            taken = self.sent(who.address, "join", BOX, wei=wei) is not None
            assert taken == self.model.join(who.address, wei)

        @rule(who=people, wei=amounts)
        def raise_bond(self, who: Person, wei: int) -> None:
            taken = self.sent(who.address, "raiseBond", wei=wei) is not None
            assert taken == self.model.raise_bond(who.address, wei)

        @rule(who=people)
        def announce(self, who: Person) -> None:
            at = self.sent(who.address, "announceLeaving")
            assert (at is not None) == self.model.announce(who.address, at or 0)

        @rule(who=people)
        def take(self, who: Person) -> None:
            at = self.sent(who.address, "takeBond")
            now = at or evm.w3.eth.get_block("latest")["timestamp"]
            assert (at is not None) == self.model.take(who.address, now)

        @rule(who=people, reporter=people)
        def punish(self, who: Person, reporter: Person) -> None:
            slot = self.committee.read("slotOf", who.address)
            if not slot:
                return
            evidence = bytes(32)
            assert self.sent(judge, "punish", slot, reporter.address, evidence) is not None
            self.model.punish(who.address, reporter.address)

        @rule(who=people)
        def withdraw(self, who: Person) -> None:
            taken = self.sent(who.address, "withdraw", PURSE) is not None
            assert taken == self.model.withdraw(who.address)

        @rule(seconds=st.sampled_from([1, LEAVE_SECONDS + 1]))
        def wait(self, seconds: int) -> None:
            evm.w3.provider.make_request("evm_increaseTime", [seconds])  # type: ignore[arg-type]
            evm.w3.provider.make_request("evm_mine", [])  # type: ignore[arg-type]

        @invariant()
        def every_wei_is_a_bond_or_credited(self) -> None:
            bonds = sum(bond.wei for bond in self.model.bonds.values())
            held = bonds + sum(self.model.credit.values())
            assert evm.balance(self.committee.address) == held
            assert evm.balance(PURSE) == self.purse + self.model.paid

        @invariant()
        def bonds_are_as_the_model_says(self) -> None:
            for who, bond in self.model.bonds.items():
                slot = self.committee.read("slotOf", who)
                found = self.committee.read("memberOf", slot)
                assert isinstance(found, tuple)
                assert (found[1], found[4]) == (bond.state, bond.wei)
            for who in (*(person.address for person in PEOPLE), TREASURY):
                credit = self.model.credit.get(who, 0)
                assert self.committee.read("creditOf", who) == credit

    return BondMachine


def test_any_history_of_bonds_keeps_every_wei(evm: Evm) -> None:
    run_state_machine_as_test(
        bond_machine(evm),
        settings=settings(max_examples=4, stateful_step_count=16, deadline=None),
    )
