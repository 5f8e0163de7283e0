"""One sale by a listing, paid and to be settled, and the ways in which its buyer spoils it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from web3 import Web3
from web3.exceptions import ContractLogicError
from web3.types import TxParams

from tests.support.agents import Pair, Person
from tests.support.market import Bazaar
from zerog.inft.proofs import AccessProof

WILLING, UNSIGNED, REFUSING, BURNING_GAS, SHOUTING = range(5)
"""Moods of the contract FickleBuyer."""


def spend(
    bazaar: Bazaar, giver: Person, buyer: Person, consent: AccessProof, deadline: int | None = None
) -> int:
    """Use up a consent's nonce: the giver hands a fresh token to the buyer; gives the token."""
    token_id = bazaar.mint(giver)
    nonce = int.from_bytes(consent.nonce[:32], "big")
    act = bazaar.statement(token_id, giver, buyer)
    consents = bazaar.consents(act, buyer, nonce=nonce, deadline=deadline)
    pairs = bazaar.pairs(act, giver, buyer.public_key, consents)
    bazaar.house.transfer(token_id, giver, buyer, pairs)
    bazaar.seals[token_id] = [pair[1].sealed_key for pair in pairs]
    return token_id


@dataclass(frozen=True, slots=True)
class Sale:
    """One that is paid, with the proofs that settle it."""

    bazaar: Bazaar
    token_id: int
    listing: int
    buyer: Person
    pairs: list[Pair]

    @classmethod
    def paid(cls, bazaar: Bazaar, items: int = 1) -> Self:
        """Alice sells, bob pays."""
        alice, bob = bazaar.house.alice, bazaar.house.bob
        labels = [f"owed {next(bazaar.nonces)}" for _ in range(items)]
        token_id = bazaar.mint(alice, *labels)
        listing = bazaar.put_up(token_id, alice)
        consents = bazaar.buy(listing, bob)
        act = bazaar.act_of(listing, bob)
        return cls(
            bazaar, token_id, listing, bob, bazaar.pairs(act, alice, bob.public_key, consents)
        )

    def spoil(self) -> None:
        """The buyer spends the first consent elsewhere."""
        spend(self.bazaar, self.bazaar.house.carol, self.buyer, self.pairs[0][0])

    def settle(self, pairs: list[Pair] | None = None, gas: int | None = None) -> list[object]:
        """Brought by carol; gives what the market says of a sale that is owed."""
        market = self.bazaar.market
        receipt = market.send(
            "settle",
            self.listing,
            self.pairs if pairs is None else pairs,
            sender=self.bazaar.house.carol.address,
            gas=gas,
        )
        return [event["proceeds"] for event in market.events("SaleOwed", receipt)]

    def with_fresh_consents(self) -> list[Pair]:
        """The same seals, and consents of today."""
        act = self.bazaar.act_of(self.listing, self.buyer)
        consents = self.bazaar.consents(act, self.buyer)
        return [(mine, pair[1]) for mine, pair in zip(consents, self.pairs, strict=True)]

    def collect(self, pairs: list[Pair]) -> None:
        """Anyone may."""
        stranger = self.bazaar.house.carol.address
        self.bazaar.market.send("collect", self.listing, pairs, sender=stranger)


def least_gas(bazaar: Bazaar, listing: int, pairs: list[Pair]) -> int:
    """The least round limit at which a settlement does not revert for want of gas."""
    evm = bazaar.house.evm
    call = TxParams(
        {
            "from": Web3.to_checksum_address(bazaar.house.carol.address),
            "to": Web3.to_checksum_address(bazaar.market.address),
            "data": bazaar.market.calldata("settle", listing, pairs),
        }
    )
    gas = 400_000
    while True:
        try:
            evm.w3.eth.call({**call, "gas": gas})
        except ContractLogicError as error:
            if evm.reason(error).name != "NotEnoughGas":
                raise
            gas += 20_000
        else:
            return gas
