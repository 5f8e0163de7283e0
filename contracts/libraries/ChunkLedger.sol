// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IChunkReward, Reward} from "../interfaces/IChunkReward.sol";

/// @title Ledger of pricing chunks
/// @notice Which chunk holds how much money, and since when its clock runs. A fee over many chunks is kept as one span:
/// the chunks that it fills from end to end are worked out when somebody asks for them, so that a file of any size
/// costs the gas of a small one. The Python twin is zerog/storage/economy/rewards.py.
library ChunkLedger {
    using ChunkLedger for State;
    using SafeCast for uint256;

    /// @notice One fee that filled whole chunks.
    /// @param start Length of the flow before it, in sectors.
    /// @param charged Sectors that it paid for.
    /// @param amount The fee in wei.
    /// @param filledAt When it came, in seconds.
    struct Span {
        uint128 start;
        uint128 charged;
        uint128 amount;
        uint40 filledAt;
    }

    /// @notice A chunk as it is stored. What fees and the clock touch is one word: a submission writes one for each end.
    /// @param locked Reward.lockedReward.
    /// @param startTime Reward.startTime.
    /// @param lastUpdate Reward.lastUpdate.
    /// @param claimable Reward.claimableReward.
    /// @param distributed Reward.distributedReward.
    struct Chunk {
        uint128 locked;
        uint40 startTime;
        uint40 lastUpdate;
        uint128 claimable;
        uint128 distributed;
    }

    /// @notice The ledger.
    /// @param chunks Chunks that were written down.
    /// @param spans Fees over whole chunks, ascending.
    struct State {
        mapping(uint256 number => Chunk chunk) chunks;
        Span[] spans;
    }

    /// @notice A fee that fills more chunks than these is kept as a span; writing these costs less.
    uint256 internal constant WRITTEN_DOWN = 2;

    /// @notice Spread a fee over the chunks of its sectors.
    /// @param self The ledger.
    /// @param size Sectors in a chunk.
    /// @param span The fee.
    function fill(State storage self, uint256 size, Span memory span) internal {
        uint256 end = uint256(span.start) + span.charged;
        uint256 first = span.start / size;
        uint256 last = end / size;
        if (first == last) {
            self.add(size, first, span.amount, false);
            return;
        }
        if (span.start % size != 0) self.add(size, first, shareOf(span, size, first), true);
        self.addWhole(size, span, firstWhole(span, size), last);
        if (end % size != 0) self.add(size, last, shareOf(span, size, last), false);
    }

    /// @notice Add a fee's parts to the chunks that it fills from end to end.
    /// @param self The ledger.
    /// @param size Sectors in a chunk.
    /// @param span The fee.
    /// @param first The first of them.
    /// @param end The chunk behind the last.
    function addWhole(State storage self, uint256 size, Span memory span, uint256 first, uint256 end) internal {
        if (end - first > WRITTEN_DOWN) {
            require(self.load(size, first).startTime == 0, IChunkReward.ChunkClosed(first));
            self.spans.push(span);
            return;
        }
        for (uint256 chunk = first; chunk < end; ++chunk) {
            self.add(size, chunk, shareOf(span, size, chunk), true);
        }
    }

    /// @notice Add a fee's part to one chunk.
    /// @param self The ledger.
    /// @param size Sectors in a chunk.
    /// @param chunk The chunk.
    /// @param amount The part, in wei.
    /// @param closes Whether the flow passed the chunk's end.
    function add(State storage self, uint256 size, uint256 chunk, uint256 amount, bool closes) internal {
        Reward memory reward = self.load(size, chunk);
        require(reward.startTime == 0, IChunkReward.ChunkClosed(chunk));
        reward.lockedReward += amount.toUint128();
        if (closes) {
            reward.startTime = block.timestamp.toUint40();
            reward.lastUpdate = reward.startTime;
        }
        self.store(chunk, reward);
    }

    /// @notice Write a chunk down.
    /// @param self The ledger.
    /// @param chunk The chunk.
    /// @param reward Its sums.
    function store(State storage self, uint256 chunk, Reward memory reward) internal {
        self.chunks[chunk] = Chunk(
            reward.lockedReward, reward.startTime, reward.lastUpdate, reward.claimableReward, reward.distributedReward
        );
    }

    /// @notice The money of a chunk, written down or not.
    /// @param self The ledger.
    /// @param size Sectors in a chunk.
    /// @param chunk The chunk.
    /// @return reward Its sums.
    function load(State storage self, uint256 size, uint256 chunk) internal view returns (Reward memory reward) {
        Chunk memory stored = self.chunks[chunk];
        reward = Reward(stored.locked, stored.claimable, stored.distributed, stored.startTime, stored.lastUpdate);
        if (reward.startTime != 0 || reward.lockedReward != 0) return reward;
        uint256 count = self.spansUpTo(size, chunk);
        if (count == 0) return reward;
        Span memory span = self.spans[count - 1];
        if (chunk >= endWhole(span, size)) return reward;
        reward.lockedReward = shareOf(span, size, chunk).toUint128();
        reward.startTime = span.filledAt;
        reward.lastUpdate = span.filledAt;
    }

    /// @notice How many spans begin at or before a chunk.
    /// @param self The ledger.
    /// @param size Sectors in a chunk.
    /// @param chunk The chunk.
    /// @return low Their number.
    function spansUpTo(State storage self, uint256 size, uint256 chunk) internal view returns (uint256 low) {
        uint256 high = self.spans.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (firstWhole(self.spans[middle], size) <= chunk) low = middle + 1;
            else high = middle;
        }
    }

    /// @notice A chunk's part of a fee. The parts of all its chunks add up to the fee.
    /// @param span The fee.
    /// @param size Sectors in a chunk.
    /// @param chunk A chunk that it touches.
    /// @return The part, in wei.
    function shareOf(Span memory span, uint256 size, uint256 chunk) internal pure returns (uint256) {
        uint256 from = Math.max(span.start, chunk * size) - span.start;
        uint256 to = Math.min(uint256(span.start) + span.charged, (chunk + 1) * size) - span.start;
        return span.amount * to / span.charged - span.amount * from / span.charged;
    }

    /// @notice The first chunk that a fee fills from its beginning.
    /// @param span The fee.
    /// @param size Sectors in a chunk.
    /// @return The chunk.
    function firstWhole(Span memory span, uint256 size) internal pure returns (uint256) {
        return Math.ceilDiv(span.start, size);
    }

    /// @notice The chunk behind the last that a fee fills.
    /// @param span The fee.
    /// @param size Sectors in a chunk.
    /// @return The chunk.
    function endWhole(Span memory span, uint256 size) internal pure returns (uint256) {
        return (uint256(span.start) + span.charged) / size;
    }
}
