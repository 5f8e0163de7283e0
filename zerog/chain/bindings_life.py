"""Typed reads of the facets of life after mint, and of the splitter of royalties.

The facets answer at the token's own address.
"""

from __future__ import annotations

from dataclasses import dataclass

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.types import Address


@dataclass(frozen=True, slots=True)
class OfferTerms:
    """Terms of an offer; see zerog.inft.life.rental.Terms for the units."""

    currency: Address
    price: int
    period: int
    max_periods: int
    calls_per_period: int
    until: int
    exclusive: bool
    executor: Address


@dataclass(frozen=True, slots=True)
class LeaseOffer:
    """An offer; open: whether it can be taken now."""

    token_id: int
    open: bool
    terms: OfferTerms


@dataclass(frozen=True, slots=True)
class LeaseRow:
    """A lease as the chain has it; start and end in Unix seconds."""

    offer_id: int
    token_id: int
    tenant: Address
    start: int
    end: int
    periods: int
    collected: int
    calls: int


class RentalContract(Contract):
    """Leases, the user of ERC-4907, and what the token owes for leases."""

    artifact = "RentalFacet"

    def offer(self, offer_id: int, block: Block = "latest") -> LeaseOffer:
        """One offer; raises Reverted NoSuchOffer."""
        match self.read_all("leaseOfferOf", offer_id, block=block):
            case (int(token_id), bool(is_open), tuple(terms)):
                match terms:
                    case (
                        str(coin),
                        int(price),
                        int(period),
                        int(most),
                        int(calls),
                        int(until),
                        bool(exclusive),
                        str(executor),
                    ):
                        numbers = (price, period, most, calls, until)
                        found = OfferTerms(
                            to_address(coin), *numbers, exclusive, to_address(executor)
                        )
                        return LeaseOffer(token_id, is_open, found)
        raise BadArguments("leaseOfferOf", "gives no offer")

    def lease(self, lease_id: int, block: Block = "latest") -> LeaseRow:
        """One lease; raises Reverted NoSuchLease."""
        match self.read("leaseOf", lease_id, block=block):
            case (int(o), int(t), str(tenant), int(s), int(e), int(p), int(c), int(calls)):
                return LeaseRow(o, t, to_address(tenant), s, e, p, c, calls)
        raise BadArguments("leaseOf", "gives no lease")

    def lease_of(self, token_id: int, tenant: Address, block: Block = "latest") -> int:
        """The last lease of a tenant; 0 for none."""
        return self._number("leaseIdOf", token_id, tenant, block=block)

    def calls_left(self, lease_id: int, block: Block = "latest") -> int:
        """Calls that the tenant may still make now."""
        return self._number("callsLeft", lease_id, block=block)

    def rent_due(self, lease_id: int, block: Block = "latest") -> int:
        """What `collectRent` would credit now, base units."""
        return self._number("rentDue", lease_id, block=block)

    def leased_until(self, token_id: int, block: Block = "latest") -> int:
        """From when on no lease runs, at the latest; Unix seconds, 0 for never leased."""
        return self._number("leasedUntil", token_id, block=block)

    def may_use(self, token_id: int, user: Address, block: Block = "latest") -> bool:
        """Whether somebody may use an agent now: what an executor asks."""
        return self.read("mayUse", token_id, user, block=block) is True

    def user_of(self, token_id: int, block: Block = "latest") -> Address:
        """The user of ERC-4907; the zero address for nobody."""
        return self._address("userOf", token_id, block=block)

    def user_expires(self, token_id: int, block: Block = "latest") -> int:
        """Last second of that user, Unix time; 0 without one."""
        return self._number("userExpires", token_id, block=block)

    def credit(self, currency: Address, account: Address, block: Block = "latest") -> int:
        """What an account can take out, base units."""
        return self._number("creditOf", currency, account, block=block)


@dataclass(frozen=True, slots=True)
class ParentRow:
    """A parent and its weight; data_commitment is zero for the original of a clone."""

    token_id: int
    weight_bps: int
    data_commitment: bytes


class LineageContract(Contract):
    """Parents, and royalties by ERC-2981."""

    artifact = "LineageFacet"

    def parents(self, token_id: int, block: Block = "latest") -> list[ParentRow]:
        """The parents of a token, oldest first."""
        rows = []
        for one in self._list("parentsOf", token_id, block=block):
            match one:
                case (int(parent), int(weight), bytes(commitment)):
                    rows.append(ParentRow(parent, weight, commitment))
                case _:
                    raise BadArguments("parentsOf", "gives no parents")
        return rows

    def origin(self, token_id: int, block: Block = "latest") -> int:
        """The original of a clone; the token itself when it is none."""
        return self._number("originOf", token_id, block=block)

    def royalty_bps(self, token_id: int, block: Block = "latest") -> int:
        """Royalty of a token, basis points."""
        return self._number("royaltyBpsOf", token_id, block=block)


class HistoryContract(Contract):
    """The versions of a token's data."""

    artifact = "LifeFacet"

    def count(self, token_id: int, block: Block = "latest") -> int:
        """How many versions there are."""
        return self._number("versionCountOf", token_id, block=block)

    def root(self, token_id: int, block: Block = "latest") -> bytes:
        """Root over all of them; 32 zero bytes for none."""
        found = self.read("versionRootOf", token_id, block=block)
        if not isinstance(found, bytes):
            raise BadArguments("versionRootOf", "gives no bytes")
        return found


class PermitContract(Contract):
    """Acting by signature."""

    artifact = "PermitFacet"

    def is_used(self, signer: Address, nonce: int, block: Block = "latest") -> bool:
        """Whether a nonce was used or burnt."""
        return self.read("isPermitNonceUsed", signer, nonce, block=block) is True


class RoyaltyContract(Contract):
    """The splitter: tills, and what it owes."""

    artifact = "RoyaltySplitter"

    def till(self, token_id: int, block: Block = "latest") -> Address:
        """Where royalties of a token are left."""
        return self._address("tillOf", token_id, block=block)

    def credit(self, currency: Address, account: Address, block: Block = "latest") -> int:
        """What an account can take out, base units."""
        return self._number("creditOf", currency, account, block=block)
