"""The relayer: sends what others signed, with its own key and within its own limits.

    posted -> sent -> final

A permit is a row named by its digest, so that it is carried out once however often it is posted.
It is checked by asking the chain what its execution would do, signature, nonce and inner call
together, before the row is made and again before it is signed for. What a failing permit costs
the relayer is gas that was reserved for its signer: `RelayRules` bound it by call, signer and day.
"""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from zerog.chain.bindings_life import PermitContract
from zerog.chain.errors import Reverted
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call, Sender
from zerog.config import Settings
from zerog.errors import Refused, Unreachable
from zerog.inft.jobstore import JobStore, Row, UnknownJob
from zerog.inft.life.desk import facet
from zerog.inft.life.permitpaper import permit_from_json
from zerog.inft.life.permits import Permit
from zerog.inft.life.relaybook import CallTooCostly, RelayBook, RelayRules
from zerog.inft.life.results import Relayed, relayed
from zerog.inft.stack import Stack
from zerog.inft.steps import DONE, EXPIRED, FINAL, Workflow, drive
from zerog.jobs import CarryPermit, Jobs
from zerog.types import Json

KIND: Final = "relay"
RELAYER: Final = "relayer"
"""The name of the key that pays, in the relayer's home."""

GAS_MARGIN_PERCENT: Final = 125


class OtherNetwork(Refused):
    """A permit for another chain or another collection."""

    def __init__(self, chain_id: int, token: str) -> None:
        self.chain_id, self.token = chain_id, token
        super().__init__(f"the permit is for {token} on chain {chain_id}, not for this network")


class PermitLate(Refused):
    """A permit whose deadline is past, or so near that it might be when it is mined."""

    def __init__(self, deadline: int, time_: int) -> None:
        self.deadline, self.time = deadline, time_
        super().__init__(f"the permit holds until {deadline}, it is {time_}", "sign a new one")


class PermitUseless(Refused):
    """The chain would refuse the permit as it stands."""

    def __init__(self, name: str, args: tuple[object, ...]) -> None:
        self.name, self.reason = name, args
        super().__init__(f"the chain refuses the permit: {name}{args}")


@dataclass(frozen=True, slots=True)
class RelayHouse:
    """One relayer: the network, its key, its rows and what it may spend."""

    stack: Stack
    signer: Signer
    rows: JobStore
    book: RelayBook
    rules: RelayRules

    @classmethod
    def open(cls, settings: Settings, rules: RelayRules | None = None) -> RelayHouse:
        """The relayer of a home; raises UnknownName when it has no key named `relayer`."""
        stack = Stack.open(settings)
        folder = settings.home / "relay"
        return cls(
            stack,
            stack.keys.signer(RELAYER),
            relay_rows(settings.home),
            RelayBook(folder / "book.db"),
            rules or RelayRules(),
        )

    @property
    def sender(self) -> Sender:
        """The one owner of the relayer's transactions."""
        return self.stack.sender(self.signer)


def relay_rows(home: Path) -> JobStore:
    """The relayer's rows, without its key."""
    return JobStore(home / "relay" / "relay.db")


def post(house: RelayHouse, permit: Permit) -> Row:
    """Take a permit on, or find it; nothing is spent yet.

    Raises OtherNetwork, PermitLate, PermitUseless, CallTooCostly, AllowanceSpent, and what a
    malformed permit raises.
    """
    nft = house.stack.nft.address
    if (permit.chain_id, permit.token) != (house.stack.registry.chain_id, nft):
        raise OtherNetwork(permit.chain_id, permit.token)
    digest = permit.digest()
    job_id = f"{KIND}-{digest.hex()[:32]}"
    try:
        return house.rows.get(job_id)
    except UnknownJob:
        now = _time(house)
    if permit.deadline < now + house.rules.lead_s:
        raise PermitLate(permit.deadline, now)
    gas = _gas(house, permit)
    house.book.reserve(digest, permit.signer, gas, now, house.rules)
    data = {
        **_flat(permit.to_json()),
        "function": permit.function,
        "owner": house.signer.address,
        "gas": gas,
    }
    return house.rows.add(job_id, KIND, "posted", data)


def _time(house: RelayHouse) -> int:
    return max(int(time.time()), house.stack.chain.head().timestamp)


def _flat(document: dict[str, Json]) -> dict[str, str | int]:
    return {name: value for name, value in document.items() if isinstance(value, str | int)}


def _call(house: RelayHouse, permit: Permit) -> Call:
    contract = facet(house.stack, PermitContract)
    fields = (permit.signer, permit.call, permit.nonce, permit.deadline, permit.signature)
    return Call(contract.address, contract.calldata("executePermit", *fields))


def _gas(house: RelayHouse, permit: Permit) -> int:
    """Gas limit for a permit as the chain stands; raises PermitUseless."""
    call = _call(house, permit)
    try:
        used = house.stack.chain.estimate_gas(call.to, call.data, house.signer.address)
    except Reverted as error:
        raise PermitUseless(error.name, error.args) from error
    return used * GAS_MARGIN_PERCENT // 100


class Relaying:
    """The steps of one permit."""

    def __init__(self, house: RelayHouse) -> None:
        """house: the relayer."""
        self._house = house

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {"posted": self.send, "sent": self.settle}
        return Workflow(steps, self._house.stack.heal, lambda row: row)

    def send(self, row: Row) -> Row:
        """posted -> sent: checked again, then signed for, once.

        While gas is dearer than the rules allow the row rests; a permit that grew late, or was
        used by somebody else meanwhile, ends without a transaction.
        """
        house, intent = self._house, f"{row.job_id}:execute"
        permit = permit_from_json(row.data)
        known = house.stack.transactions.get(intent)
        if known is None or known.hash is None:
            if permit.deadline < _time(house):
                return row.to(EXPIRED)
            if house.stack.chain.fees().max_fee > house.rules.max_fee_wei:
                return row
            if (gas := _gas(house, permit)) > row.number("gas"):
                raise CallTooCostly(gas, row.number("gas"))
        sent = house.sender.send(intent, _call(house, permit), gas=row.number("gas"))
        return row.to("sent", relay_tx="0x" + sent.hash.hex() if sent.hash else None)

    def settle(self, row: Row) -> Row:
        """sent -> final, once the execution is as deep as the network wants."""
        receipt: Receipt | None = self._house.sender.settle(f"{row.job_id}:execute")
        if receipt is None:
            return row
        tx = "0x" + receipt.tx_hash.hex()
        return row.to(FINAL, relay_tx=tx, relay_gas=receipt.gas_used)


def run_relay(house: RelayHouse, job_id: str) -> Row:
    """Go on with a permit from wherever it is."""
    return drive(house.rows, job_id, Relaying(house).workflow())


def post_permit(house: RelayHouse, permit: Permit, jobs: Jobs) -> Relayed:
    """Take a permit on and ask the relayer's worker to carry it out; raises as `post` does.

    Where the broker is away, the worker's sweep finds the row.
    """
    row = post(house, permit)
    if row.state not in DONE:
        with suppress(Unreachable):
            jobs.submit(CarryPermit(row.job_id))
    return relayed(row)


def permit_status(home: Path, job_id: str) -> Relayed:
    """How far the relayer of a home is with a permit; raises UnknownJob."""
    return relayed(relay_rows(home).get(job_id))
