"""The arithmetic of leases, and the receipts that tenants sign.

Pure; twin of contracts/libraries/RentalRules.sol and of the digest in RentalFacet.sol. A lease
is a number of periods, each paid before it begins: one that has begun is the owner's, one that
has not can be given back. Times are Unix seconds, prices base units of the currency.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from eth_utils.address import to_checksum_address

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.inft.documents import hex_field, number_field
from zerog.inft.life.errors import BadTerms
from zerog.inft.proofs import DOMAIN_NAME, DOMAIN_VERSION
from zerog.types import Address, Json

UNLIMITED: Final = 2**256 - 1
"""The quota of terms without one."""

MAX_LEASE_SECONDS: Final = 366 * 86_400
NO_CURRENCY: Final[Address] = to_checksum_address(bytes(20))
"""The zero address: the chain's own coin, or nobody."""

USAGE_TYPE: Final = "Usage(uint256 leaseId,uint64 calls)"


@dataclass(frozen=True, slots=True)
class Terms:
    """Terms of an offer, in the order of the contract's struct.

    price: of a period; period: seconds; calls_per_period: 0 for no limit; until: last second in
    which the offer can be taken; executor: the zero address for the token's owner.
    """

    currency: Address
    price: int
    period: int
    max_periods: int
    calls_per_period: int
    until: int
    exclusive: bool
    executor: Address

    def check(self) -> None:
        """Raises BadTerms for what the contract would refuse or could not keep."""
        bounds = {
            "price": (self.price, 0, 2**96),
            "period": (self.period, 1, 2**32),
            "max_periods": (self.max_periods, 1, 2**32),
            "calls_per_period": (self.calls_per_period, 0, 2**64),
            "until": (self.until, 0, 2**64),
        }
        for name, (value, least, above) in bounds.items():
            if not least <= value < above:
                raise BadTerms(name, value, f"a number from {least} to {above - 1}")

    def to_abi(self) -> tuple[str | int | bool, ...]:
        """As the contract takes them."""
        numbers = (self.price, self.period, self.max_periods, self.calls_per_period, self.until)
        return (self.currency, *numbers, self.exclusive, self.executor)

    def to_json(self) -> Json:
        """As the CLI prints them."""
        return {
            "currency": self.currency,
            "price": self.price,
            "period_seconds": self.period,
            "max_periods": self.max_periods,
            "calls_per_period": self.calls_per_period,
            "until": self.until,
            "exclusive": self.exclusive,
            "executor": self.executor,
        }


def end(start: int, period: int, periods: int) -> int:
    """First second in which a lease no longer runs."""
    return start + period * periods


def begun(start: int, period: int, periods: int, time: int) -> int:
    """How many periods have begun at `time`, which is not before the start."""
    return min((time - start) // period + 1, periods)


def quota(calls_per_period: int, begun_periods: int) -> int:
    """Calls allowed so far; what is left of a period carries over."""
    return calls_per_period * begun_periods if calls_per_period else UNLIMITED


def due(price: int, begun_periods: int, collected: int) -> int:
    """What the owner can collect."""
    return (begun_periods - collected) * price


def refund(price: int, periods: int, begun_periods: int) -> int:
    """What a tenant gets back who cancels now."""
    return (periods - begun_periods) * price


@dataclass(frozen=True, slots=True)
class Receipt:
    """A tenant's word that so many calls were made since their lease began."""

    lease_id: int
    calls: int
    signature: bytes

    def to_abi(self) -> tuple[int, int, bytes]:
        """As `recordUsage` takes it."""
        return self.lease_id, self.calls, self.signature

    def to_json(self) -> dict[str, str | int]:
        """The document that a tenant gives to the executor."""
        signature = "0x" + self.signature.hex()
        return {"leaseId": self.lease_id, "calls": self.calls, "signature": signature}

    @classmethod
    def from_json(cls, document: Mapping[str, object]) -> Receipt:
        """Read a document; raises MalformedDocument. The chain checks the signature."""
        return cls(
            number_field(document, "leaseId"),
            number_field(document, "calls"),
            hex_field(document, "signature"),
        )


def usage_digest(chain_id: int, token: Address, lease_id: int, calls: int) -> bytes:
    """32 bytes that the tenant signs; calls: made since the lease began."""
    domain = Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, token)
    return typed_digest(domain, USAGE_TYPE, [lease_id, calls])
