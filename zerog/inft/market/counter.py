"""What every step on the market needs: its contract, the time of the chain, one transaction."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Final

from zerog.chain.artifacts import AbiEntry, AbiParam, Artifact
from zerog.chain.bindings import Contract
from zerog.chain.bindings_committee import CommitteeVaultContract
from zerog.chain.bindings_market import AgentMarketContract, Sale, SaleState
from zerog.chain.signer import Signer
from zerog.chain.tx import Call
from zerog.crypto.keccak import keccak256
from zerog.inft.errors import UnsupportedData
from zerog.inft.market.errors import PaymentMissing, SealMissing, UnknownListing
from zerog.inft.market.orders import NOBODY
from zerog.inft.opening import Token, read_token
from zerog.inft.proofs import AccessProof, OwnershipProof
from zerog.inft.stack import Stack
from zerog.inft.verifying import check_token_seal
from zerog.types import Address, PublicKey


def _function(name: str, result: str, view: str, *inputs: str) -> AbiEntry:
    taken: list[AbiParam] = [{"name": "", "type": kind} for kind in inputs]
    given: list[AbiParam] = [{"name": "", "type": result}]
    kind = "function"
    return AbiEntry(type=kind, name=name, inputs=taken, outputs=given, stateMutability=view)


ERC20: Final = Artifact(
    "ERC20",
    (
        _function("allowance", "uint256", "view", "address", "address"),
        _function("approve", "bool", "nonpayable", "address", "uint256"),
    ),
)
"""What a buyer needs of a currency (ERC-20)."""
ENDS: Final = (SaleState.SETTLED, SaleState.OWED, SaleState.DELISTED)
"""Where a seller has nothing left to do."""
PAGE_BLOCKS: Final = 5_000


def market_of(stack: Stack) -> AgentMarketContract:
    """The network's market."""
    return AgentMarketContract.of(stack.chain, stack.registry.contract("AgentMarket"))


def sale_of(stack: Stack, listing_id: int) -> Sale:
    """A listing; raises UnknownListing."""
    sale = market_of(stack).sale(listing_id)
    if sale.state is SaleState.NONE:
        raise UnknownListing(listing_id)
    return sale


def is_over(stack: Stack, listing_id: int) -> bool:
    """Whether a listing had ended as deep as the network wants: no reorg brings it back."""
    depth = stack.settings.finality_depth
    at = max(0, stack.chain.head().number - depth) if depth else "latest"
    return market_of(stack).sale(listing_id, at).state in ENDS


def single_item(stack: Stack, token_id: int) -> Token:
    """A token with one item of data, which is what this home mints.

    Raises UnknownToken, SealProofInvalid, UnsupportedData.
    """
    token = read_token(stack, token_id)
    check_token_seal(stack, token)
    count = len(stack.nft.data_of(token_id))
    if count != 1:
        raise UnsupportedData(token_id, count)
    return token


def chain_time(stack: Stack) -> int:
    """Unix seconds that the next block has at least: an idle chain's head is old."""
    return max(stack.chain.head().timestamp, int(time.time()))


def is_deep(stack: Stack, block: int) -> bool:
    """Whether a block is as deep as the network wants."""
    return stack.chain.head().number >= block + stack.settings.finality_depth


def is_deposited(stack: Stack, token_id: int) -> bool:
    """Whether the committee that the market names holds the key of a token's one item."""
    committee, collection = market_of(stack).committee(), stack.nft.address
    if committee == NOBODY:
        return False
    return CommitteeVaultContract(stack.chain, committee).is_live(collection, token_id, 0)


def payment_of(
    stack: Stack, listing_id: int, sale: Sale
) -> tuple[PublicKey, tuple[AccessProof, ...]]:
    """The key to seal to and the consents that came with a payment; raises PaymentMissing."""
    at = sale.paid_at_block
    events = market_of(stack).events("SalePaid", at, at, listingId=listing_id)
    for event in reversed(events):
        key, consents = event.args["targetKey"], event.args["consents"]
        if isinstance(key, bytes) and keccak256(key) == sale.target_key_hash:
            found = consents if isinstance(consents, tuple) else ()
            return PublicKey(key), tuple(AccessProof(*one) for one in found)
    raise PaymentMissing(listing_id)


def owed_of(stack: Stack, listing_id: int, sale: Sale) -> tuple[OwnershipProof, ...]:
    """The seller's proofs for a token that is owed, as the market published them.

    Raises SealMissing.
    """
    market, head = market_of(stack), stack.chain.head().number
    for first in range(sale.paid_at_block, head + 1, PAGE_BLOCKS):
        last = min(first + PAGE_BLOCKS - 1, head)
        for event in market.events("SaleOwed", first, last, listingId=listing_id):
            pairs = event.args["proofs"]
            found = pairs if isinstance(pairs, tuple) else ()
            return tuple(OwnershipProof(*ownership) for _, ownership in found)
    raise SealMissing(listing_id)


def allow_token(stack: Stack, signer: Signer, intent: str, token_id: int) -> None:
    """Let the market move a token; nothing is sent where it may already. Raises TxReverted."""
    market, nft = market_of(stack).address, stack.nft
    if str(nft.read("getApproved", token_id)).lower() == market.lower():
        return
    if nft.read("isApprovedForAll", signer.address, market):
        return
    stack.sender(signer).run(intent, Call(nft.address, nft.calldata("approve", market, token_id)))


def allow_currency(
    stack: Stack, signer: Signer, intent: str, currency: Address, amount: int
) -> None:
    """Let the market pull an amount of an ERC-20; nothing is sent where it may already."""
    if currency == NOBODY:
        return
    market = market_of(stack).address
    token = Contract(stack.chain, currency, ERC20)
    allowed = token.read("allowance", signer.address, market)
    if isinstance(allowed, int) and allowed >= amount:
        return
    data = token.calldata("approve", market, amount)
    stack.sender(signer).run(intent, Call(currency, data))


def act(
    stack: Stack, signer: Signer, intent: str, function: str, args: Sequence[object], value: int = 0
) -> str:
    """One mined transaction to the market; gives its hash. Raises TxReverted, TxTimeout."""
    market = market_of(stack)
    call = Call(market.address, market.calldata(function, *args), value)
    return "0x" + stack.sender(signer).run(intent, call).tx_hash.hex()
