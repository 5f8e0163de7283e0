// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Offer, Order} from "../interfaces/IAgentMarket.sol";

/// @title EIP-712 digests of orders and offers
/// @notice The Python twin is zerog/inft/market/orders.py.
library OrderHash {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(address collection,uint256 tokenId,bytes32 dataCommitment,address currency,uint256 price,uint256 minProceeds,address seller,address receiver,uint256 nonce,uint256 expiry)"
    );
    bytes32 internal constant OFFER_TYPEHASH = keccak256(
        "Offer(address collection,bool anyToken,uint256 tokenId,bytes32 dataCommitment,address currency,uint256 price,address buyer,uint256 nonce,uint256 expiry)"
    );
    bytes32 internal constant NAME_HASH = keccak256("0G-iNFT-Market");
    bytes32 internal constant VERSION_HASH = keccak256("1");

    /// @notice Domain separator of this market on this chain.
    /// @return The separator.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    /// @notice Digest of an order.
    /// @param order The order.
    /// @return The digest.
    function digest(Order calldata order) internal view returns (bytes32) {
        // Two halves because one abi.encode of all fields needs more stack than there is.
        bytes memory head =
            abi.encode(ORDER_TYPEHASH, order.collection, order.tokenId, order.dataCommitment, order.currency);
        bytes memory tail =
            abi.encode(order.price, order.minProceeds, order.seller, order.receiver, order.nonce, order.expiry);
        return MessageHashUtils.toTypedDataHash(domainSeparator(), keccak256(bytes.concat(head, tail)));
    }

    /// @notice Digest of an offer.
    /// @param offer The offer.
    /// @return The digest.
    function digest(Offer calldata offer) internal view returns (bytes32) {
        bytes memory head =
            abi.encode(OFFER_TYPEHASH, offer.collection, offer.anyToken, offer.tokenId, offer.dataCommitment);
        bytes memory tail = abi.encode(offer.currency, offer.price, offer.buyer, offer.nonce, offer.expiry);
        return MessageHashUtils.toTypedDataHash(domainSeparator(), keccak256(bytes.concat(head, tail)));
    }
}
