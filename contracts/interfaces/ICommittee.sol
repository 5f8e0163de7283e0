// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ICommitteeEvents} from "./ICommitteeEvents.sol";
import {Dealing} from "../libraries/Dealings.sol";
import {Point} from "../libraries/Secp256k1.sol";

/// @notice Whether a member may be called to rounds.
enum MemberState {
    None,
    Active,
    Leaving,
    Left
}

/// @notice Where a round stands. Dealing and judging end by themselves (`roundOf`).
enum RoundState {
    None,
    Open,
    Final,
    Abandoned
}

/// @notice Money and times of a committee.
/// @param minBondWei Least bond of a member who is called to a round.
/// @param penaltyWei What one proven fault costs; not more than the bond.
/// @param dealSeconds How long dealers of a round may deal.
/// @param judgeSeconds How long receivers may complain afterwards, unless all confirm before.
/// @param leaveSeconds From `announceLeaving` to the return of the bond, at least.
/// @param treasury Who is credited with the half of each penalty that the reporter does not get.
struct CommitteeParams {
    uint128 minBondWei;
    uint128 penaltyWei;
    uint32 dealSeconds;
    uint32 judgeSeconds;
    uint32 leaveSeconds;
    address treasury;
}

/// @notice A member.
/// @param account Who acts and is paid.
/// @param state Whether rounds may call them.
/// @param duties Sharings and open rounds that they are part of.
/// @param leavableAt When the bond may be taken back; seconds since 1970, 0 while not leaving.
/// @param bondWei What can be cut.
/// @param box Key that shares are sealed to.
struct Member {
    address account;
    MemberState state;
    uint32 duties;
    uint40 leavableAt;
    uint128 bondWei;
    Point box;
}

/// @notice A round of key generation (`keyId` 0 until it is final) or of resharing.
/// @param state Where it stands.
/// @param reshare Whether it hands an existing key to new receivers.
/// @param threshold How many receivers will open a seal together.
/// @param dealBy Last second of dealing; brought forward when the last dealer deals.
/// @param judgeBy Last second of judging.
/// @param keyId The key.
/// @param dealers Slots that deal.
/// @param receivers Slots that get a share.
struct Round {
    RoundState state;
    bool reshare;
    uint16 threshold;
    uint40 dealBy;
    uint40 judgeBy;
    uint256 keyId;
    uint16[] dealers;
    uint16[] receivers;
}

/// @notice What a member did in a round.
/// @param dealingHash keccak256 of their encoded dealing; zero before.
/// @param wrong Whether the dealing was proven wrong.
/// @param confirmed Whether they said that all their shares are right.
struct RoundPart {
    bytes32 dealingHash;
    bool wrong;
    bool confirmed;
}

/// @title Members of a threshold committee, and the keys that they share
/// @notice Members share keys that none of them has. This contract is the bulletin of key generation and resharing,
/// where every fault of a dealer can be proven, and it holds the bonds that faults cost. What is sealed to a key and
/// how it is released is in {ICommitteeVault}. What no bond can stop: a threshold of members who open a key together
/// can do so unseen.
interface ICommittee is ICommitteeEvents {
    // ----------------------------------------------------------------- members

    /// @notice Become a member with the value sent as bond; gives a slot that is never given again.
    /// @param box Key that shares are sealed to.
    /// @return slot The slot.
    function join(Point calldata box) external payable returns (uint16 slot);

    /// @notice Add the value sent to one's bond.
    function raiseBond() external payable;

    /// @notice Announce that one leaves: no round calls the caller any more.
    function announceLeaving() external;

    /// @notice Have the bond credited, once the time is over and no sharing has the caller in it.
    function takeBond() external;

    /// @notice Send what is credited to the caller.
    /// @param to The receiver.
    function withdraw(address payable to) external;

    // ------------------------------------------------------------------ rounds

    /// @notice Begin the generation of a new key, which deposits go to once it is final, or hand a key to other
    /// members or under another threshold: the key stays. Restricted.
    /// @param keyId The key to reshare; 0 for a new one.
    /// @param threshold How many of the receivers open a seal together, at least 2.
    /// @param receivers Their slots, ascending.
    /// @return roundId The round.
    function openRound(uint256 keyId, uint16 threshold, uint16[] calldata receivers) external returns (uint256 roundId);

    /// @notice Post one's dealing.
    /// @param roundId The round.
    /// @param dealing The dealing.
    function deal(uint256 roundId, Dealing calldata dealing) external;

    /// @notice Say that all one's shares are right: when everybody does, judging ends.
    /// @param roundId The round.
    function confirm(uint256 roundId) external;

    /// @notice Prove that a dealing holds no right share for the caller; it is left out, and its dealer is punished.
    /// @param roundId The round.
    /// @param dealer The dealer.
    /// @param dealing The dealing.
    /// @param shared The point that dealer and caller share.
    /// @param proof Proof by the caller's box key that it is that point.
    function refute(
        uint256 roundId,
        uint16 dealer,
        Dealing calldata dealing,
        Point calldata shared,
        bytes calldata proof
    ) external;

    /// @notice End a round: the dealings are added up and the public values computed. Anyone.
    /// @param roundId The round.
    /// @param dealings Those that count, by ascending slot: all right ones for a new key, and as many as the old
    /// threshold for a resharing.
    /// @param hints For a resharing the weighed commitments, dealer by dealer; none for a new key.
    function finalise(uint256 roundId, Dealing[] calldata dealings, Point[] calldata hints) external;

    /// @notice Give up an open round, say one with too few right dealings. Restricted.
    /// @param roundId The round.
    function abandon(uint256 roundId) external;

    /// @notice Give up an older key, so that its members are free. Restricted.
    /// @param keyId The key; not the newest.
    function retireKey(uint256 keyId) external;

    // ------------------------------------------------------------------ faults

    /// @notice Cut a member's bond for a fault that the judge found proven. Only the judge.
    /// @param slot The member.
    /// @param reporter Who proved it.
    /// @param evidence What stands for the fault.
    function punish(uint16 slot, address reporter, bytes32 evidence) external;

    // ---------------------------------------------------------- administration

    /// @notice Set up the proxy, once.
    /// @param params_ Money and times.
    /// @param authority_ AccessManager that may administer the committee.
    function initialize(CommitteeParams calldata params_, address authority_) external;

    /// @notice Name the contract that judges shares: the vault. Restricted.
    /// @param judge_ The contract; zero for none.
    function setJudge(address judge_) external;

    /// @notice Set money and times. Restricted.
    /// @param params The new ones.
    function setParams(CommitteeParams calldata params) external;

    // ------------------------------------------------------------------- views

    /// @notice Money and times.
    /// @return The parameters.
    function params() external view returns (CommitteeParams memory);

    /// @notice How many slots were given.
    /// @return The number, which is the last slot.
    function memberCount() external view returns (uint16);

    /// @notice A member.
    /// @param slot The slot.
    /// @return The member; state None when there is none.
    function memberOf(uint16 slot) external view returns (Member memory);

    /// @notice The slot of an account.
    /// @param account The account.
    /// @return The slot; 0 for none.
    function slotOf(address account) external view returns (uint16);

    /// @notice What `withdraw` would send.
    /// @param account The account.
    /// @return Wei.
    function creditOf(address account) external view returns (uint256);

    /// @notice The newest round.
    /// @return Its number; 0 before any.
    function lastRound() external view returns (uint256);

    /// @notice A round.
    /// @param roundId The round.
    /// @return The round.
    function roundOf(uint256 roundId) external view returns (Round memory);

    /// @notice What a member did in a round.
    /// @param roundId The round.
    /// @param slot The slot.
    /// @return What they did.
    function partOf(uint256 roundId, uint16 slot) external view returns (RoundPart memory);

    /// @notice The newest key, which deposits go to.
    /// @return Its id; 0 before any.
    function activeKey() external view returns (uint256);

    /// @notice A key.
    /// @param keyId The key.
    /// @return key The point.
    /// @return sharingId The sharing that holds; 0 when it is retired.
    function keyOf(uint256 keyId) external view returns (Point memory key, uint256 sharingId);

    /// @notice Who judges shares.
    /// @return The contract; zero for none.
    function judge() external view returns (address);

    /// @notice The threshold of a sharing.
    /// @param sharingId The sharing.
    /// @return How many members open a seal together; 0 for no sharing.
    function thresholdOf(uint256 sharingId) external view returns (uint16);

    /// @notice The public value of a member in a sharing.
    /// @param sharingId The sharing.
    /// @param slot The member.
    /// @return keyId The key.
    /// @return account The member's account.
    /// @return value The point; (0, 0) when they have no share.
    function publicOf(uint256 sharingId, uint16 slot)
        external
        view
        returns (uint256 keyId, address account, Point memory value);

    /// @notice A sharing of a key.
    /// @param sharingId The sharing.
    /// @return keyId The key.
    /// @return threshold How many members open a seal together.
    /// @return slots The members.
    /// @return publics Their public values, in the same order.
    function sharingOf(uint256 sharingId)
        external
        view
        returns (uint256 keyId, uint16 threshold, uint16[] memory slots, Point[] memory publics);
}
