// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Addresses of public keys
library PublicKeys {
    /// @notice Length of a key: X then Y, no prefix.
    uint256 internal constant LENGTH = 64;

    /// @notice Ethereum address of a secp256k1 public key.
    /// @param key 64 bytes X then Y; the caller has checked the length.
    /// @return Last 20 bytes of keccak256 of the key.
    function toAddress(bytes memory key) internal pure returns (address) {
        return address(uint160(uint256(keccak256(key))));
    }
}
