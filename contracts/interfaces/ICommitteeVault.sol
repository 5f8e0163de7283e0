// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ShareCase} from "../libraries/ReleaseShares.sol";
import {ICommittee} from "./ICommittee.sol";
import {ISealRelease} from "./ISealRelease.sol";

/// @notice A sealed key that the committee may release.
/// @param keyId Key of the committee that it is sealed to; 0 when there is none.
/// @param byCommittee Whether it was re-sealed by the committee itself, so that it has no proof of knowledge.
/// @param suite Cipher suite of the data.
/// @param bound keccak256(abi.encode(data hash, hash of the token's sealed key)) that it was made for.
/// @param pointsHash keccak256 of E1 and E2, 128 bytes.
struct Deposit {
    uint64 keyId;
    bool byCommittee;
    uint8 suite;
    bytes32 bound;
    bytes32 pointsHash;
}

/// @title Keys of agents that a threshold committee keeps for their owners
/// @notice An owner deposits the data key of a token, sealed to the committee's key, with a proof that it is the
/// token's. A threshold of members then seals it to a buyer: this contract checks every share and combines them, and
/// a member who signed a wrong share is punished here.
interface ICommitteeVault is ISealRelease {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must not be zero is.
    error ZeroAddress();

    /// @notice The committee has no such key, or it is the newest already.
    /// @param keyId The key.
    error WrongKey(uint256 keyId);

    /// @notice The token has no such item of data.
    /// @param tokenId The token.
    /// @param index The index.
    error NoSuchItem(uint256 tokenId, uint256 index);

    /// @notice Nothing is deposited for the token as it is now.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    error NoDeposit(address token, uint256 tokenId, uint256 index);

    /// @notice The proof has not the length of the threshold's number of shares, or is not of kind 2.
    /// @param length Its length.
    /// @param expected The right one.
    error WrongReleaseProof(uint256 length, uint256 expected);

    /// @notice The points in the proof are not those of the deposit.
    /// @param pointsHash Their hash.
    error NotTheDeposit(bytes32 pointsHash);

    /// @notice The slots of a proof are not in ascending order.
    /// @param slot The slot that is out of order.
    error SlotsOutOfOrder(uint16 slot);

    /// @notice The slot has no share in this sharing.
    /// @param sharingId The sharing.
    /// @param slot The slot.
    error NoShare(uint256 sharingId, uint16 slot);

    /// @notice The new seal is not what the shares combine to, or not of the form of a committee's seal.
    error NotTheCombination();

    /// @notice The share is right.
    /// @param slot The member.
    error ShareIsRight(uint16 slot);

    /// @notice The share was punished already.
    /// @param digest Its digest.
    error AlreadyPunished(bytes32 digest);

    /// @notice The signature is not the member's.
    /// @param signer Who signed.
    error NotTheMembersSignature(address signer);

    /// @notice Less gas than a judgement may need.
    /// @param gas What there is.
    error TooLittleGas(uint256 gas);

    // ------------------------------------------------------------------ events

    /// @notice A data key was deposited, or re-sealed to a newer key of the committee.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param keyId Key of the committee.
    /// @param byCommittee Whether the committee re-sealed it.
    /// @param seal The seal, 387 bytes.
    event Deposited(
        address indexed token,
        uint256 indexed tokenId,
        uint256 indexed index,
        uint256 keyId,
        bool byCommittee,
        bytes seal
    );

    // ---------------------------------------------------------------- deposits

    /// @notice Deposit the data key of an item with the committee. The proof is the owner's; anyone may send it.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param newSeal The data key, sealed to the newest key of the committee.
    /// @param proof A proof of kind 1 for operation 4 (deposit), from the owner to this contract.
    function deposit(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external;

    /// @notice Re-seal a deposit to the newest key of the committee. Anyone.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param newSeal The data key, sealed to the newest key.
    /// @param proof A proof of kind 2 for operation 3 (reseal), from the owner to this contract.
    function migrate(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external;

    /// @notice Prove that a member signed a wrong share; it costs them the penalty, half of which the caller gets.
    /// @param about What the share is for.
    /// @param share The share.
    /// @param signature The member's, 65 bytes r, s, v.
    function proveWrongShare(ShareCase calldata about, bytes calldata share, bytes calldata signature) external;

    /// @notice Check one share; reverts when it is wrong.
    /// @param about What it is for.
    /// @param share The share.
    function checkShare(ShareCase calldata about, bytes calldata share) external view;

    // ---------------------------------------------------------- administration

    /// @notice Set up the proxy, once.
    /// @param committee_ The committee.
    /// @param authority_ AccessManager that may upgrade the vault.
    function initialize(ICommittee committee_, address authority_) external;

    // ------------------------------------------------------------------- views

    /// @notice The committee.
    /// @return Its address.
    function committee() external view returns (ICommittee);

    /// @notice What is deposited for an item, live or not.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @return The deposit.
    function depositOf(address token, uint256 tokenId, uint256 index) external view returns (Deposit memory);

    /// @notice Whether a deposit is good for a release of the token as it is now.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @return True when it is.
    function isLive(address token, uint256 tokenId, uint256 index) external view returns (bool);

    /// @notice Digest that a member signs when they hand out a share.
    /// @param about What it is for.
    /// @param share The share.
    /// @return The EIP-712 digest.
    function hashShare(ShareCase calldata about, bytes calldata share) external view returns (bytes32);
}
