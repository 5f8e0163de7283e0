"""The rules of leases and royalties against their Python twins, on values drawn by hypothesis."""

from __future__ import annotations

from dataclasses import dataclass
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.agents import Person
from tests.support.contracts import Deployed, Evm, Reverted, compiled
from tests.support.evm import AnvilProcess
from zerog.inft.life import rental
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.life.royalties import Ancestor, Family, NobodyToPay, split

pytestmark = pytest.mark.contracts
PEOPLE = [Person.named(f"kin {number}").address for number in range(5)]
TIMES = st.integers(0, 2**40)
PERIODS = st.integers(0, 2**32 - 1)


@pytest.fixture(scope="module")
def evm(anvil: AnvilProcess) -> Evm:
    """The shared chain."""
    return Evm(anvil.url)


@pytest.fixture(scope="module")
def rules(evm: Evm) -> Deployed:
    """The arithmetic of leases."""
    return evm.deploy(compiled("RentalHarness"))


@settings(max_examples=25)
@given(start=TIMES, period=st.integers(1, 2**32 - 1), periods=PERIODS, passed=TIMES)
def test_periods_of_a_lease_are_those_of_the_twin(
    rules: Deployed, start: int, period: int, periods: int, passed: int
) -> None:
    assert rules.read("end", start, period, periods) == rental.end(start, period, periods)
    time = start + passed
    begun = rental.begun(start, period, periods, time)
    assert rules.read("begun", start, period, periods, time) == begun
    assert 0 <= begun <= periods


@settings(max_examples=25)
@given(calls=st.integers(0, 2**64 - 1), begun=PERIODS)
def test_quota_is_that_of_the_twin(rules: Deployed, calls: int, begun: int) -> None:
    assert rules.read("quota", calls, begun) == rental.quota(calls, begun)


# ----------------------------------------------------------------------------- royalties


@dataclass(frozen=True, slots=True)
class Line:
    """A splitter over a collection that a test writes."""

    family: Deployed
    splitter: Deployed

    @classmethod
    def deploy(cls, evm: Evm) -> Line:
        """Both of them, fresh."""
        family = evm.deploy(compiled("LifeFamily"))
        return cls(family, evm.deploy(compiled("LifeSplitter"), family.address))

    def write(self, family: Family) -> None:
        """Tokens that are not in the family keep what they were."""
        for token_id, one in family.items():
            line = [(parent, weight, bytes(32)) for parent, weight in one.parents]
            people = (one.creator or NO_CURRENCY, one.owner or NO_CURRENCY)
            self.family.send("write", token_id, *people, one.cloned_from or 0, line)

    def settle(self, evm: Evm, token_id: int, amount: int) -> dict[str, int]:
        """Pay the till and settle; gives by how much each account's credit grew."""
        till = evm.w3.to_checksum_address(str(self.splitter.read("tillOf", token_id)))
        coin = evm.w3.to_wei(amount, "wei")
        evm.transact({"from": evm.accounts[7], "to": till, "value": coin})
        receipt = self.splitter.send("settle", token_id, NO_CURRENCY)
        grown: dict[str, int] = {}
        for event in self.splitter.events("CreditAdded", receipt):
            account = str(event["account"])
            grown[account] = grown.get(account, 0) + cast(int, event["amount"])
        return grown


@st.composite
def families(draw: st.DrawFn) -> dict[int, Ancestor]:
    """Up to seven tokens: some cloned, some derived, some burnt or without a creator."""
    family: dict[int, Ancestor] = {}
    for token_id in range(1, draw(st.integers(1, 7)) + 1):
        creator = draw(st.sampled_from([*PEOPLE, None]))
        owner = draw(st.sampled_from([*PEOPLE, None]))
        older, is_clone = list(family), draw(st.booleans())
        if older and is_clone:
            family[token_id] = Ancestor(creator, owner, (), draw(st.sampled_from(older)))
            continue
        chosen = draw(st.sets(st.sampled_from(older), max_size=3)) if older else set[int]()
        parents = tuple((parent, draw(st.integers(1, 1_600))) for parent in sorted(chosen))
        family[token_id] = Ancestor(creator, owner, parents)
    return family


@settings(max_examples=10)
@given(family=families(), amount=st.integers(1, 10**18))
def test_royalty_is_split_as_by_the_twin(evm: Evm, family: Family, amount: int) -> None:
    line = Line.deploy(evm)
    line.write(family)
    token_id = max(family)
    try:
        wanted = split(family, token_id, amount)
    except NobodyToPay:
        with pytest.raises(Reverted, match="NobodyToPay"):
            line.settle(evm, token_id, amount)
        return
    assert line.settle(evm, token_id, amount) == wanted
    assert sum(wanted.values()) == amount
    assert evm.balance(line.splitter.address) == amount
