// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IReputationRegistry8004} from "./IReputationRegistry8004.sol";
import {IServeProofs, ServeProof} from "./IServeProofs.sol";

/// @title Opinions about agents, each with a serve proof
/// @notice The registry of 0g-agentic-id before it moved to the canonical one: entries live here, the form without a
/// proof is refused, sums are sums at 18 decimals, and the agent's owner answers each entry at most once.
interface IAgenticIDReputationRegistry is IReputationRegistry8004, IServeProofs {
    // ------------------------------------------------------------------ errors

    /// @notice Give feedback with a proof.
    error AgenticIDProofRequired();

    /// @notice The agent has no seal, so nobody can sign its proofs.
    error ReputationNoAgentSeal();

    /// @notice The agent's seal did not sign exactly this.
    error ReputationInvalidProofSignature();

    /// @notice The proof speaks of another agent.
    /// @param agentId The agent asked for.
    /// @param proofAgentId The agent in the proof.
    error ReputationProofAgentMismatch(uint256 agentId, uint256 proofAgentId);

    /// @notice The proof is another account's.
    /// @param submitter Whose it is.
    /// @param sender Who came.
    error ReputationProofSubmitterMismatch(address submitter, address sender);

    /// @notice Who may act for an agent cannot rate it.
    /// @param agentId The agent.
    /// @param submitter Who tried.
    error ReputationSelfFeedback(uint256 agentId, address submitter);

    /// @notice The value is more than 1e9 either way.
    /// @param value The value given.
    error ReputationValueOutOfRange(int128 value);

    /// @notice The value has more than 18 decimals.
    /// @param valueDecimals The decimals given.
    error ReputationValueDecimalsTooLarge(uint8 valueDecimals);

    /// @notice There is no such entry.
    /// @param index Number asked for.
    /// @param length How many there are.
    error ReputationInvalidIndex(uint256 index, uint256 length);

    /// @notice The entry was taken back before.
    error ReputationAlreadyRevoked();

    /// @notice Only the agent's owner answers.
    error ReputationNotAgentOwner();

    /// @notice The entry has an answer.
    error ReputationAlreadyResponded();

    /// @notice Whoever sums up must say whose entries count.
    error ReputationClientsRequired();

    /// @notice The sum does not fit its type.
    error ReputationSummaryOverflow();

    // ------------------------------------------------------------------ events

    /// @notice What the agent ran on when it was rated; beside NewFeedback.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @param dataHashes Its data.
    /// @param frameworkHash Its code.
    event FeedbackWithProof(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 indexed feedbackIndex,
        bytes32[] dataHashes,
        bytes32 frameworkHash
    );

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param identityRegistry_ The AgenticID, which knows the seals.
    /// @param maxProofAge_ Longest time from now to a deadline, seconds.
    /// @param authority_ The AccessManager that may administer it.
    function initialize(address identityRegistry_, uint256 maxProofAge_, address authority_) external;

    /// @notice Rate an agent that answered the caller.
    /// @param agentId The agent.
    /// @param value The value, at most 1e9 either way.
    /// @param valueDecimals Its decimals, at most 18.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    /// @param endpoint What was used; in the event only.
    /// @param feedbackURI Where more is said; in the event only.
    /// @param feedbackHash keccak256 of what is there; in the event only.
    /// @param proof A proof for the caller; it is used up.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash,
        ServeProof calldata proof
    ) external;

    // ------------------------------------------------------------------- views

    /// @inheritdoc IServeProofs
    function getIdentityRegistry() external view override(IReputationRegistry8004, IServeProofs) returns (address);

    /// @notice What the agent ran on when it was rated.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @return dataHashes Its data.
    /// @return frameworkHash Its code.
    function getServeData(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (bytes32[] memory dataHashes, bytes32 frameworkHash);
}
