"""Typed reads of the exchange with complaints."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from zerog.chain.abi import BadArguments
from zerog.chain.bindings import Contract
from zerog.chain.hexes import to_address
from zerog.chain.rpc import Block
from zerog.types import Address


class EscrowState(IntEnum):
    """How far an escrow is (contracts/interfaces/IFairExchange.sol, same order)."""

    NONE = 0
    OFFERED = 1
    PAID = 2
    DELIVERED = 3
    FINISHED = 4
    OWED = 5
    CANCELLED = 6
    REFUNDED = 7


@dataclass(frozen=True, slots=True)
class Escrow:
    """One sale, as the exchange stores it.

    Amounts in base units of `currency` (zero address: the chain's own coin); deadline and
    challenges_until in Unix seconds, the other times in seconds. deadline is that of the delivery
    while the state is PAID, that of complaints once it is DELIVERED; proof_hash accordingly is
    that of the consent, or of both proofs.
    """

    state: EscrowState
    fee_bps: int
    delivery_seconds: int
    window_seconds: int
    answer_seconds: int
    challenges: int
    deadline: int
    seller: Address
    challenges_until: int
    buyer: Address
    currency: Address
    price: int
    bond: int
    royalty_cap: int
    answer_fee: int
    token_id: int
    data_hash: bytes
    proof_hash: bytes
    seal_hash: bytes


class FairExchangeContract(Contract):
    """FairExchange: sales in which wrong or missing data undoes the sale."""

    artifact = "FairExchange"

    def escrow_count(self, block: Block = "latest") -> int:
        """Escrows are numbered from 1 to this."""
        return self._number("escrowCount", block=block)

    def credit(self, currency: Address, account: Address, block: Block = "latest") -> int:
        """What an account can take out, base units."""
        return self._number("credits", currency, account, block=block)

    def challenge(self, escrow_id: int, index: int, block: Block = "latest") -> int:
        """When an answer is due, Unix seconds; 0 where nobody asked, 1 where it was answered."""
        return self._number("challengeOf", escrow_id, index, block=block)

    def is_registered(self, data_hash: bytes, block: Block = "latest") -> bool:
        """Whether tokens with this data can be sold here."""
        match self.read("containerOf", data_hash, block=block):
            case (int(), bytes(), bytes(key_check)):
                return any(key_check)
            case other:
                raise BadArguments("containerOf", f"gives no container: {other!r}")

    def escrow(self, escrow_id: int, block: Block = "latest") -> Escrow:
        """A sale; state NONE where there never was one."""
        match self.read("escrowOf", escrow_id, block=block):
            case (
                int(state),
                int(fee),
                int(delivery),
                int(window),
                int(answer),
                int(challenges),
                int(deadline),
                str(seller),
                int(until),
                str(buyer),
                str(currency),
                int(price),
                int(bond),
                int(royalty_cap),
                int(answer_fee),
                int(token_id),
                bytes(data_hash),
                bytes(proof_hash),
                bytes(seal_hash),
            ):
                return Escrow(
                    state=EscrowState(state),
                    fee_bps=fee,
                    delivery_seconds=delivery,
                    window_seconds=window,
                    answer_seconds=answer,
                    challenges=challenges,
                    deadline=deadline,
                    seller=to_address(seller),
                    challenges_until=until,
                    buyer=to_address(buyer),
                    currency=to_address(currency),
                    price=price,
                    bond=bond,
                    royalty_cap=royalty_cap,
                    answer_fee=answer_fee,
                    token_id=token_id,
                    data_hash=data_hash,
                    proof_hash=proof_hash,
                    seal_hash=seal_hash,
                )
            case other:
                raise BadArguments("escrowOf", f"gives no escrow: {other!r}")
