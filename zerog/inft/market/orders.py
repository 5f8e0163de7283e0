"""Orders and offers as they are signed, and how a price is split.

Python twin of contracts/libraries/OrderHash.sol and MarketRules.sol. Pure. Amounts are base units
of a currency; the zero address is the chain's own coin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

from eth_abi.abi import encode
from eth_utils.address import to_checksum_address

from zerog.crypto.eip712 import Domain, typed_digest
from zerog.crypto.keccak import keccak256
from zerog.types import Address

DOMAIN_NAME: Final = "0G-iNFT-Market"
DOMAIN_VERSION: Final = "1"
NOBODY: Final = to_checksum_address(bytes(20))
"""As a currency: the chain's own coin; as a receiver: anyone."""

WHOLE_BPS: Final = 10_000
MAX_FEE_BPS: Final = 1_000
MAX_ROYALTY_BPS: Final = 2_500

ORDER_TYPE: Final = (
    "Order(address collection,uint256 tokenId,bytes32 dataCommitment,address currency,"
    "uint256 price,uint256 minProceeds,address seller,address receiver,uint256 nonce,"
    "uint256 expiry)"
)
OFFER_TYPE: Final = (
    "Offer(address collection,bool anyToken,uint256 tokenId,bytes32 dataCommitment,"
    "address currency,uint256 price,address buyer,uint256 nonce,uint256 expiry)"
)


class Order(NamedTuple):
    """A seller's wish, in the field order of the ABI (contracts/interfaces/IAgentMarket.sol).

    price: least price; min_proceeds: least that the seller is credited; receiver: the only buyer
    who may have it; expiry: Unix seconds; signature: empty until signed.
    """

    collection: Address
    token_id: int
    data_commitment: bytes
    currency: Address
    price: int
    min_proceeds: int
    seller: Address
    receiver: Address
    nonce: int
    expiry: int
    signature: bytes = b""

    def digest(self, chain_id: int, market: Address) -> bytes:
        """32 bytes that the seller signs."""
        return typed_digest(domain(chain_id, market), ORDER_TYPE, list(self[:-1]))


class Offer(NamedTuple):
    """A buyer's wish, in the field order of the ABI.

    any_token: for any token of the collection that has data; token_id and data_commitment are
    zero then. expiry: Unix seconds; signature: empty until signed.
    """

    collection: Address
    any_token: bool
    token_id: int
    data_commitment: bytes
    currency: Address
    price: int
    buyer: Address
    nonce: int
    expiry: int
    signature: bytes = b""

    def digest(self, chain_id: int, market: Address) -> bytes:
        """32 bytes that the buyer signs."""
        return typed_digest(domain(chain_id, market), OFFER_TYPE, list(self[:-1]))


@dataclass(frozen=True, slots=True)
class Split:
    """Where a price goes; the three make the price."""

    fee: int
    royalty: int
    proceeds: int


def domain(chain_id: int, market: Address) -> Domain:
    """The EIP-712 domain of a market on its chain."""
    return Domain(DOMAIN_NAME, DOMAIN_VERSION, chain_id, market)


def data_commitment(data_hashes: list[bytes]) -> bytes:
    """32 bytes that orders and offers bind: the hashes of a token's data, in order."""
    return keccak256(encode(["bytes32[]"], [data_hashes]))


def share(amount: int, bps: int) -> int:
    """Basis points of an amount, rounded down."""
    return amount * bps // WHOLE_BPS


def split(price: int, fee_bps: int, royalty: int) -> Split:
    """Split a price; `royalty` is what the collection asks for, cut at MAX_ROYALTY_BPS."""
    fee = share(price, fee_bps)
    paid = min(royalty, share(price, MAX_ROYALTY_BPS))
    return Split(fee, paid, price - fee - paid)
