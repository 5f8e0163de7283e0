// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// So many arguments fit the stack only in memory.
// solhint-disable gas-calldata-parameters

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IIdentityRegistry8004} from "../../interfaces/agentic/IIdentityRegistry8004.sol";
import {
    IReputationRegistry8004,
    IReputationRegistry8004Setup
} from "../../interfaces/agentic/IReputationRegistry8004.sol";
import {FeedbackBook} from "../../libraries/FeedbackBook.sol";

// The clients of the original read its reasons as strings.
// solhint-disable gas-custom-errors

/// @title The canonical registry of opinions about agents, as a devnet has it
/// @notice The manual is {IReputationRegistry8004}.
contract ReputationRegistry8004 is IReputationRegistry8004Setup, AccessManagedUpgradeable, UUPSUpgradeable {
    using FeedbackBook for FeedbackBook.Book;

    int128 private constant MAX_VALUE = 1e38;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:erc8004.reputation.registry
    struct ReputationStorage {
        IIdentityRegistry8004 identities;
        FeedbackBook.Book book;
    }

    // keccak256(abi.encode(uint256(keccak256("erc8004.reputation.registry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REPUTATION_STORAGE = 0xefc1f5a295af9308c4507ba9db1182cd263d74c9e619e13ae45fd9b00d5b1900;

    function _reputation() private pure returns (ReputationStorage storage $) {
        assembly ("memory-safe") {
            $.slot := REPUTATION_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy is nobody's registry.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IReputationRegistry8004Setup
    function initialize(address identityRegistry_, address authority_) external initializer {
        require(identityRegistry_.code.length != 0, "bad identity");
        __AccessManaged_init(authority_);
        _reputation().identities = IIdentityRegistry8004(identityRegistry_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ----------------------------------------------------------------- entries

    /// @inheritdoc IReputationRegistry8004
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2,
        string memory endpoint,
        string memory feedbackURI,
        bytes32 feedbackHash
    ) external {
        require(valueDecimals <= 18, "too many decimals");
        require(value >= -MAX_VALUE && value <= MAX_VALUE, "value too large");
        bool own = _reputation().identities.isAuthorizedOrOwner(msg.sender, agentId);
        require(!own, "Self-feedback not allowed");
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
        _reputation().book.add(note);
    }

    /// @inheritdoc IReputationRegistry8004
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external {
        FeedbackBook.Entry storage entry = _entry(agentId, msg.sender, feedbackIndex);
        require(!entry.isRevoked, "Already revoked");
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
    ) external {
        _entry(agentId, clientAddress, feedbackIndex);
        require(bytes(responseURI).length != 0, "Empty URI");
        _reputation().book.respond(agentId, clientAddress, feedbackIndex);
        emit ResponseAppended(agentId, clientAddress, feedbackIndex, msg.sender, responseURI, responseHash);
    }

    function _entry(uint256 agentId, address client, uint64 index) private view returns (FeedbackBook.Entry storage) {
        require(index > 0, "index must be > 0");
        require(index <= _reputation().book.last[agentId][client], "index out of bounds");
        return _reputation().book.entries[agentId][client][index];
    }

    /// @dev What the calldata of readAllFeedback asks for.
    function _query() private view returns (FeedbackBook.Query memory) {
        (uint256 agentId, address[] memory clients, string memory tag1, string memory tag2, bool includeRevoked) =
            abi.decode(msg.data[4:], (uint256, address[], string, string, bool));
        return _reputation().book.query(agentId, clients, tag1, tag2, includeRevoked);
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
        FeedbackBook.Lists memory found = _reputation().book.list(_query());
        return (found.clients, found.indexes, found.values, found.decimals, found.tag1s, found.tag2s, found.revoked);
    }

    /// @inheritdoc IReputationRegistry8004
    function getSummary(uint256 agentId, address[] calldata clientAddresses, string calldata tag1, string calldata tag2)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals)
    {
        require(clientAddresses.length != 0, "clientAddresses required");
        FeedbackBook.Book storage book = _reputation().book;
        int256 total;
        (count, total, summaryValueDecimals) = book.sum(book.query(agentId, clientAddresses, tag1, tag2, false));
        if (count == 0) return (0, 0, 0);
        int256 mean = total / int256(uint256(count)) / int256(10 ** uint256(18 - summaryValueDecimals));
        // A large entry of few decimals has no room among many of many decimals.
        require(mean >= type(int128).min && mean <= type(int128).max, "summary out of range");
        summaryValue = int128(mean);
    }

    /// @inheritdoc IReputationRegistry8004
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64) {
        return _reputation().book.responseCount(agentId, clientAddress, feedbackIndex, responders);
    }

    /// @inheritdoc IReputationRegistry8004
    function getClients(uint256 agentId) external view returns (address[] memory) {
        return _reputation().book.clients[agentId];
    }

    /// @inheritdoc IReputationRegistry8004
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64) {
        return _reputation().book.last[agentId][clientAddress];
    }

    /// @inheritdoc IReputationRegistry8004
    function getIdentityRegistry() external view returns (address) {
        return address(_reputation().identities);
    }

    /// @inheritdoc IReputationRegistry8004Setup
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }
}
