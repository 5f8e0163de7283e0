// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Offer, Order} from "../interfaces/AgentMarketTypes.sol";
import {IAgentMarketEvents} from "../interfaces/IAgentMarketEvents.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";

/// @title What an order and an offer must say of the token and its data
library OrderRules {
    /// @dev Commitment to no data: keccak256(abi.encode(new bytes32[](0))).
    bytes32 private constant NO_DATA = keccak256(abi.encode(uint256(0x20), uint256(0)));

    /// @notice Check that an order is about this collection, in time, the owner's, and of the data as it is.
    /// @param token The collection.
    /// @param order The order.
    /// @param data Commitment to the data of its token.
    function checkOrder(IAgentNFT token, Order calldata order, bytes32 data) internal view {
        require(order.collection == address(token), IAgentMarketEvents.WrongCollection(order.collection));
        require(block.timestamp <= order.expiry, IAgentMarketEvents.MessageExpired(order.expiry));
        address owner = token.ownerOf(order.tokenId);
        require(owner == order.seller, IAgentMarketEvents.NotTheOwner(order.tokenId, owner, order.seller));
        require(order.dataCommitment == data, IAgentMarketEvents.DataChanged(order.dataCommitment, data));
    }

    /// @notice Check that an offer is about this collection and token, in time, and of the data as it is.
    /// @param token The collection.
    /// @param offer The offer.
    /// @param tokenId The token of the order.
    /// @param data Commitment to its data.
    function checkOffer(IAgentNFT token, Offer calldata offer, uint256 tokenId, bytes32 data) internal view {
        require(offer.collection == address(token), IAgentMarketEvents.WrongCollection(offer.collection));
        require(block.timestamp <= offer.expiry, IAgentMarketEvents.MessageExpired(offer.expiry));
        if (offer.anyToken) {
            // What the buyer gets is what their access proof names; a token without data needs none.
            require(data != NO_DATA, IAgentMarketEvents.TokenMismatch(tokenId, offer.tokenId));
        } else {
            require(offer.tokenId == tokenId, IAgentMarketEvents.TokenMismatch(tokenId, offer.tokenId));
            require(offer.dataCommitment == data, IAgentMarketEvents.DataChanged(offer.dataCommitment, data));
        }
    }
}
