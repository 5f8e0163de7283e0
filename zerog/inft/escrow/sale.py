"""A sale with complaints, seen from the seller's home.

    planned -> registered -> approved -> offered -> paid -> proven -> delivered -> final

`offered` and `delivered` look at the exchange: what it says is the truth, and while there is
nothing to do the row rests. A payment is answered with this home's own proof once it is as deep
as the network wants; the seal is saved before it leaves. Afterwards this home answers challenges
from the storage network, and finishes the sale when the window is over.
"""

from __future__ import annotations

import secrets
from typing import Final

from zerog.chain.bindings_escrow import Escrow, EscrowState
from zerog.chain.errors import TxReverted
from zerog.chain.hexes import to_address
from zerog.chain.signer import Signer
from zerog.errors import ZerogError
from zerog.inft.errors import NotTheOwner
from zerog.inft.escrow.desk import (
    Pair,
    act,
    allow_token,
    delivery_of,
    escrow_of,
    exchange_of,
    open_challenges,
    payment_of,
    plain_size_of,
    segment_of,
    tried,
)
from zerog.inft.escrow.pieces import segment_of_block
from zerog.inft.escrow.terms import GRACE_SECONDS, NATIVE, Terms
from zerog.inft.jobstore import Row
from zerog.inft.market.counter import chain_time, is_deep, single_item
from zerog.inft.opening import read_token
from zerog.inft.proofs import ZKP, OwnershipProof
from zerog.inft.readers import secret_for
from zerog.inft.sealproof import transfer_seal
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, Workflow, drive

KIND: Final = "escrow-sale"
MARGIN_SECONDS: Final = 20
"""No delivery is sent so close to its deadline: one that comes too late shows the key all the same,
and the buyer has the money back.
"""


def plan_sale(stack: Stack, seller: str, terms: Terms) -> Row:
    """Record the wish to sell a token with complaints; nothing has left this home yet.

    Raises UnknownToken, UnsupportedData, NotTheOwner, BadTerms, NotProtected.
    """
    signer = stack.keys.signer(seller)
    token = single_item(stack, terms.token_id)
    if token.owner != signer.address:
        raise NotTheOwner(terms.token_id, token.owner, signer.address)
    terms.check()
    return stack.jobs.add(
        f"{KIND}-{secrets.token_hex(8)}",
        KIND,
        "planned",
        {
            "token_id": terms.token_id,
            "owner": signer.address,
            "price": str(terms.price),
            "bond": str(terms.bond),
            "answer_fee": str(terms.answer_fee),
            "delivery_seconds": terms.delivery_seconds,
            "window_seconds": terms.window_seconds,
            "answer_seconds": terms.answer_seconds,
            "data_root": "0x" + token.data_root.hex(),
            "plain_size": plain_size_of(stack, terms.token_id, token.data_root),
        },
    )


class Selling:
    """The steps of one seller's sales."""

    def __init__(self, stack: Stack, signer: Signer) -> None:
        """signer: the seller, who pays the transactions and leaves the bond."""
        self._stack, self._signer = stack, signer

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            "planned": self.register,
            "registered": self.approve,
            "approved": self.offer,
            "offered": self.watch,
            "paid": self.prove,
            "proven": self.deliver,
            "delivered": self.tend,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    # ------------------------------------------------------------------- the offer

    def register(self, row: Row) -> Row:
        """planned -> registered: the exchange has seen the head of the data."""
        root = row.blob("data_root")
        if not exchange_of(self._stack).is_registered(root):
            found = segment_of(self._stack.storage, root, row.number("plain_size"), 0)
            intent = f"{row.job_id}:register"
            act(self._stack, self._signer, intent, "register", [root, found.sector(0)])
        return row.to("registered")

    def approve(self, row: Row) -> Row:
        """registered -> approved: the exchange may lock the token."""
        allow_token(self._stack, self._signer, f"{row.job_id}:approve", row.number("token_id"))
        return row.to("approved")

    def offer(self, row: Row) -> Row:
        """approved -> offered: the token is locked, the bond is left; once for this row."""
        terms = _terms(row)
        intent = f"{row.job_id}:offer"
        receipt = act(self._stack, self._signer, intent, "offer", [terms.abi()], value=terms.bond)
        (event,) = exchange_of(self._stack).decode(receipt, "Offered")
        return row.to(
            "offered",
            escrow_id=event.number("escrowId"),
            offer_tx="0x" + receipt.tx_hash.hex(),
            offer_gas=receipt.gas_used,
        )

    def watch(self, row: Row) -> Row:
        """offered -> paid, once a payment is deep; delivered or final where it went on."""
        escrow = self._escrow(row)
        if escrow.state is EscrowState.PAID:
            if chain_time(self._stack) > escrow.deadline:
                return self._too_late(row)
            if not self._in_time(escrow):
                return row
            event, _, _ = payment_of(self._stack, row.number("escrow_id"))
            if is_deep(self._stack, event.log.block_number):
                return row.to("paid", to=escrow.buyer, paid_at=event.log.block_number)
            return row
        if escrow.state is EscrowState.DELIVERED:
            return row.to("delivered")
        return _ended(row, escrow)

    def _in_time(self, escrow: Escrow) -> bool:
        return chain_time(self._stack) + MARGIN_SECONDS <= escrow.deadline

    def _too_late(self, row: Row) -> Row:
        args = [row.number("escrow_id")]
        tried(self._stack, self._signer, f"{row.job_id}:late", "refundUndelivered", args)
        return _ended(row, self._escrow(row))

    # ---------------------------------------------------------------- the hand-over

    def prove(self, row: Row) -> Row:
        """paid -> proven: the new seal, and the proof that it holds the same key."""
        stack, token = self._stack, read_token(self._stack, row.number("token_id"))
        _, target, _ = payment_of(stack, row.number("escrow_id"))
        root = row.blob("data_root")
        parties = (self._signer.address, to_address(row.text("to")))
        statement = transfer_statement(
            stack.registry, row.number("token_id"), parties, (root, root)
        )
        secret = secret_for(stack, self._signer, token.sealed_key)
        handed = transfer_seal(secret, token.sealed_key, target, statement)
        return row.to(
            "proven",
            sealed_key=handed.sealed_key.hex(),
            proof=handed.proof.hex(),
            target_key=target.hex(),
        )

    def deliver(self, row: Row) -> Row:
        """proven -> delivered; back to a look at the exchange when it is too late."""
        escrow_id, escrow = row.number("escrow_id"), self._escrow(row)
        if escrow.state is EscrowState.PAID and not self._in_time(escrow):
            return row.to("offered")
        _, _, consent = payment_of(self._stack, escrow_id)
        root, target = row.blob("data_root"), row.blob("target_key")
        ownership = OwnershipProof(
            ZKP, root, root, row.blob("sealed_key"), target, b"", row.blob("proof")
        )
        intent = f"{row.job_id}:deliver:{row.number('paid_at')}"
        try:
            pairs = [(consent, ownership)]
            receipt = act(self._stack, self._signer, intent, "deliver", [escrow_id, pairs])
        except TxReverted as error:
            if error.name in {"TooLate", "WrongEscrowState"}:
                return row.to("offered")
            raise
        return row.to(
            "delivered",
            deliver_tx="0x" + receipt.tx_hash.hex(),
            deliver_gas=receipt.gas_used,
        )

    def tend(self, row: Row) -> Row:
        """delivered -> final: challenges are answered, and the sale is finished in the end."""
        escrow = self._escrow(row)
        if escrow.state is EscrowState.PAID:
            return row.to("offered")  # a reorg took the delivery back
        if escrow.state is not EscrowState.DELIVERED:
            return _ended(row, escrow)
        waiting = self._answer(row)
        if waiting or chain_time(self._stack) <= escrow.deadline:
            return row
        self._finish(row, escrow)
        return _ended(row, self._escrow(row))

    def _answer(self, row: Row) -> int:
        """Answer what can be answered; gives the number of challenges that stay open."""
        stack, escrow_id, missing = self._stack, row.number("escrow_id"), 0
        for index, due in open_challenges(stack, escrow_id):
            try:
                found = segment_of(
                    stack.storage,
                    row.blob("data_root"),
                    row.number("plain_size"),
                    segment_of_block(index),
                )
            except ZerogError:
                missing += 1  # the next look asks the storage network again
                continue
            args = [escrow_id, index, found.block(index)]
            intent = f"{row.job_id}:answer:{index}:{due}"
            missing += not tried(stack, self._signer, intent, "answer", args)
        return missing

    def _finish(self, row: Row, escrow: Escrow) -> None:
        """Move the token and be paid; be paid without that a day later, if it will not move."""
        stack, escrow_id = self._stack, row.number("escrow_id")
        pairs: list[Pair] = [delivery_of(stack, escrow_id, escrow.seal_hash)]
        if tried(stack, self._signer, f"{row.job_id}:finish", "finish", [escrow_id, pairs]):
            return
        if chain_time(stack) > escrow.deadline + GRACE_SECONDS:
            intent = f"{row.job_id}:uncollected"
            tried(stack, self._signer, intent, "finishUncollected", [escrow_id])

    def _escrow(self, row: Row) -> Escrow:
        return escrow_of(self._stack, row.number("escrow_id"))


def _terms(row: Row) -> Terms:
    return Terms(
        row.number("token_id"),
        NATIVE,
        int(row.text("price")),
        int(row.text("bond")),
        int(row.text("answer_fee")),
        row.number("delivery_seconds"),
        row.number("window_seconds"),
        row.number("answer_seconds"),
    )


ENDS: Final = {
    EscrowState.FINISHED: "sold",
    EscrowState.OWED: "sold",
    EscrowState.CANCELLED: "cancelled",
    EscrowState.REFUNDED: "refunded",
}


def _ended(row: Row, escrow: Escrow) -> Row:
    """The row at its end, if the exchange says so; else the same."""
    result = ENDS.get(escrow.state)
    return row if result is None else row.to(FINAL, result=result)


def run_sale(stack: Stack, job_id: str) -> Row:
    """Go on with a sale from wherever it is; the seller's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Selling(stack, signer).workflow())
