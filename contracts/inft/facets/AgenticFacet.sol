// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgenticIdProof} from "../../interfaces/IAgenticIdDataVerifier.sol";
import {Generation} from "../../interfaces/IDataVerifier.sol";
import {IERC7857Agentic, SealedKeyEntry} from "../../interfaces/IERC7857Agentic.sol";
import {IERC7857Errors} from "../../interfaces/IERC7857Errors.sol";
import {IntelligentData} from "../../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {OP_CLONE, OP_TRANSFER} from "../../libraries/ProofHash.sol";
import {ProofShapes} from "../../libraries/ProofShapes.sol";
import {Delivery, Fault} from "../../libraries/TransferRules.sol";
import {AgentHandover} from "../AgentHandover.sol";

/// @title The functions of 0g-agentic-id that every collection has
/// @notice The manual is {IERC7857Agentic}. Registration, seals of agents and the canonical registry are a facet of
/// their own, for collections of that kind.
contract AgenticFacet is IERC7857Agentic, AgentHandover {
    // --------------------------------------------------------- private transfer

    /// @inheritdoc IERC7857Agentic
    function iTransferFrom(address from, address to, uint256 tokenId, AgenticIdProof[] calldata proofs)
        external
        nonReentrant
        returns (SealedKeyEntry[] memory)
    {
        (, Delivery[] memory deliveries) =
            _handOver(Generation.AgenticId, OP_TRANSFER, from, to, tokenId, ProofShapes.fromAgenticId(proofs));
        return _entries(deliveries);
    }

    /// @inheritdoc IERC7857Agentic
    function iCloneFrom(address from, address to, uint256 tokenId, AgenticIdProof[] calldata proofs)
        external
        nonReentrant
        returns (uint256 clone)
    {
        (clone,) = _handOver(Generation.AgenticId, OP_CLONE, from, to, tokenId, ProofShapes.fromAgenticId(proofs));
    }

    /// @dev One error for every problem with proofs, as in the reference.
    function _refuseCount(uint256, uint256) internal pure override {
        revert IERC7857Errors.ERC7857InvalidProof();
    }

    function _refuse(Fault, uint256, bytes32, address, Delivery memory) internal pure override {
        revert IERC7857Errors.ERC7857InvalidProof();
    }

    // -------------------------------------------------------------------- update

    /// @inheritdoc IERC7857Agentic
    function update(uint256 tokenId, IntelligentData[] calldata data, bytes[] calldata sealedKeys)
        external
        virtual
        nonReentrant
    {
        _updateAll(_requireEditor(tokenId), tokenId, data, sealedKeys);
    }

    /// @inheritdoc IERC7857Agentic
    function updateAt(uint256 tokenId, uint256 index, IntelligentData calldata data, bytes calldata sealedKey)
        external
        virtual
        nonReentrant
    {
        _updateOne(_requireEditor(tokenId), tokenId, index, data, sealedKey);
    }

    function _updateAll(address owner, uint256 tokenId, IntelligentData[] calldata data, bytes[] calldata sealedKeys)
        internal
    {
        require(data.length != 0, IERC7857Errors.ERC7857EmptyData());
        require(
            sealedKeys.length == data.length,
            IERC7857Errors.ERC7857SealedKeyArityMismatch(data.length, sealedKeys.length)
        );
        IntelligentData[] memory before = AgentStore.data(tokenId);
        _replaceData(owner, tokenId, data, sealedKeys);
        emit Updated(tokenId, before, data, sealedKeys);
    }

    function _updateOne(
        address owner,
        uint256 tokenId,
        uint256 index,
        IntelligentData calldata data,
        bytes calldata sealedKey
    ) internal {
        AgentStore.Item storage item = AgentStore.load().items[tokenId][index];
        IntelligentData memory before = IntelligentData(item.description, item.dataHash);
        _replaceItem(owner, tokenId, index, data, sealedKey);
        emit EntryUpdated(tokenId, index, before, data, sealedKey);
    }

    // -------------------------------------------------------- delegation and keys

    /// @inheritdoc IERC7857Agentic
    function setAccessDelegate(address delegate) external {
        _setAssistant(delegate, true);
    }

    /// @inheritdoc IERC7857Agentic
    function getAccessDelegate(address user) external view returns (address) {
        return AgentStore.load().assistants[user];
    }

    /// @inheritdoc IERC7857Agentic
    function sealedKeysOf(uint256 tokenId) external view returns (bytes[] memory keys) {
        _requireOwned(tokenId);
        AgentStore.Layout storage $ = AgentStore.load();
        keys = new bytes[](AgentStore.count(tokenId));
        for (uint256 i = 0; i < keys.length; ++i) {
            keys[i] = $.sealedKeys[tokenId][i];
            bool stored = keccak256(keys[i]) == $.items[tokenId][i].sealedKeyHash;
            require(stored, SealedKeyNotStored(tokenId, i));
        }
    }
}
