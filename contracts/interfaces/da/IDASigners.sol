// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {G1Point, G2Point} from "../../libraries/Bn254.sol";

/// @title Signers of data availability: keys, quorums, and the aggregate key of who signed
/// @notice The ABI of 0G's precompile at 0x0000000000000000000000000000000000001000 (0glabs/0g-da-contract:
/// contracts/interface/IDASigners.sol). How an epoch is drawn is ours: {IDAEpochs}. A policy's quorums: {IDALabels}.
interface IDASigners {
    /// @notice A signer.
    /// @param signer The account that registers and is slashed.
    /// @param socket Where its gRPC server listens, at most 96 bytes.
    /// @param pkG1 Its BLS key in G1.
    /// @param pkG2 The same key in G2, real parts first.
    struct SignerDetail {
        address signer;
        string socket;
        G1Point pkG1;
        G2Point pkG2;
    }

    /// @notice What all quorums share.
    /// @param tokensPerVote Stake of a vote in wei; what counts is {IDARegistry}'s.
    /// @param maxVotesPerSigner Most votes of one signer that count in an epoch.
    /// @param maxQuorums Most quorums of one draw.
    /// @param epochBlocks Least blocks of an epoch.
    /// @param encodedSlices Rows of a quorum.
    struct Params {
        uint256 tokensPerVote;
        uint256 maxVotesPerSigner;
        uint256 maxQuorums;
        uint256 epochBlocks;
        uint256 encodedSlices;
    }

    // ------------------------------------------------------------------ errors

    /// @notice Only the registry, which holds the stake, registers.
    /// @param caller Who tried.
    error NotTheRegistry(address caller);

    /// @notice Only an account itself says where it listens, not a contract for it.
    /// @param caller Who called.
    /// @param origin Who sent the transaction.
    error SenderNotOrigin(address caller, address origin);

    /// @notice Nobody registered under this account.
    /// @param account The account.
    error SignerNotFound(address account);

    /// @notice A signer registers once; its keys never change.
    /// @param account The signer.
    error SignerExists(address account);

    /// @notice Another signer has this key.
    /// @param pkG1 The key.
    error KeyTaken(G1Point pkG1);

    /// @notice The socket is longer than 96 bytes.
    /// @param length Its length in bytes.
    error SocketTooLong(uint256 length);

    /// @notice The signature is not by both keys over the account's message.
    /// @param account The account.
    error InvalidSignature(address account);

    /// @notice The epoch has no such quorum.
    /// @param epoch The epoch.
    /// @param quorumId The quorum.
    error NoSuchQuorum(uint256 epoch, uint256 quorumId);

    /// @notice A quorum has no such row.
    /// @param row The row.
    /// @param rows How many there are.
    error NoSuchRow(uint256 row, uint256 rows);

    /// @notice A bitmap has one bit per row, and no more than 7 bits of padding.
    /// @param length Its length in bytes.
    /// @param expected What it must be.
    error WrongBitmapLength(uint256 length, uint256 expected);

    // ------------------------------------------------------------------ events

    /// @notice A signer registered.
    /// @param signer Its account.
    /// @param pkG1 Its key.
    /// @param pkG2 The same key in G2, real parts first.
    event NewSigner(address indexed signer, G1Point pkG1, G2Point pkG2);

    /// @notice A signer listens elsewhere.
    /// @param signer Its account.
    /// @param socket Where.
    event SocketUpdated(address indexed signer, string socket);

    // ----------------------------------------------------------------- signers

    /// @notice Register a signer: keys with proof of possession. The registry only.
    /// @param _signer Account, socket and keys.
    /// @param _signature Signature of keccak256(account ‖ chain id ‖ "0G_BN254_Pubkey_Registration") mapped to G1.
    function registerSigner(SignerDetail calldata _signer, G1Point calldata _signature) external;

    /// @notice Say where the calling signer listens; not by a contract.
    /// @param _socket Where, at most 96 bytes.
    function updateSocket(string calldata _socket) external;

    /// @notice Register a signer for the epoch after this one. The registry only. Repeated, it does nothing.
    /// @param _signer The signer.
    /// @param _signature Signature of keccak256(account ‖ epoch (8 bytes) ‖ chain id) mapped to G1.
    /// @param _votes Ballots that its stake is worth; at least 1.
    function registerNextEpoch(address _signer, G1Point calldata _signature, uint256 _votes) external;

    /// @notice Begin the next epoch when this one is over and the next is prepared; else nothing happens.
    function makeEpoch() external;

    // ------------------------------------------------------------------- views

    /// @notice What all quorums share.
    /// @return The parameters.
    function params() external view returns (Params memory);

    /// @notice The epoch now.
    /// @return Its number; 0 before the first.
    function epochNumber() external view returns (uint256);

    /// @notice How many quorums everybody's draw of an epoch made; those of a policy are not among them.
    /// @param _epoch The epoch.
    /// @return Quorums 0 to this, exclusive; 0 for an epoch that did not begin.
    function quorumCount(uint256 _epoch) external view returns (uint256);

    /// @notice Whether an account registered.
    /// @param _account The account.
    /// @return True when it did.
    function isSigner(address _account) external view returns (bool);

    /// @notice Whether a signer registered for an epoch.
    /// @param _account The signer.
    /// @param _epoch The epoch.
    /// @return True when it did.
    function registeredEpoch(address _account, uint256 _epoch) external view returns (bool);

    /// @notice Details of signers.
    /// @param _account Their accounts; each must have registered.
    /// @return One detail per account, in order.
    function getSigner(address[] calldata _account) external view returns (SignerDetail[] memory);

    /// @notice Who owns the rows of a quorum.
    /// @param _epoch The epoch.
    /// @param _quorumId The quorum.
    /// @return An account per row.
    function getQuorum(uint256 _epoch, uint256 _quorumId) external view returns (address[] memory);

    /// @notice Who owns one row.
    /// @param _epoch The epoch.
    /// @param _quorumId The quorum.
    /// @param _rowIndex The row.
    /// @return Its owner's account.
    function getQuorumRow(uint256 _epoch, uint256 _quorumId, uint32 _rowIndex) external view returns (address);

    /// @notice The sum of the keys of who signed, and how many rows they signed.
    /// @dev A row is signed when its own bit is set. (0G's precompile credits all further rows of a signer with the
    /// first set bit; here what is counted can be challenged.) Official aggregators set the bits of all rows.
    /// @param _epoch The epoch.
    /// @param _quorumId The quorum.
    /// @param _quorumBitmap Bit i % 8 (from the lowest) of byte i / 8 is row i; padding bits count nothing.
    /// @return aggPkG1 Sum of the keys of signers with a set bit, each once.
    /// @return total Rows of the quorum.
    /// @return hit Rows whose bit is set.
    function getAggPkG1(uint256 _epoch, uint256 _quorumId, bytes calldata _quorumBitmap)
        external
        view
        returns (G1Point memory aggPkG1, uint256 total, uint256 hit);
}
