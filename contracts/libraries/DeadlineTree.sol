// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title Deadlines of extended chunks
/// @notice Finds the lowest chunk whose deadline has not passed, in as many steps whatever somebody has extended: a tree
/// of maxima, four to a word.
library DeadlineTree {
    /// @notice Chunks are below 4^LEVELS.
    uint256 internal constant LEVELS = 16;

    /// @notice Chunks that the tree has room for.
    uint256 internal constant CAPACITY = 1 << (2 * LEVELS);

    /// @notice The tree.
    /// @param words Latest deadlines of four neighbours, the first in the lowest 64 bits.
    struct State {
        mapping(uint256 level => mapping(uint256 place => uint256 deadlines)) words;
    }

    /// @notice Give a chunk a later deadline; an earlier one is ignored.
    /// @param self The tree.
    /// @param chunk The chunk, below CAPACITY.
    /// @param deadline In seconds; counted as 2^64 - 1 when it is later than that.
    function raise(State storage self, uint256 chunk, uint256 deadline) internal {
        if (deadline > type(uint64).max) deadline = type(uint64).max;
        for (uint256 level = 0; level < LEVELS; ++level) {
            uint256 shift = (chunk & 3) * 64;
            chunk >>= 2;
            uint256 word = self.words[level][chunk];
            uint256 known = uint64(word >> shift);
            if (known >= deadline) return;
            self.words[level][chunk] = word ^ ((known ^ deadline) << shift);
        }
    }

    /// @notice The lowest chunk with a deadline not before a time.
    /// @param self The tree.
    /// @param time In seconds, not zero.
    /// @return chunk The chunk; `type(uint256).max` when there is none.
    function first(State storage self, uint256 time) internal view returns (uint256 chunk) {
        for (uint256 level = LEVELS; level > 0; --level) {
            uint256 word = self.words[level - 1][chunk];
            uint256 lane = 0;
            while (lane < 4 && uint64(word >> (lane * 64)) < time) ++lane;
            if (lane == 4) return type(uint256).max;
            chunk = chunk * 4 + lane;
        }
    }
}
