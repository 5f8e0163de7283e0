// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {CommitteeParams, ICommittee, Member, MemberState, Round, RoundPart} from "../../interfaces/ICommittee.sol";
import {PointMath} from "../../libraries/PointMath.sol";
import {Point} from "../../libraries/Secp256k1.sol";

/// @title Members of the committee and their bonds
/// @notice What the committee remembers, who is in it, and every wei: bonds, penalties and credits.
abstract contract CommitteeMembers is ICommittee, AccessManagedUpgradeable {
    /// @dev A key of the committee: the point, and the sharing that holds (0: retired).
    struct Key {
        Point point;
        uint256 sharingId;
    }

    /// @dev A sharing of a key: `publics` by slot, (0, 0) for slots that have no share.
    struct Sharing {
        uint64 keyId;
        uint16 threshold;
        uint16[] slots;
        mapping(uint16 slot => Point) publics;
    }

    /// @custom:storage-location erc7201:zerog.storage.Committee
    // solhint-disable-next-line gas-struct-packing
    struct CommitteeStorage {
        CommitteeParams params;
        uint16 memberCount;
        mapping(uint16 slot => Member) members;
        mapping(address account => uint16 slot) slots;
        mapping(address account => uint256 amountWei) credits;
        uint256 lastRound;
        uint256 lastKey;
        uint256 lastSharing;
        mapping(uint256 roundId => Round) rounds;
        mapping(uint256 roundId => mapping(uint16 slot => RoundPart)) parts;
        mapping(uint256 keyId => Key) keys;
        mapping(uint256 sharingId => Sharing) sharings;
        address judge;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.Committee")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant COMMITTEE_STORAGE = 0x61789e2363c8f301f14c8317281b83d947096aa0ab4d5561a5cebba1f61eb400;

    // ----------------------------------------------------------------- members

    /// @inheritdoc ICommittee
    function join(Point calldata box) external payable returns (uint16 slot) {
        CommitteeStorage storage $ = _committee();
        require($.slots[msg.sender] == 0, AlreadyMember(msg.sender));
        require(msg.value >= $.params.minBondWei, BondTooSmall(msg.value, $.params.minBondWei));
        PointMath.requireBase(box);
        slot = ++$.memberCount;
        $.slots[msg.sender] = slot;
        Member storage member = $.members[slot];
        (member.account, member.state, member.box) = (msg.sender, MemberState.Active, box);
        member.bondWei = uint128(msg.value);
        emit Joined(slot, msg.sender, box, msg.value);
    }

    /// @inheritdoc ICommittee
    function raiseBond() external payable {
        (uint16 slot, Member storage member) = _caller();
        require(member.state != MemberState.Left, WrongMemberState(slot, member.state));
        member.bondWei += uint128(msg.value);
        emit BondRaised(slot, member.bondWei);
    }

    /// @inheritdoc ICommittee
    function announceLeaving() external {
        (uint16 slot, Member storage member) = _caller();
        require(member.state == MemberState.Active, WrongMemberState(slot, member.state));
        member.state = MemberState.Leaving;
        member.leavableAt = uint40(block.timestamp + _committee().params.leaveSeconds);
        emit LeaveAnnounced(slot, member.leavableAt);
    }

    /// @inheritdoc ICommittee
    function takeBond() external {
        (uint16 slot, Member storage member) = _caller();
        require(member.state == MemberState.Leaving, WrongMemberState(slot, member.state));
        bool free = block.timestamp >= member.leavableAt && member.duties == 0;
        require(free, StillBound(slot, member.leavableAt, member.duties));
        uint256 bond = member.bondWei;
        (member.state, member.bondWei) = (MemberState.Left, 0);
        _committee().credits[msg.sender] += bond;
        emit Left(slot, bond);
    }

    /// @inheritdoc ICommittee
    function withdraw(address payable to) external {
        require(to != address(0), ZeroAddress());
        CommitteeStorage storage $ = _committee();
        uint256 amount = $.credits[msg.sender];
        require(amount != 0, NothingCredited(msg.sender));
        $.credits[msg.sender] = 0;
        emit Withdrawn(to, amount);
        (bool paid,) = to.call{value: amount}("");
        require(paid, PaymentFailed(to, amount));
    }

    // ------------------------------------------------------------------ faults

    /// @inheritdoc ICommittee
    function punish(uint16 slot, address reporter, bytes32 evidence) external {
        require(msg.sender == _committee().judge, NotTheJudge(msg.sender));
        _slash(slot, reporter, evidence);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc ICommittee
    function setJudge(address judge_) external restricted {
        _committee().judge = judge_;
        emit JudgeSet(judge_);
    }

    /// @inheritdoc ICommittee
    function setParams(CommitteeParams calldata params_) external restricted {
        _setParams(params_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ICommittee
    function params() external view returns (CommitteeParams memory) {
        return _committee().params;
    }

    /// @inheritdoc ICommittee
    function judge() external view returns (address) {
        return _committee().judge;
    }

    /// @inheritdoc ICommittee
    function memberCount() external view returns (uint16) {
        return _committee().memberCount;
    }

    /// @inheritdoc ICommittee
    function memberOf(uint16 slot) external view returns (Member memory) {
        return _committee().members[slot];
    }

    /// @inheritdoc ICommittee
    function slotOf(address account) external view returns (uint16) {
        return _committee().slots[account];
    }

    /// @inheritdoc ICommittee
    function creditOf(address account) external view returns (uint256) {
        return _committee().credits[account];
    }

    // ---------------------------------------------------------------- internal

    /// @dev Cut a bond for a proven fault: half goes to the reporter, the rest to the treasury.
    function _slash(uint16 slot, address reporter, bytes32 evidence) internal {
        CommitteeStorage storage $ = _committee();
        Member storage member = $.members[slot];
        uint128 cut = member.bondWei < $.params.penaltyWei ? member.bondWei : $.params.penaltyWei;
        member.bondWei -= cut;
        $.credits[reporter] += cut / 2;
        $.credits[$.params.treasury] += cut - cut / 2;
        emit Slashed(slot, reporter, cut, evidence);
    }

    function _setParams(CommitteeParams calldata params_) internal {
        require(params_.treasury != address(0), ZeroAddress());
        bool sound = params_.penaltyWei != 0 && params_.penaltyWei <= params_.minBondWei && params_.dealSeconds != 0
            && params_.judgeSeconds != 0;
        require(sound, BadParams());
        _committee().params = params_;
        emit ParamsSet(params_);
    }

    /// @dev The caller's slot and record; only members pass.
    function _caller() internal view returns (uint16 slot, Member storage member) {
        CommitteeStorage storage $ = _committee();
        slot = $.slots[msg.sender];
        require(slot != 0, NotMember(msg.sender));
        member = $.members[slot];
    }

    function _committee() internal pure returns (CommitteeStorage storage $) {
        assembly {
            $.slot := COMMITTEE_STORAGE
        }
    }
}
