// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {IChunkReward} from "./IChunkReward.sol";

/// @title Linear rewards by pricing chunk
/// @notice A chunk's fees are released evenly over `releaseSeconds` from the moment it was full; an extension goes on at
/// the same rate afterwards. Base rewards are paid until the deadline.
/// @dev 0gfoundation/0g-storage-contracts, ChunkLinearReward.
interface IChunkLinearReward is IChunkReward {
    /// @notice How long the fees of a chunk last.
    /// @return Seconds.
    function releaseSeconds() external view returns (uint256);

    /// @notice When the last wei of a chunk is released.
    /// @param pricingIndex The chunk.
    /// @return Unix time in seconds; zero before the chunk is full.
    function rewardDeadline(uint256 pricingIndex) external view returns (uint256);

    /// @notice The first chunk whose deadline has not passed, extensions included: nobody is paid for data below it, so
    /// nodes may drop that.
    /// @return pricingIndex The chunk.
    /// @return timestamp Time of the answer, in seconds.
    function firstRewardableChunk() external view returns (uint64 pricingIndex, uint256 timestamp);
}
