"""Who may use an agent, and for what price: the part of `Life` about users and tenants."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from zerog.chain.bindings import Contract
from zerog.chain.bindings_life import HistoryContract, RentalContract
from zerog.chain.rpc import Receipt
from zerog.inft.errors import UnknownToken
from zerog.inft.life.batch import Step, calldata_of
from zerog.inft.life.desk import act, allow, facet
from zerog.inft.life.rental import NO_CURRENCY, UNLIMITED, Terms
from zerog.inft.life.rental import Receipt as UsageReceipt
from zerog.inft.life.results import Done, LeaseView, OfferView, UsersView
from zerog.inft.life.signing import usage_receipt
from zerog.inft.market.counter import chain_time
from zerog.inft.stack import Stack
from zerog.types import Address

FAR: Final = 2**63
"""An offer that stands until it is closed."""


class Renting:
    """Users and tenants of the agents of one home: its keys act."""

    def __init__(self, stack: Stack) -> None:
        """stack: the collaborators."""
        self._stack = stack
        self._rental = facet(stack, RentalContract)

    # --------------------------------------------------------------------- users

    def authorize(self, token_id: int, owner: str, *users: str) -> Done:
        """Let names or addresses use an agent, until the owner takes it back or changes."""
        return self._for_each("authorizeUsage", token_id, owner, users)

    def revoke(self, token_id: int, owner: str, *users: str) -> Done:
        """Take authorisations back."""
        return self._for_each("revokeAuthorization", token_id, owner, users)

    def _for_each(self, function: str, token_id: int, owner: str, users: Sequence[str]) -> Done:
        """One transaction, however many people it is about."""
        people = [self._stack.keys.resolve(user) for user in users]
        if len(people) == 1:
            return self._done(owner, self._stack.nft, function, token_id, people[0])
        return self.batch(owner, [(function, [token_id, one]) for one in people])

    def set_user(self, token_id: int, owner: str, user: str, expires: int) -> Done:
        """Name the user of ERC-4907, until `expires` (Unix seconds)."""
        args = [token_id, self._stack.keys.resolve(user), expires]
        return self._done(owner, self._rental, "setUser", *args)

    def lend(self, token_id: int, owner: str, user: str, lasting_s: int) -> Done:
        """Name the user of ERC-4907 for so many seconds from now."""
        return self.set_user(token_id, owner, user, chain_time(self._stack) + lasting_s)

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
        lasting_s: int | None = None,
        exclusive: bool = False,
        currency: Address = NO_CURRENCY,
        executor: str | None = None,
    ) -> OfferView:
        """Offer an agent for rent; price in base units of a period, calls 0 for no limit.

        lasting_s: how long the offer stands, until it is closed where nothing is said; executor:
        who serves it and hands receipts in; the owner where none is named. Raises BadTerms,
        TxReverted.
        """
        serving = NO_CURRENCY if executor is None else self._stack.keys.resolve(executor)
        until = FAR if lasting_s is None else chain_time(self._stack) + lasting_s
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

    def usage_receipt(self, lease_id: int, calls: int, tenant: str) -> UsageReceipt:
        """The tenant's signed word that so many calls were made since the lease began."""
        return usage_receipt(self._stack, lease_id, calls, tenant)

    def record_usage(self, receipts: Sequence[UsageReceipt], executor: str) -> Done:
        """Hand tenants' receipts in, as the executor or owner; raises TxReverted."""
        abi = [receipt.to_abi() for receipt in receipts]
        return self._done(executor, self._rental, "recordUsage", abi)

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
