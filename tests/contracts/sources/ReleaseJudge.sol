// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ISealRelease} from "../../../contracts/interfaces/ISealRelease.sol";
import {Act} from "../../../contracts/libraries/ProofHash.sol";

/// @notice A committee that releases what it was told to, to the letter.
contract ReleaseJudge is ISealRelease {
    error NotReleased();

    mapping(bytes32 release => bool) public allowed;

    function allow(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external {
        bytes32 keys = keccak256(abi.encode(newSeal, targetKey, proof));
        allowed[keccak256(abi.encode(act, index, dataHash, currentSealHash, keys))] = true;
    }

    /// @inheritdoc ISealRelease
    function verifyRelease(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external view {
        bytes32 keys = keccak256(abi.encode(newSeal, targetKey, proof));
        require(allowed[keccak256(abi.encode(act, index, dataHash, currentSealHash, keys))], NotReleased());
    }
}
