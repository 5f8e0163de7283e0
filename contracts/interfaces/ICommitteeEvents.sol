// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Dealing} from "../libraries/Dealings.sol";
import {Point} from "../libraries/Secp256k1.sol";
import {CommitteeParams, MemberState} from "./ICommittee.sol";

/// @title What a committee says
/// @notice Errors and events of {ICommittee}.
interface ICommitteeEvents {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must not be zero is.
    error ZeroAddress();

    /// @notice The account is a member already.
    /// @param account The account.
    error AlreadyMember(address account);

    /// @notice The caller is no member, or not the member that may do this.
    /// @param account The caller.
    error NotMember(address account);

    /// @notice The bond is smaller than it must be.
    /// @param bondWei The bond.
    /// @param minBondWei The least.
    error BondTooSmall(uint256 bondWei, uint256 minBondWei);

    /// @notice The member cannot be called to a round, or their slots are not in ascending order.
    /// @param slot The slot.
    error NotEligible(uint16 slot);

    /// @notice The member is not in the state for this.
    /// @param slot The slot.
    /// @param state Their state.
    error WrongMemberState(uint16 slot, MemberState state);

    /// @notice The bond cannot be taken back yet.
    /// @param slot The slot.
    /// @param leavableAt When its time has come; seconds since 1970.
    /// @param duties Sharings and rounds that the member is still part of.
    error StillBound(uint16 slot, uint40 leavableAt, uint32 duties);

    /// @notice Nothing is credited.
    /// @param account The account.
    error NothingCredited(address account);

    /// @notice The receiver refused the payment.
    /// @param to The receiver.
    /// @param amountWei The amount.
    error PaymentFailed(address to, uint256 amountWei);

    /// @notice Penalty or times make no sense together.
    error BadParams();

    /// @notice Threshold below 2, or above the number of receivers.
    /// @param threshold The threshold.
    /// @param receivers Number of receivers.
    error BadThreshold(uint256 threshold, uint256 receivers);

    /// @notice Another round is open, or this one is not.
    /// @param roundId The round.
    error WrongRound(uint256 roundId);

    /// @notice It is not the time for this step of the round.
    /// @param roundId The round.
    /// @param time Time of the block, seconds since 1970.
    error WrongPhase(uint256 roundId, uint256 time);

    /// @notice The member has no such part in the round, or has done it.
    /// @param roundId The round.
    /// @param slot The slot.
    error WrongPart(uint256 roundId, uint16 slot);

    /// @notice The dealing is not the one that was dealt.
    /// @param slot The dealer.
    error NotTheDealing(uint16 slot);

    /// @notice A dealer of a resharing does not deal the share that they have.
    /// @param slot The dealer.
    error NotTheOldShare(uint16 slot);

    /// @notice The share that was complained of is right.
    /// @param dealer The dealer.
    /// @param receiver The receiver.
    error DealingIsRight(uint16 dealer, uint16 receiver);

    /// @notice The dealings given are not those that the round needs.
    /// @param given How many were given.
    /// @param needed How many are needed.
    error WrongDealings(uint256 given, uint256 needed);

    /// @notice Too many hints were given, or too few.
    /// @param given How many.
    /// @param needed How many are needed.
    error WrongHints(uint256 given, uint256 needed);

    /// @notice The dealings do not make the key that is reshared.
    /// @param keyId The key.
    error NotTheKey(uint256 keyId);

    /// @notice There is no such key, or it is retired, or it must not be.
    /// @param keyId The key.
    error WrongKey(uint256 keyId);

    /// @notice The caller is not the judge.
    /// @param caller The caller.
    error NotTheJudge(address caller);

    // ------------------------------------------------------------------ events

    /// @notice Somebody joined.
    /// @param slot Their slot, for ever.
    /// @param account Their account.
    /// @param box Key that shares are sealed to.
    /// @param bondWei Their bond.
    event Joined(uint16 indexed slot, address indexed account, Point box, uint256 bondWei);

    /// @notice A bond grew.
    /// @param slot The member.
    /// @param bondWei The bond now.
    event BondRaised(uint16 indexed slot, uint256 bondWei);

    /// @notice A member wants to leave.
    /// @param slot The member.
    /// @param leavableAt When the bond may be taken back; seconds since 1970.
    event LeaveAnnounced(uint16 indexed slot, uint256 leavableAt);

    /// @notice A member left, and the bond is credited.
    /// @param slot The member.
    /// @param bondWei The bond.
    event Left(uint16 indexed slot, uint256 bondWei);

    /// @notice A fault was proven.
    /// @param slot The member.
    /// @param reporter Who proved it, credited with half.
    /// @param amountWei What was cut.
    /// @param evidence The share's digest, or the hash of the wrong dealing.
    event Slashed(uint16 indexed slot, address indexed reporter, uint256 amountWei, bytes32 evidence);

    /// @notice Money went out.
    /// @param to The receiver.
    /// @param amountWei The amount.
    event Withdrawn(address indexed to, uint256 amountWei);

    /// @notice Another contract judges shares from now on.
    /// @param judge The contract.
    event JudgeSet(address indexed judge);

    /// @notice Money and times changed.
    /// @param params The new ones.
    event ParamsSet(CommitteeParams params);

    /// @notice A round began.
    /// @param roundId The round.
    /// @param keyId The key that is reshared; 0 for a new one.
    /// @param threshold Its threshold.
    /// @param dealers Slots that deal.
    /// @param receivers Slots that get a share.
    event RoundOpened(
        uint256 indexed roundId, uint256 indexed keyId, uint16 threshold, uint16[] dealers, uint16[] receivers
    );

    /// @notice A dealing was posted.
    /// @param roundId The round.
    /// @param slot The dealer.
    /// @param dealing The dealing.
    event Dealt(uint256 indexed roundId, uint16 indexed slot, Dealing dealing);

    /// @notice A receiver has all shares.
    /// @param roundId The round.
    /// @param slot The receiver.
    event Confirmed(uint256 indexed roundId, uint16 indexed slot);

    /// @notice A dealing was proven wrong and does not count.
    /// @param roundId The round.
    /// @param dealer Whose it was.
    /// @param receiver Who proved it.
    event DealingRefuted(uint256 indexed roundId, uint16 indexed dealer, uint16 indexed receiver);

    /// @notice A round ended well.
    /// @param roundId The round.
    /// @param keyId The key.
    /// @param sharingId The sharing of the key that holds from now on.
    event RoundFinal(uint256 indexed roundId, uint256 indexed keyId, uint256 indexed sharingId);

    /// @notice A round ended without result.
    /// @param roundId The round.
    event RoundAbandoned(uint256 indexed roundId);

    /// @notice A key was given up; what is deposited under it cannot be released any more.
    /// @param keyId The key.
    event KeyRetired(uint256 indexed keyId);
}
