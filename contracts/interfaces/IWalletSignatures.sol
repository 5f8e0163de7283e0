// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Signatures of contract wallets
/// @notice ERC-1271, and ERC-6492 for wallets that are not there yet.
interface IWalletSignatures {
    /// @notice Whether a contract wallet stands behind a signature. A wallet that is not there yet is made first, as
    /// an ERC-6492 signature says.
    /// @param wallet The wallet.
    /// @param digest What is signed.
    /// @param signature Signature of the wallet's own form, or that of ERC-6492 around it.
    /// @return True when the wallet says so.
    function isValid(address wallet, bytes32 digest, bytes calldata signature) external returns (bool);
}
