// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IChunkLinearReward} from "../interfaces/IChunkLinearReward.sol";
import {Reward} from "../interfaces/IChunkReward.sol";
import {DeadlineTree} from "../libraries/DeadlineTree.sol";
import {Releases} from "../libraries/Releases.sol";
import {ChunkRewardBase} from "./ChunkRewardBase.sol";

/// @title ChunkLinearReward
/// @notice Rewards that are released evenly until a deadline. The manual is the interface.
contract ChunkLinearReward is IChunkLinearReward, ChunkRewardBase {
    using DeadlineTree for DeadlineTree.State;

    /// @custom:storage-location erc7201:zerog.storage.ChunkLinearReward
    struct LinearStorage {
        DeadlineTree.State extended;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.ChunkLinearReward")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LINEAR_STORAGE = 0x716da7a89b909de043592d18ddd3ec7c5043fefa9ddfc1951ddf2ac9aa517200;

    uint256 private constant SEARCH_FROM = 1024;

    /// @inheritdoc IChunkLinearReward
    uint256 public immutable releaseSeconds;

    /// @notice The parameters of the formula.
    /// @param releaseSeconds_ How long the fees of a chunk last: at least a second, below 2^40.
    /// @param sectorsPerPrice_ Sectors in a pricing chunk, at least 1.
    constructor(uint256 releaseSeconds_, uint256 sectorsPerPrice_) ChunkRewardBase(sectorsPerPrice_) {
        require(releaseSeconds_ != 0 && releaseSeconds_ <= type(uint40).max, BadParameter());
        releaseSeconds = releaseSeconds_;
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IChunkLinearReward
    function rewardDeadline(uint256 pricingIndex) external view returns (uint256) {
        return _deadline(pricingIndex, _load(pricingIndex));
    }

    /// @inheritdoc IChunkLinearReward
    function firstRewardableChunk() external view returns (uint64 pricingIndex, uint256 timestamp) {
        timestamp = block.timestamp;
        uint64 high = uint64(SEARCH_FROM);
        while (_feesLapsed(high)) {
            pricingIndex = high;
            high *= 2;
        }
        // Fees lapse in the order of the chunks. Extensions do not, so they have a tree.
        while (pricingIndex < high) {
            uint64 middle = pricingIndex + (high - pricingIndex) / 2;
            if (_feesLapsed(middle)) pricingIndex = middle + 1;
            else high = middle;
        }
        uint256 extended = _linear().extended.first(timestamp);
        if (extended < pricingIndex) pricingIndex = uint64(extended);
    }

    // ---------------------------------------------------------------- formulas

    function _releasable(uint256 chunk, Reward memory reward) internal view override returns (uint256) {
        if (reward.startTime == 0) return 0;
        uint256 elapsed = block.timestamp - reward.startTime;
        uint256 base = _baseOf(chunk, reward);
        return Releases.linear(_totalOf(reward), base, elapsed, releaseSeconds) - _releasedOf(reward);
    }

    function _earnsBase(uint256 chunk, Reward memory reward) internal view override returns (bool) {
        return block.timestamp < _deadline(chunk, reward);
    }

    function _requireLive(uint256 chunk, Reward memory reward) internal view override {
        uint256 deadline = _deadline(chunk, reward);
        require(deadline == 0 || block.timestamp < deadline, ChunkLapsed(chunk, deadline));
    }

    function _noteDeadline(uint256 chunk) internal override {
        _linear().extended.raise(chunk, _deadline(chunk, _load(chunk)));
    }

    function _deadline(uint256 chunk, Reward memory reward) private view returns (uint256) {
        if (reward.startTime == 0) return 0;
        return reward.startTime + Releases.lifetime(_totalOf(reward), _baseOf(chunk, reward), releaseSeconds);
    }

    /// @dev Whether a chunk is full and would be over without extensions.
    function _feesLapsed(uint256 chunk) private view returns (bool) {
        uint256 start = _load(chunk).startTime;
        return start != 0 && start + releaseSeconds < block.timestamp;
    }

    function _linear() private pure returns (LinearStorage storage $) {
        assembly {
            $.slot := LINEAR_STORAGE
        }
    }
}
