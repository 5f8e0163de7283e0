// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Act} from "../libraries/ProofHash.sol";

/// @title A committee that hands over keys which were deposited with it
/// @notice All that a verifier asks of the committee: ownership proofs of type ZKP whose first byte is 2 are its own.
interface ISealRelease {
    /// @notice Check that a new seal was made by the committee for this act; reverts when it was not.
    /// @param act The act: `token` asks, `verifier` is the caller.
    /// @param index Index of the item of data.
    /// @param dataHash Storage root of the item, which stays as it is.
    /// @param currentSealHash keccak256 of the seal that the token has.
    /// @param newSeal The new seal.
    /// @param targetKey Key that it is sealed to, 64 bytes.
    /// @param proof The whole proof, first byte included.
    function verifyRelease(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external view;
}
