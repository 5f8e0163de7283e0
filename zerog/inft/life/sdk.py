"""The life of an agent after its mint, in one typed call each.

from zerog.inft.life.sdk import Life
life = Life.connect()
offer = life.offer_rent(1, "alice", price=10**15, period_s=3600)
lease = life.rent(offer.offer_id, "bob", periods=24)
"""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from pathlib import Path

from zerog.chain.bindings import Contract
from zerog.chain.bindings_life import HistoryContract, LineageContract, RentalContract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Receipt
from zerog.config import Settings
from zerog.inft.errors import NotTheOwner, UnknownMode, UnknownToken
from zerog.inft.identity import plaintext_digest
from zerog.inft.jobstore import Row
from zerog.inft.life.batch import Step, calldata_of
from zerog.inft.life.clone import consent_to_clone, plan_clone_by_oracle, plan_clone_by_proof
from zerog.inft.life.desk import act, allow, driven, facet, splitter_of
from zerog.inft.life.lineage import Claim
from zerog.inft.life.reading import read_history, read_lineage
from zerog.inft.life.rental import NO_CURRENCY, UNLIMITED, Terms
from zerog.inft.life.results import (
    Cloned,
    Done,
    Earnings,
    History,
    LeaseView,
    Lineage,
    OfferView,
    Updated,
    UsersView,
    cloned,
    updated,
)
from zerog.inft.life.update import plan_update
from zerog.inft.opening import read_token
from zerog.inft.papers import Paper
from zerog.inft.results import ORACLE, PROOF
from zerog.inft.stack import Stack
from zerog.types import Address, Progress, no_progress

FAR: int = 2**63
"""An offer that stands until it is closed."""


class Life:
    """The life of the agents of one home: its keys act, its rows remember."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators; `Life.connect` builds them."""
        self._stack = stack
        self._rental = facet(stack, RentalContract)

    @classmethod
    def connect(
        cls, home: str | PathLike[str] | None = None, progress: Progress = no_progress
    ) -> Life:
        """Connect to the network that the home's registry names.

        home: default $ZEROG_HOME, else ~/.zerog. Raises ChainUnreachable, WrongChain,
        NoRegistry.
        """
        return cls(Stack.open(Settings.load(Path(home) if home is not None else None), progress))

    # --------------------------------------------------------------------- users

    def authorize(self, token_id: int, owner: str, user: str) -> Done:
        """Let a name or an address use an agent, until the owner takes it back or changes."""
        args = [token_id, self._stack.keys.resolve(user)]
        return self._done(owner, self._stack.nft, "authorizeUsage", *args)

    def revoke(self, token_id: int, owner: str, user: str) -> Done:
        """Take an authorisation back."""
        args = [token_id, self._stack.keys.resolve(user)]
        return self._done(owner, self._stack.nft, "revokeAuthorization", *args)

    def set_user(self, token_id: int, owner: str, user: str, expires: int) -> Done:
        """Name the user of ERC-4907, until `expires` (Unix seconds)."""
        args = [token_id, self._stack.keys.resolve(user), expires]
        return self._done(owner, self._rental, "setUser", *args)

    def users(self, token_id: int) -> UsersView:
        """Who may use a token besides its tenants; raises UnknownToken."""
        owner, rental = self._owner(token_id), self._rental
        found = self._stack.nft.read("authorizedUsersOf", token_id)
        user = rental.user_of(token_id)
        return UsersView(
            token_id=token_id,
            owner=owner,
            authorized=tuple(str(one) for one in found) if isinstance(found, tuple) else (),
            user=None if user == NO_CURRENCY else user,
            expires=rental.user_expires(token_id),
            leased_until=rental.leased_until(token_id),
        )

    def may_use(self, token_id: int, user: str) -> bool:
        """Whether a name or an address may use an agent now: what an executor asks."""
        return self._rental.may_use(token_id, self._stack.keys.resolve(user))

    # -------------------------------------------------------------------- rental

    def offer_rent(
        self,
        token_id: int,
        owner: str,
        *,
        price: int,
        period_s: int,
        max_periods: int = 12,
        calls_per_period: int = 0,
        until: int = FAR,
        exclusive: bool = False,
        currency: Address = NO_CURRENCY,
        executor: str | None = None,
    ) -> OfferView:
        """Offer an agent for rent; price in base units of a period, calls 0 for no limit.

        executor: who serves it and hands receipts in; the owner where none is named. Raises
        BadTerms, TxReverted.
        """
        serving = NO_CURRENCY if executor is None else self._stack.keys.resolve(executor)
        numbers = (price, period_s, max_periods, calls_per_period, until)
        terms = Terms(currency, *numbers, exclusive, serving)
        terms.check()
        receipt = self._act(owner, self._rental, "offerLease", token_id, terms.to_abi())
        (event,) = self._rental.decode(receipt, "LeaseOffered")
        return self.rent_offer(event.number("offerId"))

    def rent_offer(self, offer_id: int) -> OfferView:
        """An offer as the chain has it; raises Reverted NoSuchOffer."""
        found = self._rental.offer(offer_id)
        terms = found.terms
        return OfferView(
            offer_id=offer_id,
            token_id=found.token_id,
            open=found.open,
            currency=terms.currency,
            price=str(terms.price),
            period_seconds=terms.period,
            max_periods=terms.max_periods,
            calls_per_period=terms.calls_per_period,
            until=terms.until,
            exclusive=terms.exclusive,
            executor=terms.executor,
        )

    def rent_offers(self, token_id: int) -> list[OfferView]:
        """The offers of a token that can be taken now, oldest first."""
        events = self._rental.events("LeaseOffered", tokenId=token_id)
        views = [self.rent_offer(event.number("offerId")) for event in events]
        return [view for view in views if view.open]

    def close_offer(self, offer_id: int, owner: str) -> Done:
        """Close an offer; leases under it go on to their end."""
        return self._done(owner, self._rental, "closeOffer", offer_id)

    def rent(
        self, offer_id: int, payer: str, *, periods: int = 1, tenant: str | None = None
    ) -> LeaseView:
        """Take an offer and pay some periods; tenant: another than the payer."""
        signer = self._stack.keys.signer(payer)
        who = signer.address if tenant is None else self._stack.keys.resolve(tenant)
        value = self._payment(payer, offer_id, periods)
        receipt = self._act(payer, self._rental, "rent", offer_id, who, periods, value=value)
        (event,) = self._rental.decode(receipt, "LeaseChanged")
        return self.lease(event.number("leaseId"))

    def extend(self, lease_id: int, payer: str, *, periods: int = 1) -> LeaseView:
        """Pay more periods of a running lease."""
        offer_id = self._rental.lease(lease_id).offer_id
        value = self._payment(payer, offer_id, periods)
        self._act(payer, self._rental, "extendLease", lease_id, periods, value=value)
        return self.lease(lease_id)

    def _payment(self, payer: str, offer_id: int, periods: int) -> int:
        """Make the payment possible; gives the value to send with it, wei."""
        terms = self._rental.offer(offer_id).terms
        signer, token = self._stack.keys.signer(payer), self._stack.nft.address
        return allow(self._stack, signer, terms.currency, token, terms.price * periods)

    def lease(self, lease_id: int) -> LeaseView:
        """A lease as the chain has it; raises Reverted NoSuchLease."""
        row = self._rental.lease(lease_id)
        left = self._rental.calls_left(lease_id)
        return LeaseView(
            lease_id=lease_id,
            offer_id=row.offer_id,
            token_id=row.token_id,
            tenant=row.tenant,
            start=row.start,
            end=row.end,
            periods=row.periods,
            collected=row.collected,
            calls=row.calls,
            calls_left=None if left >= UNLIMITED - row.calls else left,
            due=str(self._rental.rent_due(lease_id)),
        )

    def leases(self, token_id: int) -> list[LeaseView]:
        """Every lease that a token ever had, oldest first."""
        events = self._rental.events("LeaseChanged", tokenId=token_id)
        return [self.lease(one) for one in sorted({e.number("leaseId") for e in events})]

    def cancel(self, lease_id: int, tenant: str) -> Done:
        """Give back the periods that have not begun; their price is the tenant's credit."""
        return self._done(tenant, self._rental, "cancelLease", lease_id)

    def collect(self, lease_id: int, payer: str) -> Done:
        """Credit the token's owner with the rent that is due; anybody may pay the gas."""
        return self._done(payer, self._rental, "collectRent", lease_id)

    # --------------------------------------------------------- versions, lineage

    def update(self, token_id: int, folder: str | PathLike[str], owner: str) -> Updated:
        """Make a folder the agent's new version, under a new key.

        Former owners cannot open it. Raises UnknownToken, NotTheOwner, VersionMoved and what the
        services raise; the row stays and goes on by itself when the stack is up.
        """
        row = plan_update(self._stack, token_id, Path(folder), owner)
        return updated(driven(self._stack, row.job_id))

    def clone(
        self,
        token_id: int,
        owner: str,
        to: str,
        to_key: bytes | None = None,
        *,
        mode: str = PROOF,
        consent: Paper | None = None,
    ) -> Cloned:
        """Give `to`, a name of this home or an address, a token of their own with the same agent.

        mode `proof`: the same ciphertext, so that either owner can open both; consent: the
        receiver's paper, where their key is elsewhere. mode `oracle`: encrypted anew; to_key: 64
        bytes X then Y, for an address whose key is elsewhere. The clone inherits the creator and
        pays the original's line. Raises UnknownToken, NotTheOwner, UnknownMode, and what the
        services raise.
        """
        if mode == PROOF:
            row = plan_clone_by_proof(self._stack, token_id, owner, to, consent)
        elif mode == ORACLE:
            row = plan_clone_by_oracle(self._stack, token_id, owner, to, to_key)
        else:
            raise UnknownMode(mode)
        return self._seen(driven(self._stack, row.job_id), owner)

    def consent_to_clone(self, token_id: int, receiver: str) -> Paper:
        """Look at a token's data and consent to get a clone of it by proof."""
        return consent_to_clone(self._stack, token_id, self._stack.keys.signer(receiver))

    def _seen(self, row: Row, owner: str) -> Cloned:
        """The result, with what the clone's owner finds where their key is here."""
        stack, clone_id = self._stack, row.data.get("clone_id")
        receiver = stack.holder(to_address(row.text("to")))
        if receiver is None or not isinstance(clone_id, int):
            return cloned(row)
        original = plaintext_digest(
            stack, stack.keys.signer(owner), read_token(stack, row.number("token_id"))
        )
        found = plaintext_digest(stack, receiver, read_token(stack, clone_id))
        return cloned(row, found == original)

    def history(self, token_id: int) -> History:
        """Every version, each with a proof, checked against the chain; raises HistoryIncomplete."""
        return read_history(self._stack, token_id)

    def lineage(self, token_id: int) -> Lineage:
        """Where an agent comes from, and who shares its royalties; raises UnknownToken."""
        return read_lineage(self._stack, token_id)

    def derive(self, token_id: int, owner: str, claims: list[Claim]) -> Done:
        """Name an agent's parents, once; claims: oldest first, with their owners' signatures."""
        lineage = facet(self._stack, LineageContract)
        args = [token_id, [claim.to_abi() for claim in claims]]
        return self._done(owner, lineage, "derive", *args)

    def burn(self, token_id: int, owner: str) -> Done:
        """End a token; raises UnknownToken, NotTheOwner, TxReverted."""
        found, signer = self._owner(token_id), self._stack.keys.signer(owner)
        if found != signer.address:
            raise NotTheOwner(token_id, found, signer.address)
        return self._done(owner, self._stack.nft, "burn", token_id)

    # --------------------------------------------------------------------- money

    def settle_royalties(self, token_id: int, payer: str, currency: Address = NO_CURRENCY) -> Done:
        """Share out what markets left for a token; anybody may pay the gas."""
        return self._done(payer, splitter_of(self._stack), "settle", token_id, currency)

    def earnings(self, person: str, currency: Address = NO_CURRENCY) -> Earnings:
        """What a name or an address can take out."""
        account = self._stack.keys.resolve(person)
        rent = self._rental.credit(currency, account)
        royalties = splitter_of(self._stack).credit(currency, account)
        return Earnings(account, currency, str(rent), str(royalties))

    def withdraw(
        self, person: str, *, currency: Address = NO_CURRENCY, to: str | None = None
    ) -> list[Done]:
        """Take out all rent and royalties, to oneself or to `to`; nothing is sent for nothing."""
        keys, found = self._stack.keys, self.earnings(person, currency)
        receiver = found.account if to is None else keys.resolve(to)
        owing = ((self._rental, found.rent), (splitter_of(self._stack), found.royalties))
        return [
            self._done(person, contract, "withdrawCredit", currency, receiver)
            for contract, amount in owing
            if int(amount)
        ]

    # -------------------------------------------------------------------- acting

    def batch(self, who: str, steps: Sequence[Step]) -> Done:
        """Several calls of the token in one transaction: all of them, or none.

        A step is a function's name and its arguments. No call can bring the chain's coin along.
        Raises NotInABatch, BadArguments, TxReverted.
        """
        calls = [calldata_of(self._stack, step) for step in steps]
        return self._done(who, facet(self._stack, HistoryContract), "batch", calls)

    def _owner(self, token_id: int) -> Address:
        found = self._stack.nft.owner_of(token_id)
        if found is None:
            raise UnknownToken(token_id)
        return found

    def _act(
        self, who: str, contract: Contract, function: str, *args: object, value: int = 0
    ) -> Receipt:
        signer = self._stack.keys.signer(who)
        return act(self._stack, signer, contract, function, args, value)

    def _done(self, who: str, contract: Contract, function: str, *args: object) -> Done:
        return Done.of(function, self._act(who, contract, function, *args))
