"""Rent and royalties in dictionaries: what the contracts must do with the money of any history.

The arithmetic is that of the product's own twins, `zerog.inft.life.rental` and `royalties`; what
this adds is who may do what, and in which order a refusal comes.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from zerog.inft.life import rental, royalties
from zerog.inft.life.rental import Terms
from zerog.inft.life.royalties import Ancestor
from zerog.types import Address

Key = tuple[str, Address]
"""Currency and account."""


class Refusal(Exception):
    """The contract must refuse with this error."""

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(error)


@dataclass(slots=True)
class Offer:
    """One offer; term: how often its token had changed hands."""

    token_id: int
    terms: Terms
    term: int
    closed: bool = False


@dataclass(slots=True)
class Lease:
    """One lease."""

    offer: Offer
    tenant: Address
    start: int
    periods: int = 0
    collected: int = 0

    @property
    def end(self) -> int:
        """First second in which it runs no longer."""
        return rental.end(self.start, self.offer.terms.period, self.periods)

    def begun(self, time: int) -> int:
        """Periods that have begun."""
        return rental.begun(self.start, self.offer.terms.period, self.periods, time)


@dataclass(slots=True)
class Token:
    """One token; owner: None once it is burnt; moves: how often it changed hands."""

    owner: Address | None
    ancestor: Ancestor
    moves: int = 0
    exclusive: int = 0


@dataclass(slots=True)
class LifeModel:
    """Tokens, offers, leases, and who is owed how much."""

    tolls: frozenset[str]
    tokens: dict[int, Token] = field(default_factory=dict)
    offers: dict[int, Offer] = field(default_factory=dict)
    leases: dict[int, Lease] = field(default_factory=dict)
    rent_owed: Counter[Key] = field(default_factory=Counter)
    royalty_owed: Counter[Key] = field(default_factory=Counter)
    tills: Counter[tuple[int, str]] = field(default_factory=Counter)

    # ------------------------------------------------------------------ tokens

    def mint(self, token_id: int, owner: Address) -> None:
        """A token of one's own making."""
        self.tokens[token_id] = Token(owner, Ancestor(owner, owner))

    def clone(self, clone_id: int, token_id: int, to: Address) -> None:
        """A clone keeps the creator."""
        creator = self.tokens[token_id].ancestor.creator
        self.tokens[clone_id] = Token(to, Ancestor(creator, to, cloned_from=token_id))

    def derive(self, child: int, parent: int, weight: int) -> None:
        """Name the one parent of a token."""
        token = self.tokens[child]
        token.ancestor = Ancestor(token.ancestor.creator, token.owner, ((parent, weight),))

    def move(self, token_id: int, to: Address | None) -> None:
        """A sale, or with None the end."""
        token = self.tokens[token_id]
        token.owner, token.moves = to, token.moves + 1

    # ------------------------------------------------------------------- leases

    def is_open(self, offer: Offer) -> bool:
        """Whether an offer stands: with another owner it is void."""
        return not offer.closed and offer.term == self.tokens[offer.token_id].moves

    def close(self, offer_id: int, who: Address) -> None:
        """The owner takes an offer back."""
        offer = self.offers[offer_id]
        self._require_owner(offer.token_id, who)
        if offer.closed:
            raise Refusal("OfferEnded")
        offer.closed = True

    def _require_owner(self, token_id: int, who: Address) -> None:
        owner = self.tokens[token_id].owner
        if owner is None:
            raise Refusal("ERC721NonexistentToken")
        if owner != who:
            raise Refusal("ERC721IncorrectOwner")

    def rent(self, lease_id: int, offer_id: int, tenant: Address, periods: int, now: int) -> None:
        """Take an offer."""
        offer = self._open_offer(offer_id, periods)
        for one in self.leases.values():
            if (one.offer.token_id, one.tenant) == (offer.token_id, tenant) and now < one.end:
                raise Refusal("LeaseRuns")
        token = self.tokens[offer.token_id]
        if token.exclusive and now < self.leases[token.exclusive].end:
            raise Refusal("ExclusivelyLeased")
        self._require_payable(offer.terms, periods)
        self.leases[lease_id] = Lease(offer, tenant, now, periods)
        if offer.terms.exclusive:
            token.exclusive = lease_id

    def extend(self, lease_id: int, periods: int, now: int) -> None:
        """Add periods to a running lease."""
        lease = self.leases[lease_id]
        offer_id = next(key for key, one in self.offers.items() if one is lease.offer)
        self._open_offer(offer_id, periods)
        if now >= lease.end:
            raise Refusal("LeaseOver")
        self._require_payable(lease.offer.terms, periods)
        lease.periods += periods

    def _open_offer(self, offer_id: int, periods: int) -> Offer:
        offer = self.offers[offer_id]
        if not self.is_open(offer):
            raise Refusal("OfferEnded")
        if not 0 < periods <= offer.terms.max_periods:
            raise Refusal("BadPeriods")
        return offer

    def _require_payable(self, terms: Terms, periods: int) -> None:
        if terms.currency in self.tolls and terms.price * periods:
            raise Refusal("CurrencyKeepsPart")

    def cancel(self, lease_id: int, who: Address, now: int) -> None:
        """Give back what has not begun; all of it where the token is gone."""
        lease = self.leases[lease_id]
        if lease.tenant != who:
            raise Refusal("NotTheTenant")
        terms, burnt = lease.offer.terms, self.tokens[lease.offer.token_id].owner is None
        kept = lease.collected if burnt else lease.begun(now)
        if kept == lease.periods:
            raise Refusal("NothingToCancel")
        self.rent_owed[terms.currency, who] += rental.refund(terms.price, lease.periods, kept)
        lease.periods = kept

    def collect(self, lease_id: int, now: int) -> None:
        """What has begun is the owner's."""
        lease = self.leases[lease_id]
        owner, terms = self.tokens[lease.offer.token_id].owner, lease.offer.terms
        if owner is None:
            raise Refusal("ERC721NonexistentToken")
        begun = lease.begun(now)
        if begun == lease.collected:
            raise Refusal("NothingDue")
        self.rent_owed[terms.currency, owner] += rental.due(terms.price, begun, lease.collected)
        lease.collected = begun

    def rent_held(self, currency: str) -> int:
        """What the token contract must have of a currency."""
        waiting = sum(
            (one.periods - one.collected) * one.offer.terms.price
            for one in self.leases.values()
            if one.offer.terms.currency == currency
        )
        return waiting + sum(v for (known, _), v in self.rent_owed.items() if known == currency)

    # ---------------------------------------------------------------- royalties

    def left(self, currency: str, amount: int) -> int:
        """What arrives of an amount: some currencies keep one unit of every transfer."""
        return amount - 1 if currency in self.tolls and amount else amount

    def pay_till(self, token_id: int, currency: str, amount: int) -> None:
        """A market leaves a royalty."""
        self.tills[token_id, currency] += self.left(currency, amount)

    def settle(self, token_id: int, currency: str) -> None:
        """Share out what a till has."""
        amount = self.left(currency, self.tills[token_id, currency])
        if not amount:
            raise Refusal("EmptyTill")
        self.tills[token_id, currency] = 0
        family = {key: one.ancestor for key, one in self.tokens.items()}
        for account, part in royalties.split(family, token_id, amount).items():
            self.royalty_owed[currency, account] += part

    def withdraw(self, owed: Counter[Key], currency: str, who: Address) -> int:
        """Take all of one's credit."""
        amount = owed[currency, who]
        if not amount:
            raise Refusal("NoCredit")
        owed[currency, who] = 0
        return amount
