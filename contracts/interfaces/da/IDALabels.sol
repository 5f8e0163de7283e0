// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice A rule for who may hold data.
/// @param regions Regions of which a signer must be; empty for any.
/// @param operators Operators of which a signer must be; empty for any.
/// @param confirmed Whether only labels count that the authority confirmed.
struct QuorumPolicy {
    bytes32[] regions;
    bytes32[] operators;
    bool confirmed;
}

/// @title Labels of signers, and quorums drawn only among those that fit a policy
/// @notice A signer says where it stands and who runs it; the authority may confirm that. What a signer is labelled
/// when it registers for an epoch holds for that epoch. The quorums of policy p have the ids p·2^32 and up.
interface IDALabels {
    // ------------------------------------------------------------------ errors

    /// @notice There are as many policies as there may be.
    /// @param limit The most.
    error TooManyPolicies(uint256 limit);

    /// @notice No policy has this id.
    /// @param policyId The id.
    error NoSuchPolicy(uint256 policyId);

    /// @notice A policy that takes everybody is none.
    error EmptyPolicy();

    /// @notice The labels are others than those to be confirmed.
    /// @param signer The signer.
    /// @param region Its region now.
    /// @param operator Its operator now.
    error LabelsChanged(address signer, bytes32 region, bytes32 operator);

    // ------------------------------------------------------------------ events

    /// @notice A signer says where it stands and who runs it; nothing is confirmed.
    /// @param signer The signer.
    /// @param region Its region.
    /// @param operator Its operator.
    event LabelsSet(address indexed signer, bytes32 indexed region, bytes32 indexed operator);

    /// @notice The authority vouches for the labels of a signer.
    /// @param signer The signer.
    /// @param region Its region.
    /// @param operator Its operator.
    event LabelsConfirmed(address indexed signer, bytes32 indexed region, bytes32 indexed operator);

    /// @notice A policy is known.
    /// @param policyId Its id, from 1.
    /// @param fromEpoch The first epoch that has quorums of it.
    /// @param policy The rule.
    event PolicyRegistered(uint256 indexed policyId, uint256 fromEpoch, QuorumPolicy policy);

    // ----------------------------------------------------------------- actions

    /// @notice Label the calling signer. What was confirmed before is not any more.
    /// @param region Where it stands: the ASCII code, padded with zeros.
    /// @param operator Who runs it, likewise.
    function setLabels(bytes32 region, bytes32 operator) external;

    /// @notice Vouch for the labels of a signer. The authority only.
    /// @param signer The signer.
    /// @param region Its region, as it is set.
    /// @param operator Its operator, as it is set.
    function confirmLabels(address signer, bytes32 region, bytes32 operator) external;

    /// @notice Register a policy; it has quorums from the epoch after the next on. The authority only.
    /// @param policy The rule.
    /// @return policyId Its id.
    function registerPolicy(QuorumPolicy calldata policy) external returns (uint256 policyId);

    // ------------------------------------------------------------------- views

    /// @notice Labels of a signer.
    /// @param signer The signer.
    /// @return region Where it stands.
    /// @return operator Who runs it.
    /// @return confirmed Whether the authority vouches for them.
    function labelsOf(address signer) external view returns (bytes32 region, bytes32 operator, bool confirmed);

    /// @notice A policy.
    /// @param policyId Its id.
    /// @return The rule.
    function policyOf(uint256 policyId) external view returns (QuorumPolicy memory);

    /// @notice How many policies there are.
    /// @return Policies 1 to this, inclusive.
    function policyCount() external view returns (uint256);

    /// @notice The quorums of a policy in an epoch.
    /// @param epoch The epoch.
    /// @param policyId The policy; 0 for everybody's draw.
    /// @return first Id of the first.
    /// @return count How many there are; their ids follow each other. 0 when no fitting signer registered.
    function policyQuorums(uint256 epoch, uint256 policyId) external view returns (uint256 first, uint256 count);
}
