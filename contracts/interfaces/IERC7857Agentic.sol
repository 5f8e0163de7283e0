// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgenticIdProof} from "./IAgenticIdDataVerifier.sol";
import {IntelligentData} from "./IERC7857Metadata.sol";

/// @notice One item of data and the key that opens it.
/// @param dataHash Storage root of the ciphertext.
/// @param sealedKey Its data key, sealed to the owner.
struct SealedKeyEntry {
    bytes32 dataHash;
    bytes sealedKey;
}

/// @title Intelligent NFT, as in 0g-agentic-id
/// @notice Ids 0x2afbede9 (move), 0x74f8628b (clone), 0x20d189db (delegate), 0xcd6a82d7 (update), 0xdf597d99
/// (authorise). Source: 0gfoundation/0g-agentic-id, main. Data hashes stay as they are over a transfer.
interface IERC7857Agentic {
    /// @notice The collection does not store this sealed key whole: `PublishedSealedKey` carried it.
    /// @param tokenId The token.
    /// @param index The item.
    error SealedKeyNotStored(uint256 tokenId, uint256 index);

    // ------------------------------------------------------------------ events

    /// @notice A token was made, or moved with its keys.
    /// @param from Owner before; zero for a new token.
    /// @param to Owner after.
    /// @param tokenId The token.
    /// @param entries Its items and their sealed keys.
    event ITransferred(address indexed from, address indexed to, uint256 indexed tokenId, SealedKeyEntry[] entries);

    /// @notice A token was cloned.
    /// @param tokenId The original.
    /// @param newTokenId The clone.
    /// @param from Owner of the original.
    /// @param to Owner of the clone.
    /// @param entries Items of the clone and their sealed keys.
    event Cloned(
        uint256 indexed tokenId, uint256 indexed newTokenId, address from, address to, SealedKeyEntry[] entries
    );

    /// @notice The data of a token was replaced.
    /// @param tokenId The token.
    /// @param oldData Items before.
    /// @param newData Items from now on.
    /// @param sealedKeys One per item.
    event Updated(uint256 indexed tokenId, IntelligentData[] oldData, IntelligentData[] newData, bytes[] sealedKeys);

    /// @notice One item of a token was replaced.
    /// @param tokenId The token.
    /// @param index The item.
    /// @param oldData The item before.
    /// @param newData The item from now on.
    /// @param sealedKey Its sealed key.
    event EntryUpdated(
        uint256 indexed tokenId,
        uint256 indexed index,
        IntelligentData oldData,
        IntelligentData newData,
        bytes sealedKey
    );

    /// @notice A user may use a token's agent.
    /// @param owner The owner who said so.
    /// @param user The user.
    /// @param tokenId The token.
    event AuthorizationGranted(address indexed owner, address indexed user, uint256 indexed tokenId);

    /// @notice All authorisations of a token ended.
    /// @param owner The owner who had given them.
    /// @param tokenId The token.
    event AuthorizationCleared(address indexed owner, uint256 indexed tokenId);

    /// @notice A receiver named the address that may consent for them.
    /// @param user The receiver.
    /// @param delegate The delegate; zero for nobody.
    event DelegateUpdated(address indexed user, address indexed delegate);

    // ----------------------------------------------------------------- actions

    /// @notice Move a token whose data key was sealed for the receiver.
    /// @param from Its owner.
    /// @param to The receiver.
    /// @param tokenId The token.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return Its items and their sealed keys.
    function iTransferFrom(address from, address to, uint256 tokenId, AgenticIdProof[] calldata proofs)
        external
        returns (SealedKeyEntry[] memory);

    /// @notice Give the receiver a new token with the same data; the original stays.
    /// @param from Owner of the original.
    /// @param to The receiver.
    /// @param tokenId The original.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return The clone.
    function iCloneFrom(address from, address to, uint256 tokenId, AgenticIdProof[] calldata proofs)
        external
        returns (uint256);

    /// @notice Name the address that may sign access proofs for the caller.
    /// @param delegate The delegate; zero takes the right back.
    function setAccessDelegate(address delegate) external;

    /// @notice Replace all items of a token and their keys. The owner may, or the locker of a locked token.
    /// @param tokenId The token.
    /// @param data The items.
    /// @param sealedKeys One per item.
    function update(uint256 tokenId, IntelligentData[] calldata data, bytes[] calldata sealedKeys) external;

    /// @notice Replace one item of a token and its key. The owner may, or the locker of a locked token.
    /// @param tokenId The token.
    /// @param index The item.
    /// @param data The item from now on.
    /// @param sealedKey Its key.
    function updateAt(uint256 tokenId, uint256 index, IntelligentData calldata data, bytes calldata sealedKey) external;

    // ------------------------------------------------------------------- views

    /// @notice Who may sign access proofs for a user.
    /// @param user The user.
    /// @return The delegate; zero for nobody.
    function getAccessDelegate(address user) external view returns (address);

    /// @notice The sealed keys of a token, where the collection stores them whole.
    /// @param tokenId The token.
    /// @return One per item of data, in order.
    function sealedKeysOf(uint256 tokenId) external view returns (bytes[] memory);
}
