"""What goes wrong in a sale with complaints."""

from __future__ import annotations

from zerog.errors import NotFound, Refused, Tampered, UsageError
from zerog.types import Address


class NotProtected(UsageError):
    """The data is no container of suite 2: no contract could judge a complaint about it."""

    def __init__(self, token_id: int, suite: int) -> None:
        self.token_id, self.suite = token_id, suite
        super().__init__(
            f"token {token_id} cannot be sold with complaints: its data is of suite {suite}",
            "mint it with --suite keccak-ctr, or sell it without this protection",
        )


class UnknownEscrow(NotFound):
    """The exchange has no escrow of that number."""

    def __init__(self, escrow_id: int) -> None:
        self.escrow_id = escrow_id
        super().__init__(f"there is no escrow {escrow_id}", "zerog inft escrow status lists them")


class WrongState(Refused):
    """The escrow is in another state than this act needs."""

    def __init__(self, escrow_id: int, state: str, needed: str) -> None:
        self.escrow_id, self.state, self.needed = escrow_id, state, needed
        super().__init__(f"escrow {escrow_id} is {state}, not {needed}")


class NotTheParty(Refused):
    """Only the seller, or only the buyer, may do this."""

    def __init__(self, escrow_id: int, party: Address, caller: Address) -> None:
        self.escrow_id, self.party, self.caller = escrow_id, party, caller
        super().__init__(f"this is for {party} to do in escrow {escrow_id}, not for {caller}")


class BadTerms(UsageError):
    """Terms that the exchange refuses."""

    def __init__(self, what: str, given: int, least: int, most: int | None) -> None:
        self.what, self.given, self.least, self.most = what, given, least, most
        upper = f"at least {least}" if most is None else f"{least} to {most}"
        super().__init__(f"{what} cannot be {given}", upper)


class NotInData(Tampered):
    """A piece does not lie there in the data that the token commits to."""

    def __init__(self, data_root: bytes, found: bytes) -> None:
        self.data_root, self.found = data_root, found
        super().__init__(f"the piece belongs to 0x{found.hex()}, not to 0x{data_root.hex()}")


class WrongPiece(UsageError):
    """A piece of another length, or beyond the end of the file."""

    def __init__(self, what: str, given: int, expected: int) -> None:
        self.what, self.given, self.expected = what, given, expected
        super().__init__(f"{what} is {given}, not {expected}")


class NothingDelivered(NotFound):
    """No delivery of an escrow is on the chain."""

    def __init__(self, escrow_id: int) -> None:
        self.escrow_id = escrow_id
        super().__init__(f"escrow {escrow_id} has no delivery")


class SealHoldsNothing(Tampered):
    """The delivered seal holds the point at infinity: complain about the key."""

    def __init__(self) -> None:
        super().__init__("the sealed key holds nothing")


class NotOffered(Refused):
    """The escrow cannot be bought now."""

    def __init__(self, escrow_id: int, state: str) -> None:
        self.escrow_id, self.state = escrow_id, state
        super().__init__(f"escrow {escrow_id} is {state}, not offered")


class TooDear(UsageError):
    """The escrow costs more than the buyer allowed."""

    def __init__(self, escrow_id: int, price: int, most: int) -> None:
        self.escrow_id, self.price, self.most = escrow_id, price, most
        super().__init__(
            f"escrow {escrow_id} costs {price} wei, {most} are allowed",
            "raise --max-price if that is what you want",
        )


class ForeignCurrency(UsageError):
    """This home pays for escrows in the chain's own coin only."""

    def __init__(self, escrow_id: int, currency: Address) -> None:
        self.escrow_id, self.currency = escrow_id, currency
        super().__init__(f"escrow {escrow_id} is paid in {currency}", "use a client of that ERC-20")


class NoRow(NotFound):
    """This home has no row of that escrow for that person."""

    def __init__(self, escrow_id: int, person: Address) -> None:
        self.escrow_id, self.person = escrow_id, person
        super().__init__(
            f"this home did not offer or buy escrow {escrow_id} as {person}",
            "use the home that did",
        )


class PieceMissing(NotFound):
    """No storage node gives a segment with a proof that fits."""

    def __init__(self, data_root: bytes, index: int) -> None:
        self.data_root, self.index = data_root, index
        super().__init__(f"nobody gives segment {index} of 0x{data_root.hex()}")
