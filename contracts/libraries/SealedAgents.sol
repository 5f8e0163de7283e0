// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgenticID} from "../interfaces/agentic/IAgenticID.sol";

/// @title Agents whose data stays under their own key
/// @notice On a collection with the interface of 0g-agentic-id an agent may have a seal of its own, from its
/// registration on. Its token refuses every hand-over of keys: who paid for one would wait for ever.
library SealedAgents {
    /// @notice The agent keeps its data under its own key, so that no keys of it can be sold.
    /// @param tokenId The token.
    error SealedAgent(uint256 tokenId);

    /// @notice Refuse a sealed agent. A collection that does not know of seals has none.
    /// @param token The collection.
    /// @param tokenId The token.
    function requireNone(address token, uint256 tokenId) internal view {
        try IAgenticID(token).getAgentSeal(tokenId) returns (address key) {
            require(key == address(0), SealedAgent(tokenId));
        } catch {}
    }
}
