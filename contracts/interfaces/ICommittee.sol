// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Dealing} from "../libraries/Dealings.sol";
import {Act} from "../libraries/ProofHash.sol";
import {ShareCase} from "../libraries/ReleaseShares.sol";
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
/// @param leaveSeconds From `leave` to the return of the bond, at least.
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

/// @notice A sealed key that the committee may release.
/// @param keyId Key of the committee that it is sealed to; 0 when there is none.
/// @param byCommittee Whether it was re-sealed by the committee itself, so that it has no proof of knowledge.
/// @param bound keccak256(abi.encode(data hash, hash of the token's sealed key)) that it was made for.
/// @param pointsHash keccak256 of E1 and E2, 128 bytes.
struct Deposit {
    uint64 keyId;
    bool byCommittee;
    bytes32 bound;
    bytes32 pointsHash;
}

/// @title Threshold committee for sealed keys
/// @notice Members share a key that none of them has. An owner deposits the data key of a token, sealed to the
/// committee's key, with a proof that it is the token's; a threshold of members then seals it to a buyer, and this
/// contract checks every share. It is also the bulletin of key generation and resharing, and it holds the bonds: a
/// wrong dealing or a wrong share is proven here and costs its member. What no bond can stop: a threshold of members
/// who open a key together can do so unseen.
interface ICommittee {
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

    /// @notice The token has no such item of data.
    /// @param tokenId The token.
    /// @param index The index.
    error NoSuchItem(uint256 tokenId, uint256 index);

    /// @notice Nothing is deposited for the token as it is now.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    error NoDeposit(address token, uint256 tokenId, uint256 index);

    /// @notice The proof has not the length of the threshold's number of shares, or is not of kind 2.
    /// @param length Its length.
    /// @param expected The right one.
    error WrongReleaseProof(uint256 length, uint256 expected);

    /// @notice The points in the proof are not those of the deposit.
    /// @param pointsHash Their hash.
    error NotTheDeposit(bytes32 pointsHash);

    /// @notice The slots of a proof are not in ascending order.
    /// @param slot The slot that is out of order.
    error SlotsOutOfOrder(uint16 slot);

    /// @notice The slot has no share in this sharing.
    /// @param sharingId The sharing.
    /// @param slot The slot.
    error NoShare(uint256 sharingId, uint16 slot);

    /// @notice The new seal is not what the shares combine to, or not of the form of a committee's seal.
    error NotTheCombination();

    /// @notice The share is right.
    /// @param slot The member.
    error ShareIsRight(uint16 slot);

    /// @notice The share was punished already.
    /// @param digest Its digest.
    error AlreadyPunished(bytes32 digest);

    /// @notice The signature is not the member's.
    /// @param signer Who signed.
    error NotTheMembersSignature(address signer);

    /// @notice Less gas than a judgement may need.
    /// @param gas What there is.
    error TooLittleGas(uint256 gas);

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

    /// @notice A data key was deposited, or re-sealed to a newer key of the committee.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param keyId Key of the committee.
    /// @param byCommittee Whether the committee re-sealed it.
    /// @param seal The seal, 387 bytes.
    event Deposited(
        address indexed token,
        uint256 indexed tokenId,
        uint256 indexed index,
        uint256 keyId,
        bool byCommittee,
        bytes seal
    );

    // ----------------------------------------------------------------- members

    /// @notice Become a member with the value sent as bond; gives a slot that is never given again.
    /// @param box Key that shares are sealed to.
    /// @return slot The slot.
    function join(Point calldata box) external payable returns (uint16 slot);

    /// @notice Add the value sent to one's bond.
    function raiseBond() external payable;

    /// @notice Announce that one leaves: no round calls the caller any more.
    function leave() external;

    /// @notice Have the bond credited, once the time is over and no sharing has the caller in it.
    function takeBond() external;

    /// @notice Send what is credited to the caller.
    /// @param to The receiver.
    function withdraw(address payable to) external;

    // ------------------------------------------------------------------ rounds

    /// @notice Begin the generation of a new key, which deposits go to once it is final. Restricted.
    /// @param threshold How many of the receivers open a seal together, at least 2.
    /// @param receivers Their slots, ascending.
    /// @return roundId The round.
    function openKey(uint16 threshold, uint16[] calldata receivers) external returns (uint256 roundId);

    /// @notice Begin to hand a key to other members, or under another threshold; the key stays. Restricted.
    /// @param keyId The key.
    /// @param threshold How many of the receivers open a seal together, at least 2.
    /// @param receivers Their slots, ascending.
    /// @return roundId The round.
    function openReshare(uint256 keyId, uint16 threshold, uint16[] calldata receivers)
        external
        returns (uint256 roundId);

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

    /// @notice Give a round up that has too few right dealings once judging is over: anyone. Before: restricted.
    /// @param roundId The round.
    function abandon(uint256 roundId) external;

    /// @notice Give up a round whatever its state. Restricted.
    /// @param roundId The round.
    function cancelRound(uint256 roundId) external;

    /// @notice Give up an older key, so that its members are free. Restricted.
    /// @param keyId The key; not the newest.
    function retireKey(uint256 keyId) external;

    // ---------------------------------------------------------------- deposits

    /// @notice Deposit the data key of an item with the committee. The proof is the owner's; anyone may send it.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param newSeal The data key, sealed to the newest key of the committee.
    /// @param proof A proof of kind 1 for operation 4 (deposit), from the owner to this contract.
    function deposit(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external;

    /// @notice Re-seal a deposit to the newest key of the committee. Anyone.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @param newSeal The data key, sealed to the newest key.
    /// @param proof A proof of kind 2 for operation 3 (reseal), from the owner to this contract.
    function migrate(address token, uint256 tokenId, uint256 index, bytes calldata newSeal, bytes calldata proof)
        external;

    /// @notice Check that a new seal is what the committee made of a deposit, for one act. Reverts when it is not.
    /// @param act The act; `verifier` is not looked at.
    /// @param index Index of the item of data.
    /// @param dataHash Storage root of the item, which stays as it is.
    /// @param currentSealHash keccak256 of the sealed key that the token has.
    /// @param newSeal The new seal: version 2, its ECIES part and its proof of knowledge all zero.
    /// @param targetKey Key that it is sealed to, 64 bytes.
    /// @param proof A proof of kind 2 (docs/inft-committee.md).
    function verifyRelease(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external view;

    /// @notice Prove that a member signed a wrong share; it costs them the penalty, half of which the caller gets.
    /// @param about What the share is for.
    /// @param share The share.
    /// @param signature The member's, 65 bytes r, s, v.
    function proveWrongShare(ShareCase calldata about, bytes calldata share, bytes calldata signature) external;

    /// @notice Check one share; reverts when it is wrong.
    /// @param about What it is for.
    /// @param share The share.
    function checkShare(ShareCase calldata about, bytes calldata share) external view;

    // ---------------------------------------------------------- administration

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

    /// @notice What is deposited for an item, live or not.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @return The deposit.
    function depositOf(address token, uint256 tokenId, uint256 index) external view returns (Deposit memory);

    /// @notice Whether a deposit is good for a release of the token as it is now.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param index Index of the item.
    /// @return True when it is.
    function isLive(address token, uint256 tokenId, uint256 index) external view returns (bool);

    /// @notice Digest that a member signs when they hand out a share.
    /// @param about What it is for.
    /// @param share The share.
    /// @return The EIP-712 digest.
    function hashShare(ShareCase calldata about, bytes calldata share) external view returns (bytes32);
}
