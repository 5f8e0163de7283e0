// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {Generation, Handover} from "../interfaces/IDataVerifier.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {IERC7857Agentic, SealedKeyEntry} from "../interfaces/IERC7857Agentic.sol";
import {AccessProof, OwnershipProof, TransferValidityProof} from "../interfaces/IERC7857DataVerifier.sol";
import {IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../libraries/AgentStore.sol";
import {OP_CLONE} from "../libraries/ProofHash.sol";
import {Delivery, Fault, TransferRules} from "../libraries/TransferRules.sol";
import {AgentBase} from "./AgentBase.sol";

/// @title How data changes hands, for every generation
/// @notice A generation brings its structs, the names of its errors and its events. What must hold, and what happens,
/// is here: first {_begin}, then the verifier, then {_deliver}.
abstract contract AgentHandover is AgentBase {
    // ------------------------------------------------ what a generation brings

    /// @dev Revert because there is not one pair of proofs per item of data.
    function _refuseCount(uint256 items, uint256 proofs) internal pure virtual;

    /// @dev Revert because of what is wrong with the pair at `index`.
    function _refuse(Fault fault, uint256 index, bytes32 current, address to, Delivery memory delivery)
        internal
        pure
        virtual;

    // ------------------------------------------------------------ before and after

    /// @dev What the verifier is told. The pause is checked first because burnt nonces are the verifier's effect.
    function _begin(Generation generation, uint8 op, uint256 tokenId, address from, address to, uint256 proofs)
        internal
        view
        whenNotPaused
        returns (Handover memory)
    {
        require(to != address(0), ERC721InvalidReceiver(to));
        if (AgentStore.load().tokens[tokenId].sealedAgent) {
            require(op == OP_CLONE, IAgentNFT.AgenticIDSealedAgentUseTransfer(tokenId));
            revert IAgentNFT.AgenticIDCannotCloneSealedAgent(tokenId);
        }
        bytes32[] memory keyHashes = AgentStore.sealedKeyHashes(tokenId);
        if (proofs == 0 || proofs != keyHashes.length) _refuseCount(keyHashes.length, proofs);
        return Handover(generation, op, tokenId, from, to, keyHashes);
    }

    /// @dev A whole hand-over whose proofs are in memory, because they came in other structs than the verifier's.
    /// @param from Owner that the caller named.
    /// @return target The token, or the clone.
    /// @return deliveries What the proofs said.
    function _handOver(
        Generation generation,
        uint8 op,
        address from,
        address to,
        uint256 tokenId,
        TransferValidityProof[] memory proofs
    ) internal returns (uint256 target, Delivery[] memory deliveries) {
        require(_requireMover(tokenId) == from, ERC721InvalidSender(from));
        Handover memory act = _begin(generation, op, tokenId, from, to, proofs.length);
        address[] memory consenters = AgentStore.load().verifier.verifyHandover(act, proofs);
        deliveries = new Delivery[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AccessProof memory access = proofs[i].accessProof;
            OwnershipProof memory ownership = proofs[i].ownershipProof;
            deliveries[i] = Delivery({
                kind: ownership.oracleType,
                oldDataHash: access.oldDataHash,
                newDataHash: access.newDataHash,
                sealedKey: ownership.sealedKey,
                wantedKey: access.encryptedPubKey,
                targetKey: ownership.encryptedPubKey,
                consenter: consenters[i]
            });
        }
        target = _deliver(act, deliveries);
    }

    /// @dev Judge what was verified, and do it: data, keys, owner, events, and last the question to the receiver.
    /// @return target The token, or the clone.
    function _deliver(Handover memory act, Delivery[] memory deliveries) internal returns (uint256 target) {
        bool clone = act.op == OP_CLONE;
        target = clone ? _newId() : act.tokenId;
        bool changed = false;
        for (uint256 i = 0; i < deliveries.length; ++i) {
            if (_deliverItem(act, target, i, deliveries[i])) changed = true;
        }
        if (clone) {
            _inherit(act.tokenId, target);
            _mint(act.to, target);
        } else {
            _transfer(act.from, act.to, target);
        }
        if (changed || clone) _announceData(target, clone, deliveries);
        _announceKeys(act, target, clone, deliveries);
        if (!_signedAll(act.to, deliveries)) _askReceiver(clone ? address(0) : act.from, act.to, target);
    }

    /// @dev Whether the receiver signed every consent: then they have been asked already. An assistant is not them.
    function _signedAll(address to, Delivery[] memory deliveries) private pure returns (bool) {
        for (uint256 i = 0; i < deliveries.length; ++i) {
            if (deliveries[i].consenter != to) return false;
        }
        return true;
    }

    function _deliverItem(Handover memory act, uint256 target, uint256 index, Delivery memory delivery)
        private
        returns (bool changed)
    {
        AgentStore.Layout storage $ = AgentStore.load();
        AgentStore.Item storage source = $.items[act.tokenId][index];
        bytes32 current = source.dataHash;
        bool oracleMayKeep = act.generation != Generation.Final && $.resealByOracle;
        bool consented = delivery.consenter == act.to || _isAssistant(act.to, delivery.consenter);
        Fault fault = TransferRules.judge(delivery, current, act.to, consented, oracleMayKeep);
        if (fault != Fault.None) _refuse(fault, index, current, act.to, delivery);
        changed = delivery.newDataHash != current;
        AgentStore.Item storage item = source;
        if (target != act.tokenId) {
            item = $.items[target][index];
            item.description = source.description;
            item.dataHash = delivery.newDataHash;
        } else if (changed) {
            item.dataHash = delivery.newDataHash;
        }
        _setKey(target, index, delivery.sealedKey);
    }

    /// @dev Nobody can sign as zero, so that an assistant of zero matches nobody.
    function _isAssistant(address to, address consenter) private view returns (bool) {
        return consenter != address(0) && consenter == AgentStore.load().assistants[to];
    }

    /// @dev A clone keeps its line: the fee of the creator cannot be evaded by cloning to oneself.
    function _inherit(uint256 tokenId, uint256 clone) private {
        AgentStore.Layout storage $ = AgentStore.load();
        $.tokens[clone].parent = SafeCast.toUint40(tokenId);
        address creator = $.creators[tokenId];
        if (creator != address(0)) $.creators[clone] = creator;
    }

    // ----------------------------------------------------------- what is told

    function _announceData(uint256 target, bool clone, Delivery[] memory deliveries) private {
        bytes32[] memory before = new bytes32[](deliveries.length);
        bytes32[] memory next = new bytes32[](deliveries.length);
        for (uint256 i = 0; i < next.length; ++i) {
            (before[i], next[i]) = (deliveries[i].oldDataHash, deliveries[i].newDataHash);
        }
        if (clone) emit IAgentNFT.DataHashesSet(target, next);
        else _recordVersion(target, before, next);
    }

    /// @dev The events of the generation whose function was called, and those that the policy adds.
    function _announceKeys(Handover memory act, uint256 target, bool clone, Delivery[] memory deliveries) private {
        AgentStore.Layout storage $ = AgentStore.load();
        Generation generation = act.generation;
        if (generation != Generation.AgenticId || $.eventsFinal) {
            if (clone) {
                emit IERC7857.Cloned(act.tokenId, target, act.from, act.to);
            } else if (generation == Generation.Final || $.eventsFinal) {
                emit IERC7857.Transferred(target, act.from, act.to);
            }
            bytes[] memory keys = new bytes[](deliveries.length);
            for (uint256 i = 0; i < keys.length; ++i) {
                keys[i] = deliveries[i].sealedKey;
            }
            emit IERC7857.PublishedSealedKey(act.to, target, keys);
        }
        if (generation == Generation.AgenticId || $.eventsAgentic) {
            SealedKeyEntry[] memory entries = _entries(deliveries);
            if (clone) emit IERC7857Agentic.Cloned(act.tokenId, target, act.from, act.to, entries);
            else emit IERC7857Agentic.ITransferred(act.from, act.to, target, entries);
        }
    }

    /// @dev The event with which 0g-agentic-id tells of a new token, where the policy adds it.
    function _announceMint(address to, uint256 tokenId, IntelligentData[] calldata data, bytes[] memory keys) internal {
        if (!AgentStore.load().eventsAgentic) return;
        SealedKeyEntry[] memory entries = new SealedKeyEntry[](data.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            entries[i].dataHash = data[i].dataHash;
            if (keys.length != 0) entries[i].sealedKey = keys[i];
        }
        emit IERC7857Agentic.ITransferred(address(0), to, tokenId, entries);
    }

    /// @dev Items with their keys, as 0g-agentic-id tells them.
    function _entries(Delivery[] memory deliveries) internal pure returns (SealedKeyEntry[] memory entries) {
        entries = new SealedKeyEntry[](deliveries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            entries[i] = SealedKeyEntry(deliveries[i].newDataHash, deliveries[i].sealedKey);
        }
    }
}
