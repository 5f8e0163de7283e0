// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title What a market asks the committee
interface IKeyDeposits {
    /// @notice Whether the committee can hand over an item of a token's data as it is now.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @return True when its key is deposited and neither data nor seal changed since.
    function isLive(address token, uint256 tokenId, uint256 index) external view returns (bool);
}
