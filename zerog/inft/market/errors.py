"""What goes wrong on the market, in one line each."""

from __future__ import annotations

from zerog.chain.bindings_market import SaleState
from zerog.errors import NotFound, Refused, Tampered, UsageError
from zerog.types import Address


class UnknownListing(NotFound):
    """The market has no such listing."""

    def __init__(self, listing_id: int) -> None:
        self.listing_id = listing_id
        super().__init__(f"there is no listing {listing_id}", "zerog inft listings shows them")


class NotForSale(Refused):
    """The listing cannot be bought now."""

    def __init__(self, listing_id: int, state: SaleState) -> None:
        self.listing_id, self.state = listing_id, state
        super().__init__(f"listing {listing_id} is {state.name.lower()}, not listed")


class TooDear(UsageError):
    """The listing costs more than the buyer allowed."""

    def __init__(self, listing_id: int, price: int, most: int) -> None:
        self.listing_id, self.price, self.most = listing_id, price, most
        super().__init__(
            f"listing {listing_id} costs {price} base units, {most} are allowed",
            "raise --max-price if that is what you want",
        )


class OtherCurrency(UsageError):
    """The listing is in another currency than the buyer means."""

    def __init__(self, listing_id: int, currency: Address) -> None:
        self.listing_id, self.currency = listing_id, currency
        super().__init__(
            f"listing {listing_id} is paid in {currency}", "name it with --currency to pay in it"
        )


class NotDeposited(UsageError):
    """The committee holds no key of this token, so that it cannot sell it."""

    def __init__(self, token_id: int) -> None:
        self.token_id = token_id
        super().__init__(
            f"the committee holds no key of token {token_id}",
            "deposit it first: zerog inft committee deposit",
        )


class NotTheSeller(UsageError):
    """Only the seller ends a listing."""

    def __init__(self, listing_id: int, seller: Address, claimed: Address) -> None:
        self.listing_id, self.seller, self.claimed = listing_id, seller, claimed
        super().__init__(
            f"listing {listing_id} is of {seller}, not of {claimed}", "name the seller with --as"
        )


class PaymentMissing(Tampered):
    """The market says a sale is paid, and no event of the payment is on the chain."""

    def __init__(self, listing_id: int) -> None:
        self.listing_id = listing_id
        super().__init__(f"listing {listing_id} is paid without an event of its payment")


class SealMissing(Tampered):
    """The market says a token is owed, and no event of its seals is on the chain."""

    def __init__(self, listing_id: int) -> None:
        self.listing_id = listing_id
        super().__init__(f"listing {listing_id} is owed without an event of its seals")


class NotOwed(Refused):
    """A listing owes this account nothing."""

    def __init__(self, listing_id: int, state: SaleState, buyer: Address) -> None:
        self.listing_id, self.state, self.buyer = listing_id, state, buyer
        super().__init__(
            f"listing {listing_id} is {state.name.lower()}, bought by {buyer}",
            "name the buyer with --as; a sale that is paid is collected by itself",
        )


class OfferForAnother(Refused):
    """A signed offer is not about this market, token or data, or is not good any more."""

    def __init__(self, field: str, wanted: object, found: object) -> None:
        self.field, self.wanted, self.found = field, wanted, found
        super().__init__(f"the offer has {field} {found}, this sale {wanted}", "ask for a new one")


class BadPrice(UsageError):
    """A price that the market cannot keep."""

    def __init__(self, price: int) -> None:
        self.price = price
        super().__init__(f"the price cannot be {price}", "give base units from 0 to 2^128-1")


class BadTime(UsageError):
    """A duration that the market refuses."""

    def __init__(self, what: str, given: int, least: int, most: int) -> None:
        self.what, self.given, self.least, self.most = what, given, least, most
        super().__init__(f"{what} cannot be {given} s", f"{least} to {most} s")
