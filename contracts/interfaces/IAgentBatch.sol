// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Many calls in one transaction
/// @notice All or none. Not payable, and so is no call in it: no value can be spent twice.
interface IAgentBatch {
    /// @notice Make calls to this contract, in order, as the caller.
    /// @param calls Calldata of each.
    /// @return results What each returned.
    function batch(bytes[] calldata calls) external returns (bytes[] memory results);
}
