// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgentNftProof} from "./IAgentNftDataVerifier.sol";
import {IntelligentData} from "./IERC7857Metadata.sol";

/// @title What a market of 0g-agent-nft asks a collection
/// @dev Source: 0gfoundation/0g-agent-nft, main.
interface IAgentNftCollection {
    /// @notice Move a token with proofs.
    /// @param from Its owner.
    /// @param to The receiver.
    /// @param tokenId The token.
    /// @param proofs One pair per item of data.
    function iTransferFrom(address from, address to, uint256 tokenId, AgentNftProof[] calldata proofs) external;

    /// @notice Make a token with data.
    /// @param data Its items of data.
    /// @param to Its owner.
    /// @return The token.
    function mintWithRole(IntelligentData[] calldata data, address to) external returns (uint256);

    /// @notice Make a token with data, for a creator.
    /// @param data Its items of data.
    /// @param to Its owner.
    /// @param creator Who made it.
    /// @return The token.
    function mintWithRole(IntelligentData[] calldata data, address to, address creator) external returns (uint256);

    /// @notice Make a token without data, for a creator.
    /// @param to Its owner.
    /// @param uri Where its public description is.
    /// @param creator Who made it.
    /// @return The token.
    function mintWithRole(address to, string calldata uri, address creator) external returns (uint256);
}
