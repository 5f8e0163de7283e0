// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title What clients of the documentation's sample read
/// @notice Source: 0gfoundation/0g-doc. Its `mint`, `transfer` and `clone` take an oracle's word in a form that binds
/// nothing; they are not here.
interface IERC7857Doc {
    /// @notice A user may use a token's agent, on stated terms.
    /// @param tokenId The token.
    /// @param executor The user.
    event UsageAuthorized(uint256 indexed tokenId, address indexed executor);

    /// @notice Let a user use the token's agent on terms that only the parties understand. Who is authorised already
    /// gets other terms.
    /// @param tokenId The token.
    /// @param executor The user.
    /// @param permissions The terms.
    function authorizeUsage(uint256 tokenId, address executor, bytes calldata permissions) external;

    /// @notice Terms of a user's authorisation.
    /// @param tokenId The token.
    /// @param executor The user.
    /// @return The terms; empty for a user without.
    function permissionsOf(uint256 tokenId, address executor) external view returns (bytes memory);

    /// @notice Hash of the first item of a token's data.
    /// @param tokenId The token.
    /// @return The storage root of its ciphertext.
    function getMetadataHash(uint256 tokenId) external view returns (bytes32);

    /// @notice Where the first item of a token's data lies.
    /// @param tokenId The token.
    /// @return The storage root of its ciphertext as text, 0x and 64 hex digits.
    function getEncryptedURI(uint256 tokenId) external view returns (string memory);
}
