// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IReputationRegistry8004} from "../../interfaces/agentic/IReputationRegistry8004.sol";
import {ServeProof, TaskReveal} from "../../interfaces/agentic/IServeProofs.sol";
import {IVerifiedFeedbackRegistry} from "../../interfaces/agentic/IVerifiedFeedbackRegistry.sol";
import {FeedbackBook} from "../../libraries/FeedbackBook.sol";
import {ServeProofs} from "../../libraries/ServeProofs.sol";
import {ServeProofBase} from "./ServeProofBase.sol";

/// @title Marks on entries of the canonical reputation registry
/// @notice The manual is {IVerifiedFeedbackRegistry}.
contract VerifiedFeedbackRegistry is IVerifiedFeedbackRegistry, ServeProofBase {
    bytes32 private constant NOTHING = keccak256("");

    // ----------------------------------------------------------------- storage

    /// @dev What is kept of the proof behind a mark.
    struct Mark {
        bool exists;
        bytes32 frameworkHash;
        bytes32[] dataHashes;
        string uri;
    }

    /// @dev Which marked entries a sum wants; hashes of nothing want any.
    struct Wanted {
        uint256 agentId;
        bytes32 tag1;
        bytes32 tag2;
        bytes32 uri;
    }

    /// @custom:storage-location erc7201:zerog.storage.VerifiedFeedbackRegistry
    struct MarkStorage {
        IReputationRegistry8004 canonical;
        mapping(uint256 agentId => mapping(address client => mapping(uint64 index => Mark))) marks;
        mapping(uint256 agentId => mapping(address client => uint64[])) indexes;
        mapping(uint256 agentId => address[]) clients;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.VerifiedFeedbackRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MARK_STORAGE = 0x40c938b324db535e7d244693e442accddd6154101c529070e96ff272c6b73e00;

    function _marked() private pure returns (MarkStorage storage $) {
        assembly ("memory-safe") {
            $.slot := MARK_STORAGE
        }
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function initialize(
        address identityRegistry_,
        address canonicalReputation_,
        uint256 maxProofAge_,
        address authority_
    ) external initializer {
        require(canonicalReputation_.code.length != 0, NotARegistry(canonicalReputation_));
        __ServeProofs_init(identityRegistry_, maxProofAge_, authority_);
        _marked().canonical = IReputationRegistry8004(canonicalReputation_);
    }

    // ------------------------------------------------------------------- marks

    /// @inheritdoc IVerifiedFeedbackRegistry
    function attestFeedback(uint256 agentId, uint64 feedbackIndex, ServeProof calldata proof) external whenNotPaused {
        _attest(agentId, feedbackIndex, proof, "");
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function attestFeedbackWithTask(
        uint256 agentId,
        uint64 feedbackIndex,
        ServeProof calldata proof,
        TaskReveal calldata task
    ) external whenNotPaused {
        require(ServeProofs.isReadable(task), VerifiedFeedbackInvalidTaskReveal());
        bytes32 actual = ServeProofs.taskHash(task);
        require(actual == proof.taskHash, VerifiedFeedbackTaskMismatch(proof.taskHash, actual));
        _attest(agentId, feedbackIndex, proof, task.uri);
    }

    function _attest(uint256 agentId, uint64 index, ServeProof calldata proof, string memory uri) private {
        _redeem(agentId, proof);
        MarkStorage storage $ = _marked();
        uint64 last = $.canonical.getLastIndex(agentId, msg.sender);
        require(index != 0 && index <= last, VerifiedFeedbackNoSuchEntry(agentId, msg.sender, index, last));
        Mark storage mark = $.marks[agentId][msg.sender][index];
        require(!mark.exists, VerifiedFeedbackAlreadyVerified(agentId, msg.sender, index));
        (mark.exists, mark.frameworkHash) = (true, proof.frameworkHash);
        mark.dataHashes = proof.dataHashes;
        mark.uri = uri;
        uint64[] storage indexes = $.indexes[agentId][msg.sender];
        if (indexes.length == 0) $.clients[agentId].push(msg.sender);
        indexes.push(index);
        emit FeedbackVerified(agentId, msg.sender, index, proof.dataHashes, proof.frameworkHash, proof.taskHash, uri);
    }

    /// @dev Check that a proof of this agent is the caller's, and use it up.
    function _redeem(uint256 agentId, ServeProof calldata proof) private {
        require(agentId == proof.agentId, VerifiedFeedbackProofAgentMismatch(agentId, proof.agentId));
        require(proof.submitter == msg.sender, VerifiedFeedbackProofSubmitterMismatch(proof.submitter, msg.sender));
        address seal = _sealOf(agentId);
        require(seal != address(0), VerifiedFeedbackNoAgentSeal());
        require(_signerOf(proof) == seal, VerifiedFeedbackInvalidProofSignature());
        require(!_mayActFor(msg.sender, agentId), VerifiedFeedbackSelfFeedback(agentId, msg.sender));
        _consume(proof);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IVerifiedFeedbackRegistry
    function isVerified(uint256 agentId, address clientAddress, uint64 feedbackIndex) external view returns (bool) {
        return _marked().marks[agentId][clientAddress][feedbackIndex].exists;
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getServeData(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (bytes32[] memory, bytes32)
    {
        Mark storage mark = _mark(agentId, clientAddress, feedbackIndex);
        return (mark.dataHashes, mark.frameworkHash);
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getVerifiedEndpoint(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (string memory)
    {
        return _mark(agentId, clientAddress, feedbackIndex).uri;
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getVerifiedIndexes(uint256 agentId, address clientAddress) external view returns (uint64[] memory) {
        return _marked().indexes[agentId][clientAddress];
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getVerifiedClients(uint256 agentId) external view returns (address[] memory) {
        return _marked().clients[agentId];
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getVerifiedSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64, int128, uint8) {
        return _sum(Wanted(agentId, keccak256(bytes(tag1)), keccak256(bytes(tag2)), NOTHING), clientAddresses);
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getVerifiedSummaryForEndpoint(uint256 agentId, address[] calldata clientAddresses, string calldata uri)
        external
        view
        returns (uint64, int128, uint8)
    {
        if (bytes(uri).length == 0) return (0, 0, 18); // an entry without a shown path is under no path
        return _sum(Wanted(agentId, NOTHING, NOTHING, keccak256(bytes(uri))), clientAddresses);
    }

    /// @inheritdoc IVerifiedFeedbackRegistry
    function getCanonicalReputation() external view returns (address) {
        return address(_marked().canonical);
    }

    function _mark(uint256 agentId, address client, uint64 index) private view returns (Mark storage mark) {
        mark = _marked().marks[agentId][client][index];
        require(mark.exists, VerifiedFeedbackNotVerified(agentId, client, index));
    }

    function _sum(Wanted memory wanted, address[] calldata clients)
        private
        view
        returns (uint64 count, int128 sum, uint8 decimals)
    {
        require(clients.length != 0, VerifiedFeedbackClientsRequired());
        int256 total = 0;
        for (uint256 i = 0; i < clients.length; ++i) {
            uint64[] storage indexes = _marked().indexes[wanted.agentId][clients[i]];
            for (uint256 j = 0; j < indexes.length; ++j) {
                (bool counts, int256 value) = _value(wanted, clients[i], indexes[j]);
                if (!counts) continue;
                ++count;
                total += value;
            }
        }
        require(total >= type(int128).min && total <= type(int128).max, VerifiedFeedbackSummaryOverflow());
        (sum, decimals) = (int128(total), 18);
    }

    /// @dev Value of an entry at 18 decimals, as the canonical registry has it now, and whether it counts.
    function _value(Wanted memory wanted, address client, uint64 index) private view returns (bool, int256) {
        MarkStorage storage $ = _marked();
        if (wanted.uri != NOTHING && wanted.uri != keccak256(bytes($.marks[wanted.agentId][client][index].uri))) {
            return (false, 0);
        }
        (int128 value, uint8 decimals, string memory tag1, string memory tag2, bool revoked) =
            $.canonical.readFeedback(wanted.agentId, client, index);
        if (revoked) return (false, 0);
        if (wanted.tag1 != NOTHING && wanted.tag1 != keccak256(bytes(tag1))) return (false, 0);
        if (wanted.tag2 != NOTHING && wanted.tag2 != keccak256(bytes(tag2))) return (false, 0);
        return (true, FeedbackBook.scaled(value, decimals));
    }
}
