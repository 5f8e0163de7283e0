// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Who is an oracle now
/// @notice All that a verifier asks of the registry of attested keys.
interface IOracleRegistry {
    /// @notice Whether a key may sign ownership proofs at this moment.
    /// @param signer Address of the key.
    /// @return True when it is registered and its attestation holds.
    function isOracle(address signer) external view returns (bool);
}
