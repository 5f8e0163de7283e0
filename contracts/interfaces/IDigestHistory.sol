// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title History of digests
/// @notice The last thousand digests that its owner inserted, under numbers that only grow.
/// @dev Source of the names: 0gfoundation/0g-storage-contracts, DigestHistory.
interface IDigestHistory {
    /// @notice The number was not given yet, or its digest was overwritten.
    /// @param index The number.
    error UnavailableIndex(uint256 index);

    /// @notice Only the owner inserts.
    /// @param caller Who tried.
    error NotOwner(address caller);

    /// @notice Remember a digest; the oldest goes when a thousand are held. Only the owner.
    /// @param digest The digest.
    /// @return index Its number: how many were inserted before.
    function insert(bytes32 digest) external returns (uint256 index);

    /// @notice Whether `at` knows a number.
    /// @param index The number.
    /// @return True when its digest is still held.
    function available(uint256 index) external view returns (bool);

    /// @notice Whether a digest is still held.
    /// @param digest The digest.
    /// @return True when one of the last thousand is this.
    function contains(bytes32 digest) external view returns (bool);

    /// @notice The digest of a number; reverts UnavailableIndex.
    /// @param index The number.
    /// @return The digest.
    function at(uint256 index) external view returns (bytes32);

    /// @notice Who inserts.
    /// @return Address of the owner.
    function owner() external view returns (address);
}
