// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDataVerifier} from "./IDataVerifier.sol";
import {IERC7857} from "./IERC7857.sol";
import {IERC7857Metadata, IntelligentData} from "./IERC7857Metadata.sol";

/// @title An agent whose private data changes hands with the token
/// @notice ERC-721 and the Final ERC-7857 in one contract. A token with private data moves with proofs only: either
/// its data is re-encrypted under a key that the seller never had, or the chain checks that the receiver gets the same
/// key. Approvals work as in ERC-721, so that a market can call `iTransfer` for the seller. The functions of other
/// generations are facets at the same address ({IAgentFacets}), over the same tokens and rules; so is the
/// administration ({IAgentAdmin}).
interface IAgentNFT is IERC7857, IERC7857Metadata {
    // ------------------------------------------------------------------ errors

    /// @notice The collection is paused.
    error EnforcedPause();

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

    /// @notice A proof without an oracle hands over the data as it is; these proofs name other data.
    /// @param index Index of the item.
    /// @param current Hash of the token.
    /// @param given New hash in the proof.
    error DataMustStay(uint256 index, bytes32 current, bytes32 given);

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

    /// @notice While a token is locked, only its locker may move, clone or burn it or change its data and seals.
    /// @param tokenId The token.
    /// @param locker The locker.
    error TokenLocked(uint256 tokenId, address locker);

    /// @notice The token is not locked by the caller.
    /// @param tokenId The token.
    /// @param locker The locker; zero for nobody.
    error NotLocker(uint256 tokenId, address locker);

    /// @notice An agent that keeps its data under its own key moves by `transferFrom`, without proofs.
    /// @param tokenId The token.
    error AgenticIDSealedAgentUseTransfer(uint256 tokenId);

    /// @notice An agent that keeps its data under its own key cannot be cloned by proofs.
    /// @param tokenId The token.
    error AgenticIDCannotCloneSealedAgent(uint256 tokenId);

    // ------------------------------------------------------------------ events

    /// @notice The data of a token has these hashes from now on: at mint, transfer and, for the clone, at clone.
    /// @param tokenId The token.
    /// @param dataHashes One per item, in order.
    event DataHashesSet(uint256 indexed tokenId, bytes32[] dataHashes);

    /// @notice All authorisations of a token ended: by an ownership change, or by its owner.
    /// @param owner The owner who had given them.
    /// @param tokenId The token.
    event AuthorizedUsersCleared(address indexed owner, uint256 indexed tokenId);

    /// @notice A token has a creator.
    /// @param tokenId The token.
    /// @param creator The creator.
    event CreatorSet(uint256 indexed tokenId, address indexed creator);

    /// @notice From now on only the locker may move a token.
    /// @param tokenId The token.
    /// @param locker The locker.
    event Locked(uint256 indexed tokenId, address indexed locker);

    /// @notice A lock ended: by its locker, or because the token moved.
    /// @param tokenId The token.
    /// @param locker Who held the lock.
    event Unlocked(uint256 indexed tokenId, address indexed locker);

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

    /// @notice Have only the caller move, clone or burn a token, or change its data and seals, until they unlock it or
    /// move it. The caller must be its owner, approved for it, or an operator of the owner.
    /// @param tokenId The token.
    function lock(uint256 tokenId) external;

    /// @notice End the caller's own lock.
    /// @param tokenId The token.
    function unlock(uint256 tokenId) external;

    /// @notice End a token and erase its data from the chain. The caller must be one who may move it. What was cloned
    /// from it, and what history knows of it, stays.
    /// @param tokenId The token.
    function burn(uint256 tokenId) external;

    // ------------------------------------------------------------------- views

    /// @notice The id that the next mint or clone gets.
    /// @return The id.
    function nextTokenId() external view returns (uint256);

    /// @notice keccak256 of each sealed key that `PublishedSealedKey` last carried for a token, so that a contract
    /// or a light client can check a key that anybody hands them.
    /// @param tokenId The token.
    /// @return One hash per item of data, in order.
    function sealedKeyHashesOf(uint256 tokenId) external view returns (bytes32[] memory);

    /// @notice Data hashes of a token.
    /// @param tokenId The token.
    /// @return One per item of data, in order.
    function dataHashesOf(uint256 tokenId) external view returns (bytes32[] memory);

    /// @notice What an order or an offer binds, so that data which changed in between cannot be sold.
    /// @param tokenId The token.
    /// @return keccak256(abi.encode(dataHashesOf(tokenId))).
    function dataCommitmentOf(uint256 tokenId) external view returns (bytes32);

    /// @notice Who alone may move a token now.
    /// @param tokenId The token.
    /// @return The locker; zero for nobody.
    function lockerOf(uint256 tokenId) external view returns (address);

    /// @notice Who made the agent: who called `mint`, or who was named. A clone has the creator of its original. Known
    /// of burnt tokens too.
    /// @param tokenId The token.
    /// @return The creator; zero for none.
    function creatorOf(uint256 tokenId) external view returns (address);

    /// @notice Which token a token was cloned from. Known of burnt tokens too.
    /// @param tokenId The token.
    /// @return The original; 0 for none.
    function parentOf(uint256 tokenId) external view returns (uint256);
}
