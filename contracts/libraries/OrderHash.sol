// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Offer, Order} from "../interfaces/AgentMarketTypes.sol";

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
    uint256 private constant ORDER_WORDS = 10;
    uint256 private constant OFFER_WORDS = 9;

    /// @notice Domain separator of this market on this chain.
    /// @return The separator.
    function domainSeparator() internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, address(this)));
    }

    /// @notice Digest of an order.
    /// @param domain The domain separator.
    /// @param order The order.
    /// @return The digest.
    function digest(bytes32 domain, Order calldata order) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := order
        }
        return MessageHashUtils.toTypedDataHash(domain, _structHash(ORDER_TYPEHASH, start, ORDER_WORDS));
    }

    /// @notice Digest of an offer.
    /// @param domain The domain separator.
    /// @param offer The offer.
    /// @return The digest.
    function digest(bytes32 domain, Offer calldata offer) internal pure returns (bytes32) {
        uint256 start;
        assembly ("memory-safe") {
            start := offer
        }
        return MessageHashUtils.toTypedDataHash(domain, _structHash(OFFER_TYPEHASH, start, OFFER_WORDS));
    }

    /// @dev The fields before the signature are the signed ones, a word each, in the order of the type. A field with
    /// dirty bits gives a digest that nobody signed.
    function _structHash(bytes32 typeHash, uint256 start, uint256 words) private pure returns (bytes32 hash) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            calldatacopy(add(free, 0x20), start, mul(words, 0x20))
            hash := keccak256(free, mul(add(words, 1), 0x20))
        }
    }
}
