// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title HKDF-SHA256 (RFC 5869) for keys of 32 bytes
/// @notice Over the sha256 precompile. Python has it in `cryptography`.
library Hkdf {
    bytes32 private constant INNER = 0x3636363636363636363636363636363636363636363636363636363636363636;
    bytes32 private constant OUTER = 0x5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c5c;

    /// @notice HMAC-SHA256.
    /// @param key 32 bytes.
    /// @param message The message.
    /// @return The tag.
    function hmac(bytes32 key, bytes memory message) internal pure returns (bytes32) {
        bytes32 inner = sha256(bytes.concat(key ^ INNER, INNER, message));
        return sha256(bytes.concat(key ^ OUTER, OUTER, inner));
    }

    /// @notice The first step: a uniform key out of what is known.
    /// @param salt 32 bytes; zero stands for none.
    /// @param secret The input keying material.
    /// @return The pseudorandom key.
    function extract(bytes32 salt, bytes memory secret) internal pure returns (bytes32) {
        return hmac(salt, secret);
    }

    /// @notice The second step: 32 bytes for one purpose.
    /// @param key The pseudorandom key.
    /// @param info The purpose.
    /// @return The output.
    function expand(bytes32 key, bytes memory info) internal pure returns (bytes32) {
        return hmac(key, bytes.concat(info, hex"01"));
    }
}
