"""Orders and offers as the clients of 0g-agent-nft sign them.

Python twin of contracts/libraries/ReferenceHash.sol. Source: 0gfoundation/0g-agent-nft, main:
AgentMarket. Pure.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.types import Address

DOMAIN_NAME: Final = "AgentMarket"
DOMAIN_VERSION: Final = "1.0.0"

ORDER_TYPE: Final = (
    "Order(uint256 tokenId,uint256 expectedPrice,address currency,uint256 expireTime,"
    "bytes32 nonce,address receiver,uint256 chainId,address verifyingContract)"
)
OFFER_TYPE: Final = (
    "Offer(uint256 tokenId,uint256 offeredPrice,uint256 expireTime,bool needProof,"
    "bytes32 nonce,uint256 chainId,address verifyingContract)"
)


class ReferenceOrder(NamedTuple):
    """A seller's wish, in the field order of the ABI; nonce has 32 bytes."""

    token_id: int
    expected_price: int
    currency: Address
    expire_time: int
    nonce: bytes
    signature: bytes
    receiver: Address

    def digest(self, chain_id: int, market: Address) -> bytes:
        """32 bytes that the seller signs; the type repeats chain and market of the domain."""
        values: list[int | str | bytes] = [
            *(self.token_id, self.expected_price, self.currency, self.expire_time, self.nonce),
            *(self.receiver, chain_id, market),
        ]
        return typed_digest(_domain(chain_id, market), ORDER_TYPE, values)


class ReferenceOffer(NamedTuple):
    """A buyer's wish, in the field order of the ABI, which is not the order of the signed type."""

    token_id: int
    offer_price: int
    expire_time: int
    nonce: bytes
    need_proof: bool
    signature: bytes

    def digest(self, chain_id: int, market: Address) -> bytes:
        """32 bytes that the buyer signs."""
        values: list[int | str | bytes] = [
            *(self.token_id, self.offer_price, self.expire_time, self.need_proof, self.nonce),
            *(chain_id, market),
        ]
        return typed_digest(_domain(chain_id, market), OFFER_TYPE, values)


def _domain(chain_id: int, market: Address) -> Domain:
    return Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, market)
