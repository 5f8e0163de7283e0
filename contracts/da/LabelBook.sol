// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IDALabels, QuorumPolicy} from "../interfaces/da/IDALabels.sol";
import {SignerBook} from "./SignerBook.sol";

/// @title Labels and policies
/// @notice The manual is {IDALabels}.
abstract contract LabelBook is SignerBook {
    uint256 internal constant MAX_POLICIES = 16;

    /// @inheritdoc IDALabels
    function setLabels(bytes32 region, bytes32 operator) external {
        Signer storage signer = _known(msg.sender);
        (signer.region, signer.operator, signer.confirmed) = (region, operator, false);
        emit LabelsSet(msg.sender, region, operator);
    }

    /// @inheritdoc IDALabels
    function confirmLabels(address signer, bytes32 region, bytes32 operator) external restricted {
        Signer storage known = _known(signer);
        bool same = known.region == region && known.operator == operator;
        require(same, LabelsChanged(signer, known.region, known.operator));
        known.confirmed = true;
        emit LabelsConfirmed(signer, region, operator);
    }

    /// @inheritdoc IDALabels
    function registerPolicy(QuorumPolicy calldata policy) external restricted returns (uint256 policyId) {
        require(policy.regions.length + policy.operators.length != 0, EmptyPolicy());
        SignersStorage storage $ = _signers();
        policyId = $.policies.length + 1;
        require(policyId <= MAX_POLICIES, TooManyPolicies(MAX_POLICIES));
        Policy storage made = $.policies.push();
        // Registration for the next epoch may have begun; all its signers are judged by the same policies.
        made.fromEpoch = uint64($.epochNumber + 2);
        made.rule = policy;
        for (uint256 i = 0; i < policy.regions.length; ++i) {
            made.regions[policy.regions[i]] = true;
        }
        for (uint256 i = 0; i < policy.operators.length; ++i) {
            made.operators[policy.operators[i]] = true;
        }
        emit PolicyRegistered(policyId, made.fromEpoch, policy);
    }

    /// @inheritdoc IDALabels
    function labelsOf(address signer) external view returns (bytes32 region, bytes32 operator, bool confirmed) {
        Signer storage known = _signers().signers[signer];
        return (known.region, known.operator, known.confirmed);
    }

    /// @inheritdoc IDALabels
    function policyOf(uint256 policyId) external view returns (QuorumPolicy memory) {
        SignersStorage storage $ = _signers();
        require(policyId != 0 && policyId <= $.policies.length, NoSuchPolicy(policyId));
        return $.policies[policyId - 1].rule;
    }

    /// @inheritdoc IDALabels
    function policyCount() external view returns (uint256) {
        return _signers().policies.length;
    }

    /// @dev Whether a signer may be drawn for a policy (from 0 here) in an epoch.
    function _fits(Signer storage signer, uint256 index, uint256 epoch) internal view returns (bool) {
        Policy storage policy = _signers().policies[index];
        if (epoch < policy.fromEpoch || (policy.rule.confirmed && !signer.confirmed)) return false;
        return (policy.rule.regions.length == 0 || policy.regions[signer.region])
            && (policy.rule.operators.length == 0 || policy.operators[signer.operator]);
    }
}
