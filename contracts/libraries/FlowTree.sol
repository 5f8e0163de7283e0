// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SubmissionNode} from "../interfaces/IFlow.sol";

/// @title Tree of the flow
/// @notice The append-only Merkle tree over all sectors, kept as a binary counter: bit h of the length says that
/// `frontier[h]` is the root of the full subtree of height h that ends where the lower bits begin. Appending a
/// subtree is adding its size: carries hash upwards, and one slot is written per subtree, whatever the length.
/// The Python twin is zerog/storage/flow.py.
/// @dev Placement and shape: 0gfoundation/0g-storage-contracts, Flow and IncrementalMerkleTree; only the results are the
/// same, not the stored form.
library FlowTree {
    using FlowTree for State;

    /// @notice keccak256 of 256 zero bytes: the leaf of an empty sector.
    bytes32 internal constant EMPTY_LEAF = 0xd397b3b043d87fcd6fad1291ff0bfd16401c274896d8c63a923727f077b8e0b5;

    /// @notice A segment has 2^10 sectors.
    uint256 internal constant SEGMENT_HEIGHT = 10;

    /// @notice The tree.
    /// @param length Sectors so far; 0 before `open`.
    /// @param frontier Roots of the full subtrees, one for each set bit of the length; others are leftovers.
    struct State {
        uint256 length;
        mapping(uint256 height => bytes32 root) frontier;
    }

    /// @notice Begin with the reserved sector 0, whose leaf is the zero word: `frontier[0]` is zero already.
    /// @param self The tree.
    function open(State storage self) internal {
        self.length = 1;
    }

    /// @notice Place the subtrees of one submission.
    /// @param self The tree.
    /// @param nodes The subtrees, heights strictly descending.
    /// @param size Sectors that they hold together.
    /// @return start First sector of the submission.
    function append(State storage self, SubmissionNode[] calldata nodes, uint256 size)
        internal
        returns (uint256 start)
    {
        uint256 length = self.length;
        uint256 alignment = alignmentOf(length, nodes[0].height, size);
        start = alignUp(length, alignment);
        if (start != length) self.pad(length, alignment);
        length = start;
        for (uint256 i = 0; i < nodes.length; ++i) {
            uint256 height = nodes[i].height;
            self.carry(length, nodes[i].root, height);
            length += 1 << height;
        }
        self.length = length;
    }

    /// @notice Root over all sectors, in the smallest perfect tree that holds them; missing ones are empty.
    /// @param self The tree.
    /// @return The root.
    function root(State storage self) internal view returns (bytes32) {
        uint256 length = self.length;
        uint256 height = heightOf(length);
        return length == 1 << height ? self.frontier[height] : self.filled(length, height);
    }

    /// @notice Height of the smallest perfect tree over so many leaves.
    /// @param length Number of leaves, at least 1.
    /// @return The height.
    function heightOf(uint256 length) internal pure returns (uint256) {
        return Math.log2(length, Math.Rounding.Ceil);
    }

    /// @notice Where a submission may begin: multiples of 2^(this).
    /// @param length Sectors so far.
    /// @param firstHeight Height of the first subtree.
    /// @param size Sectors of the submission.
    /// @return The exponent: the first height, or the segment's when it would cross a segment's border from inside.
    function alignmentOf(uint256 length, uint256 firstHeight, uint256 size) internal pure returns (uint256) {
        uint256 start = alignUp(length, firstHeight);
        bool onBorder = alignUp(start, SEGMENT_HEIGHT) == start;
        bool crosses = start >> SEGMENT_HEIGHT != (start + size - 1) >> SEGMENT_HEIGHT;
        return crosses && !onBorder ? SEGMENT_HEIGHT : firstHeight;
    }

    /// @notice The next multiple of 2^exponent that is not below a position.
    /// @param position The position.
    /// @param exponent The exponent.
    /// @return The multiple.
    function alignUp(uint256 position, uint256 exponent) internal pure returns (uint256) {
        return ((position + (1 << exponent) - 1) >> exponent) << exponent;
    }

    /// @notice Fill up with empty sectors to a multiple of 2^height; the length must not be one.
    /// @param self The tree.
    /// @param length Sectors so far.
    /// @param height The exponent.
    function pad(State storage self, uint256 length, uint256 height) internal {
        self.carry((length >> height) << height, self.filled(length, height), height);
    }

    /// @notice Root of the last subtree of a height, its missing sectors taken as empty.
    /// @param self The tree.
    /// @param length Sectors so far, not a multiple of 2^height.
    /// @param height Height of the subtree.
    /// @return node Its root.
    function filled(State storage self, uint256 length, uint256 height) internal view returns (bytes32 node) {
        bytes32 empty = EMPTY_LEAF;
        node = empty;
        for (uint256 h = 0; h < height; ++h) {
            bool isRight = (length >> h) & 1 == 1;
            node = isRight ? Hashes.efficientKeccak256(self.frontier[h], node) : Hashes.efficientKeccak256(node, empty);
            empty = Hashes.efficientKeccak256(empty, empty);
        }
    }

    /// @notice Put a full subtree behind `length` sectors: each set bit above its height is a left neighbour.
    /// @param self The tree.
    /// @param length Sectors before it, a multiple of 2^height.
    /// @param node Its root.
    /// @param height Its height.
    function carry(State storage self, uint256 length, bytes32 node, uint256 height) internal {
        while ((length >> height) & 1 == 1) {
            node = Hashes.efficientKeccak256(self.frontier[height], node);
            ++height;
        }
        self.frontier[height] = node;
    }
}
