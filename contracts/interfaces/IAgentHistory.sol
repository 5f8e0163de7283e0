// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice One change of a token's data.
/// @param before Data commitment before: keccak256(abi.encode(bytes32[] dataHashes)).
/// @param next Data commitment from then on.
/// @param author Who made the change.
/// @param time When, in Unix seconds.
struct Version {
    bytes32 before;
    bytes32 next;
    address author;
    uint64 time;
}

/// @title Provable history of a token's data
/// @notice Every change of the data of a token is a leaf of a Merkle mountain range of its own: the chain keeps the
/// count and the peaks, everything else is in the events, and whoever knows root and count can check any version,
/// on another chain too. A token whose data never changed has no versions.
/// The proof of a version is the siblings from its leaf up to the peak of its mountain, then the other peaks,
/// highest mountain first. The Python twin is zerog/inft/life/versions.py.
interface IAgentHistory {
    /// @notice A proof has the wrong number of hashes for this version.
    /// @param wanted Hashes that it needs.
    /// @param given Hashes that it has.
    error BadVersionProofLength(uint256 wanted, uint256 given);

    /// @notice There is no version of that index.
    /// @param index The index given.
    /// @param count Versions that there are.
    error NoSuchVersion(uint256 index, uint256 count);

    /// @notice The data of a token changed.
    /// @param tokenId The token.
    /// @param index Index of the version, from 0.
    /// @param before Data commitment before.
    /// @param next Data commitment from now on.
    /// @param author Who made the change.
    /// @param time When, in Unix seconds.
    event VersionRecorded(
        uint256 indexed tokenId,
        uint256 indexed index,
        bytes32 before,
        bytes32 next,
        address indexed author,
        uint64 time
    );

    /// @notice How often the data of a token changed.
    /// @param tokenId The token.
    /// @return The count.
    function versionCountOf(uint256 tokenId) external view returns (uint256);

    /// @notice Root over all versions of a token: keccak256 of the count and the peaks, highest mountain first.
    /// @param tokenId The token.
    /// @return The root; zero when there are no versions.
    function versionRootOf(uint256 tokenId) external view returns (bytes32);

    /// @notice Whether a version is in the history of a token.
    /// @param tokenId The token.
    /// @param index Index of the version, from 0.
    /// @param version What the version is said to be.
    /// @param proof Siblings, then the other peaks.
    /// @return True when it is.
    function verifyVersion(uint256 tokenId, uint256 index, Version calldata version, bytes32[] calldata proof)
        external
        view
        returns (bool);
}
