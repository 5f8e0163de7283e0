// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Where the ids of a collection come from, when it does not count by itself
interface IAgentIds {
    /// @notice Take the next id. Only the token itself may call: a facet serves this to the core.
    /// @return The id.
    function takeId() external returns (uint256);

    /// @notice A token has another owner now. Only the token itself may call.
    /// @param tokenId The token.
    function moved(uint256 tokenId) external;

    /// @notice Refuse whoever may not change the data of an agent that keeps it under its own key.
    /// @param tokenId The token, which has such an agent.
    /// @param editor Who wants to.
    function checkEditor(uint256 tokenId, address editor) external view;
}
