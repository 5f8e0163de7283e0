// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IReputationRegistry8004} from "./IReputationRegistry8004.sol";
import {ServeProof, TaskReveal} from "./IServeProofs.sol";
import {IVerifiedFeedbackRegistry} from "./IVerifiedFeedbackRegistry.sol";

/// @title Rating and mark in one transaction
/// @notice Code that a client's account runs as its own (EIP-7702): it rates the agent in the canonical registry and
/// marks that entry, or does neither. It keeps nothing and can be told by the account itself only.
interface IFeedbackBatcher {
    /// @notice Somebody else than the account itself called.
    error BatcherNotSelf();

    /// @notice Rate an agent and mark the entry.
    /// @param agentId The agent.
    /// @param value The value.
    /// @param valueDecimals Its decimals.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    /// @param endpoint What was used.
    /// @param feedbackURI Where more is said.
    /// @param feedbackHash keccak256 of what is there.
    /// @param proof A serve proof for the account.
    /// @param task What the proof's task hash is made of; an empty method keeps it to oneself.
    /// @return feedbackIndex Number of the entry.
    function giveFeedbackAndAttest(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash,
        ServeProof calldata proof,
        TaskReveal calldata task
    ) external returns (uint64 feedbackIndex);

    /// @notice The canonical reputation registry.
    /// @return Its address.
    function canonicalReputation() external view returns (IReputationRegistry8004);

    /// @notice The registry of marks.
    /// @return Its address.
    function verifiedFeedback() external view returns (IVerifiedFeedbackRegistry);
}
