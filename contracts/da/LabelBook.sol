// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Registration} from "../interfaces/da/IDAEpochs.sol";
import {IDALabels, QuorumPolicy} from "../interfaces/da/IDALabels.sol";
import {SignerBook} from "./SignerBook.sol";

/// @title Labels and policies
/// @notice The manual is {IDALabels}.
abstract contract LabelBook is SignerBook {
    // ------------------------------------------------------------------ labels

    /// @inheritdoc IDALabels
    function setLabels(bytes32 region, bytes32 operator) external {
        Signer storage signer = _known(msg.sender);
        (signer.region, signer.operator) = (region, operator);
        emit LabelsSet(msg.sender, region, operator);
        _vouch(msg.sender, signer, false);
    }

    /// @inheritdoc IDALabels
    function confirmLabels(address signer, bytes32 region, bytes32 operator) external restricted {
        Signer storage known = _known(signer);
        bool same = known.region == region && known.operator == operator;
        require(same, LabelsChanged(signer, known.region, known.operator));
        emit LabelsConfirmed(signer, region, operator);
        _vouch(signer, known, true);
    }

    /// @inheritdoc IDALabels
    function revokeLabels(address signer) external restricted {
        Signer storage known = _known(signer);
        emit LabelsRevoked(signer, known.region, known.operator);
        _vouch(signer, known, false);
    }

    /// @inheritdoc IDALabels
    function labelsOf(address signer) external view returns (bytes32 region, bytes32 operator, bool confirmed) {
        Signer storage known = _signers().signers[signer];
        return (known.region, known.operator, known.confirmed);
    }

    // ---------------------------------------------------------------- policies

    /// @inheritdoc IDALabels
    function registerPolicy(QuorumPolicy calldata policy) external restricted returns (uint256 policyId) {
        require(policy.regions.length + policy.operators.length != 0, EmptyPolicy());
        SignersStorage storage $ = _signers();
        policyId = $.policies.length + 1;
        uint256 slot = policyId <= MAX_POLICIES ? policyId : _freeSlot();
        Policy storage made = $.policies.push();
        if (slot != policyId) ($.slots[slot], made.slot) = (uint32(policyId), uint8(slot));
        // Registration for the next epoch may have begun; all its signers are judged by the same policies.
        made.fromEpoch = uint64($.epochNumber + 2);
        made.rule = policy;
        _name(made.regions, policy.regions);
        _name(made.operators, policy.operators);
        emit PolicyRegistered(policyId, made.fromEpoch, policy);
    }

    /// @dev Who says nothing of itself fits nobody's policy: no label is named that is none.
    function _name(mapping(bytes32 label => bool) storage named, bytes32[] calldata labels) private {
        for (uint256 i = 0; i < labels.length; ++i) {
            require(labels[i] != 0, EmptyPolicy());
            named[labels[i]] = true;
        }
    }

    /// @inheritdoc IDALabels
    function retirePolicy(uint256 policyId) external restricted returns (uint256 endEpoch) {
        Policy storage policy = _policy(policyId);
        require(policy.endEpoch == 0, PolicyEnded(policyId, policy.endEpoch));
        SignersStorage storage $ = _signers();
        endEpoch = $.epochNumber + 1;
        Epoch storage next = $.epochs[endEpoch];
        // From the beacon on, the draw is one of those that the epoch waits for.
        if (next.beacon == 0) next.draws[policyId].votes = 0;
        else ++endEpoch;
        policy.endEpoch = uint64(endEpoch);
        emit PolicyRetired(policyId, endEpoch);
    }

    /// @inheritdoc IDALabels
    function policyOf(uint256 policyId) external view returns (QuorumPolicy memory) {
        return _policy(policyId).rule;
    }

    /// @inheritdoc IDALabels
    function policyTerm(uint256 policyId) external view returns (uint256 fromEpoch, uint256 endEpoch, uint256 slot) {
        Policy storage policy = _policy(policyId);
        return (policy.fromEpoch, policy.endEpoch, _slotOf(policyId));
    }

    /// @inheritdoc IDALabels
    function policyCount() external view returns (uint256) {
        return _signers().policies.length;
    }

    // ---------------------------------------------------------------- internal

    /// @dev The policies for which a signer may be drawn, and its votes in their draws. Every policy that has quorums
    /// in an epoch is in a slot until the epoch's beacon is known; `fits` is what was found before.
    function _judge(Epoch storage next, uint256 epoch, Signer storage signer, uint256 votes, uint16 fits)
        internal
        returns (uint16)
    {
        uint256 slots = _slotCount();
        for (uint256 slot = 1; slot <= slots; ++slot) {
            uint256 policyId = _inSlot(slot);
            Policy storage policy = _policy(policyId);
            if (epoch < policy.fromEpoch || (policy.endEpoch != 0 && epoch >= policy.endEpoch)) continue;
            bool fit = _fits(signer, policy);
            if (fit == (fits >> (slot - 1) & 1 == 1)) continue;
            fits ^= uint16(1 << (slot - 1));
            unchecked {
                // Wraps when they are taken away, and was that much at least.
                next.draws[policyId].votes += uint64(fit ? votes : 0 - votes);
            }
        }
        return fits;
    }

    /// @dev What is registered while registration is open is judged again.
    function _vouch(address account, Signer storage signer, bool confirmed) private {
        signer.confirmed = confirmed;
        uint256 epoch = _signers().epochNumber + 1;
        Epoch storage next = _signers().epochs[epoch];
        uint256 index = next.indexes[account];
        if (index == 0 || block.number > next.closeBlock) return;
        Registration storage entry = next.registrations[index - 1];
        entry.fits = _judge(next, epoch, signer, entry.votes, entry.fits);
    }

    function _fits(Signer storage signer, Policy storage policy) private view returns (bool) {
        if (policy.rule.confirmed && !signer.confirmed) return false;
        return (policy.rule.regions.length == 0 || policy.regions[signer.region])
            && (policy.rule.operators.length == 0 || policy.operators[signer.operator]);
    }

    function _policy(uint256 policyId) private view returns (Policy storage) {
        SignersStorage storage $ = _signers();
        require(policyId != 0 && policyId <= $.policies.length, NoSuchPolicy(policyId));
        return $.policies[policyId - 1];
    }

    // ------------------------------------------------------------------- slots

    /// @dev Slots that hold a policy, live or not: 1 to this.
    function _slotCount() internal view returns (uint256) {
        return Math.min(_signers().policies.length, MAX_POLICIES);
    }

    /// @dev The policy in a slot; 0 in slot 0 is everybody's draw.
    function _inSlot(uint256 slot) internal view returns (uint256 policyId) {
        policyId = _signers().slots[slot];
        if (policyId == 0) policyId = slot;
    }

    function _slotOf(uint256 policyId) internal view returns (uint256) {
        return policyId <= MAX_POLICIES ? policyId : _policy(policyId).slot;
    }

    /// @dev One whose policy is retired: it ends before the first epoch of a new one.
    function _freeSlot() private view returns (uint256 slot) {
        while (++slot <= MAX_POLICIES) {
            if (_policy(_inSlot(slot)).endEpoch != 0) return slot;
        }
        revert TooManyPolicies(MAX_POLICIES);
    }
}
