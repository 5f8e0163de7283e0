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
/// @notice A signer says where it stands and who runs it; the authority may confirm that, and take it back. For an epoch
/// the labels hold that a signer has when registration for it closes: a change while it is open counts for the next
/// epoch, a later one for the epoch behind it. Should registration open again, because nobody captured the beacon, who
/// is registered is judged as when it closed first, unless something is said of it anew, be it the same. Quorums that are
/// drawn stay as they are, and what they sign counts. The quorums of policy p have the ids p·2^32 and up.
interface IDALabels {
    // ------------------------------------------------------------------ errors

    /// @notice There are as many policies as there may be; those that are retired do not count.
    /// @param limit The most.
    error TooManyPolicies(uint256 limit);

    /// @notice No policy has this id.
    /// @param policyId The id.
    error NoSuchPolicy(uint256 policyId);

    /// @notice A policy that takes everybody is none, and neither is one that names a label of zeros.
    error EmptyPolicy();

    /// @notice The policy is retired already.
    /// @param policyId The policy.
    /// @param endEpoch The first epoch without quorums of it.
    error PolicyEnded(uint256 policyId, uint256 endEpoch);

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

    /// @notice The authority does not vouch for the labels of a signer any more.
    /// @param signer The signer.
    /// @param region Its region, as it says itself.
    /// @param operator Its operator, likewise.
    event LabelsRevoked(address indexed signer, bytes32 indexed region, bytes32 indexed operator);

    /// @notice A policy is known.
    /// @param policyId Its id, from 1.
    /// @param fromEpoch The first epoch that has quorums of it.
    /// @param policy The rule.
    event PolicyRegistered(uint256 indexed policyId, uint256 fromEpoch, QuorumPolicy policy);

    /// @notice A policy ends.
    /// @param policyId Its id.
    /// @param endEpoch The first epoch without quorums of it.
    event PolicyRetired(uint256 indexed policyId, uint256 endEpoch);

    // ----------------------------------------------------------------- actions

    /// @notice Label the calling signer. What was confirmed before is not any more. Zeros twice give the labels up:
    /// whoever says nothing fits no policy, but one that names a label of zeros: earlier contracts took such.
    /// @param region Where it stands: the ASCII code, padded with zeros.
    /// @param operator Who runs it, likewise.
    function setLabels(bytes32 region, bytes32 operator) external;

    /// @notice Vouch for the labels of a signer. The authority only.
    /// @param signer The signer.
    /// @param region Its region, as it is set.
    /// @param operator Its operator, as it is set.
    function confirmLabels(address signer, bytes32 region, bytes32 operator) external;

    /// @notice Vouch for the labels of a signer no more, because it moved for instance. It keeps them as its own word.
    /// Once more is no error: while registration is open the signer is judged again. The authority only.
    /// @param signer The signer.
    function revokeLabels(address signer) external;

    /// @notice Register a policy; it has quorums from the epoch after the next on. The authority only.
    /// @param policy The rule.
    /// @return policyId Its id.
    function registerPolicy(QuorumPolicy calldata policy) external returns (uint256 policyId);

    /// @notice Retire a policy, for ever: no more quorums are drawn for it from the next epoch on or, once that has its
    /// beacon, from the one behind it. Until then blobs may be announced for it, then no more, as for any policy without
    /// a quorum. Certificates of its quorums are verified as before; its id is never another's. The authority only.
    /// @param policyId The policy.
    /// @return endEpoch The first epoch without quorums of it.
    function retirePolicy(uint256 policyId) external returns (uint256 endEpoch);

    // ------------------------------------------------------------------- views

    /// @notice Labels of a signer.
    /// @param signer The signer.
    /// @return region Where it stands.
    /// @return operator Who runs it.
    /// @return confirmed Whether the authority vouches for them.
    function labelsOf(address signer) external view returns (bytes32 region, bytes32 operator, bool confirmed);

    /// @notice A policy, live or retired.
    /// @param policyId Its id.
    /// @return The rule.
    function policyOf(uint256 policyId) external view returns (QuorumPolicy memory);

    /// @notice The epochs that have quorums of a policy, and which bit of {Registration} stands for it in them.
    /// @param policyId The policy.
    /// @return fromEpoch The first.
    /// @return endEpoch The first that has none any more; 0 while the policy is live.
    /// @return slot Bit slot - 1 of `fits`: 1 to 16. A later policy may have the slot of a retired one.
    function policyTerm(uint256 policyId) external view returns (uint256 fromEpoch, uint256 endEpoch, uint256 slot);

    /// @notice How many policies there are, retired ones among them.
    /// @return Policies 1 to this, inclusive.
    function policyCount() external view returns (uint256);

    /// @notice The quorums of a policy in an epoch.
    /// @param epoch The epoch.
    /// @param policyId The policy; 0 for everybody's draw.
    /// @return first Id of the first.
    /// @return count How many there are; their ids follow each other. 0 when no fitting signer registered,
    /// or the policy had not begun or had ended.
    function policyQuorums(uint256 epoch, uint256 policyId) external view returns (uint256 first, uint256 count);
}
