"""Sales with complaints, in one typed call each.

escrow = Escrow.connect()
offered = escrow.sell(1, "alice", price=10**18)
escrow.buy(offered.escrow_id, "bob")
escrow.deliver(offered.escrow_id, "alice")
escrow.check(offered.escrow_id, "bob")
"""

from __future__ import annotations

import time
from dataclasses import asdict, dataclass
from functools import partial
from os import PathLike
from typing import Final

from zerog.chain.bindings_escrow import EscrowState
from zerog.crypto.container import suite_at
from zerog.inft.driving import driven
from zerog.inft.escrow.desk import (
    act,
    delivery_of,
    escrow_of,
    exchange_of,
    fault_of,
    open_challenges,
    plain_size_of,
    segment_of,
    terms_of,
)
from zerog.inft.escrow.errors import NoRow, NotTheParty, WrongState
from zerog.inft.escrow.pieces import segment_of_block
from zerog.inft.escrow.purchase import KIND as PURCHASE
from zerog.inft.escrow.purchase import plan_purchase, run_purchase
from zerog.inft.escrow.sale import KIND as SALE
from zerog.inft.escrow.sale import plan_sale
from zerog.inft.escrow.terms import NATIVE, Terms, least_bond
from zerog.inft.jobstore import Row
from zerog.inft.opening import read_token
from zerog.inft.protection import PROTECTED, protection_of
from zerog.inft.stack import Stack
from zerog.types import Address, DataRoot, Progress, no_progress

DAY_SECONDS: Final = 24 * 3600
BUSY_POLL_SECONDS: Final = 0.1
Json = dict[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class EscrowView:
    """What the exchange says of a sale, and how far this home's row of it is.

    Amounts are decimal text, base units of `currency` (zero address: the chain's own coin), which
    do not fit into JSON numbers. deadline in Unix seconds: of the delivery while `state` is paid,
    of complaints once it is delivered. fault: why the money went back, if it did: not_delivered,
    not_answered, wrong_key, wrong_chunk; the last two have made the data key public. job: None
    where the home has no row.
    """

    escrow_id: int
    state: str
    protection: str
    token_id: int
    seller: str
    buyer: str | None
    currency: str
    price: str
    bond: str
    answer_fee: str
    window_seconds: int
    deadline: int | None
    open_challenges: int
    fault: str | None
    data_root: str
    job_id: str | None
    job_state: str | None
    result: str | None

    def to_json(self) -> Json:
        """As the CLI prints it with --json."""
        return asdict(self)


class Escrow:
    """The sales with complaints of one home: its keys act, its rows remember."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators; `Escrow.connect` builds them."""
        self._stack = stack

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Escrow:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.connect(home, progress))

    # ------------------------------------------------------------------- the seller

    def sell(
        self,
        token_id: int,
        seller: str,
        price: int,
        *,
        bond: int | None = None,
        answer_fee: int | None = None,
        delivery_seconds: int = DAY_SECONDS,
        window_seconds: int = DAY_SECONDS,
        answer_seconds: int = DAY_SECONDS // 4,
    ) -> EscrowView:
        """Offer a token; it is locked, and the bond left.

        price, bond, answer_fee: wei; the bond is 10 % of the price if not given, the fee for an
        answer 0.1 %. Raises UnknownToken, NotTheOwner, BadTerms, NotProtected.
        """
        terms = Terms(
            token_id,
            NATIVE,
            price,
            least_bond(price) if bond is None else bond,
            price // 1000 if answer_fee is None else answer_fee,
            delivery_seconds,
            window_seconds,
            answer_seconds,
        )
        row = driven(self._stack, plan_sale(self._stack, seller, terms).job_id)
        return self.status(row.number("escrow_id"))

    def deliver(self, escrow_id: int, seller: str) -> EscrowView:
        """Go on as the seller: hand the key over, answer challenges, finish; what is due now."""
        driven(self._stack, self._row(SALE, escrow_id, seller).job_id)
        return self.status(escrow_id)

    def cancel(self, escrow_id: int, seller: str) -> EscrowView:
        """Take an offer back that nobody paid; raises WrongState, NotTheParty."""
        signer, escrow = self._stack.keys.signer(seller), escrow_of(self._stack, escrow_id)
        if escrow.state is not EscrowState.OFFERED:
            raise WrongState(escrow_id, escrow.state.name.lower(), "offered")
        if escrow.seller != signer.address:
            raise NotTheParty(escrow_id, escrow.seller, signer.address)
        act(self._stack, signer, f"escrow-{escrow_id}:cancel", "cancel", [escrow_id])
        return self.status(escrow_id)

    # -------------------------------------------------------------------- the buyer

    def buy(self, escrow_id: int, buyer: str, max_price: int | None = None) -> EscrowView:
        """Look at the stored data, consent and pay.

        max_price: wei. Raises UnknownEscrow, NotOffered, TooDear, SameOwner, NotProtected, and
        what the storage client raises when the data is not there.
        """
        driven(self._stack, plan_purchase(self._stack, escrow_id, buyer, max_price).job_id)
        return self.status(escrow_id)

    def check(self, escrow_id: int, buyer: str, impatient: bool = False) -> EscrowView:
        """Go on as the buyer: open the delivered data, then finish, complain or challenge.

        impatient: challenge data that is missing now, without waiting for half of the window.
        A complaint makes the data key public.
        """
        row = self._row(PURCHASE, escrow_id, buyer)
        driven(self._stack, row.job_id, partial(run_purchase, impatient=impatient))
        return self.status(escrow_id)

    # --------------------------------------------------------------------- anybody

    def finish(self, escrow_id: int, person: str) -> EscrowView:
        """Move the token and pay the seller: the buyer at any time, others after the window.

        Raises NothingDelivered, TxReverted.
        """
        stack, escrow = self._stack, escrow_of(self._stack, escrow_id)
        if escrow.state is not EscrowState.DELIVERED:
            raise WrongState(escrow_id, escrow.state.name.lower(), "delivered")
        pairs = [delivery_of(stack, escrow_id, escrow.seal_hash)]
        signer = stack.keys.signer(person)
        act(stack, signer, f"escrow-{escrow_id}:finish", "finish", [escrow_id, pairs])
        return self.status(escrow_id)

    def answer(self, escrow_id: int, person: str) -> int:
        """Answer every open challenge from the storage network; gives their number.

        Raises PieceMissing for a block that no node gives.
        """
        stack, escrow = self._stack, escrow_of(self._stack, escrow_id)
        signer, root = stack.keys.signer(person), DataRoot(escrow.data_hash)
        size, asked = plain_size_of(stack, escrow.token_id, root), open_challenges(stack, escrow_id)
        for index, due in asked:
            found = segment_of(stack.storage, root, size, segment_of_block(index))
            intent = f"escrow-{escrow_id}:answer:{index}:{due}"
            act(stack, signer, intent, "answer", [escrow_id, index, found.block(index)])
        return len(asked)

    def credit(self, person: str) -> int:
        """What somebody can take out, wei."""
        return exchange_of(self._stack).credit(NATIVE, self._stack.keys.resolve(person))

    def withdraw(self, person: str) -> int:
        """Take out all of one's credit; gives the amount in wei."""
        signer = self._stack.keys.signer(person)
        amount = self.credit(person)
        if amount:
            intent = f"escrow-withdraw-{signer.address}-{time.time_ns()}"
            act(self._stack, signer, intent, "withdraw", [NATIVE, amount, signer.address])
        return amount

    # --------------------------------------------------------------------- reading

    def protection(self, token_id: int) -> str:
        """`complaints` where a token's data can be judged by the exchange, else `none`.

        Raises UnknownToken, and what the storage client raises.
        """
        token = read_token(self._stack, token_id)
        return protection_of(suite_at(next(self._stack.storage.segments(token.data_root))))

    def status(self, escrow_id: int) -> EscrowView:
        """One sale; raises UnknownEscrow."""
        escrow = escrow_of(self._stack, escrow_id)
        terms, row = terms_of(escrow), self._newest_row(escrow_id)
        paid = escrow.deadline != 0
        return EscrowView(
            escrow_id=escrow_id,
            state=escrow.state.name.lower(),
            protection=PROTECTED,
            token_id=terms.token_id,
            seller=escrow.seller,
            buyer=escrow.buyer if paid else None,
            currency=terms.currency,
            price=str(terms.price),
            bond=str(terms.bond),
            answer_fee=str(terms.answer_fee),
            window_seconds=terms.window_seconds,
            deadline=escrow.deadline if paid else None,
            open_challenges=escrow.challenges,
            fault=fault_of(self._stack, escrow_id, escrow),
            data_root="0x" + escrow.data_hash.hex(),
            job_id=row.job_id if row else None,
            job_state=row.state if row else None,
            result=row.known_text("result") if row else None,
        )

    def sales(self) -> list[EscrowView]:
        """Every sale of the exchange, the oldest first."""
        count = exchange_of(self._stack).escrow_count()
        return [self.status(escrow_id) for escrow_id in range(1, count + 1)]

    def _rows(self, escrow_id: int) -> list[Row]:
        return [
            row
            for row in self._stack.jobs.rows()
            if row.kind in {SALE, PURCHASE} and row.data.get("escrow_id") == escrow_id
        ]

    def _newest_row(self, escrow_id: int) -> Row | None:
        return next(iter(reversed(self._rows(escrow_id))), None)

    def _row(self, kind: str, escrow_id: int, person: str) -> Row:
        """The newest row of one's own; raises NoRow."""
        address: Address = self._stack.keys.resolve(person)
        for row in reversed(self._rows(escrow_id)):
            if row.kind == kind and row.text("owner") == address:
                return row
        raise NoRow(escrow_id, address)
