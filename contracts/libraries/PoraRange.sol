// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {RecallRange} from "../interfaces/IPoraMine.sol";

/// @title Ranges of the flow
/// @notice Where a miner looks: what an answer covers, and the load it recalls. Strings are those that official miners
/// read. The Python twin is zerog/storage/mining/ranges.py.
/// @dev Rules: 0gfoundation/0g-storage-contracts, RecallRange.
library PoraRange {
    /// @notice Sectors of a load: 64 seal units.
    uint256 internal constant LOAD_SECTORS = 1024;

    /// @notice A shard covers at most 8 TiB.
    uint256 internal constant MAX_MINING_SECTORS = 1 << 35;

    /// @notice How many shards the mask makes: 2^(number of its zero bits).
    /// @param self The range.
    /// @return count The number, up to 2^64.
    function numShards(RecallRange calldata self) internal pure returns (uint256 count) {
        count = 1;
        for (uint64 fixedBits = ~self.shardMask; fixedBits != 0; fixedBits &= fixedBits - 1) {
            count <<= 1;
        }
    }

    /// @notice Revert unless the range is one that must be mined.
    /// @param self The range.
    /// @param flowLength Length of the flow in sectors.
    /// @param sectorsPerPrice Size of a pricing chunk in sectors.
    function check(RecallRange calldata self, uint256 flowLength, uint256 sectorsPerPrice) internal pure {
        uint256 end = flowLength - flowLength % LOAD_SECTORS;
        uint256 most = MAX_MINING_SECTORS * numShards(self);
        uint256 length = self.mineLength;
        uint256 start = self.startPosition;
        // solhint-disable gas-custom-errors
        // Whole loads as well, whatever the size of a pricing chunk: a unit has one position.
        require(start % sectorsPerPrice == 0 && start % LOAD_SECTORS == 0, "Start position is not aligned");
        require(length <= end && start <= end - length, "Mining range overflow");
        require(length <= most, "Mining range too long");
        require(length >= Math.max(Math.min(end, most), LOAD_SECTORS), "Mining range too short");
        require(self.shardId & self.shardMask == 0, "Masked bits should be zero");
        // solhint-enable gas-custom-errors
    }

    /// @notice What the pad binds of the range.
    /// @param self The range.
    /// @return keccak256 of its four words.
    function digest(RecallRange calldata self) internal pure returns (bytes32) {
        return keccak256(abi.encode(self));
    }

    /// @notice The load that a pad recalls.
    /// @param self A range of at least one load.
    /// @param recallSeed What the pad left.
    /// @return First sector of the load.
    function recallLoad(RecallRange calldata self, bytes32 recallSeed) internal pure returns (uint256) {
        uint256 chunk = uint256(recallSeed) % (self.mineLength / LOAD_SECTORS);
        uint256 position = ((chunk & self.shardMask) | self.shardId) * LOAD_SECTORS;
        // solhint-disable-next-line gas-custom-errors
        require(position <= self.mineLength, "Recall position out of bound");
        return self.startPosition + position;
    }

    /// @notice Largest output that passes in this range. A miner with a part of the data recalls loads of that part only,
    /// so its target is smaller by as much.
    /// @param self The range.
    /// @param poraTarget Target of an unsharded miner.
    /// @param flowLength Length of the flow in sectors.
    /// @return The target; zero when there are more shards than sectors.
    function scaledTarget(RecallRange calldata self, uint256 poraTarget, uint256 flowLength)
        internal
        pure
        returns (uint256)
    {
        uint256 part = Math.min(flowLength / numShards(self), MAX_MINING_SECTORS);
        if (part == 0) return 0;
        uint256 scaleX64 = (Math.min(flowLength, MAX_MINING_SECTORS) << 64) / part;
        return (poraTarget / scaleX64) << 64; // scaleX64 >= 2^64
    }
}
