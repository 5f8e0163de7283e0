"""A listing, seen from the seller's home: lock the token, wait for a buyer, hand the key over.

    planned -> approved -> listed -> paid -> proven -> sent -> listed (to see the end) -> final
                              |        |-> requested -> awaiting_consent -> consented -> sent
                              |        `-> waiting (the committee's turn, or nobody can)

`listed` looks at the market: what it finds there is the truth. Mode `proof` answers a payment
with this home's sigma proof, mode `oracle` with a re-encryption, mode `committee` not at all.
A hand-over that did not come in time is refunded and the listing stands again. Each attempt has
intents of its own, named by the block of the payment.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from zerog.chain.bindings_market import Sale, SaleMode, SaleState
from zerog.chain.errors import TxReverted
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.errors import NotTheOwner
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import (
    ENDS,
    act,
    allow_token,
    chain_time,
    is_deep,
    is_deposited,
    is_over,
    market_of,
    payment_of,
    sale_of,
    single_item,
)
from zerog.inft.market.errors import BadPrice, BadTime, NotDeposited
from zerog.inft.oracle_client import OracleClient
from zerog.inft.proofs import ZKP, AccessProof, OwnershipProof
from zerog.inft.readers import secret_for
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import EXPIRED, FINAL, Step, Workflow, drive
from zerog.inft.transfer import Transferring, proof_of, require_shown
from zerog.types import Address

KIND: Final = "listing"
MAX_PRICE: Final = 2**128 - 1
MIN_WINDOW_SECONDS: Final = 60
MAX_WINDOW_SECONDS: Final = 7 * 86_400
DEFAULT_WINDOW_SECONDS: Final = 3_600
DEFAULT_LISTED_SECONDS: Final = 30 * 86_400
MARGIN_SECONDS: Final = 20
"""No seal is shown so near the deadline that the buyer could have both key and refund."""


def plan_listing(
    stack: Stack,
    token_id: int,
    seller: str,
    *,
    price: int,
    currency: Address,
    mode: SaleMode,
    listed_s: int = DEFAULT_LISTED_SECONDS,
    window_s: int = DEFAULT_WINDOW_SECONDS,
) -> Row:
    """Record the wish to sell a token; nothing has left this home yet.

    price: base units of the currency; listed_s: how long it can be bought; window_s: how long
    the hand-over may take after a payment. Raises UnknownToken, UnsupportedData, NotTheOwner,
    BadPrice, BadTime, NotDeposited.
    """
    signer = stack.keys.signer(seller)
    token = single_item(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    if not 0 <= price <= MAX_PRICE:
        raise BadPrice(price)
    if mode is SaleMode.COMMITTEE and not is_deposited(stack, token_id):
        raise NotDeposited(token_id)
    if not MIN_WINDOW_SECONDS <= window_s <= MAX_WINDOW_SECONDS:
        raise BadTime("the window", window_s, MIN_WINDOW_SECONDS, MAX_WINDOW_SECONDS)
    data: dict[str, Value] = {
        "token_id": token_id,
        "owner": signer.address,
        "price": str(price),
        "currency": currency,
        "mode": int(mode),
        "listed_until": chain_time(stack) + listed_s,
        "window": window_s,
        "old_data_root": "0x" + token.data_root.hex(),
    }
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


class Listing:
    """The steps of one seller's listings."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the seller, who pays the transactions."""
        self._stack, self._signer = stack, signer
        self._oracle = OracleClient(stack.settings.oracle_url)
        self._ordering = Transferring(stack, signer, self._oracle, 0.0)

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        return Workflow(
            {
                "planned": self.approve,
                "approved": self.list,
                "listed": self.watch,
                "paid": self.answer,
                "waiting": self.watch_payment,
                "requested": self._while_paid(self._ordering.wait_for_oracle),
                "awaiting_consent": self._while_paid(self._ordering.await_consent),
                "consented": self._while_paid(self.settle_by_oracle),
                "proven": self._while_paid(self.settle_by_proof),
                "sent": self.confirm,
            },
            self._stack.heal,
            lambda row: row,
        )

    def approve(self, row: Row) -> Row:
        """planned -> approved: the market may lock the token."""
        allow_token(self._stack, self._signer, f"{row.job_id}:approve", row.number("token_id"))
        return row.to("approved")

    def list(self, row: Row) -> Row:
        """approved -> listed: the token is locked; exactly one listing of this row."""
        market = market_of(self._stack)
        terms = (
            row.number("token_id"),
            row.text("currency"),
            int(row.text("price")),
            row.number("mode"),
            row.number("listed_until"),
            row.number("window"),
        )
        call = Call(market.address, market.calldata("list", terms))
        receipt = self._stack.sender(self._signer).run(f"{row.job_id}:list", call)
        (event,) = market.decode(receipt, "Listed")
        return row.to(
            "listed",
            listing_id=event.number("listingId"),
            list_tx="0x" + receipt.tx_hash.hex(),
            list_gas=receipt.gas_used,
        )

    # ------------------------------------------------------- what the market says

    def watch(self, row: Row) -> Row:
        """listed -> paid, once a payment is as deep as the network wants; final at an end."""
        sale = self._sale(row)
        if sale.state in ENDS:
            if not is_over(self._stack, row.number("listing_id")):
                return row
            sold = sale.state is not SaleState.DELISTED
            return row.to(FINAL, result="sold" if sold else "delisted", buyer=sale.buyer)
        if sale.state is SaleState.PAID:
            if chain_time(self._stack) > sale.deadline:
                self._refund(row, sale)
                return row
            return self._paid(row, sale) if is_deep(self._stack, sale.paid_at_block) else row
        if chain_time(self._stack) > sale.listed_until and self._try(row, "delist", "delist"):
            return row.to(FINAL, result="expired")
        return row

    def _paid(self, row: Row, sale: Sale) -> Row:
        return row.to("paid", to=sale.buyer, paid_at=sale.paid_at_block, deadline=sale.deadline)

    def _refund(self, row: Row, sale: Sale) -> bool:
        """Whether a payment that is overdue went back; not while the chain's clock is behind."""
        return self._try(row, "refund", f"refund:{sale.paid_at_block}")

    def _try(self, row: Row, function: str, intent: str) -> bool:
        """Whether the market took an act that somebody else may have been first with."""
        try:
            act(
                self._stack,
                self._signer,
                f"{row.job_id}:{intent}",
                function,
                [row.number("listing_id")],
            )
        except TxReverted:
            return False
        return True

    def watch_payment(self, row: Row) -> Row:
        """waiting -> listed, when the payment that could not be answered here is over."""
        sale = self._sale(row)
        if sale.state is not SaleState.PAID or sale.paid_at_block != row.number("paid_at"):
            return row.to("listed")
        overdue = chain_time(self._stack) > sale.deadline
        return row.to("listed") if overdue and self._refund(row, sale) else row

    def _while_paid(self, step: Step) -> Callable[[Row], Row]:
        """A step that makes sense only as long as this payment stands."""

        def guarded(row: Row) -> Row:
            sale = self._sale(row)
            stands = sale.state is SaleState.PAID and sale.paid_at_block == row.number("paid_at")
            if not stands or chain_time(self._stack) > sale.deadline:
                return row.to("listed")
            moved = step(row)
            return moved.to("waiting") if moved.state == EXPIRED else moved

        return guarded

    def _sale(self, row: Row) -> Sale:
        return sale_of(self._stack, row.number("listing_id"))

    # --------------------------------------------------------------- the hand-over

    def answer(self, row: Row) -> Row:
        """paid -> proven, requested or waiting: whoever makes this mode's proof begins."""
        mode, sale = SaleMode(row.number("mode")), self._sale(row)
        if mode is SaleMode.COMMITTEE or sale.state is not SaleState.PAID:
            return row.to("waiting")
        key, consents = payment_of(self._stack, row.number("listing_id"), sale)
        if mode is SaleMode.ORACLE:
            return self._ordering.order(replace(row, data={**row.data, "target_key": key.hex()}))
        token = single_item(self._stack, row.number("token_id"))
        statement = transfer_statement(
            self._stack.registry,
            token.token_id,
            (self._signer.address, sale.buyer),
            (token.data_root, token.data_root),
        )
        secret = secret_for(self._stack, self._signer, token.sealed_key)
        handed = transfer_seal(secret, token.sealed_key, key, statement)
        (consent,) = consents
        return row.to(
            "proven",
            target_key=key.hex(),
            consent_nonce=consent.nonce.hex(),
            wanted_key=consent.encrypted_pub_key.hex(),
            consent=consent.proof.hex(),
            sealed_key=handed.sealed_key.hex(),
            proof=handed.proof.hex(),
        )

    def settle_by_proof(self, row: Row) -> Row:
        """proven -> sent: the sigma proof and the buyer's consent, if there is time to show it."""
        if chain_time(self._stack) + MARGIN_SECONDS > row.number("deadline"):
            return row.to("waiting")
        root = row.blob("old_data_root")
        access = AccessProof(
            root, root, row.blob("consent_nonce"), row.blob("wanted_key"), row.blob("consent")
        )
        ownership = OwnershipProof(
            ZKP, root, root, row.blob("sealed_key"), row.blob("target_key"), b"", row.blob("proof")
        )
        return self._settle(row, access, ownership)

    def settle_by_oracle(self, row: Row) -> Row:
        """consented -> sent: the oracle's statement and the buyer's consent to it."""
        found = require_shown(row, self._oracle.get(row.text("transfer_id")))
        return self._settle(row, *proof_of(found))

    def _settle(self, row: Row, access: AccessProof, ownership: OwnershipProof) -> Row:
        market = market_of(self._stack)
        data = market.calldata("settle", row.number("listing_id"), [(access, ownership)])
        intent = f"{row.job_id}:settle:{row.number('paid_at')}"
        try:
            sent = self._stack.sender(self._signer).send(intent, Call(market.address, data))
        except TxReverted as error:
            if error.name == "EnforcedPause":
                return row
            # A buyer can make their own consent void; then the payment goes back in time.
            return replace(row.to("waiting"), error=str(error))
        return row.to("sent", settle_intent=intent, settle_tx="0x" + sent.tx_hash.hex())

    def confirm(self, row: Row) -> Row:
        """sent -> final, once the hand-over is as deep as the network wants."""
        sender = self._stack.sender(self._signer)
        try:
            sender.wait(row.text("settle_intent"))
            receipt = sender.settle(row.text("settle_intent"))
        except TxReverted as error:
            return replace(row.to("waiting"), error=str(error))
        if receipt is None:
            return row
        return row.to(FINAL, result="sold", buyer=row.text("to"), settle_gas=receipt.gas_used)


def run_listing(stack: Stack, job_id: str) -> Row:
    """Go on with a listing from wherever it is; the seller's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Listing(stack, signer).workflow())
