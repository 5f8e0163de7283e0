"""What every act in an agent's life needs: the facets at the token's address, one transaction."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from typing import TypeVar

from zerog.chain.bindings import Contract
from zerog.chain.bindings_life import RoyaltyContract
from zerog.chain.rpc import Receipt
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.inft.life.rental import NO_CURRENCY
from zerog.inft.market.counter import ERC20
from zerog.inft.stack import Stack
from zerog.types import Address

Facet = TypeVar("Facet", bound=Contract)


def facet(stack: Stack, kind: type[Facet]) -> Facet:
    """The token under the ABI of one of its facets."""
    return kind.of(stack.chain, stack.registry.contract("AgentNFT"))


def splitter_of(stack: Stack) -> RoyaltyContract:
    """The network's splitter of royalties."""
    return RoyaltyContract.of(stack.chain, stack.registry.contract("RoyaltySplitter"))


def act(
    stack: Stack,
    signer: Signer,
    contract: Contract,
    function: str,
    args: Sequence[object],
    value: int = 0,
) -> Receipt:
    """One mined transaction; raises TxReverted, TxTimeout, InsufficientFunds."""
    intent = f"life:{function}:{secrets.token_hex(8)}"
    call = Call(contract.address, contract.calldata(function, *args), value)
    return stack.sender(signer).run(intent, call)


def allow(stack: Stack, signer: Signer, currency: Address, spender: Address, amount: int) -> int:
    """Let `spender` pull an amount; nothing is sent where it may already, or for the chain's coin.

    Gives the value that a payment of `amount` must send, wei.
    """
    if currency == NO_CURRENCY:
        return amount
    coin = Contract(stack.chain, currency, ERC20)
    allowed = coin.read("allowance", signer.address, spender)
    if not isinstance(allowed, int) or allowed < amount:
        act(stack, signer, coin, "approve", [spender, amount])
    return 0
