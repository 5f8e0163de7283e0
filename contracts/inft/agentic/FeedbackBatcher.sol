// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// So many arguments fit the stack only in memory.
// solhint-disable gas-calldata-parameters

import {ERC721Holder} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Holder.sol";
import {IFeedbackBatcher} from "../../interfaces/agentic/IFeedbackBatcher.sol";
import {IReputationRegistry8004} from "../../interfaces/agentic/IReputationRegistry8004.sol";
import {ServeProof, TaskReveal} from "../../interfaces/agentic/IServeProofs.sol";
import {IServeProofs} from "../../interfaces/agentic/IServeProofs.sol";
import {IVerifiedFeedbackRegistry} from "../../interfaces/agentic/IVerifiedFeedbackRegistry.sol";

/// @title Rating and mark in one transaction
/// @notice The manual is {IFeedbackBatcher}. It takes tokens and money like the account that runs it did before.
contract FeedbackBatcher is IFeedbackBatcher, ERC721Holder {
    /// @inheritdoc IFeedbackBatcher
    IReputationRegistry8004 public immutable canonicalReputation;

    /// @inheritdoc IFeedbackBatcher
    IVerifiedFeedbackRegistry public immutable verifiedFeedback;

    /// @notice The registries are fixed: no calldata can lead an account to others.
    /// @param canonicalReputation_ The canonical reputation registry.
    /// @param verifiedFeedback_ The registry of marks.
    constructor(IReputationRegistry8004 canonicalReputation_, IVerifiedFeedbackRegistry verifiedFeedback_) {
        (address opinions, address marks) = (address(canonicalReputation_), address(verifiedFeedback_));
        require(opinions.code.length != 0, IServeProofs.NotARegistry(opinions));
        require(marks.code.length != 0, IServeProofs.NotARegistry(marks));
        (canonicalReputation, verifiedFeedback) = (canonicalReputation_, verifiedFeedback_);
    }

    /// @notice Money for the account.
    receive() external payable {}

    /// @inheritdoc IFeedbackBatcher
    function giveFeedbackAndAttest(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string memory tag1,
        string memory tag2,
        string memory endpoint,
        string memory feedbackURI,
        bytes32 feedbackHash,
        ServeProof calldata proof,
        TaskReveal calldata task
    ) external returns (uint64) {
        require(msg.sender == address(this), BatcherNotSelf());
        canonicalReputation.giveFeedback(agentId, value, valueDecimals, tag1, tag2, endpoint, feedbackURI, feedbackHash);
        return _attest(agentId, proof, task);
    }

    function _attest(uint256 agentId, ServeProof calldata proof, TaskReveal calldata task)
        private
        returns (uint64 index)
    {
        index = canonicalReputation.getLastIndex(agentId, address(this));
        if (bytes(task.method).length == 0) {
            verifiedFeedback.attestFeedback(agentId, index, proof);
        } else {
            verifiedFeedback.attestFeedbackWithTask(agentId, index, proof, task);
        }
    }
}
