// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgentNftProof} from "./IAgentNftDataVerifier.sol";
import {IntelligentData} from "./IERC7857Metadata.sol";

/// @title Intelligent NFT, as in 0g-agent-nft
/// @notice Ids 0x5762046c (move), 0xc07038b7 (clone), 0x40fbd72f (metadata), 0x2309ab96 (authorise). Source:
/// 0gfoundation/0g-agent-nft, main, and its branch fix-sealed-key-miss for `sealedKeys`. Data hashes stay as they are
/// over a transfer. Where the reference has roles, the one Authority decides: `mintWithRole` and what says "Restricted".
interface IERC7857AgentNft {
    // ------------------------------------------------------------------ errors

    /// @notice Less was paid than a mint costs.
    /// @param fee The fee, wei.
    /// @param paid What came with the call, wei.
    error MintFeeNotPaid(uint256 fee, uint256 paid);

    /// @notice Money could not be sent.
    /// @param to The receiver.
    /// @param amount Wei.
    error SendFailed(address to, uint256 amount);

    // ------------------------------------------------------------------ events

    /// @notice The data of a token was set or replaced.
    /// @param tokenId The token.
    /// @param oldData Items before; none at mint.
    /// @param newData Items from now on.
    event Updated(uint256 indexed tokenId, IntelligentData[] oldData, IntelligentData[] newData);

    /// @notice Proofs are checked by another contract from now on.
    /// @param oldVerifier The verifier before.
    /// @param newVerifier The verifier from now on.
    event VerifierUpdated(address indexed oldVerifier, address indexed newVerifier);

    /// @notice A mint costs something else from now on.
    /// @param oldFee Wei before.
    /// @param newFee Wei from now on.
    event MintFeeUpdated(uint256 oldFee, uint256 newFee);

    /// @notice Public addresses of tokens start otherwise from now on.
    /// @param oldBase The start before.
    /// @param newBase The start from now on.
    event BaseURIUpdated(string oldBase, string newBase);

    /// @notice A token has a public address of its own from now on.
    /// @param tokenId The token.
    /// @param uri The address.
    event TokenURIUpdated(uint256 indexed tokenId, string uri);

    // --------------------------------------------------------- private transfer

    /// @notice Move a token whose data key was sealed for the receiver.
    /// @param from Its owner.
    /// @param to The receiver.
    /// @param tokenId The token.
    /// @param proofs One pair per item of data, in the token's order.
    function iTransferFrom(address from, address to, uint256 tokenId, AgentNftProof[] calldata proofs) external;

    /// @notice Give the receiver a new token with the same data; the original stays.
    /// @param from Owner of the original.
    /// @param to The receiver.
    /// @param tokenId The original.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return The clone.
    function iCloneFrom(address from, address to, uint256 tokenId, AgentNftProof[] calldata proofs)
        external
        returns (uint256);

    // -------------------------------------------------------------------- mint

    /// @notice Make a token with data whose keys travel outside the chain. Costs the mint fee; more is given back.
    /// @param data Its items.
    /// @param to Its owner.
    /// @return The token.
    function mint(IntelligentData[] calldata data, address to) external payable returns (uint256);

    /// @notice Make a token with data and keys. Costs the mint fee; more is given back.
    /// @param data Its items.
    /// @param to Its owner.
    /// @param sealedKeys One per item, sealed to the owner.
    /// @return The token.
    function mint(IntelligentData[] calldata data, address to, bytes[] calldata sealedKeys)
        external
        payable
        returns (uint256);

    /// @notice Make a token without data. Costs the mint fee; more is given back.
    /// @param to Its owner.
    /// @return The token.
    function mint(address to) external payable returns (uint256);

    /// @notice Make a token without data that has a public address. Costs the mint fee; more is given back.
    /// @param to Its owner.
    /// @param uri The address.
    /// @return The token.
    function mint(address to, string calldata uri) external payable returns (uint256);

    /// @notice Make a token without data. Restricted.
    /// @param to Its owner.
    /// @return The token.
    function mintWithRole(address to) external returns (uint256);

    /// @notice Make a token without data that has a public address. Restricted.
    /// @param to Its owner.
    /// @param uri The address.
    /// @return The token.
    function mintWithRole(address to, string calldata uri) external returns (uint256);

    /// @notice Make a token without data that has a public address. Restricted.
    /// @param to Its owner.
    /// @param uri The address.
    /// @param creator Its creator; zero for none.
    /// @return The token.
    function mintWithRole(address to, string calldata uri, address creator) external returns (uint256);

    /// @notice Make a token with data. Restricted.
    /// @param data Its items.
    /// @param to Its owner.
    /// @return The token.
    function mintWithRole(IntelligentData[] calldata data, address to) external returns (uint256);

    /// @notice Make a token with data. Restricted.
    /// @param data Its items.
    /// @param to Its owner.
    /// @param creator Its creator; zero for none.
    /// @return The token.
    function mintWithRole(IntelligentData[] calldata data, address to, address creator) external returns (uint256);

    // ------------------------------------------------------------------ owner's

    /// @notice Replace all items of a token; a sealed key at a place that stays is kept. The owner may, or the locker
    /// of a locked token.
    /// @param tokenId The token.
    /// @param data The items.
    function update(uint256 tokenId, IntelligentData[] calldata data) external;

    /// @notice Authorise several users.
    /// @param tokenId The token.
    /// @param users The users.
    function batchAuthorizeUsage(uint256 tokenId, address[] calldata users) external;

    /// @notice End all authorisations of a token.
    /// @param tokenId The token.
    function clearAuthorizedUsers(uint256 tokenId) external;

    /// @notice Give a token a public address of its own.
    /// @param tokenId The token.
    /// @param uri The address; empty for none.
    function setTokenURI(uint256 tokenId, string calldata uri) external;

    // ---------------------------------------------------------- administration

    /// @notice Name the creator of a token. Restricted.
    /// @param tokenId The token.
    /// @param creator The creator; zero for none.
    function setCreator(uint256 tokenId, address creator) external;

    /// @notice Set how public addresses of tokens start. Restricted.
    /// @param base The start; the id follows it.
    function setBaseURI(string calldata base) external;

    /// @notice Say where data is stored. Restricted.
    /// @param info JSON text with `chainURL` and `indexerURL`.
    function setStorageInfo(string calldata info) external;

    /// @notice Swap the verifier. Restricted.
    /// @param newVerifier The new verifier.
    function updateVerifier(address newVerifier) external;

    /// @notice Set what a mint through the functions of this interface costs. Restricted. `IAgentNFT.mint` is free.
    /// @param fee Wei.
    function setMintFee(uint256 fee) external;

    /// @notice Take what mints have earned. Restricted: it goes to the caller.
    function withdrawFees() external;

    // ------------------------------------------------------------------- views

    /// @notice The private data of a token.
    /// @param tokenId The token.
    /// @return Its items, in the order in which proofs must come.
    function intelligentDatasOf(uint256 tokenId) external view returns (IntelligentData[] memory);

    /// @notice What a mint costs.
    /// @return Wei.
    function getMintFee() external view returns (uint256);

    /// @notice Where data is stored.
    /// @return JSON text.
    function storageInfo() external view returns (string memory);

    /// @notice Who administers the collection.
    /// @return The AccessManager.
    function admin() external view returns (address);
}
