// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentSeals} from "../../interfaces/IAgentSeals.sol";
import {IERC7857} from "../../interfaces/IERC7857.sol";
import {IERC7857Errors} from "../../interfaces/IERC7857Errors.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {Act, OP_RESEAL} from "../../libraries/ProofHash.sol";
import {SealProof} from "../../libraries/SealProof.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title Seals that their owner renews
/// @notice The manual is {IAgentSeals}.
contract SealFacet is IAgentSeals, AgentBase {
    /// @inheritdoc IAgentSeals
    function reseal(
        uint256 tokenId,
        uint256 index,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external whenNotPaused {
        address owner = _requireEditor(tokenId);
        bytes32 dataHash = AgentStore.load().items[tokenId][index].dataHash;
        require(dataHash != 0, IERC7857Errors.ERC7857IndexOutOfBounds(index, AgentStore.count(tokenId)));
        Act memory act = Act(address(this), address(this), OP_RESEAL, tokenId, owner, owner);
        bytes32 current = AgentStore.load().items[tokenId][index].sealedKeyHash;
        SealProof.verify(act, index, dataHash, current, newSeal, targetKey, proof);
        _setKey(tokenId, index, newSeal);
        emit Resealed(tokenId, index, keccak256(newSeal));
        bytes[] memory keys = new bytes[](1);
        keys[0] = newSeal;
        emit IERC7857.PublishedSealedKey(owner, tokenId, keys);
    }
}
