"""Taking an offer, seen from the seller's home: payment, key and token in one transaction.

planned -> approved -> proven -> sent -> final
"""

from __future__ import annotations

import json
import secrets
from typing import Final

from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.errors import NotTheOwner
from zerog.inft.handover import proof_pair
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import allow_token, market_of, single_item
from zerog.inft.market.offers import OfferPaper, paper_in
from zerog.inft.market.orders import Order
from zerog.inft.readers import secret_for
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack
from zerog.inft.steps import FINAL, Workflow, drive

KIND: Final = "acceptance"


def plan_acceptance(stack: Stack, paper: OfferPaper, seller: str, min_proceeds: int) -> Row:
    """Record the wish to take an offer; nothing has left this home yet.

    min_proceeds: least that the seller is credited, base units. Raises UnknownToken,
    UnsupportedData, NotTheOwner, OfferForAnother, PaperForAnother, PaperNotSigned.
    """
    signer, token = stack.keys.signer(seller), single_item(stack, paper.offer.token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token.token_id, token.owner, signer.address)
    paper.check(stack, token)
    data: dict[str, Value] = {
        "token_id": token.token_id,
        "owner": signer.address,
        "to": paper.offer.buyer,
        "currency": paper.offer.currency,
        "price": str(paper.offer.price),
        "min_proceeds": str(min_proceeds),
        "document": json.dumps(paper.to_json()),
    }
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


class Acceptance:
    """The steps of one seller who takes offers."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the seller, who pays the transaction."""
        self._stack, self._signer, self._sender = stack, signer, stack.sender(signer)

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            "planned": self.approve,
            "approved": self.prove,
            "proven": self.send,
            "sent": self.settle,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    def approve(self, row: Row) -> Row:
        """planned -> approved: the market may move the token."""
        allow_token(self._stack, self._signer, f"{row.job_id}:approve", row.number("token_id"))
        return row.to("approved")

    def prove(self, row: Row) -> Row:
        """approved -> proven: the new seal, and the proof that it holds the same key."""
        token, consent = single_item(self._stack, row.number("token_id")), paper_in(row).consent
        secret = secret_for(self._stack, self._signer, token.sealed_key)
        handed = transfer_seal(secret, token.sealed_key, consent.target_key(), consent.statement)
        return row.to("proven", sealed_key=handed.sealed_key.hex(), proof=handed.proof.hex())

    def send(self, row: Row) -> Row:
        """proven -> sent: the seller calls, so that no order need be signed."""
        paper, market = paper_in(row), market_of(self._stack)
        made = paper.offer
        order = Order(
            collection=made.collection,
            token_id=made.token_id,
            data_commitment=made.data_commitment,
            currency=made.currency,
            price=made.price,
            min_proceeds=int(row.text("min_proceeds")),
            seller=self._signer.address,
            receiver=made.buyer,
            nonce=0,
            expiry=made.expiry,
        )
        pair = proof_pair(paper.consent, row.blob("sealed_key"), row.blob("proof"))
        data = market.calldata("fulfil", order, made, [pair])
        intent = f"{row.job_id}:fulfil"
        sent = self._sender.send(intent, Call(market.address, data))
        return row.to("sent", fulfil_intent=intent, fulfil_tx="0x" + sent.tx_hash.hex())

    def settle(self, row: Row) -> Row:
        """sent -> final, once the sale is as deep as the network wants."""
        self._sender.wait(row.text("fulfil_intent"))
        receipt = self._sender.settle(row.text("fulfil_intent"))
        if receipt is None:
            return row
        (event,) = market_of(self._stack).decode(receipt, "Fulfilled")
        proceeds = str(event.number("proceeds"))
        return row.to(FINAL, result="sold", proceeds=proceeds, fulfil_gas=receipt.gas_used)


def run_acceptance(stack: Stack, job_id: str) -> Row:
    """Go on with an acceptance from wherever it is; the seller's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Acceptance(stack, signer).workflow())
