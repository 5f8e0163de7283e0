// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SubmissionData, SubmissionNode} from "../interfaces/IFlow.sol";

/// @title Rules of a submission
/// @notice What a submission must look like, how large it is and what names it. The Python twin is
/// zerog/storage/flow.py.
/// @dev 0gfoundation/0g-storage-contracts: contracts/utils/Submission.sol.
library Submissions {
    /// @notice Bytes in a sector.
    uint256 internal constant SECTOR_BYTES = 256;

    /// @notice Heights are below this: a subtree has fewer than 2^64 sectors.
    uint256 internal constant MAX_HEIGHT = 64;

    /// @notice A file is padded by less than a sixteenth, so its heights span less than this.
    uint256 internal constant HEIGHT_SPAN = 4;

    /// @notice Whether the heights descend as they must, and the size in bytes fills them.
    /// @param data The submission.
    /// @param submitter In whose name.
    /// @return True when it may enter the flow.
    function isValid(SubmissionData calldata data, address submitter) internal pure returns (bool) {
        SubmissionNode[] calldata nodes = data.nodes;
        if (submitter == address(0) || nodes.length == 0 || nodes.length > HEIGHT_SPAN) return false;
        uint256 first = nodes[0].height;
        if (first >= MAX_HEIGHT) return false;
        for (uint256 i = 1; i < nodes.length; ++i) {
            if (nodes[i].height >= nodes[i - 1].height) return false;
        }
        if (first - nodes[nodes.length - 1].height >= HEIGHT_SPAN) return false;
        uint256 capacity = sectors(nodes);
        return minSectors(capacity, first, nodes.length) * SECTOR_BYTES < data.length
            && data.length <= capacity * SECTOR_BYTES;
    }

    /// @notice Sectors that the file must exceed: with as many or fewer it would have been padded to less.
    /// @param capacity Sectors of the submission.
    /// @param firstHeight Height of its first subtree.
    /// @param count Number of its subtrees.
    /// @return The bound, in sectors.
    function minSectors(uint256 capacity, uint256 firstHeight, uint256 count) internal pure returns (uint256) {
        if (capacity < 16) return capacity - 1;
        if (count == 1) return capacity - capacity / 16;
        return capacity - (1 << (firstHeight - 3));
    }

    /// @notice Size of a submission.
    /// @param nodes Its subtrees, heights below 64.
    /// @return total Sectors that they hold together.
    function sectors(SubmissionNode[] calldata nodes) internal pure returns (uint256 total) {
        for (uint256 i = 0; i < nodes.length; ++i) {
            total += 1 << nodes[i].height;
        }
    }

    /// @notice What names a submission in the event.
    /// @param nodes Its subtrees.
    /// @return keccak256 of their roots, one after the other.
    function identity(SubmissionNode[] calldata nodes) internal pure returns (bytes32) {
        bytes32[] memory roots = new bytes32[](nodes.length);
        for (uint256 i = 0; i < nodes.length; ++i) {
            roots[i] = nodes[i].root;
        }
        return keccak256(abi.encodePacked(roots));
    }
}
