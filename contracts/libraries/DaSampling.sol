// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Rules of sampling
/// @notice What a stored piece is worth in a round, how the target follows the hits, and what a hit earns. The Python
/// twin is zerog/da/sampling.py.
/// @dev Rules: 0glabs/0g-da-contract. A reward in proportion to the bytes is our own.
library DaSampling {
    /// @notice The easiest target.
    uint256 internal constant MAX_TARGET = type(uint256).max / 128;

    /// @notice Rounds without a hit that change the target, of those that were missed.
    uint256 internal constant MOST_MISSED = 16;

    uint256 private constant PIECE = 1024;

    /// @notice The part of the quality that only the row decides: a miner discards rows by it without reading them.
    /// @param seed Seed of the round.
    /// @param epoch Epoch of the blob.
    /// @param quorumId Quorum of the blob.
    /// @param dataRoot The blob.
    /// @param row Index of the row.
    /// @return The part.
    function lineQuality(bytes32 seed, uint256 epoch, uint256 quorumId, bytes32 dataRoot, uint64 row)
        internal
        pure
        returns (uint256)
    {
        return uint256(keccak256(abi.encodePacked(seed, epoch, quorumId, dataRoot, row)));
    }

    /// @notice The quality of a piece: the row's part and that of its bytes.
    /// @param line The row's part.
    /// @param piece Index of the piece.
    /// @param data Its bytes.
    /// @return The sum; zero when it overflows, and so is none.
    function quality(uint256 line, uint256 piece, bytes calldata data) internal pure returns (uint256) {
        (bool fits, uint256 sum) = Math.tryAdd(line, uint256(keccak256(abi.encodePacked(line, piece, data))));
        return fits ? sum : 0;
    }

    /// @notice Hash of a hit in its round, under which it is taken once.
    /// @param seed Seed of the round.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param row Index of the row.
    /// @param piece Index of the piece.
    /// @return The hash.
    function identifier(bytes32 seed, bytes32 dataRoot, uint64 epoch, uint64 quorumId, uint32 row, uint32 piece)
        internal
        pure
        returns (bytes32)
    {
        return keccak256(abi.encodePacked(dataRoot, seed, epoch, quorumId, row, piece));
    }

    /// @notice Target after a round: an eighth of the way by which the hits missed their number.
    /// @param target Target of the round.
    /// @param hits Hits that it had, at most twice the aim.
    /// @param aim Hits that it aimed at, not zero.
    /// @return The target of the next round, at most MAX_TARGET.
    function adjusted(uint256 target, uint256 hits, uint256 aim) internal pure returns (uint256) {
        uint256 scaled = target >> 32;
        uint256 off = hits > aim ? hits - aim : aim - hits;
        uint256 delta = scaled * off / aim / 8;
        uint256 moved = hits > aim ? scaled - delta : scaled + delta;
        return Math.min(moved << 32, MAX_TARGET);
    }

    /// @notice Target after rounds that nobody opened: they had no hits.
    /// @param target Target of the first of them.
    /// @param missed Their number; no more than MOST_MISSED count.
    /// @return The target of the next round.
    function relaxed(uint256 target, uint256 missed) internal pure returns (uint256) {
        uint256 steps = Math.min(missed, MOST_MISSED);
        for (uint256 i = 0; i < steps; ++i) {
            target = adjusted(target, 0, 1);
        }
        return target;
    }

    /// @notice What a hit earns of an amount for a whole piece.
    /// @param amount Wei for 1,024 bytes.
    /// @param length Bytes of the piece.
    /// @return Wei.
    function share(uint256 amount, uint256 length) internal pure returns (uint256) {
        return Math.mulDiv(amount, length, PIECE);
    }
}
