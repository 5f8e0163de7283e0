// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice One item of a token's private data.
/// @param dataDescription Public text about the item (JSON by our convention).
/// @param dataHash Commitment to the encrypted item: the Merkle root of its ciphertext in 0G storage.
struct IntelligentData {
    string dataDescription;
    bytes32 dataHash;
}

/// @title Metadata of an intelligent NFT, as in the Final ERC-7857
/// @notice ERC-165 id 0xaa18b754.
interface IERC7857Metadata {
    /// @notice Name of the collection.
    /// @return The name.
    function name() external view returns (string memory);

    /// @notice Symbol of the collection.
    /// @return The symbol.
    function symbol() external view returns (string memory);

    /// @notice The private data of a token.
    /// @param _tokenId The token.
    /// @return Its items, in the order in which proofs must come.
    function intelligentDataOf(uint256 _tokenId) external view returns (IntelligentData[] memory);
}
