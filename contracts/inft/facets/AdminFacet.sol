// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentAdmin, Policy} from "../../interfaces/IAgentAdmin.sol";
import {IDataVerifier} from "../../interfaces/IDataVerifier.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title Administration of the token
/// @notice The manual is {IAgentAdmin}.
contract AdminFacet is IAgentAdmin, AgentBase {
    /// @inheritdoc IAgentAdmin
    uint256 public constant MAX_AUTHORIZED_USERS = USER_LIMIT;

    /// @inheritdoc IAgentAdmin
    function setVerifier(IDataVerifier verifier_) external restricted {
        _setVerifier(verifier_);
    }

    /// @inheritdoc IAgentAdmin
    function setPolicy(Policy calldata policy_) external restricted {
        AgentStore.Layout storage $ = AgentStore.load();
        $.plainTransfers = policy_.plainTransfers;
        $.resealByOracle = policy_.resealByOracle;
        $.storeSealedKeys = policy_.storeSealedKeys;
        $.eventsFinal = policy_.eventsFinal;
        $.eventsAgentic = policy_.eventsAgentic;
        emit PolicySet(policy_);
    }

    /// @inheritdoc IAgentAdmin
    function pause() external restricted whenNotPaused {
        AgentStore.load().paused = true;
        emit Paused(_msgSender());
    }

    /// @inheritdoc IAgentAdmin
    function unpause() external restricted {
        require(AgentStore.load().paused, ExpectedPause());
        AgentStore.load().paused = false;
        emit Unpaused(_msgSender());
    }

    /// @inheritdoc IAgentAdmin
    function paused() external view returns (bool) {
        return AgentStore.load().paused;
    }

    /// @inheritdoc IAgentAdmin
    function policy() external view returns (Policy memory) {
        AgentStore.Layout storage $ = AgentStore.load();
        return Policy($.plainTransfers, $.resealByOracle, $.storeSealedKeys, $.eventsFinal, $.eventsAgentic);
    }
}
