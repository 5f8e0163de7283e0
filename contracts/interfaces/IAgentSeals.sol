// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Seals that their owner renews
interface IAgentSeals {
    /// @notice An item of a token has another sealed key from now on; `PublishedSealedKey` carries it.
    /// @param tokenId The token.
    /// @param index The item.
    /// @param sealedKeyHash keccak256 of the sealed key.
    event Resealed(uint256 indexed tokenId, uint256 indexed index, bytes32 sealedKeyHash);

    /// @notice Seal the same data key to another public key: of a new wallet, or of a newer version of the envelope. The
    /// chain checks that it is the same data key. The owner may, or the locker of a locked token.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param newSeal The data key, sealed to `targetKey`: envelope version 2.
    /// @param targetKey The key that it is sealed to, 64 bytes X then Y.
    /// @param proof Proof of kind 1 for operation 3 from the owner to the owner, this token being the verifier:
    /// docs/contracts-inft-proofs.md has its bytes.
    function reseal(
        uint256 tokenId,
        uint256 index,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external;
}
