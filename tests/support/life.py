"""A house whose token has the facets of life after mint, and what their tests do with them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

import pytest
from web3.types import TxReceipt

from tests.support.agents import CHAIN_ID, House, Person
from tests.support.contracts import Artifact, Deployed, Evm, Reverted, artifact, compiled
from tests.support.evm import AnvilProcess
from tests.support.reward_contracts import Clock
from zerog.chain.abi import added_selectors
from zerog.chain.steps_life import FACETS, INTERFACES
from zerog.inft.life.permits import Permit, encode_call
from zerog.inft.life.rental import NO_CURRENCY, Terms, usage_digest

CORE = "AgentNFT"
DAY = 86_400
HOUR = 3_600
PRICE = 10**15
NEVER = 2**63


def joined(*names: str) -> Artifact:
    """One ABI of several artifacts: what one address with facets speaks."""
    entries = {
        str(sorted(entry.items(), key=str)): entry for n in names for entry in artifact(n).abi
    }
    return Artifact("+".join(names), list(entries.values()), "0x", "0x")


@dataclass(slots=True)
class LifeHouse:
    """A token with the life facets, its royalty splitter, and the people of the house."""

    house: House
    anvil: AnvilProcess
    token: Deployed
    splitter: Deployed

    @classmethod
    def build(cls, anvil: AnvilProcess, *extra: str) -> LifeHouse:
        """Deploy everything; `extra`: further facets, by artifact."""
        house = House.build(anvil)
        evm = house.evm
        names = (*FACETS, *(name for name in extra if name not in FACETS))
        known = set(_served(house))
        cuts = []
        for name in names:
            fresh = [one for one in added_selectors(name, CORE) if one not in known]
            known.update(fresh)
            cuts.append((evm.deploy(artifact(name)).address, fresh))
        house.token.send("setFacets", cuts)
        house.token.send("setInterfaces", [bytes.fromhex(one) for one in INTERFACES], True)
        token = evm.at(house.token.address, joined(CORE, *names))
        house.token = token
        splitter = evm.deploy(artifact("RoyaltySplitter"), token.address)
        token.send("setRoyaltySplitter", splitter.address)
        return cls(house, anvil, token, splitter)

    @property
    def evm(self) -> Evm:
        """The chain."""
        return self.house.evm

    # -------------------------------------------------------------------- time

    def now(self) -> int:
        """Time of the head, seconds."""
        return self.house.now()

    def pass_to(self, time: int) -> None:
        """The head has this time from now on."""
        self.anvil.rpc("evm_setNextBlockTimestamp", time)
        self.anvil.rpc("evm_mine")

    def next_at(self, time: int) -> None:
        """The next transaction is mined at this time."""
        self.anvil.rpc("evm_setNextBlockTimestamp", time)

    # ------------------------------------------------------------------ acting

    def send(self, who: Person | str, function: str, *args: object, value: int = 0) -> TxReceipt:
        """A transaction of a person, or of an unlocked address."""
        sender = who if isinstance(who, str) else who.address
        return self.token.send(function, *args, sender=sender, value=value)

    def read(self, function: str, *args: object) -> object:
        """A call of a view."""
        return self.token.read(function, *args)

    def number(self, function: str, *args: object) -> int:
        """A call of a view that gives a number."""
        return cast(int, self.token.read(function, *args))

    def mint(self, to: Person) -> int:
        """A token with one item of data."""
        return self.house.mint(to)

    def terms(self, **changes: object) -> Terms:
        """An hour for PRICE, at most a hundred at once, ten calls in each."""
        standard: dict[str, object] = {
            "currency": NO_CURRENCY,
            "price": PRICE,
            "period": HOUR,
            "max_periods": 100,
            "calls_per_period": 10,
            "until": NEVER,
            "exclusive": False,
            "executor": NO_CURRENCY,
        }
        return Terms(**{**standard, **changes})  # type: ignore[arg-type]

    def offer(self, owner: Person, token_id: int, **changes: object) -> int:
        """An offer; `changes` of the standard terms."""
        receipt = self.send(owner, "offerLease", token_id, self.terms(**changes).to_abi())
        return cast(int, self.token.events("LeaseOffered", receipt)[0]["offerId"])

    def rent(
        self,
        payer: Person,
        offer_id: int,
        periods: int = 1,
        tenant: str | None = None,
        value: int | None = None,
    ) -> int:
        """A lease for the payer, or for `tenant`; the value is the price in the chain's coin."""
        paid = periods * PRICE if value is None else value
        who = tenant or payer.address
        receipt = self.send(payer, "rent", offer_id, who, periods, value=paid)
        return cast(int, self.token.events("LeaseChanged", receipt)[0]["leaseId"])

    def receipt(self, lease_id: int, calls: int, tenant: Person) -> tuple[int, int, bytes]:
        """A signed receipt, as the contract takes it."""
        address = self.token.address
        return lease_id, calls, tenant.sign(usage_digest(CHAIN_ID, address, lease_id, calls))

    def permit(
        self, signer: Person, function: str, args: Sequence[object], nonce: int, deadline: int
    ) -> Permit:
        """A permit without its signature."""
        token = self.token.address
        call = encode_call(function, args)
        return Permit(CHAIN_ID, token, signer.address, call, nonce, deadline)

    def credit(self, account: Person | str, currency: str = NO_CURRENCY) -> int:
        """What the token owes an account."""
        address = account if isinstance(account, str) else account.address
        return self.number("creditOf", currency, address)


@dataclass(slots=True)
class Place:
    """A token contract, its splitter and currencies, put back before every history."""

    clock: Clock
    life: LifeHouse
    coins: list[Deployed]
    people: dict[str, Person]
    snapshot: object

    @classmethod
    def build(cls, clock: Clock, currencies: Sequence[str], plenty: int) -> Place:
        """People have plenty of every currency, by artifact, and let the token pull it."""
        life = LifeHouse.build(clock.anvil)
        house = life.house
        people = {"alice": house.alice, "bob": house.bob, "carol": house.carol}
        coins = [house.evm.deploy(compiled(name)) for name in currencies]
        for coin in coins:
            for person in people.values():
                coin.send("mint", person.address, plenty)
                coin.send("approve", life.token.address, plenty, sender=person.address)
        return cls(clock, life, coins, people, clock.anvil.rpc("evm_snapshot"))

    def put_back(self) -> None:
        """As it was built."""
        self.clock.anvil.rpc("evm_revert", self.snapshot)
        self.snapshot = self.clock.anvil.rpc("evm_snapshot")


def _served(house: House) -> list[bytes]:
    """Functions that the facets of the house have already."""
    try:
        facets = house.evm.at(house.token.address, artifact("LoupeFacet")).read("facets")
    except (FileNotFoundError, Reverted):
        return []
    return [one for _, served in cast("list[tuple[str, list[bytes]]]", facets) for one in served]


def refused(error: pytest.ExceptionInfo[Reverted]) -> tuple[str, tuple[object, ...]]:
    """Name and arguments of a revert."""
    return error.value.name, error.value.values


def low(person: Person) -> str:
    """The address as eth_abi gives it."""
    return person.address.lower()
