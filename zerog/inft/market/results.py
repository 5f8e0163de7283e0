"""What the market's calls give back: plain frozen values, each of them JSON. Pure.

Prices are decimal text: base units of a currency do not fit into JSON numbers.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass

from zerog.chain.bindings_market import Sale
from zerog.inft.jobstore import Row
from zerog.inft.protection import UNPROTECTED
from zerog.types import Json


@dataclass(frozen=True, slots=True)
class ListingView:
    """A listing as the chain has it; times in Unix seconds, buyer and deadline once it is paid.

    protection: what brings a buyer's money back for wrong data; in this market nothing does.
    """

    listing_id: int
    state: str
    mode: str
    protection: str
    token_id: int
    seller: str
    currency: str
    price: str
    listed_until: int
    buyer: str | None
    deadline: int | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Sold:
    """A listing or an accepted offer as far as it came.

    result: sold, delisted or expired in the end; None before. trouble: why the last hand-over
    could not be made. protection: as of a listing.
    """

    job_id: str
    state: str
    protection: str
    token_id: int
    seller: str
    price: str
    listing_id: int | None
    list_tx: str | None
    settle_tx: str | None
    settle_gas: int | None
    result: str | None
    trouble: str | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Bought:
    """A purchase as far as it came.

    result: settled or refunded in the end, None before; in state `owed` the seller is paid and
    the token waits in the market for this home's next consent. trouble: why it could not come.
    """

    job_id: str
    state: str
    listing_id: int
    token_id: int
    buyer: str
    price: str
    buy_tx: str | None
    deadline: int | None
    result: str | None
    trouble: str | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OfferView:
    """An offer of this home; document: what the buyer hands to the owner."""

    job_id: str
    state: str
    token_id: int
    buyer: str
    currency: str
    price: str
    expiry: int
    result: str | None
    document: dict[str, Json]

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Credit:
    """A withdrawal; tx None where there was nothing to take out."""

    account: str
    to: str
    currency: str
    amount: str
    tx: str | None

    def to_json(self) -> dict[str, Json]:
        """As the CLI prints it with --json."""
        return asdict(self)


def listing_view(listing_id: int, sale: Sale) -> ListingView:
    """What the chain says of a listing."""
    paid = sale.paid_at_block != 0
    return ListingView(
        listing_id=listing_id,
        state=sale.state.name.lower(),
        mode=sale.mode.name.lower(),
        protection=UNPROTECTED,
        token_id=sale.token_id,
        seller=sale.seller,
        currency=sale.currency,
        price=str(sale.price),
        listed_until=sale.listed_until,
        buyer=sale.buyer if paid else None,
        deadline=sale.deadline if paid else None,
    )


def sold(row: Row) -> Sold:
    """A row of the seller's."""
    return Sold(
        job_id=row.job_id,
        state=row.state,
        protection=UNPROTECTED,
        token_id=row.number("token_id"),
        seller=row.text("owner"),
        price=row.text("price"),
        listing_id=row.known_number("listing_id"),
        list_tx=row.known_text("list_tx"),
        settle_tx=row.known_text("settle_tx") or row.known_text("fulfil_tx"),
        settle_gas=row.known_number("settle_gas") or row.known_number("fulfil_gas"),
        result=row.known_text("result"),
        trouble=row.error,
    )


def bought(row: Row) -> Bought:
    """A row of the buyer's."""
    return Bought(
        job_id=row.job_id,
        state=row.state,
        listing_id=row.number("listing_id"),
        token_id=row.number("token_id"),
        buyer=row.text("owner"),
        price=row.text("price"),
        buy_tx=row.known_text("buy_tx"),
        deadline=row.known_number("deadline"),
        result=row.known_text("result"),
        trouble=row.error,
    )


def offer_view(row: Row) -> OfferView:
    """An offer's row."""
    return OfferView(
        job_id=row.job_id,
        state=row.state,
        token_id=row.number("token_id"),
        buyer=row.text("owner"),
        currency=row.text("currency"),
        price=row.text("price"),
        expiry=row.number("expiry"),
        result=row.known_text("result"),
        document=json.loads(row.text("document")),
    )
