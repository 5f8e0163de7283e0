// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Where the ids of a collection come from, when it does not count by itself
interface IAgentIds {
    /// @notice Take the next id. Only the token itself may call: a facet serves this to the core.
    /// @return The id.
    function takeId() external returns (uint256);
}
