// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// So many arguments fit the stack only in memory.
// solhint-disable gas-calldata-parameters

import {IAgenticIDReputationRegistry} from "../../interfaces/agentic/IAgenticIDReputationRegistry.sol";
import {IReputationRegistry8004} from "../../interfaces/agentic/IReputationRegistry8004.sol";
import {IServeProofs, ServeProof} from "../../interfaces/agentic/IServeProofs.sol";
import {FeedbackBook} from "../../libraries/FeedbackBook.sol";
import {ServeProofBase} from "./ServeProofBase.sol";

/// @title Opinions about agents, each with a serve proof
/// @notice The manual is {IAgenticIDReputationRegistry}.
contract AgenticIDReputationRegistry is IAgenticIDReputationRegistry, ServeProofBase {
    using FeedbackBook for FeedbackBook.Book;

    int128 private constant MAX_VALUE = 1e9;

    // ----------------------------------------------------------------- storage

    /// @dev What the agent ran on when it was rated.
    struct Ground {
        bytes32 frameworkHash;
        bytes32[] dataHashes;
    }

    /// @custom:storage-location erc7201:zerog.storage.AgenticIDReputationRegistry
    struct OpinionStorage {
        FeedbackBook.Book book;
        mapping(uint256 agentId => mapping(address client => mapping(uint64 index => Ground))) grounds;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgenticIDReputationRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant OPINION_STORAGE = 0x9f7f99b1e96b7135f1570ac6ba050de46879b19f556501e8167854cd03437a00;

    function _opinions() private pure returns (OpinionStorage storage $) {
        assembly ("memory-safe") {
            $.slot := OPINION_STORAGE
        }
    }

    /// @inheritdoc IAgenticIDReputationRegistry
    function initialize(address identityRegistry_, uint256 maxProofAge_, address authority_) external initializer {
        __ServeProofs_init(identityRegistry_, maxProofAge_, authority_);
    }

    // ----------------------------------------------------------------- entries

    /// @inheritdoc IReputationRegistry8004
    function giveFeedback(
        uint256,
        int128,
        uint8,
        string calldata,
        string calldata,
        string calldata,
        string calldata,
        bytes32
    ) external pure {
        revert AgenticIDProofRequired();
    }

    /// @inheritdoc IAgenticIDReputationRegistry
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2,
        string memory endpoint,
        string memory feedbackURI,
        bytes32 feedbackHash,
        ServeProof calldata proof
    ) external whenNotPaused {
        _redeem(agentId, proof);
        require(valueDecimals <= 18, ReputationValueDecimalsTooLarge(valueDecimals));
        require(value >= -MAX_VALUE && value <= MAX_VALUE, ReputationValueOutOfRange(value));
        // One field after the other: all at once needs more stack than there is.
        FeedbackBook.Note memory note;
        note.agentId = agentId;
        note.value = value;
        note.valueDecimals = valueDecimals;
        note.tag1 = tag1;
        note.tag2 = tag2;
        note.endpoint = endpoint;
        note.feedbackURI = feedbackURI;
        note.feedbackHash = feedbackHash;
        _keep(note, proof);
    }

    function _keep(FeedbackBook.Note memory note, ServeProof calldata proof) private {
        OpinionStorage storage $ = _opinions();
        uint64 index = $.book.add(note);
        Ground storage ground = $.grounds[note.agentId][msg.sender][index];
        ground.frameworkHash = proof.frameworkHash;
        ground.dataHashes = proof.dataHashes;
        emit FeedbackWithProof(note.agentId, msg.sender, index, proof.dataHashes, proof.frameworkHash);
    }

    /// @dev Check that a proof of this agent is the caller's, and use it up.
    function _redeem(uint256 agentId, ServeProof calldata proof) private {
        require(agentId == proof.agentId, ReputationProofAgentMismatch(agentId, proof.agentId));
        require(proof.submitter == msg.sender, ReputationProofSubmitterMismatch(proof.submitter, msg.sender));
        address seal = _sealOf(agentId);
        require(seal != address(0), ReputationNoAgentSeal());
        require(_signerOf(proof) == seal, ReputationInvalidProofSignature());
        require(!_mayActFor(msg.sender, agentId), ReputationSelfFeedback(agentId, msg.sender));
        _consume(proof);
    }

    /// @inheritdoc IReputationRegistry8004
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external whenNotPaused {
        FeedbackBook.Entry storage entry = _entry(agentId, msg.sender, feedbackIndex);
        require(!entry.isRevoked, ReputationAlreadyRevoked());
        entry.isRevoked = true;
        emit FeedbackRevoked(agentId, msg.sender, feedbackIndex);
    }

    /// @inheritdoc IReputationRegistry8004
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external whenNotPaused {
        require(_ownerOfAgent(agentId) == msg.sender, ReputationNotAgentOwner());
        _entry(agentId, clientAddress, feedbackIndex);
        uint64 before = _opinions().book.respond(agentId, clientAddress, feedbackIndex);
        require(before == 0, ReputationAlreadyResponded());
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    function _entry(uint256 agentId, address client, uint64 index) private view returns (FeedbackBook.Entry storage) {
        uint64 last = _opinions().book.last[agentId][client];
        require(index != 0 && index <= last, ReputationInvalidIndex(index, last));
        return _opinions().book.entries[agentId][client][index];
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IReputationRegistry8004
    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (int128, uint8, string memory, string memory, bool)
    {
        FeedbackBook.Entry storage entry = _entry(agentId, clientAddress, feedbackIndex);
        return (entry.value, entry.valueDecimals, entry.tag1, entry.tag2, entry.isRevoked);
    }

    /// @dev What the calldata of readAllFeedback asks for.
    function _query() private view returns (FeedbackBook.Query memory) {
        (uint256 agentId, address[] memory clients, string memory tag1, string memory tag2, bool includeRevoked) =
            abi.decode(msg.data[4:], (uint256, address[], string, string, bool));
        return _opinions().book.query(agentId, clients, tag1, tag2, includeRevoked);
    }

    /// @inheritdoc IReputationRegistry8004
    /// @dev The arguments are read once more from the calldata: beside seven results the stack has no room for them.
    function readAllFeedback(uint256, address[] calldata, string calldata, string calldata, bool)
        external
        view
        returns (
            address[] memory,
            uint64[] memory,
            int128[] memory,
            uint8[] memory,
            string[] memory,
            string[] memory,
            bool[] memory
        )
    {
        FeedbackBook.Lists memory found = _opinions().book.list(_query());
        return (found.clients, found.indexes, found.values, found.decimals, found.tag1s, found.tag2s, found.revoked);
    }

    /// @inheritdoc IReputationRegistry8004
    /// @dev Unlike the canonical registry's, this one is a sum.
    function getSummary(uint256 agentId, address[] calldata clientAddresses, string calldata tag1, string calldata tag2)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals)
    {
        require(clientAddresses.length != 0, ReputationClientsRequired());
        FeedbackBook.Book storage book = _opinions().book;
        int256 total;
        (count, total,) = book.sum(book.query(agentId, clientAddresses, tag1, tag2, false));
        require(total >= type(int128).min && total <= type(int128).max, ReputationSummaryOverflow());
        (summaryValue, summaryValueDecimals) = (int128(total), 18);
    }

    /// @inheritdoc IReputationRegistry8004
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64) {
        return _opinions().book.responseCount(agentId, clientAddress, feedbackIndex, responders);
    }

    /// @inheritdoc IReputationRegistry8004
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _opinions().book.clients[agentId];
    }

    /// @inheritdoc IReputationRegistry8004
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return _opinions().book.last[agentId][clientAddress];
    }

    /// @inheritdoc IAgenticIDReputationRegistry
    function getServeData(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (bytes32[] memory, bytes32)
    {
        _entry(agentId, clientAddress, feedbackIndex);
        Ground storage ground = _opinions().grounds[agentId][clientAddress][feedbackIndex];
        return (ground.dataHashes, ground.frameworkHash);
    }

    /// @inheritdoc IServeProofs
    function getIdentityRegistry()
        public
        view
        override(IAgenticIDReputationRegistry, ServeProofBase)
        returns (address)
    {
        return super.getIdentityRegistry();
    }
}
