"""Transfer by the committee: its members hand the key over while the owner is away.

    planned -> consented -> deposited -> wished -> final
                                            `----> expired

The owner deposits the key, locks the token at the desk with the receiver's consent, and may go.
What the desk says is the truth from then on. A wish that was not granted in time is ended, and
the token is its owner's alone again.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import replace
from typing import Final

from zerog.chain.bindings_committee import Wish, WishState
from zerog.chain.errors import TxReverted
from zerog.chain.hexes import to_address
from zerog.chain.polling import poll
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.committee.depositing import deposit_token, is_deposited
from zerog.inft.committee.errors import NoCommitteeHere
from zerog.inft.committee.network import Network
from zerog.inft.errors import ConsentNeeded, NotTheOwner, SameOwner
from zerog.inft.handover import HandingOver
from zerog.inft.jobstore import Row, Value
from zerog.inft.market.counter import chain_time, is_deep, single_item
from zerog.inft.paperrows import paper_fields, paper_of
from zerog.inft.papers import Paper
from zerog.inft.proofs import Statement
from zerog.inft.stack import Stack
from zerog.inft.statements import transfer_statement
from zerog.inft.steps import EXPIRED, FINAL, Workflow, drive
from zerog.types import Address

KIND: Final = "wish"
WINDOW_SECONDS: Final = 3_600
PATIENCE_SECONDS: Final = 60.0
"""How long a caller waits for the members; the row goes on without it."""


def plan_handing(
    stack: Stack, token_id: int, owner: str, receiver: str, paper: Paper | None = None
) -> Row:
    """Record the wish that the committee hands a token over; nothing has left this home yet.

    receiver: a name of this home or an address; paper: the receiver's consent, needed where
    their key is not here. Raises UnknownToken, UnsupportedData, NotTheOwner, SameOwner,
    NoCommitteeHere, ConsentNeeded, PaperForAnother, PaperNotSigned.
    """
    signer = stack.keys.signer(owner)
    token = single_item(stack, token_id)
    if token.owner != signer.address:
        raise NotTheOwner(token_id, token.owner, signer.address)
    to = stack.keys.resolve(receiver)
    if to == token.owner:
        raise SameOwner(token_id, to)
    if not Network.open(stack.settings, os.environ).committee.active_key():
        raise NoCommitteeHere(stack.registry.chain_id)
    if paper is None and stack.holder(to) is None:
        raise ConsentNeeded(token_id, token.owner, to)
    data: dict[str, Value] = {
        "token_id": token_id,
        "owner": signer.address,
        "to": to,
        "old_data_root": "0x" + token.data_root.hex(),
        "new_data_root": "0x" + token.data_root.hex(),
    }
    if paper is not None:
        paper.check(_statement(stack, token_id, (token.owner, to), token.data_root), _now())
        data |= paper_fields(paper)
    return stack.jobs.add(f"{KIND}-{secrets.token_hex(8)}", KIND, "planned", data)


def _now() -> int:
    return int(time.time())


def _statement(
    stack: Stack, token_id: int, parties: tuple[Address, Address], root: bytes
) -> Statement:
    return transfer_statement(stack.registry, token_id, parties, (root, root))


class Handing:
    """The steps of one owner's wishes."""

    def __init__(self, stack: Stack, signer: Signer, patience_s: float) -> None:
        """signer: the owner, who pays; patience_s: how long to wait for the members."""
        self._stack, self._signer, self._patience = stack, signer, patience_s
        self._network = Network.open(stack.settings, os.environ)
        self._sender = stack.sender(signer)

    def workflow(self) -> Workflow:
        """From each state, the step that leaves it."""
        steps = {
            # The consent is the same as to a hand-over by proof: to the data as it is.
            "planned": HandingOver(self._stack, self._signer).consent,
            "consented": self.deposit,
            "deposited": self.wish,
            "wished": self.watch,
        }
        return Workflow(steps, self._stack.heal, lambda row: row)

    def deposit(self, row: Row) -> Row:
        """consented -> deposited: the committee holds the key of the data as it is."""
        token_id = row.number("token_id")
        if not is_deposited(self._network, token_id):
            deposit_token(self._stack, self._network, token_id, self._signer)
        return row.to("deposited")

    def wish(self, row: Row) -> Row:
        """deposited -> wished: the token is locked at the desk, for this receiver alone."""
        desk, nft, token_id = self._network.desk, self._stack.nft, row.number("token_id")
        approve = Call(nft.address, nft.calldata("approve", desk.address, token_id))
        self._sender.run(f"{row.job_id}:approve", approve)
        paper = self._paper(row)
        terms = (nft.address, token_id, paper.statement.receiver, WINDOW_SECONDS)
        data = desk.calldata("wish", *terms, paper.target_key(), [paper.proof()])
        receipt = self._sender.run(f"{row.job_id}:wish", Call(desk.address, data))
        (event,) = desk.decode(receipt, "WishMade")
        return row.to("wished", wish=event.number("wishId"))

    def _paper(self, row: Row) -> Paper:
        parties = (self._signer.address, to_address(row.text("to")))
        root = row.blob("old_data_root")
        return paper_of(row, _statement(self._stack, row.number("token_id"), parties, root))

    def watch(self, row: Row) -> Row:
        """wished -> final, once the token moved as deep as the network wants; or expired."""
        number, desk = row.number("wish"), self._network.desk

        def ended() -> Wish | None:
            found = desk.wish(number)
            return None if found.state is WishState.OPEN else found

        found = poll(ended, self._patience) or desk.wish(number)
        if found.state is WishState.DONE:
            return self._fulfilled(row, number)
        if found.state is WishState.ENDED or self._end(row, found):
            return replace(row.to(EXPIRED), error="the committee did not hand it over in time")
        return row

    def _fulfilled(self, row: Row, number: int) -> Row:
        events = self._network.desk.events("WishFulfilled", wishId=number)
        if not events or not is_deep(self._stack, events[-1].log.block_number):
            return row
        tx = events[-1].log.tx_hash
        receipt = self._stack.chain.receipt(tx)
        gas = None if receipt is None else receipt.gas_used
        return row.to(FINAL, transfer_tx="0x" + tx.hex(), transfer_gas=gas)

    def _end(self, row: Row, found: Wish) -> bool:
        """Whether a wish that is overdue was ended; not while the chain's clock is behind."""
        if chain_time(self._stack) <= found.deadline:
            return False
        desk = self._network.desk
        data = desk.calldata("end", row.number("wish"))
        try:
            self._sender.run(f"{row.job_id}:end", Call(desk.address, data))
        except TxReverted:
            return False
        return True


def run_handing(stack: Stack, job_id: str, patience_s: float = PATIENCE_SECONDS) -> Row:
    """Go on with a wish from wherever it is; the owner's key must be in this home."""
    signer = stack.owner_of(stack.jobs.get(job_id))
    patience = min(patience_s, PATIENCE_SECONDS)
    return drive(stack.jobs, job_id, Handing(stack, signer, patience).workflow())
