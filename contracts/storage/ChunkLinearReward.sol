// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
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
        uint256 waiting; // 1 + the highest chunk that was extended before it was full; zero when none was
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
        uint256 low = 0;
        uint256 high = SEARCH_FROM;
        while (_feesLapsed(high)) (low, high) = (high, high * 2);
        // Fees lapse in the order of the chunks. Extensions do not, so they have a tree.
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (_feesLapsed(middle)) low = middle + 1;
            else high = middle;
        }
        pricingIndex = uint64(Math.min(Math.min(low, _firstExtended(timestamp)), type(uint64).max));
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

    /// @dev The deadline of a chunk that is not full is not known, and the fee that fills it up must not pay for a note:
    /// a wei would make every such submission dearer than it was estimated. Only the last chunk of a flow is not full,
    /// so one word remembers it, and who extends a later one notes its deadline.
    function _noteExtension(uint256 chunk, Reward memory reward) internal override {
        LinearStorage storage $ = _linear();
        if (reward.startTime != 0) {
            $.extended.raise(chunk, _deadline(chunk, reward));
            return;
        }
        uint256 waiting = $.waiting;
        if (chunk < waiting) return;
        if (waiting != 0) $.extended.raise(waiting - 1, _deadline(waiting - 1, _load(waiting - 1)));
        $.waiting = chunk + 1;
    }

    /// @dev The lowest extended chunk whose deadline is known and has not passed.
    function _firstExtended(uint256 time) private view returns (uint256 chunk) {
        LinearStorage storage $ = _linear();
        chunk = $.extended.first(time);
        if ($.waiting == 0) return chunk;
        uint256 waiting = $.waiting - 1;
        if (waiting < chunk && _deadline(waiting, _load(waiting)) >= time) chunk = waiting;
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
