// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {IAgentHistory, Version} from "../interfaces/IAgentHistory.sol";

/// @title Merkle mountain range of the versions of each token
/// @notice The manual is {IAgentHistory}; the Python twin is zerog/inft/life/versions.py.
/// @dev An append writes one peak and the count. Peaks of lower mountains that a merge used up stay in their slots:
/// the bits of the count say which peaks stand.
library VersionHistory {
    /// @custom:storage-location erc7201:zerog.storage.VersionHistory
    struct HistoryStorage {
        mapping(uint256 tokenId => uint256) count;
        mapping(uint256 tokenId => mapping(uint256 height => bytes32)) peaks;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.VersionHistory")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 internal constant HISTORY_STORAGE = 0xd3791ee5e5badbc7fed38b26969fd9df06cae896c4aa1064650a6a585f03d900;

    bytes32 internal constant VERSION_TYPEHASH =
        keccak256("Version(uint256 tokenId,uint256 index,bytes32 before,bytes32 next,address author,uint64 time)");

    /// @notice Append a version of a token's data, as of now.
    /// @param tokenId The token.
    /// @param before Data commitment before.
    /// @param next Data commitment from now on.
    /// @param author Who made the change.
    function record(uint256 tokenId, bytes32 before, bytes32 next, address author) internal {
        HistoryStorage storage $ = _history();
        uint256 index = $.count[tokenId]++;
        uint64 time = uint64(block.timestamp);
        bytes32 node = leaf(tokenId, index, Version(before, next, author, time));
        uint256 height = 0;
        for (; (index >> height) & 1 == 1; ++height) {
            node = Hashes.efficientKeccak256($.peaks[tokenId][height], node);
        }
        $.peaks[tokenId][height] = node;
        emit IAgentHistory.VersionRecorded(tokenId, index, before, next, author, time);
    }

    /// @notice Versions of a token so far.
    /// @param tokenId The token.
    /// @return The count.
    function countOf(uint256 tokenId) internal view returns (uint256) {
        return _history().count[tokenId];
    }

    /// @notice Root over all versions of a token.
    /// @param tokenId The token.
    /// @return The root; zero when there are none.
    function rootOf(uint256 tokenId) internal view returns (bytes32) {
        HistoryStorage storage $ = _history();
        uint256 count = $.count[tokenId];
        bytes32[] memory peaks = new bytes32[](mountains(count));
        uint256 filled = peaks.length;
        for (uint256 height = 0; count >> height != 0; ++height) {
            if ((count >> height) & 1 == 1) peaks[--filled] = $.peaks[tokenId][height];
        }
        return bag(count, peaks);
    }

    /// @notice Leaf of one version.
    /// @param tokenId The token.
    /// @param index Index of the version, from 0.
    /// @param version The version.
    /// @return The leaf.
    function leaf(uint256 tokenId, uint256 index, Version memory version) internal pure returns (bytes32) {
        return keccak256(
            abi.encode(VERSION_TYPEHASH, tokenId, index, version.before, version.next, version.author, version.time)
        );
    }

    /// @notice The root that a proof leads to.
    /// @param count Versions in the history.
    /// @param index Index of the version, below `count`.
    /// @param node Its leaf.
    /// @param proof Siblings from the leaf to its peak, then the other peaks, highest mountain first.
    /// @return The root.
    function rootFrom(uint256 count, uint256 index, bytes32 node, bytes32[] calldata proof)
        internal
        pure
        returns (bytes32)
    {
        require(index < count, IAgentHistory.NoSuchVersion(index, count));
        (uint256 height, uint256 position) = mountainOf(count, index);
        bytes32[] memory peaks = new bytes32[](mountains(count));
        uint256 wanted = height + peaks.length - 1;
        require(proof.length == wanted, IAgentHistory.BadVersionProofLength(wanted, proof.length));
        for (uint256 i = 0; i < height; ++i) {
            node = (index >> i) & 1 == 0
                ? Hashes.efficientKeccak256(node, proof[i])
                : Hashes.efficientKeccak256(proof[i], node);
        }
        for (uint256 i = 0; i < peaks.length; ++i) {
            if (i == position) peaks[i] = node;
            else peaks[i] = proof[height + i - (i > position ? 1 : 0)];
        }
        return bag(count, peaks);
    }

    /// @notice The mountain that an index lies in. Every mountain starts at a multiple of its own size, so that the
    /// low bits of an index are its path.
    /// @param count Versions in the history.
    /// @param index Index of a version, below `count`.
    /// @return height Height of the mountain: it has 2^height leaves.
    /// @return position Its position among the mountains, highest first.
    function mountainOf(uint256 count, uint256 index) internal pure returns (uint256 height, uint256 position) {
        // The highest bit in which count and index differ is the size of the mountain: above it they agree.
        uint256 differing = count ^ index;
        while (differing >> (height + 1) != 0) ++height;
        position = mountains(count >> (height + 1));
    }

    /// @notice Number of mountains: the bits of the count.
    /// @param count Versions in the history.
    /// @return bits The number.
    function mountains(uint256 count) internal pure returns (uint256 bits) {
        for (; count != 0; count &= count - 1) {
            ++bits;
        }
    }

    /// @notice One hash over the count and all peaks.
    /// @param count Versions in the history.
    /// @param peaks The peaks, highest mountain first.
    /// @return The root; zero when there are no versions.
    function bag(uint256 count, bytes32[] memory peaks) internal pure returns (bytes32) {
        return count == 0 ? bytes32(0) : keccak256(abi.encodePacked(count, peaks));
    }

    function _history() private pure returns (HistoryStorage storage $) {
        assembly ("memory-safe") {
            $.slot := HISTORY_STORAGE
        }
    }
}
