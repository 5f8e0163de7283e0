// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {ReferenceOffer, ReferenceOrder} from "../interfaces/IReferenceMarket.sol";

/// @title EIP-712 digests of orders and offers as the clients of 0g-agent-nft sign them
/// @notice The types repeat chain and market of the domain; the offer's price is called `offeredPrice` there, and its
/// nonce comes last. Source: 0gfoundation/0g-agent-nft, main: AgentMarket. The Python twin is
/// zerog/inft/market/reference.py.
library ReferenceHash {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant ORDER_TYPEHASH = keccak256(
        "Order(uint256 tokenId,uint256 expectedPrice,address currency,uint256 expireTime,bytes32 nonce,address receiver,uint256 chainId,address verifyingContract)"
    );
    bytes32 internal constant OFFER_TYPEHASH = keccak256(
        "Offer(uint256 tokenId,uint256 offeredPrice,uint256 expireTime,bool needProof,bytes32 nonce,uint256 chainId,address verifyingContract)"
    );
    bytes32 internal constant NAME_HASH = keccak256("AgentMarket");
    bytes32 internal constant VERSION_HASH = keccak256("1.0.0");

    /// @notice Domain separator of this market on this chain.
    /// @return The separator.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    /// @notice Digest of an order.
    /// @param order The order.
    /// @return The digest.
    function digest(ReferenceOrder calldata order) internal view returns (bytes32) {
        bytes memory head =
            abi.encode(ORDER_TYPEHASH, order.tokenId, order.expectedPrice, order.currency, order.expireTime);
        bytes memory tail = abi.encode(order.nonce, order.receiver, block.chainid, address(this));
        return MessageHashUtils.toTypedDataHash(domainSeparator(), keccak256(bytes.concat(head, tail)));
    }

    /// @notice Digest of an offer.
    /// @param offer The offer.
    /// @return The digest.
    function digest(ReferenceOffer calldata offer) internal view returns (bytes32) {
        bytes memory head =
            abi.encode(OFFER_TYPEHASH, offer.tokenId, offer.offerPrice, offer.expireTime, offer.needProof);
        bytes memory tail = abi.encode(offer.nonce, block.chainid, address(this));
        return MessageHashUtils.toTypedDataHash(domainSeparator(), keccak256(bytes.concat(head, tail)));
    }
}
