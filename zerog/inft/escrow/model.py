"""The money of the exchange as a model: who has credit after any order of acts.

Twin of contracts/inft/FairExchange.sol without its cryptography: whether a complaint holds is
told to the model. Every act that the contract would refuse raises `Refusal` with its reason.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from zerog.chain.bindings_escrow import EscrowState as State
from zerog.errors import Refused
from zerog.inft.escrow.terms import GRACE_SECONDS, MAX_OPEN_CHALLENGES, Terms

WHOLE_BPS = 10_000


class Refusal(Refused):
    """The contract's error of that name."""

    def __init__(self, error: str) -> None:
        self.error = error
        super().__init__(f"the exchange refuses: {error}")


@dataclass(slots=True)
class Deal:
    """One escrow; due: of each block that was asked for, None once it is answered."""

    seller: str
    terms: Terms
    state: State = State.OFFERED
    buyer: str = ""
    deadline: int = 0
    until: int = 0
    due: dict[int, int | None] = field(default_factory=dict)

    @property
    def waiting(self) -> int:
        """Challenges without an answer."""
        return sum(due is not None for due in self.due.values())


@dataclass(slots=True)
class ExchangeModel:
    """Escrows and credits, wei; people are named by anything that can be a key."""

    treasury: str
    fee_bps: int = 0
    deals: dict[int, Deal] = field(default_factory=dict)
    credit: Counter[str] = field(default_factory=Counter)

    def held(self) -> int:
        """What the contract must hold: credits, and the money of what runs."""
        return sum(self.credit.values()) + sum(_locked(deal) for deal in self.deals.values())

    def offer(self, escrow_id: int, seller: str, terms: Terms) -> None:
        """A token is locked and a bond left."""
        self.deals[escrow_id] = Deal(seller, terms)

    def cancel(self, escrow_id: int, who: str) -> None:
        """The seller takes an offer back."""
        deal = self._in(escrow_id, State.OFFERED)
        _require(who == deal.seller, "NotTheParty")
        deal.state = State.CANCELLED
        self.credit[deal.seller] += deal.terms.bond

    def buy(self, escrow_id: int, who: str, now: int) -> None:
        """A buyer pays."""
        deal = self._in(escrow_id, State.OFFERED)
        deal.state, deal.buyer = State.PAID, who
        deal.deadline = now + deal.terms.delivery_seconds

    def deliver(self, escrow_id: int, now: int) -> None:
        """The key is handed over."""
        deal = self._in(escrow_id, State.PAID)
        _require(now <= deal.deadline, "TooLate")
        deal.state = State.DELIVERED
        deal.deadline = deal.until = now + deal.terms.window_seconds

    def challenge(self, escrow_id: int, index: int, who: str, now: int) -> None:
        """The buyer asks for a block."""
        deal = self._in(escrow_id, State.DELIVERED)
        _require(who == deal.buyer, "NotTheParty")
        _require(now <= deal.until, "TooLate")
        _require(index not in deal.due, "AlreadyChallenged")
        _require(deal.waiting < MAX_OPEN_CHALLENGES, "TooManyChallenges")
        due = now + deal.terms.answer_seconds
        deal.due[index] = due
        deal.deadline = max(deal.deadline, due + deal.terms.answer_seconds)

    def answer(self, escrow_id: int, index: int, who: str) -> None:
        """Somebody shows a block."""
        deal = self._in(escrow_id, State.DELIVERED)
        _require(deal.due.get(index) is not None, "NotChallenged")
        deal.due[index] = None
        self.credit[who] += deal.terms.answer_fee

    def refund_undelivered(self, escrow_id: int, now: int) -> None:
        """Price and bond go back to whom they came from."""
        deal = self._in(escrow_id, State.PAID)
        _require(now > deal.deadline, "TooEarly")
        deal.state = State.REFUNDED
        self.credit[deal.seller] += deal.terms.bond
        self.credit[deal.buyer] += deal.terms.price

    def refund_unanswered(self, escrow_id: int, index: int, now: int) -> None:
        """The buyer gets everything."""
        deal = self._in(escrow_id, State.DELIVERED)
        due = deal.due.get(index)
        if due is None:
            raise Refusal("NotChallenged")
        _require(now > due, "TooEarly")
        self._refund_all(deal)

    def complain(self, escrow_id: int, who: str, now: int, right: bool) -> None:
        """right: whether the chunk is what its leaf says, so that the complaint fails."""
        deal = self._in(escrow_id, State.DELIVERED)
        _require(who == deal.buyer, "NotTheParty")
        _require(now <= deal.deadline, "TooLate")
        _require(not right, "ChunkIsRight")
        self._refund_all(deal)

    def finish(self, escrow_id: int, who: str, now: int) -> None:
        """The token moves, the seller is paid."""
        deal = self._in(escrow_id, State.DELIVERED)
        if who != deal.buyer:
            _require_over(deal, now, 0)
        self._pay(deal, State.FINISHED)

    def finish_uncollected(self, escrow_id: int, now: int) -> None:
        """The seller is paid, the token waits."""
        deal = self._in(escrow_id, State.DELIVERED)
        _require_over(deal, now, GRACE_SECONDS)
        self._pay(deal, State.OWED)

    def collect(self, escrow_id: int) -> None:
        """The buyer takes a token that waits."""
        self._in(escrow_id, State.OWED).state = State.FINISHED

    def withdraw(self, who: str) -> int:
        """All of somebody's credit."""
        return self.credit.pop(who, 0)

    def _pay(self, deal: Deal, state: State) -> None:
        price, waiting = deal.terms.price, deal.waiting
        fee = price // WHOLE_BPS * self.fee_bps + price % WHOLE_BPS * self.fee_bps // WHOLE_BPS
        deal.state = state
        self.credit[self.treasury] += fee
        self.credit[deal.seller] += price - fee + deal.terms.bond
        self.credit[deal.buyer] += waiting * deal.terms.answer_fee

    def _refund_all(self, deal: Deal) -> None:
        terms = deal.terms
        self.credit[deal.buyer] += terms.price + terms.bond + deal.waiting * terms.answer_fee
        deal.state = State.REFUNDED

    def _in(self, escrow_id: int, state: State) -> Deal:
        deal = self.deals.get(escrow_id)
        if deal is None or deal.state is not state:
            raise Refusal("WrongEscrowState")
        return deal


def _locked(deal: Deal) -> int:
    """What an escrow holds for its parties, wei."""
    terms = deal.terms
    held = {
        State.OFFERED: terms.bond,
        State.PAID: terms.bond + terms.price,
        State.DELIVERED: terms.bond + terms.price + deal.waiting * terms.answer_fee,
    }
    return held.get(deal.state, 0)


def _require_over(deal: Deal, now: int, grace: int) -> None:
    _require(now > deal.deadline + grace, "TooEarly")
    _require(deal.waiting == 0, "ChallengesOpen")


def _require(holds: bool, error: str) -> None:
    if not holds:
        raise Refusal(error)
