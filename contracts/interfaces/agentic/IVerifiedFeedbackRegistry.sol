// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IServeProofs, ServeProof, TaskReveal} from "./IServeProofs.sol";

/// @title Marks on entries of the canonical reputation registry
/// @notice A client rates an agent in the canonical registry and marks the entry here with a serve proof. A mark says
/// that the agent answered this client once. It does not say that the client is a stranger: proofs are given to
/// everybody who asks, so whoever sums up chooses whose entries count.
interface IVerifiedFeedbackRegistry is IServeProofs {
    // ------------------------------------------------------------------ errors

    /// @notice The agent has no seal, so nobody can sign its proofs.
    error VerifiedFeedbackNoAgentSeal();

    /// @notice The agent's seal did not sign exactly this.
    error VerifiedFeedbackInvalidProofSignature();

    /// @notice The proof speaks of another agent.
    /// @param agentId The agent asked for.
    /// @param proofAgentId The agent in the proof.
    error VerifiedFeedbackProofAgentMismatch(uint256 agentId, uint256 proofAgentId);

    /// @notice The proof is another account's.
    /// @param submitter Whose it is.
    /// @param sender Who came.
    error VerifiedFeedbackProofSubmitterMismatch(address submitter, address sender);

    /// @notice Who may act for an agent cannot vouch for it.
    /// @param agentId The agent.
    /// @param submitter Who tried.
    error VerifiedFeedbackSelfFeedback(uint256 agentId, address submitter);

    /// @notice The caller has no such entry in the canonical registry.
    /// @param agentId The agent.
    /// @param clientAddress The caller.
    /// @param feedbackIndex Number asked for.
    /// @param lastIndex Number of the last entry.
    error VerifiedFeedbackNoSuchEntry(uint256 agentId, address clientAddress, uint64 feedbackIndex, uint64 lastIndex);

    /// @notice The entry is marked already.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    error VerifiedFeedbackAlreadyVerified(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice The entry is not marked.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    error VerifiedFeedbackNotVerified(uint256 agentId, address clientAddress, uint64 feedbackIndex);

    /// @notice Whoever sums up must say whose entries count.
    error VerifiedFeedbackClientsRequired();

    /// @notice The sum does not fit its type.
    error VerifiedFeedbackSummaryOverflow();

    /// @notice The task is not what the proof says.
    /// @param expected Task hash in the proof.
    /// @param actual Hash of the task given.
    error VerifiedFeedbackTaskMismatch(bytes32 expected, bytes32 actual);

    /// @notice The method is unknown, or the URI does not start with "/": the task would have two readings.
    error VerifiedFeedbackInvalidTaskReveal();

    // ------------------------------------------------------------------ events

    /// @notice An entry is marked.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @param dataHashes Data that the agent ran on.
    /// @param frameworkHash Code that the agent ran.
    /// @param taskHash What was asked and answered.
    /// @param uri Path that was asked, when it was shown; else empty.
    event FeedbackVerified(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 indexed feedbackIndex,
        bytes32[] dataHashes,
        bytes32 frameworkHash,
        bytes32 taskHash,
        string uri
    );

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param identityRegistry_ The AgenticID, which knows the seals.
    /// @param canonicalReputation_ The canonical reputation registry.
    /// @param maxProofAge_ Longest time from now to a deadline, seconds.
    /// @param authority_ The AccessManager that may administer it.
    function initialize(
        address identityRegistry_,
        address canonicalReputation_,
        uint256 maxProofAge_,
        address authority_
    ) external;

    /// @notice Mark an entry of the caller's.
    /// @param agentId The agent.
    /// @param feedbackIndex Number of the entry in the canonical registry.
    /// @param proof A proof for the caller; it is used up.
    function attestFeedback(uint256 agentId, uint64 feedbackIndex, ServeProof calldata proof) external;

    /// @notice Mark an entry of the caller's and show which path was asked.
    /// @param agentId The agent.
    /// @param feedbackIndex Number of the entry in the canonical registry.
    /// @param proof A proof for the caller; it is used up.
    /// @param task What the proof's task hash is made of.
    function attestFeedbackWithTask(
        uint256 agentId,
        uint64 feedbackIndex,
        ServeProof calldata proof,
        TaskReveal calldata task
    ) external;

    // ------------------------------------------------------------------- views

    /// @notice Whether an entry is marked.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @return True when it is.
    function isVerified(uint256 agentId, address clientAddress, uint64 feedbackIndex) external view returns (bool);

    /// @notice What the agent ran on when it earned a mark.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @return dataHashes Its data.
    /// @return frameworkHash Its code.
    function getServeData(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (bytes32[] memory dataHashes, bytes32 frameworkHash);

    /// @notice Path that was asked when a mark was earned.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @return The path; empty when it was not shown.
    function getVerifiedEndpoint(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (string memory);

    /// @notice Numbers of a client's marked entries.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @return The numbers, in the order of their marks.
    function getVerifiedIndexes(uint256 agentId, address clientAddress) external view returns (uint64[] memory);

    /// @notice Clients with a marked entry.
    /// @param agentId The agent.
    /// @return Their addresses, each once.
    function getVerifiedClients(uint256 agentId) external view returns (address[] memory);

    /// @notice Sum of the marked entries of some clients that were not taken back. For eth_call: it reads them all.
    /// @param agentId The agent.
    /// @param clientAddresses Whose; at least one.
    /// @param tag1 First tag wanted; empty for any.
    /// @param tag2 Second tag wanted; empty for any.
    /// @return count How many entries there are.
    /// @return summaryValue Their sum.
    /// @return summaryValueDecimals Decimals of the sum: 18.
    function getVerifiedSummary(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2
    ) external view returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice The same for the entries whose shown path is this one.
    /// @param agentId The agent.
    /// @param clientAddresses Whose; at least one.
    /// @param uri The path.
    /// @return count How many entries there are.
    /// @return summaryValue Their sum.
    /// @return summaryValueDecimals Decimals of the sum: 18.
    function getVerifiedSummaryForEndpoint(uint256 agentId, address[] calldata clientAddresses, string calldata uri)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice The canonical reputation registry.
    /// @return Its address.
    function getCanonicalReputation() external view returns (address);
}
