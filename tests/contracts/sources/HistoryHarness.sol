// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentHistory, Version} from "../../../contracts/interfaces/IAgentHistory.sol";
import {VersionHistory} from "../../../contracts/libraries/VersionHistory.sol";

/// @title The history library behind functions that anybody may call
contract HistoryHarness is IAgentHistory {
    function slot() external pure returns (bytes32) {
        return VersionHistory.HISTORY_STORAGE;
    }

    function record(uint256 tokenId, bytes32 before, bytes32 next, address author) external {
        VersionHistory.record(tokenId, before, next, author);
    }

    /// @inheritdoc IAgentHistory
    function versionCountOf(uint256 tokenId) external view returns (uint256) {
        return VersionHistory.countOf(tokenId);
    }

    /// @inheritdoc IAgentHistory
    function versionRootOf(uint256 tokenId) external view returns (bytes32) {
        return VersionHistory.rootOf(tokenId);
    }

    /// @inheritdoc IAgentHistory
    function verifyVersion(uint256 tokenId, uint256 index, Version calldata version, bytes32[] calldata proof)
        external
        view
        returns (bool)
    {
        bytes32 leaf = VersionHistory.leaf(tokenId, index, version);
        bytes32 root = VersionHistory.rootFrom(VersionHistory.countOf(tokenId), index, leaf, proof);
        return root == VersionHistory.rootOf(tokenId);
    }
}
