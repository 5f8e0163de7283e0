// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDataVerifier} from "./IDataVerifier.sol";
import {IERC7857} from "./IERC7857.sol";
import {IERC7857Metadata, IntelligentData} from "./IERC7857Metadata.sol";

/// @title An agent whose private data changes hands with the token
/// @notice ERC-721 and the Final ERC-7857 in one contract. Every token has at least one item of private data; it
/// moves by `iTransfer` only, with data re-encrypted under a key that the seller never had. Approvals work as in
/// ERC-721, so that a market can call `iTransfer` for the seller.
interface IAgentNFT is IERC7857, IERC7857Metadata {
    // ------------------------------------------------------------------ errors

    /// @notice Private data moves with proofs only: use `iTransfer`.
    /// @param tokenId The token.
    error PrivateDataNeedsProof(uint256 tokenId);

    /// @notice The keys were sealed for a token id that is not the next one: seal them again.
    /// @param expected The id given.
    /// @param next The id the next token gets.
    error UnexpectedTokenId(uint256 expected, uint256 next);

    /// @notice A token needs at least one item of data.
    error NoData();

    /// @notice An item of data has no hash.
    /// @param index Index of the item.
    error ZeroDataHash(uint256 index);

    /// @notice An item of data comes without its sealed key.
    /// @param index Index of the item.
    error EmptySealedKey(uint256 index);

    /// @notice There must be one sealed key per item of data.
    /// @param items Items of data.
    /// @param keys Sealed keys.
    error SealedKeyCountMismatch(uint256 items, uint256 keys);

    /// @notice There must be one pair of proofs per item of data.
    /// @param items Items of data.
    /// @param proofs Pairs of proofs.
    error ProofCountMismatch(uint256 items, uint256 proofs);

    /// @notice A proof speaks of other data than the token has at this place.
    /// @param index Index of the item.
    /// @param current Hash of the token.
    /// @param given Hash in the proof.
    error DataHashMismatch(uint256 index, bytes32 current, bytes32 given);

    /// @notice The data was not re-encrypted: the seller's key would still open it.
    /// @param index Index of the item.
    /// @param dataHash The unchanged or zero hash.
    error NotReencrypted(uint256 index, bytes32 dataHash);

    /// @notice An access proof is signed neither by the receiver nor by their assistant, or not for exactly this act.
    /// @param index Index of the pair.
    /// @param receiver The receiver.
    /// @param signer Address that the signature gives for this act.
    error WrongAccessSigner(uint256 index, address receiver, address signer);

    /// @notice A public key is not 64 bytes.
    /// @param index Index of the pair.
    /// @param length Its length.
    error InvalidPublicKeyLength(uint256 index, uint256 length);

    /// @notice The receiver asked for the key behind their address, and the data key is sealed to another.
    /// @param index Index of the pair.
    /// @param receiver The receiver.
    /// @param keyAddress Address of the key that the data key is sealed to.
    error SealedToForeignKey(uint256 index, address receiver, address keyAddress);

    /// @notice The receiver asked for one key, and the data key is sealed to another.
    /// @param index Index of the pair.
    /// @param wantedKeyHash keccak256 of the key asked for.
    /// @param targetKeyHash keccak256 of the key sealed to.
    error WantedKeyMismatch(uint256 index, bytes32 wantedKeyHash, bytes32 targetKeyHash);

    /// @notice Only the owner decides who uses the agent.
    /// @param tokenId The token.
    /// @param caller Who tried.
    error NotTokenOwner(uint256 tokenId, address caller);

    /// @notice The zero address cannot be a user.
    error ZeroUser();

    /// @notice The user is authorised already.
    /// @param tokenId The token.
    /// @param user The user.
    error AlreadyAuthorized(uint256 tokenId, address user);

    /// @notice The user is not authorised.
    /// @param tokenId The token.
    /// @param user The user.
    error NotAuthorized(uint256 tokenId, address user);

    /// @notice The token has as many authorised users as it may have.
    /// @param tokenId The token.
    /// @param limit The limit.
    error TooManyAuthorizedUsers(uint256 tokenId, uint256 limit);

    /// @notice The verifier is not a contract.
    /// @param verifier The address given.
    error InvalidVerifier(address verifier);

    // ------------------------------------------------------------------ events

    /// @notice The data of a token has these hashes from now on: at mint, transfer and, for the clone, at clone.
    /// @param tokenId The token.
    /// @param dataHashes One per item, in order.
    event DataHashesSet(uint256 indexed tokenId, bytes32[] dataHashes);

    /// @notice An ownership change ended all authorisations of a token.
    /// @param owner The owner who had given them.
    /// @param tokenId The token.
    event AuthorizationsCleared(address indexed owner, uint256 indexed tokenId);

    /// @notice Proofs are checked by another contract from now on.
    /// @param before The verifier before.
    /// @param now_ The verifier from now on.
    event VerifierSet(address indexed before, address indexed now_);

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param name_ Name of the collection.
    /// @param symbol_ Symbol of the collection.
    /// @param verifier_ The verifier.
    /// @param authority_ The AccessManager that may administer the collection.
    function initialize(string calldata name_, string calldata symbol_, IDataVerifier verifier_, address authority_)
        external;

    /// @notice Make a token. Anyone may.
    /// @param to Its owner.
    /// @param data Its items of data; at least one, each with a hash.
    /// @param sealedKeys The data key of each item, sealed to the owner, in the same order.
    /// @param expectedTokenId The id that the keys are sealed for: `nextTokenId()` at the time of sealing.
    /// @return tokenId The token; ids count from 1.
    function mint(address to, IntelligentData[] calldata data, bytes[] calldata sealedKeys, uint256 expectedTokenId)
        external
        returns (uint256 tokenId);

    /// @notice Swap the verifier. Restricted. Proofs made for the old one are void: they name it.
    /// @param verifier_ The new verifier.
    function setVerifier(IDataVerifier verifier_) external;

    /// @notice Stop mints, transfers, clones, approvals and new authorisations. Restricted. What only takes power
    /// away (`revokeAuthorization`, `delegateAccess(0)`) stays possible.
    function pause() external;

    /// @notice End the pause. Restricted.
    function unpause() external;

    // ------------------------------------------------------------------- views

    /// @notice Most users that a token can have authorised at once.
    /// @return The limit.
    function MAX_AUTHORIZED_USERS() external view returns (uint256);

    /// @notice The id that the next mint or clone gets.
    /// @return The id.
    function nextTokenId() external view returns (uint256);

    /// @notice keccak256 of each sealed key that `PublishedSealedKey` last carried for a token, so that a contract
    /// or a light client can check a key that anybody hands them.
    /// @param tokenId The token.
    /// @return One hash per item of data, in order.
    function sealedKeyHashesOf(uint256 tokenId) external view returns (bytes32[] memory);
}
