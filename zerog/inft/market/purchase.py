"""A purchase, seen from the buyer's home: look, consent, pay, and get the token or the money.

    planned -> consented -> sent -> paid -> final (settled or refunded)
                                    paid -> owed -> paid

A token is owed where it refused this buyer's half (a consent that was spent elsewhere, say) after
the seller's was shown: this home consents anew and asks for it again.

The ciphertext is fetched and verified before anything is paid. Consent and key are saved before
they leave. After the deadline this home takes the payment back by itself.
"""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import Final

from zerog.chain.bindings_market import Sale, SaleMode, SaleState
from zerog.chain.errors import TxReverted
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.consent import accept
from zerog.inft.errors import NothingToAccept, SameOwner
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import (
    act,
    allow_currency,
    chain_time,
    is_over,
    market_of,
    owed_of,
    payment_of,
    sale_of,
    single_item,
)
from zerog.inft.market.errors import NotForSale, NotOwed, OtherCurrency, TooDear
from zerog.inft.market.orders import NOBODY
from zerog.inft.paperrows import look_at, paper_fields, paper_of, signed_paper
from zerog.inft.proofs import AccessProof, Statement
from zerog.inft.readers import wanted_key_of
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.types import Address

KIND: Final = "purchase"
CONSENT_MARGIN_SECONDS: Final = 86_400
"""A consent outlives the deadline by so much, whatever the clocks say."""


def plan_purchase(
    stack: Stack, listing_id: int, buyer: str, max_price: int | None, currency: Address
) -> Row:
    """Record the wish to buy; nothing has left this home yet.

    max_price: base units, None for whatever it costs; currency: what the buyer means to pay in.
    Raises UnknownListing, NotForSale, TooDear, OtherCurrency, SameOwner, UnsupportedData.
    """
    signer, sale = stack.keys.signer(buyer), sale_of(stack, listing_id)
    if sale.state is not SaleState.LISTED:
        raise NotForSale(listing_id, sale.state)
    if max_price is not None and sale.price > max_price:
        raise TooDear(listing_id, sale.price, max_price)
    if sale.currency != currency:
        raise OtherCurrency(listing_id, sale.currency)
    if sale.seller == signer.address:
        raise SameOwner(sale.token_id, signer.address)
    token = single_item(stack, sale.token_id)
    data: dict[str, Value] = {
        "listing_id": listing_id,
        "token_id": sale.token_id,
        "owner": signer.address,
        "seller": sale.seller,
        "price": str(sale.price),
        "currency": sale.currency,
        "mode": int(sale.mode),
        "window": sale.window,
        "old_data_root": "0x" + token.data_root.hex(),
    }
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


def plan_collection(stack: Stack, listing_id: int, buyer: str) -> Row:
    """The row that fetches a token which is owed; that of the purchase, if this home made it.

    Raises UnknownListing, NotOwed, PaymentMissing.
    """
    signer, sale = stack.keys.signer(buyer), sale_of(stack, listing_id)
    if sale.state is not SaleState.OWED or sale.buyer != signer.address:
        raise NotOwed(listing_id, sale.state, sale.buyer)
    name = f"{KIND}-on-chain-{listing_id}-{sale.paid_at_block}"
    for row in stack.jobs.rows():
        mine = row.kind == KIND and row.data.get("listing_id") == listing_id
        if mine and row.data.get("paid_at") == sale.paid_at_block:
            return row
    key, (consent,) = payment_of(stack, listing_id, sale)
    data: dict[str, Value] = {
        "listing_id": listing_id,
        "token_id": sale.token_id,
        "owner": signer.address,
        "seller": sale.seller,
        "price": str(sale.price),
        "currency": sale.currency,
        "mode": int(sale.mode),
        "window": sale.window,
        "old_data_root": "0x" + consent.old_data_hash.hex(),
        "target_key": key.hex(),
        "wanted_key": consent.encrypted_pub_key.hex(),
        "paid_at": sale.paid_at_block,
        "deadline": sale.deadline,
    }
    return stack.jobs.add(name, KIND, "paid", data)


class Purchase:
    """The steps of one buyer's purchases."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the buyer, who pays."""
        self._stack, self._signer = stack, signer

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            "planned": self.consent,
            "consented": self.pay,
            "sent": self.confirm,
            "paid": self.watch,
            "owed": self.collect,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    def consent(self, row: Row) -> Row:
        """planned -> consented: the data is there; the consent is signed, where one is due."""
        token = single_item(self._stack, row.number("token_id"))
        look_at(self._stack, token.data_root)
        wanted = wanted_key_of(self._stack, self._signer)
        if SaleMode(row.number("mode")) is SaleMode.ORACLE:
            # The oracle seals to the account's own key.
            return row.to("consented", target_key=self._signer.public_key.hex(), wanted_key="")
        target = (wanted or self._signer.public_key).hex()
        named = row.to(row.state, target_key=target, wanted_key=wanted.hex())
        return self._consented(named, "consented")

    def _consented(self, row: Row, state: str) -> Row:
        """The row with a new consent to its wanted key, which is saved before it leaves."""
        until = chain_time(self._stack) + row.number("window") + CONSENT_MARGIN_SECONDS
        paper = signed_paper(self._signer, self._statement(row), row.blob("wanted_key"), until)
        return row.to(state, **paper_fields(paper))

    def _statement(self, row: Row) -> Statement:
        root = row.blob("old_data_root")
        parties = (self._stack.keys.resolve(row.text("seller")), self._signer.address)
        return transfer_statement(
            self._stack.registry, row.number("token_id"), parties, (root, root)
        )

    def _consents(self, row: Row) -> list[AccessProof]:
        if "consent" not in row.data:
            return []
        return [paper_of(row, self._statement(row)).proof()]

    def pay(self, row: Row) -> Row:
        """consented -> sent: the payment is durable and on its way."""
        market, price = market_of(self._stack), int(row.text("price"))
        currency = self._stack.keys.resolve(row.text("currency"))
        allow_currency(self._stack, self._signer, f"{row.job_id}:allow", currency, price)
        data = market.calldata(
            "buy",
            row.number("listing_id"),
            currency,
            price,
            row.blob("target_key"),
            self._consents(row),
        )
        value = price if currency == NOBODY else 0
        intent = f"{row.job_id}:buy"
        sent = self._stack.sender(self._signer).send(intent, Call(market.address, data, value))
        return row.to("sent", buy_intent=intent, buy_tx="0x" + sent.tx_hash.hex())

    def confirm(self, row: Row) -> Row:
        """sent -> paid: the market has the payment."""
        receipt = self._stack.sender(self._signer).wait(row.text("buy_intent"))
        (event,) = market_of(self._stack).decode(receipt, "SalePaid")
        return row.to(
            "paid",
            paid_at=receipt.block_number,
            deadline=event.number("deadline"),
            buy_gas=receipt.gas_used,
        )

    def watch(self, row: Row) -> Row:
        """paid -> final: the token is here, or the money is in the buyer's credit again."""
        sale = sale_of(self._stack, row.number("listing_id"))
        mine = sale.buyer == self._signer.address and sale.paid_at_block == row.number("paid_at")
        if mine and sale.state is SaleState.SETTLED:
            over = is_over(self._stack, row.number("listing_id"))
            return row.to(FINAL, result="settled") if over else row
        if not mine:
            return self._over(row)
        if sale.state is SaleState.OWED:
            return self._consented(row, "owed")
        if chain_time(self._stack) > sale.deadline:
            return self._refund(row)
        if sale.mode is SaleMode.ORACLE:
            self._agree(row, sale)
        return row

    def collect(self, row: Row) -> Row:
        """owed -> paid: the token is asked for again; refused, the row rests with a new consent."""
        listing_id = row.number("listing_id")
        sale = sale_of(self._stack, listing_id)
        if sale.state is not SaleState.OWED or sale.paid_at_block != row.number("paid_at"):
            return row.to("paid")
        (access,) = self._consents(row)
        (ownership,) = owed_of(self._stack, listing_id, sale)
        intent = f"{row.job_id}:collect:{row.text('consent_nonce')}"
        try:
            act(self._stack, self._signer, intent, "collect", [listing_id, [(access, ownership)]])
        except TxReverted as error:
            again = self._consented(row, "owed")
            return self._stack.jobs.advance(row, replace(again, error=str(error)))
        return replace(row.to("paid"), error=None)

    def _over(self, row: Row) -> Row:
        """The market does not know this payment: refunded, or a reorg took it back."""
        sender, intent = self._stack.sender(self._signer), row.text("buy_intent")
        if sender.wait(intent).block_number != row.number("paid_at"):
            return row.to("sent")
        return row if sender.settle(intent) is None else row.to(FINAL, result="refunded")

    def _refund(self, row: Row) -> Row:
        try:
            intent = f"{row.job_id}:refund"
            act(self._stack, self._signer, intent, "refund", [row.number("listing_id")])
        except TxReverted:
            return row  # another was first, or the chain's clock is behind: look again
        return row.to(FINAL, result="refunded")

    def _agree(self, row: Row, sale: Sale) -> None:
        """Consent to the oracle's new ciphertext, once it is there."""
        try:
            accept(self._stack, sale.token_id, self._signer)
        except NothingToAccept:
            self._stack.progress(f"{row.job_id}: waiting for the oracle", 0, 0)


def run_purchase(stack: Stack, job_id: str) -> Row:
    """Go on with a purchase from wherever it is; the buyer's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Purchase(stack, signer).workflow())
