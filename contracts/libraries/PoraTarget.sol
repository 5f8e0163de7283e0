// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Target of mining
/// @notice How the target follows the miners. The Python twin is zerog/storage/mining/difficulty.py.
/// @dev Rules: 0gfoundation/0g-storage-contracts, PoraMine.
library PoraTarget {
    /// @notice Target at which one output in `difficulty` passes.
    /// @param difficulty At least 1.
    /// @return The target.
    function ofDifficulty(uint256 difficulty) internal pure returns (uint256) {
        return type(uint256).max / difficulty;
    }

    /// @notice Target after an epoch: one part in `ratio` of the way to the target at which that epoch would have had what
    /// it aimed at, by no more than a factor of two.
    /// @param target Target of the epoch.
    /// @param submissions Answers that it had.
    /// @param aim Answers that it aimed at.
    /// @param ratio One over the weight of the epoch, 1 to 65535.
    /// @param minDifficulty Difficulty below which it must not fall; zero for no limit.
    /// @return The target of the next epoch.
    function adjusted(uint256 target, uint256 submissions, uint256 aim, uint256 ratio, uint256 minDifficulty)
        internal
        pure
        returns (uint256)
    {
        // 16 bits of room: (ratio - 1) * current fits into a word.
        uint256 most = type(uint256).max >> 16;
        uint256 current = target >> 16;
        uint256 fitting = submissions == 0 ? most : Math.saturatingMul(current, aim) / submissions;
        uint256 moved = Math.saturatingAdd((ratio - 1) * current, fitting) / ratio;
        uint256 kept = Math.min(Math.min(Math.max(moved, current / 2), 2 * current), most) << 16;
        return minDifficulty == 0 ? kept : Math.min(kept, ofDifficulty(minDifficulty));
    }
}
