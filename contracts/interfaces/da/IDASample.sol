// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DaHeader, DaPiece} from "../../libraries/DaCode.sol";

/// @notice The round of sampling that is open.
/// @param sampleHash Seed of the round.
/// @param podasTarget Greatest quality that is a hit.
/// @param restSubmissions Hits that the round still takes.
struct SampleTask {
    bytes32 sampleHash;
    uint256 podasTarget;
    uint64 restSubmissions;
}

/// @notice Epochs whose blobs are sampled.
/// @param startEpoch The first one.
/// @param endEpoch The last one, which is the one before the epoch under way.
struct SampleRange {
    uint64 startEpoch;
    uint64 endEpoch;
}

/// @notice A hit: a stored piece whose quality reaches the target.
/// @param sampleSeed Seed of the open round.
/// @param dataRoot The blob.
/// @param epoch Its epoch.
/// @param quorumId Its quorum.
/// @param header Its header.
/// @param quality keccak256 of the row's part plus that of the piece's part.
/// @param shown The piece with its path to the row root.
struct SampleResponse {
    bytes32 sampleSeed;
    bytes32 dataRoot;
    uint64 epoch;
    uint64 quorumId;
    DaHeader header;
    uint256 quality;
    DaPiece shown;
}

/// @title Sampling of stored pieces
/// @notice Pays those who still have what they signed. A round has a seed that nobody knew before; of every stored row
/// and piece it makes a number, and pieces with a small one are hits. A hit is shown with its path and earns for the
/// owner of the row, whoever shows it, in proportion to its bytes.
/// @dev Names and rules of 0glabs/0g-da-contract; the response is our own, because the code is another.
/// lineQuality = keccak256(seed, epoch 32, quorumId 32, dataRoot, row 8); quality = lineQuality +
/// keccak256(lineQuality, piece 32, data), and a sum that overflows is none.
interface IDASample {
    // ------------------------------------------------------------------ errors

    /// @notice The first round has not been opened.
    error NoRoundYet();

    /// @notice The round has taken all it takes.
    /// @param taken Hits that it took.
    error RoundIsFull(uint256 taken);

    /// @notice The hit is for another round.
    /// @param seed Its seed.
    /// @param current Seed of the open round.
    error WrongSeed(bytes32 seed, bytes32 current);

    /// @notice The same piece was shown in this round.
    /// @param identifier Hash of round and place.
    error HitTaken(bytes32 identifier);

    /// @notice The quality is above the target.
    /// @param quality The quality.
    /// @param target The target.
    error NoHit(uint256 quality, uint256 target);

    /// @notice The quality is not that of the piece.
    /// @param quality The claimed one.
    /// @param found The piece's; zero when the sum overflows.
    error WrongQuality(uint256 quality, uint256 found);

    /// @notice Blobs of that epoch are not sampled: it is not over, or left the window.
    /// @param epoch The epoch.
    /// @param startEpoch First sampled epoch.
    /// @param endEpoch Last sampled epoch.
    error NotSampled(uint256 epoch, uint256 startEpoch, uint256 endEpoch);

    /// @notice Blobs of a policy's quorum are not sampled: its signers may be one's own, and would certify blobs that
    /// nobody paid for to earn what others paid.
    /// @param quorumId The quorum, from 2^32 on.
    error NotSampledQuorum(uint256 quorumId);

    // ------------------------------------------------------------------ events

    /// @notice A round is open.
    /// @param sampleRound Its number, from 1; rounds that nobody opened in time are counted and skipped.
    /// @param sampleHeight Block that it starts at.
    /// @param sampleSeed Its seed: hash of the block before.
    /// @param podasTarget Greatest quality that is a hit.
    event NewSampleRound(uint256 indexed sampleRound, uint256 sampleHeight, bytes32 sampleSeed, uint256 podasTarget);

    /// @notice A hit was taken; its reward is credited.
    /// @param beneficiary Owner of the row.
    /// @param sampleRound The round.
    /// @param epoch Epoch of the blob.
    /// @param quorumId Quorum of the blob.
    /// @param dataRoot The blob.
    /// @param quality The quality.
    /// @param lineIndex Index of the row.
    /// @param sublineIndex Index of the piece.
    /// @param reward Wei.
    event DAReward(
        address indexed beneficiary,
        uint256 indexed sampleRound,
        uint256 indexed epoch,
        uint256 quorumId,
        bytes32 dataRoot,
        uint256 quality,
        uint256 lineIndex,
        uint256 sublineIndex,
        uint256 reward
    );

    // --------------------------------------------------------------- functions

    /// @notice Show a hit of a blob of everybody's quorums. Anyone may; the reward is credited to the owner of the row.
    /// @param response The hit.
    function submitSamplingResponse(SampleResponse calldata response) external;

    /// @notice The open round. Opens it first when it is due, and so is no view; miners use eth_call.
    /// @return task Seed, target and room.
    function sampleTask() external returns (SampleTask memory task);

    /// @notice The epochs that are sampled. Looks first whether an epoch is over; miners use eth_call.
    /// @return range First and last epoch; the first is greater than the last when there is none.
    function sampleRange() external returns (SampleRange memory range);
}
