// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Rentable NFT, as in ERC-4907
/// @notice ERC-165 id 0xad092b5c.
interface IERC4907 {
    /// @notice Somebody may use a token until a time.
    /// @param tokenId The token.
    /// @param user The user; zero for nobody.
    /// @param expires Last second, Unix time.
    event UpdateUser(uint256 indexed tokenId, address indexed user, uint64 expires);

    /// @notice Name the user of a token. The caller owns the token or is approved for it.
    /// @param tokenId The token.
    /// @param user The user; zero for nobody.
    /// @param expires Last second, Unix time.
    function setUser(uint256 tokenId, address user, uint64 expires) external;

    /// @notice The user of a token.
    /// @param tokenId The token.
    /// @return The user; zero for nobody.
    function userOf(uint256 tokenId) external view returns (address);

    /// @notice Until when the user of a token may use it.
    /// @param tokenId The token.
    /// @return Last second, Unix time; zero without a user.
    function userExpires(uint256 tokenId) external view returns (uint256);
}
