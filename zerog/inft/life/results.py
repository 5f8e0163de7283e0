"""What the calls of an agent's life give back: plain frozen values, each of them JSON. Pure.

Amounts are decimal text: base units of a currency do not fit into JSON numbers.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass

from zerog.chain.rpc import Receipt
from zerog.inft.jobstore import Row
from zerog.types import Json


@dataclass(frozen=True, slots=True)
class Done:
    """One mined act; number: the id that it made (offer, lease), where it made one."""

    act: str
    tx: str
    gas: int
    number: int | None = None

    @classmethod
    def of(cls, act: str, receipt: Receipt, number: int | None = None) -> Done:
        """What a receipt says."""
        return cls(act, "0x" + receipt.tx_hash.hex(), receipt.gas_used, number)

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Updated:
    """An update as far as it came."""

    job_id: str
    state: str
    token_id: int
    old_data_root: str
    data_root: str
    manifest: str
    update_tx: str
    update_gas: int
    fee_wei: int

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Cloned:
    """A clone as far as it came: `final`, or `awaiting_consent` of the one who gets it.

    token_id: the original; clone_id: None before the chain gave one; opened_identical: whether
    its owner, opening it, got what the original holds; None where that was not looked at.
    """

    job_id: str
    state: str
    token_id: int
    clone_id: int | None
    owner: str
    old_data_root: str
    new_data_root: str | None
    clone_tx: str | None
    clone_gas: int | None
    mode: str
    opened_identical: bool | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class UsersView:
    """Who may use a token; user: of ERC-4907, until `expires`; leased_until: at the latest."""

    token_id: int
    owner: str
    authorized: tuple[str, ...]
    user: str | None
    expires: int
    leased_until: int

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer to rent; times in Unix seconds and seconds, price in base units of a period."""

    offer_id: int
    token_id: int
    open: bool
    currency: str
    price: str
    period_seconds: int
    max_periods: int
    calls_per_period: int
    until: int
    exclusive: bool
    executor: str

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class LeaseView:
    """A lease; due: what the owner can collect; calls_left: None for no limit."""

    lease_id: int
    offer_id: int
    token_id: int
    tenant: str
    start: int
    end: int
    periods: int
    collected: int
    calls: int
    calls_left: int | None
    due: str

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class VersionView:
    """One version, with the proof that leads to the root of its history."""

    index: int
    before: str
    next: str
    author: str
    time: int
    leaf: str
    proof: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class History:
    """All versions of a token, checked against root and count on chain at `block`."""

    token_id: int
    block: int
    root: str
    versions: tuple[VersionView, ...]

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class ParentView:
    """A parent and its part."""

    token_id: int
    weight_bps: int
    data_commitment: str


@dataclass(frozen=True, slots=True)
class Lineage:
    """Where a token comes from, and what its line earns.

    origin: the token itself unless it is a clone; till: where royalties are left; shares: basis
    points of a royalty by account.
    """

    token_id: int
    origin: int
    creator: str | None
    parents: tuple[ParentView, ...]
    royalty_bps: int
    till: str
    shares: dict[str, str]

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Earnings:
    """What an account can take out in one currency, base units."""

    account: str
    currency: str
    rent: str
    royalties: str

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Relayed:
    """A permit at the relayer: `posted`, `sent`, `final`, `failed` or `expired`."""

    job_id: str
    state: str
    function: str
    signer: str
    tx: str | None
    gas: int | None
    error: str | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


def relayed(row: Row) -> Relayed:
    """A relayer's row as the caller sees it."""
    return Relayed(
        job_id=row.job_id,
        state=row.state,
        function=row.text("function"),
        signer=row.text("signer"),
        tx=row.known_text("relay_tx"),
        gas=row.known_number("relay_gas"),
        error=row.error,
    )


def updated(row: Row) -> Updated:
    """An update's row as the caller sees it."""
    return Updated(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        old_data_root=row.text("old_data_root"),
        data_root=row.text("data_root"),
        manifest=row.text("manifest"),
        update_tx=row.text("update_tx"),
        update_gas=row.number("update_gas"),
        fee_wei=row.number("fee_wei"),
    )


def cloned(row: Row, identical: bool | None = None) -> Cloned:
    """A clone's row as the caller sees it."""
    return Cloned(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        clone_id=row.known_number("clone_id"),
        owner=row.text("to"),
        old_data_root=row.text("old_data_root"),
        new_data_root=row.known_text("new_data_root"),
        clone_tx=row.known_text("clone_tx"),
        clone_gas=row.known_number("clone_gas"),
        mode=row.text("mode"),
        opened_identical=identical,
    )
