"""Selling and buying agents, in one typed call each.

from zerog.inft.market.sdk import Market
market = Market.connect()
listed = market.sell(1, "alice", price=10**18)
bought = market.buy(listed.listing_id, "bob", wait_s=60)
"""

from __future__ import annotations

import secrets
import time
from os import PathLike
from typing import Final

from zerog.chain.bindings_market import SaleMode, SaleState
from zerog.chain.hexes import to_address
from zerog.inft.errors import JobFailed
from zerog.inft.jobstore import JobBusy, Row
from zerog.inft.market.acceptance import KIND as ACCEPTANCE
from zerog.inft.market.acceptance import plan_acceptance, run_acceptance
from zerog.inft.market.counter import act, market_of, sale_of
from zerog.inft.market.errors import NotTheSeller
from zerog.inft.market.listing import (
    DEFAULT_LISTED_SECONDS,
    DEFAULT_WINDOW_SECONDS,
    plan_listing,
    run_listing,
)
from zerog.inft.market.offers import (
    DEFAULT_OFFER_SECONDS,
    OfferPaper,
    paper_in,
    plan_offer,
    run_offer,
)
from zerog.inft.market.offers import KIND as OFFER
from zerog.inft.market.orders import NOBODY
from zerog.inft.market.purchase import plan_collection, plan_purchase, run_purchase
from zerog.inft.market.results import (
    Bought,
    Credit,
    ListingView,
    OfferView,
    Sold,
    bought,
    listing_view,
    offer_view,
    sold,
)
from zerog.inft.stack import Stack
from zerog.inft.steps import EXPIRED, FAILED, FINAL
from zerog.types import Address, Progress, no_progress

POLL_SECONDS: Final = 0.2
LAST_LISTINGS: Final = 1_000
OPEN_STATES: Final = (SaleState.LISTED, SaleState.PAID, SaleState.OWED)


class Market:
    """The market as one home uses it: its keys act, its rows remember."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators; `Market.connect` builds them."""
        self._stack = stack

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Market:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.connect(home, progress))

    # ------------------------------------------------------------------- selling

    def sell(
        self,
        token_id: int,
        seller: str,
        *,
        price: int,
        currency: Address = NOBODY,
        mode: str = "proof",
        listed_s: int = DEFAULT_LISTED_SECONDS,
        window_s: int = DEFAULT_WINDOW_SECONDS,
    ) -> Sold:
        """List a token; gives the listing as soon as the token is locked.

        price: base units; mode: who makes the ownership proof (`proof`: this home, `committee`,
        `oracle`, where the buyer reads the new data before consenting: for buyers whom the seller
        trusts); listed_s: how long it can be bought; window_s: how long a hand-over may take.
        The row goes on by itself while the stack is up, and `answer` drives it by hand.
        """
        row = plan_listing(
            self._stack,
            token_id,
            seller,
            price=price,
            currency=currency,
            mode=SaleMode[mode.upper()],
            listed_s=listed_s,
            window_s=window_s,
        )
        return sold(self._settled(run_listing(self._stack, row.job_id)))

    def answer(self, job_id: str) -> Sold:
        """Look after a sale now: hand over what was paid for, refund what is overdue.

        job_id: a listing's, or that of an offer that was taken. Raises UnknownJob, JobBusy.
        """
        taken = self._stack.jobs.get(job_id).kind == ACCEPTANCE
        run = run_acceptance if taken else run_listing
        return sold(self._settled(run(self._stack, job_id)))

    def take(self, paper: OfferPaper, seller: str, min_proceeds: int = 0) -> Sold:
        """Sell to whoever signed an offer, in one transaction.

        min_proceeds: least that the seller is credited, base units. Raises OfferForAnother and
        what a hand-over raises.
        """
        row = plan_acceptance(self._stack, paper, seller, min_proceeds)
        return sold(self._settled(run_acceptance(self._stack, row.job_id)))

    def cancel_listing(self, listing_id: int, seller: str) -> ListingView:
        """End a listing that is not paid; raises UnknownListing, NotTheSeller, TxReverted."""
        signer, sale = self._stack.keys.signer(seller), sale_of(self._stack, listing_id)
        if sale.seller != signer.address:
            raise NotTheSeller(listing_id, sale.seller, signer.address)
        # A name of its own each time: a payment may come first, and go back later.
        intent = f"delist:{listing_id}:{secrets.token_hex(4)}"
        act(self._stack, signer, intent, "delist", [listing_id])
        return listing_view(listing_id, sale_of(self._stack, listing_id))

    # -------------------------------------------------------------------- buying

    def buy(
        self,
        listing_id: int,
        buyer: str,
        *,
        max_price: int | None = None,
        currency: Address = NOBODY,
        wait_s: float = 0.0,
    ) -> Bought:
        """Check the data, lock payment and consent, and wait for the token.

        max_price: base units; None pays what the listing asks for. wait_s: how long to wait for
        the end; after that the row goes on by itself while the stack is up. Raises NotForSale,
        TooDear, OtherCurrency, and what the services raise.
        """
        row = plan_purchase(self._stack, listing_id, buyer, max_price, currency)
        return self.collect(row.job_id, wait_s)

    def collect(self, job_id: str, wait_s: float = 0.0) -> Bought:
        """Go on with a purchase: gives it when it is over, or as it is after wait_s seconds."""
        end = time.monotonic() + wait_s
        row = self._purchase(job_id)
        while row.state != FINAL and time.monotonic() < end:
            time.sleep(POLL_SECONDS)
            row = self._purchase(job_id)
        return bought(row)

    def collect_owed(self, listing_id: int, buyer: str, wait_s: float = 0.0) -> Bought:
        """Fetch a token that is owed to the buyer, whichever home or page bought it.

        Raises UnknownListing, NotOwed, PaymentMissing, SealMissing.
        """
        row = plan_collection(self._stack, listing_id, buyer)
        return self.collect(row.job_id, wait_s)

    def _purchase(self, job_id: str) -> Row:
        try:
            return self._settled(run_purchase(self._stack, job_id))
        except JobBusy:
            return self._stack.jobs.get(job_id)

    def offer(
        self,
        token_id: int,
        buyer: str,
        *,
        price: int,
        currency: Address = NOBODY,
        lasting_s: int = DEFAULT_OFFER_SECONDS,
    ) -> OfferView:
        """Sign an offer with its consent and fund it; the view carries the document.

        price: base units, credited at the market (coin) or allowed to it (ERC-20).
        """
        row = plan_offer(
            self._stack, token_id, buyer, price=price, currency=currency, lasting_s=lasting_s
        )
        return offer_view(self._settled(run_offer(self._stack, row.job_id)))

    def offers(self) -> list[OfferView]:
        """The offers of this home, oldest first."""
        return [offer_view(row) for row in self._stack.jobs.rows() if row.kind == OFFER]

    def cancel_offer(self, job_id: str) -> OfferView:
        """Make an offer of this home void; what funds it stays the buyer's credit."""
        row = self._stack.jobs.get(job_id)
        signer, nonce = self._stack.owner_of(row), paper_in(row).offer.nonce
        act(self._stack, signer, f"{job_id}:cancel", "cancel", [nonce])
        return offer_view(self._settled(run_offer(self._stack, job_id)))

    # -------------------------------------------------------------------- looking

    def listings(self, *, every: bool = False, last: int = LAST_LISTINGS) -> list[ListingView]:
        """What can be bought, and what is being handed over; with `every` what is over too.

        last: only the newest so many listings are looked at, one question to the chain each;
        anyone may list, so that their number has no bound.
        """
        market = market_of(self._stack)
        views, count = [], market.listing_count()
        for listing_id in range(max(0, count - last) + 1, count + 1):
            sale = market.sale(listing_id)
            if every or sale.state in OPEN_STATES:
                views.append(listing_view(listing_id, sale))
        return views

    def credit(self, person: str, currency: Address = NOBODY) -> int:
        """What a name or an address can take out of the market, base units."""
        return market_of(self._stack).credit(currency, self._stack.keys.resolve(person))

    def withdraw(self, person: str, *, currency: Address = NOBODY, to: str | None = None) -> Credit:
        """Take all of a person's credit out, to themselves or to `to`."""
        signer, amount = self._stack.keys.signer(person), self.credit(person, currency)
        receiver = signer.address if to is None else self._stack.keys.resolve(to)
        intent, tx = f"withdraw:{secrets.token_hex(8)}", None
        if amount:
            args = [to_address(currency), amount, receiver]
            tx = act(self._stack, signer, intent, "withdraw", args)
        return Credit(signer.address, receiver, to_address(currency), str(amount), tx)

    def _settled(self, row: Row) -> Row:
        """The row, unless it ended badly; raises JobFailed."""
        if row.state in (FAILED, EXPIRED):
            raise JobFailed(row.job_id, row.state, row.error or "")
        return row
