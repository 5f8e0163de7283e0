"""What a market must do: listings, signed messages and money, as a few rules over dictionaries."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from tests.support.market import DELISTED, LISTED, OWED, PAID, SETTLED
from zerog.inft.market.orders import split

Money = tuple[str, str]
"""Currency and account."""


class Refusal(Exception):
    """The market says no, by the error of this name."""

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(error)


@dataclass(slots=True)
class Deal:
    """A listing and its sale."""

    token_id: int
    seller: str
    currency: str
    price: int
    fee_bps: int
    until: int
    window: int
    state: int = LISTED
    buyer: str = ""
    deadline: int = 0
    spoilt: bool = False
    """The buyer has spent the consent of the payment elsewhere."""


@dataclass(frozen=True, slots=True)
class Message:
    """A signed order or offer."""

    token_id: int
    signer: str
    currency: str
    price: int
    nonce: int


@dataclass(slots=True)
class MarketModel:
    """Accounts are addresses; times are seconds of the chain; amounts are base units."""

    treasury: str
    fee_bps: int
    owner: dict[int, str] = field(default_factory=dict)
    deals: dict[int, Deal] = field(default_factory=dict)
    listing_of: dict[int, int] = field(default_factory=dict)
    credit: defaultdict[Money, int] = field(default_factory=lambda: defaultdict(int))
    spent: set[tuple[str, int]] = field(default_factory=set)
    floor: defaultdict[str, int] = field(default_factory=lambda: defaultdict(int))

    def held(self, currency: str) -> int:
        """What the market must have: credits, and payments that are locked."""
        credits = sum(amount for (kind, _), amount in self.credit.items() if kind == currency)
        paid = [one for one in self.deals.values() if one.state == PAID]
        return credits + sum(one.price for one in paid if one.currency == currency)

    # ------------------------------------------------------------------ listings

    def list(self, listing_id: int, caller: str, deal: Deal) -> None:
        """The caller lists a token."""
        self._require_unlisted(deal.token_id)
        require(self.owner[deal.token_id] == caller, "NotTheOwner")
        self.deals[listing_id] = deal
        self.listing_of[deal.token_id] = listing_id

    def delist(self, listing_id: int, caller: str, now: int) -> None:
        """The seller ends a listing, or anyone once it is over."""
        deal = self._in(listing_id, LISTED)
        require(caller == deal.seller or now > deal.until, "NotTheSeller")
        deal.state = DELISTED
        del self.listing_of[deal.token_id]

    def buy(self, listing_id: int, buyer: str, now: int, by_credit: bool) -> None:
        """Payment and consent are locked."""
        deal = self._in(listing_id, LISTED)
        require(now <= deal.until, "ListingOver")
        if by_credit:
            self._debit(deal.currency, buyer, deal.price)
        deal.state, deal.buyer, deal.deadline = PAID, buyer, now + deal.window

    def settle(self, listing_id: int, now: int) -> None:
        """All are credited, and the token moves unless the buyer spoilt the consent."""
        deal = self._in(listing_id, PAID)
        require(now <= deal.deadline, "TooLate")
        self._pay(deal.currency, deal.price, deal.fee_bps, deal.seller)
        if deal.spoilt:
            deal.state = OWED
        else:
            self._move(deal)

    def collect(self, listing_id: int) -> None:
        """A token that is owed moves."""
        self._move(self._in(listing_id, OWED))

    def _move(self, deal: Deal) -> None:
        deal.state = SETTLED
        del self.listing_of[deal.token_id]
        self.owner[deal.token_id] = deal.buyer

    def refund(self, listing_id: int, now: int) -> None:
        """The payment is the buyer's credit, and the listing stands."""
        deal = self._in(listing_id, PAID)
        require(now > deal.deadline, "TooEarly")
        self.credit[deal.currency, deal.buyer] += deal.price
        deal.state, deal.buyer, deal.deadline, deal.spoilt = LISTED, "", 0, False

    # ------------------------------------------------------------------ messages

    def fulfil(self, order: Message, offer: Message, by_credit: bool) -> None:
        """An order meets an offer."""
        self._require_unlisted(order.token_id)
        require(self.owner[order.token_id] == order.signer, "NotTheOwner")
        require(offer.token_id == order.token_id, "TokenMismatch")
        require(order.currency == offer.currency, "CurrencyMismatch")
        require(offer.price >= order.price, "PriceTooLow")
        for one in (order, offer):
            require(not self.is_spent(one), "NonceSpent")
        if by_credit:
            self._debit(offer.currency, offer.signer, offer.price)
        self.spent |= {(order.signer, order.nonce), (offer.signer, offer.nonce)}
        self._pay(offer.currency, offer.price, self.fee_bps, order.signer)
        self.owner[order.token_id] = offer.signer

    def is_spent(self, one: Message) -> bool:
        """Used or cancelled."""
        return one.nonce < self.floor[one.signer] or (one.signer, one.nonce) in self.spent

    def transfer(self, token_id: int, caller: str, to: str) -> None:
        """The owner hands a token over outside the market."""
        require(token_id not in self.listing_of, "TokenLocked")
        require(self.owner[token_id] == caller, "ERC721InsufficientApproval")
        self.owner[token_id] = to

    # ------------------------------------------------------------------- helpers

    def _in(self, listing_id: int, state: int) -> Deal:
        deal = self.deals[listing_id]
        require(deal.state == state, "WrongState")
        return deal

    def _require_unlisted(self, token_id: int) -> None:
        require(token_id not in self.listing_of, "AlreadyListed")

    def _debit(self, currency: str, account: str, amount: int) -> None:
        require(self.credit[currency, account] >= amount, "NotEnoughCredit")
        self.credit[currency, account] -= amount

    def _pay(self, currency: str, price: int, fee_bps: int, seller: str) -> None:
        parts = split(price, fee_bps, 0)
        self.credit[currency, self.treasury] += parts.fee
        self.credit[currency, seller] += parts.proceeds


def require(condition: bool, error: str) -> None:
    """Refuse by name."""
    if not condition:
        raise Refusal(error)
