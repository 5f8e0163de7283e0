// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Address} from "@openzeppelin/contracts/utils/Address.sol";
import {IAgentBatch} from "../../interfaces/IAgentBatch.sol";
import {IAgentHistory, Version} from "../../interfaces/IAgentHistory.sol";
import {VersionHistory} from "../../libraries/VersionHistory.sol";

/// @title History, and many calls at once
/// @notice The manuals are {IAgentHistory} and {IAgentBatch}.
contract LifeFacet is IAgentHistory, IAgentBatch {
    /// @inheritdoc IAgentBatch
    function batch(bytes[] calldata calls) external returns (bytes[] memory results) {
        results = new bytes[](calls.length);
        for (uint256 i = 0; i < calls.length; ++i) {
            results[i] = Address.functionDelegateCall(address(this), calls[i]);
        }
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
