"""Terms of a sale with complaints, and the rules that the exchange holds them to. Pure.

Twin of contracts/inft/FairExchange.sol.
"""

from __future__ import annotations

from dataclasses import astuple, dataclass
from enum import IntEnum
from typing import Final

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from zerog.crypto.keccak import keccak256
from zerog.inft.escrow.errors import BadTerms
from zerog.types import Address

MIN_SECONDS: Final = 60
MAX_SECONDS: Final = 5 * 24 * 3600
GRACE_SECONDS: Final = 24 * 3600
MIN_BOND_BPS: Final = 1_000
MAX_OPEN_CHALLENGES: Final = 32
WHOLE_BPS: Final = 10_000
NATIVE: Final = to_checksum_address(bytes(20))
"""Currency: the chain's own coin."""

_TERMS: Final = "(uint256,address,uint128,uint128,uint128,uint32,uint32,uint32)"


class Fault(IntEnum):
    """Why a buyer got the money back (same order as on chain)."""

    NOT_DELIVERED = 0
    NOT_ANSWERED = 1
    WRONG_KEY = 2
    WRONG_CHUNK = 3


@dataclass(frozen=True, slots=True)
class Terms:
    """What a seller offers; amounts in base units of the currency, times in seconds."""

    token_id: int
    currency: Address
    price: int
    bond: int
    answer_fee: int
    delivery_seconds: int
    window_seconds: int
    answer_seconds: int

    def check(self) -> None:
        """Raise BadTerms for what the exchange would refuse."""
        least = least_bond(self.price)
        if not least <= self.bond < 1 << 128:
            raise BadTerms("the bond", self.bond, least, None)
        if not 0 <= self.answer_fee <= self.price:
            raise BadTerms("the fee of an answer", self.answer_fee, 0, self.price)
        for what, seconds in (
            ("the time to deliver", self.delivery_seconds),
            ("the time for complaints", self.window_seconds),
            ("the time to answer", self.answer_seconds),
        ):
            if not MIN_SECONDS <= seconds <= MAX_SECONDS:
                raise BadTerms(what, seconds, MIN_SECONDS, MAX_SECONDS)

    def abi(self) -> tuple[int | str, ...]:
        """The ABI tuple EscrowTerms."""
        return astuple(self)


def least_bond(price: int) -> int:
    """The smallest bond for a price."""
    return price // WHOLE_BPS * MIN_BOND_BPS + price % WHOLE_BPS * MIN_BOND_BPS // WHOLE_BPS


def terms_hash(
    chain_id: int,
    exchange: Address,
    escrow_id: int,
    seller: Address,
    data_root: bytes,
    terms: Terms,
) -> bytes:
    """What a buyer agrees to: the exchange refuses a payment for anything else."""
    types = ["uint256", "address", "uint256", "address", "bytes32", _TERMS]
    values = [chain_id, exchange, escrow_id, seller, data_root, terms.abi()]
    return keccak256(encode(types, values))


def consent_seconds(terms: Terms) -> int:
    """How long a consent must hold from the payment on."""
    return terms.delivery_seconds + terms.window_seconds + 2 * terms.answer_seconds + GRACE_SECONDS
