// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MinimalToken} from "./MinimalToken.sol";

/// @notice F2: proofs have no deadline, and anyone may erase records after seven days.
contract FlawedCleanup is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function cleanExpiredProofs(bytes32[] calldata keys) external {
        for (uint256 i = 0; i < keys.length; ++i) {
            // Flawed rule: the proof outlives the record of its use.
            if (block.timestamp > usedAt[keys[i]] + 7 days) delete usedAt[keys[i]];
        }
    }
}

/// @notice F8, A1: a nonce belongs to whoever uses its bytes first.
contract FlawedSharedNonces is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function nonceKey(uint8, address, bytes memory nonce) public view override returns (bytes32) {
        return keccak256(abi.encode(nonce, address(this))); // Flawed rule: no signer, no half in the key.
    }
}

/// @notice The EIP's sample: checking is public and burns nonces whoever calls.
contract FlawedPublicVerifier is MinimalToken {
    constructor(address oracle_) MinimalToken(oracle_) {}

    function verifyTransferValidity(Act calldata act, Proof calldata proof) external {
        _burnNonces(act, proof); // Flawed rule: the record is not kept per caller.
    }
}
