"""A sale with complaints, seen from the buyer's home.

    planned -> consented -> paid -> delivered -> good -> final
                                       |  ^------.
                                       |-> challenged -> final (refunded)
                                       `-> final (refunded)

Before anything is paid the whole ciphertext is fetched and verified. After the delivery it is
fetched again and opened: a key that is not the container's, or the first chunk that has not its
leaf, becomes a complaint at once, and the key public with it. Data that nobody gives becomes
challenges, once half of the window is over; an answer that does not come becomes a refund.
When all of the data opened, the sale is finished: the exchange does not judge what it means.
"""

from __future__ import annotations

import secrets
from typing import Final

from zerog.chain.bindings_escrow import Escrow, EscrowState
from zerog.chain.errors import TxReverted
from zerog.chain.signer import Signer
from zerog.crypto.aead import WrongKeyOrTampered
from zerog.crypto.keccakctr import (
    CHUNK,
    WrongDataKey,
    chunk_block,
    leaf_sector,
    open_stream,
    sealed_size,
)
from zerog.errors import ZerogError
from zerog.inft.errors import SameOwner
from zerog.inft.escrow.desk import (
    act,
    delivery_of,
    escrow_of,
    exchange_of,
    filled,
    open_challenges,
    plain_size_of,
    segment_of,
    terms_of,
    tried,
)
from zerog.inft.escrow.errors import (
    ForeignCurrency,
    NotOffered,
    SealHoldsNothing,
    TooDear,
)
from zerog.inft.escrow.reveal import delivered_key, reveal, reveal_head
from zerog.inft.escrow.terms import NATIVE, consent_seconds, terms_hash
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import chain_time, single_item
from zerog.inft.paperrows import look_at, paper_fields, paper_of, signed_paper
from zerog.inft.proofs import Statement
from zerog.inft.readers import secret_for, wanted_key_of
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import FINAL, Workflow, drive
from zerog.storage.codec import SEGMENT_SECTORS
from zerog.types import DataRoot

KIND: Final = "escrow-purchase"
MARGIN_SECONDS: Final = 3600
"""A consent outlives the latest end of a sale by so much, whatever the clocks say."""
CHALLENGES: Final = 4
"""Blocks that are asked for at once: with half of the data gone, 94 in 100 times one is missed."""
ROUNDS: Final = 4


def plan_purchase(stack: Stack, escrow_id: int, buyer: str, max_price: int | None) -> Row:
    """Record the wish to buy; nothing has left this home yet.

    max_price: wei, None for whatever it costs. Raises UnknownEscrow, NotOffered, TooDear,
    ForeignCurrency, SameOwner, UnsupportedData, NotProtected.
    """
    signer, escrow = stack.keys.signer(buyer), escrow_of(stack, escrow_id)
    if escrow.state is not EscrowState.OFFERED:
        raise NotOffered(escrow_id, escrow.state.name.lower())
    if max_price is not None and escrow.price > max_price:
        raise TooDear(escrow_id, escrow.price, max_price)
    if escrow.currency != NATIVE:
        raise ForeignCurrency(escrow_id, escrow.currency)
    if escrow.seller == signer.address:
        raise SameOwner(escrow.token_id, signer.address)
    token = single_item(stack, escrow.token_id)
    data: dict[str, Value] = {
        "escrow_id": escrow_id,
        "token_id": escrow.token_id,
        "owner": signer.address,
        "seller": escrow.seller,
        "price": str(escrow.price),
        "data_root": "0x" + token.data_root.hex(),
        "plain_size": plain_size_of(stack, escrow.token_id, token.data_root),
        "terms": _terms_hash(stack, escrow_id, escrow).hex(),
        "consent_seconds": consent_seconds(terms_of(escrow)) + MARGIN_SECONDS,
    }
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


def _terms_hash(stack: Stack, escrow_id: int, escrow: Escrow) -> bytes:
    exchange, chain_id = exchange_of(stack).address, stack.registry.chain_id
    terms = terms_of(escrow)
    return terms_hash(chain_id, exchange, escrow_id, escrow.seller, escrow.data_hash, terms)


class Buying:
    """The steps of one buyer's purchases."""

    def __init__(self, stack: Stack, signer: Signer, impatient: bool = False) -> None:
        """signer: the buyer, who pays. impatient: challenge missing data without waiting."""
        self._stack, self._signer, self._impatient = stack, signer, impatient

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            "planned": self.consent,
            "consented": self.pay,
            "paid": self.watch,
            "delivered": self.check,
            "challenged": self.look,
            "good": self.finish,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    # ------------------------------------------------------------------- the payment

    def consent(self, row: Row) -> Row:
        """planned -> consented: the data is there, the consent is signed."""
        look_at(self._stack, DataRoot(row.blob("data_root")))
        wanted = wanted_key_of(self._stack, self._signer)
        until = chain_time(self._stack) + row.number("consent_seconds")
        paper = signed_paper(self._signer, self._statement(row), wanted, until)
        return row.to("consented", **paper_fields(paper))

    def _statement(self, row: Row) -> Statement:
        root = row.blob("data_root")
        parties = (self._stack.keys.resolve(row.text("seller")), self._signer.address)
        return transfer_statement(
            self._stack.registry, row.number("token_id"), parties, (root, root)
        )

    def pay(self, row: Row) -> Row:
        """consented -> paid: the exchange has the price and the consent."""
        paper = paper_of(row, self._statement(row))
        target = paper.wanted_key or self._signer.public_key
        args = [row.number("escrow_id"), row.blob("terms"), target, [paper.proof()]]
        price = int(row.text("price"))
        receipt = act(self._stack, self._signer, f"{row.job_id}:buy", "buy", args, price)
        tx = "0x" + receipt.tx_hash.hex()
        return row.to("paid", buy_tx=tx, buy_gas=receipt.gas_used)

    def watch(self, row: Row) -> Row:
        """paid -> delivered, or final with the money back when nothing comes in time."""
        escrow = self._escrow(row)
        if escrow.state is EscrowState.OFFERED:
            return row.to("consented")  # a reorg took the payment back
        if escrow.buyer != self._signer.address:
            return row.to(FINAL, result="sold to another")
        if escrow.state is EscrowState.PAID and chain_time(self._stack) > escrow.deadline:
            self._tried(row, "late", "refundUndelivered")
            return self._ended(row)
        return row.to("delivered") if escrow.state is EscrowState.DELIVERED else _end(row, escrow)

    # ------------------------------------------------------------------- the inspection

    def check(self, row: Row) -> Row:
        """delivered -> good, challenged, or final with the money back.

        Every byte is fetched and opened; nothing is written.
        """
        escrow = self._escrow(row)
        if escrow.state is EscrowState.PAID:
            return row.to("paid")  # a reorg took the delivery back
        if escrow.state is not EscrowState.DELIVERED:
            return _end(row, escrow)
        return self._inspect(row, escrow)

    def _inspect(self, row: Row, escrow: Escrow) -> Row:
        pair = delivery_of(self._stack, row.number("escrow_id"), escrow.seal_hash)
        sealed = pair[1].sealed_key
        secret = secret_for(self._stack, self._signer, sealed)
        try:
            self._open(row, delivered_key(sealed, secret))
        except (WrongDataKey, SealHoldsNothing):
            return self._complain(row, "complainKey", sealed, [])
        except WrongKeyOrTampered as error:
            return self._complain_about(row, escrow, sealed, error.chunk)
        except ZerogError:  # however storage failed: who waits for it pays in the end
            return self._miss(row, escrow)
        return row.to("good")

    def _open(self, row: Row, key: bytes) -> None:
        """Open all of the data; the errors of the storage client and of the cipher."""
        done, total = 0, row.number("plain_size")
        stored = self._stack.storage.segments(DataRoot(row.blob("data_root")))
        for piece in open_stream(key, filled(stored, sealed_size(total))):
            done += len(piece)
            self._stack.progress("check", done, total)

    def _complain_about(self, row: Row, escrow: Escrow, sealed: bytes, chunk: int) -> Row:
        root, size = row.blob("data_root"), row.number("plain_size")
        sector, block = leaf_sector(chunk)[0], chunk_block(chunk)
        try:
            found = segment_of(self._stack.storage, root, size, sector // SEGMENT_SECTORS)
        except ZerogError:
            return self._miss(row, escrow, block)
        pieces = [chunk, found.block(block), found.sector(sector)]
        return self._complain(row, "complainChunk", sealed, pieces)

    def _complain(self, row: Row, function: str, sealed: bytes, pieces: list[object]) -> Row:
        """Show the key and what is wrong; everybody can open the data from now on."""
        stack, escrow_id = self._stack, row.number("escrow_id")
        head = reveal_head(
            stack.registry.chain_id,
            exchange_of(stack).address,
            escrow_id,
            row.blob("data_root"),
            self._escrow(row).seal_hash,
        )
        opening = reveal(head, sealed, secret_for(stack, self._signer, sealed))
        args = [escrow_id, sealed, opening, *pieces]
        receipt = act(stack, self._signer, f"{row.job_id}:{function}", function, args)
        tx = "0x" + receipt.tx_hash.hex()
        return self._ended(row.to(row.state, complaint=function, complaint_tx=tx))

    # ------------------------------------------------------------------ missing data

    def _miss(self, row: Row, escrow: Escrow, block: int | None = None) -> Row:
        """Wait for the data until half of the window is over, then ask for some of it.

        So often at most: whoever answers is paid each time, and may still keep the rest.
        """
        now, rounds = chain_time(self._stack), _rounds(row)
        half = escrow.challenges_until - escrow.window_seconds // 2
        if now > escrow.challenges_until or rounds == ROUNDS:
            return row
        if now < half and not self._impatient:
            return row
        count = sealed_size(row.number("plain_size")) // CHUNK
        drawn = secrets.SystemRandom().sample(range(count), min(CHALLENGES, count))
        self._challenge(row, escrow, drawn if block is None else [block])
        return row.to("challenged", rounds=rounds + 1)

    def _challenge(self, row: Row, escrow: Escrow, blocks: list[int]) -> None:
        """Ask for blocks; those that were asked for before are left out."""
        exchange, escrow_id = exchange_of(self._stack), row.number("escrow_id")
        for block in blocks:
            if exchange.challenge(escrow_id, block) == 0:
                intent = f"{row.job_id}:challenge:{block}"
                args = [escrow_id, block]
                act(self._stack, self._signer, intent, "challenge", args, escrow.answer_fee)

    def look(self, row: Row) -> Row:
        """challenged -> final when an answer is overdue; back to the data when all have come."""
        escrow = self._escrow(row)
        if escrow.state is not EscrowState.DELIVERED:
            return _end(row, escrow)
        waiting = open_challenges(self._stack, row.number("escrow_id"))
        for block, due in waiting:
            if chain_time(self._stack) > due:
                args = [row.number("escrow_id"), block]
                intent = f"{row.job_id}:unanswered:{block}"
                if tried(self._stack, self._signer, intent, "refundUnanswered", args):
                    return self._ended(row)
        return row if waiting else self.check(row)

    # ----------------------------------------------------------------------- the end

    def finish(self, row: Row) -> Row:
        """good -> final: the token is the buyer's, the price the seller's."""
        escrow_id, escrow = row.number("escrow_id"), self._escrow(row)
        if escrow.state is EscrowState.PAID:
            return row.to("paid")
        if escrow.state is EscrowState.DELIVERED:
            pairs = [delivery_of(self._stack, escrow_id, escrow.seal_hash)]
            args = [escrow_id, pairs]
            try:
                receipt = act(self._stack, self._signer, f"{row.job_id}:finish", "finish", args)
            except TxReverted:
                ended = self._ended(row)  # the seller may have been first
                if ended.state != FINAL:
                    raise
                return ended
            row = row.to("good", finish_tx="0x" + receipt.tx_hash.hex())
        return self._ended(row)

    def _tried(self, row: Row, name: str, function: str) -> bool:
        args = [row.number("escrow_id")]
        return tried(self._stack, self._signer, f"{row.job_id}:{name}", function, args)

    def _escrow(self, row: Row) -> Escrow:
        return escrow_of(self._stack, row.number("escrow_id"))

    def _ended(self, row: Row) -> Row:
        return _end(row, self._escrow(row))


ENDS: Final = {
    EscrowState.FINISHED: "bought",
    EscrowState.OWED: "waiting to be collected",
    EscrowState.CANCELLED: "cancelled",
    EscrowState.REFUNDED: "refunded",
}


def _rounds(row: Row) -> int:
    return row.number("rounds") if "rounds" in row.data else 0


def _end(row: Row, escrow: Escrow) -> Row:
    """The row at its end, if the exchange says so; else the same."""
    result = ENDS.get(escrow.state)
    return row if result is None else row.to(FINAL, result=result)


def run_purchase(stack: Stack, job_id: str, impatient: bool = False) -> Row:
    """Go on with a purchase from wherever it is; the buyer's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    return drive(stack.jobs, job_id, Buying(stack, signer, impatient).workflow())
