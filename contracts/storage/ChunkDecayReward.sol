// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IChunkDecayReward} from "../interfaces/IChunkDecayReward.sol";
import {Reward} from "../interfaces/IChunkReward.sol";
import {Releases} from "../libraries/Releases.sol";
import {ChunkRewardBase} from "./ChunkRewardBase.sol";

/// @title ChunkDecayReward
/// @notice Rewards that decay without end. The manual is the interface.
contract ChunkDecayReward is IChunkDecayReward, ChunkRewardBase {
    /// @inheritdoc IChunkDecayReward
    uint16 public immutable annualMilliDecayRate;

    /// @notice The parameters of the formula.
    /// @param annualMilliDecayRate_ Thousandths per year, at least 1.
    /// @param sectorsPerPrice_ Sectors in a pricing chunk, at least 1.
    constructor(uint16 annualMilliDecayRate_, uint256 sectorsPerPrice_) ChunkRewardBase(sectorsPerPrice_) {
        require(annualMilliDecayRate_ != 0, BadParameter());
        annualMilliDecayRate = annualMilliDecayRate_;
    }

    function _releasable(uint256, Reward memory reward) internal view override returns (uint256) {
        if (reward.startTime == 0) return 0;
        return Releases.decay(reward.lockedReward, block.timestamp - reward.lastUpdate, annualMilliDecayRate);
    }

    function _earnsBase(uint256, Reward memory) internal pure override returns (bool) {
        return true;
    }

    function _requireLive(uint256, Reward memory) internal view override {}

    function _noteExtension(uint256, Reward memory) internal override {}
}
