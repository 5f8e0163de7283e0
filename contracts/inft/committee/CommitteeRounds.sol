// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ICommittee, Member, MemberState, Round, RoundPart, RoundState} from "../../interfaces/ICommittee.sol";
import {Complaint, Dealing, Dealings} from "../../libraries/Dealings.sol";
import {PointMath} from "../../libraries/PointMath.sol";
import {Point} from "../../libraries/Secp256k1.sol";
import {Shamir} from "../../libraries/Shamir.sol";
import {CommitteeMembers} from "./CommitteeMembers.sol";

/// @title Rounds of the committee: key generation and resharing
/// @notice Everything that members say to each other is said here, so that all see the same and every fault can be
/// proven. Dealing ends when all have dealt or its time is over; judging when all have confirmed or its time is over.
abstract contract CommitteeRounds is CommitteeMembers {
    using PointMath for Point;

    /// @dev Most members of a round: `finalise` must fit into a block.
    uint256 private constant MAX_RECEIVERS = 32;

    // ----------------------------------------------------------------- opening

    /// @inheritdoc ICommittee
    function openRound(uint256 keyId, uint16 threshold, uint16[] calldata receivers)
        external
        restricted
        returns (uint256 roundId)
    {
        CommitteeStorage storage $ = _committee();
        roundId = $.lastRound;
        require($.rounds[roundId].state != RoundState.Open, WrongRound(roundId));
        bool possible = threshold >= 2 && threshold <= receivers.length && receivers.length <= MAX_RECEIVERS;
        require(possible, BadThreshold(threshold, receivers.length));
        uint16 last = 0;
        for (uint256 i = 0; i < receivers.length; ++i) {
            Member storage member = $.members[receivers[i]];
            bool fit =
                receivers[i] > last && member.state == MemberState.Active && member.bondWei >= $.params.minBondWei;
            require(fit, NotEligible(receivers[i]));
            last = receivers[i];
        }
        uint16[] memory dealers = receivers;
        if (keyId != 0) {
            uint256 sharingId = $.keys[keyId].sharingId;
            require(sharingId != 0, WrongKey(keyId));
            dealers = $.sharings[sharingId].slots;
        }
        roundId = ++$.lastRound;
        uint40 dealBy = uint40(block.timestamp + $.params.dealSeconds);
        $.rounds[roundId] = Round({
            state: RoundState.Open,
            reshare: keyId != 0,
            threshold: threshold,
            dealBy: dealBy,
            judgeBy: dealBy + $.params.judgeSeconds,
            keyId: keyId,
            dealers: dealers,
            receivers: receivers
        });
        _bind(receivers, 1);
        emit RoundOpened(roundId, keyId, threshold, dealers, receivers);
    }

    // ----------------------------------------------------------------- dealing

    /// @inheritdoc ICommittee
    function deal(uint256 roundId, Dealing calldata dealing) external {
        Round storage round = _openRound(roundId);
        require(block.timestamp <= round.dealBy, WrongPhase(roundId, block.timestamp));
        (uint16 slot,) = _caller();
        CommitteeStorage storage $ = _committee();
        RoundPart storage part = $.parts[roundId][slot];
        require(_find(round.dealers, slot) != 0 && part.dealingHash == 0, WrongPart(roundId, slot));
        Dealings.check(Dealings.head(roundId), slot, round.threshold, round.receivers.length, dealing);
        if (round.reshare) {
            Point memory own = $.sharings[$.keys[round.keyId].sharingId].publics[slot];
            require(own.equals(dealing.commitments[0]), NotTheOldShare(slot));
        }
        part.dealingHash = _hash(dealing);
        if (_allDealt(roundId, round)) {
            // The last second of dealing is over with this block: nobody else may deal, and judging begins.
            round.dealBy = uint40(block.timestamp - 1);
            round.judgeBy = uint40(block.timestamp) + $.params.judgeSeconds;
        }
        emit Dealt(roundId, slot, dealing);
    }

    /// @inheritdoc ICommittee
    function confirm(uint256 roundId) external {
        Round storage round = _judging(roundId);
        (uint16 slot,) = _caller();
        RoundPart storage part = _committee().parts[roundId][slot];
        require(_find(round.receivers, slot) != 0 && !part.confirmed, WrongPart(roundId, slot));
        part.confirmed = true;
        emit Confirmed(roundId, slot);
    }

    /// @inheritdoc ICommittee
    function refute(
        uint256 roundId,
        uint16 dealer,
        Dealing calldata dealing,
        Point calldata shared,
        bytes calldata proof
    ) external {
        Round storage round = _judging(roundId);
        (uint16 slot, Member storage member) = _caller();
        uint256 place = _find(round.receivers, slot);
        require(place != 0, WrongPart(roundId, slot));
        RoundPart storage part = _committee().parts[roundId][dealer];
        bytes32 given = _hash(dealing);
        require(given == part.dealingHash && !part.wrong, NotTheDealing(dealer));
        Complaint memory complaint = Complaint(Dealings.head(roundId), dealer, slot, place - 1, shared);
        Dealings.requireShared(complaint, member.box, dealing.ephemeral, proof);
        require(!Dealings.holds(complaint, dealing), DealingIsRight(dealer, slot));
        part.wrong = true;
        emit DealingRefuted(roundId, dealer, slot);
        _slash(dealer, msg.sender, given);
    }

    // ------------------------------------------------------------------ ending

    /// @inheritdoc ICommittee
    function finalise(uint256 roundId, Dealing[] calldata dealings, Point[] calldata hints) external {
        Round storage round = _openRound(roundId);
        require(_isJudged(roundId, round), WrongPhase(roundId, block.timestamp));
        uint16[] memory counting = _counting(roundId, round);
        require(
            dealings.length == counting.length && _isEnough(round, counting.length),
            WrongDealings(dealings.length, counting.length)
        );
        _requireDealt(roundId, counting, dealings);
        Point[] memory sums = _sums(round, counting, dealings, hints);
        _conclude(roundId, round, sums);
    }

    /// @inheritdoc ICommittee
    function abandon(uint256 roundId) external restricted {
        Round storage round = _openRound(roundId);
        round.state = RoundState.Abandoned;
        _bind(round.receivers, -1);
        emit RoundAbandoned(roundId);
    }

    /// @inheritdoc ICommittee
    function retireKey(uint256 keyId) external restricted {
        CommitteeStorage storage $ = _committee();
        uint256 sharingId = $.keys[keyId].sharingId;
        require(sharingId != 0 && keyId != $.lastKey, WrongKey(keyId));
        $.keys[keyId].sharingId = 0;
        _bind($.sharings[sharingId].slots, -1);
        emit KeyRetired(keyId);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ICommittee
    function lastRound() external view returns (uint256) {
        return _committee().lastRound;
    }

    /// @inheritdoc ICommittee
    function roundOf(uint256 roundId) external view returns (Round memory) {
        return _committee().rounds[roundId];
    }

    /// @inheritdoc ICommittee
    function partOf(uint256 roundId, uint16 slot) external view returns (RoundPart memory) {
        return _committee().parts[roundId][slot];
    }

    // ------------------------------------------------------------ internal: sums

    /// @dev Commitments of the sharing: dealings of a new key are added up; those of a resharing are weighed before,
    /// as the shares that they deal are.
    function _sums(Round storage round, uint16[] memory counting, Dealing[] calldata dealings, Point[] calldata hints)
        private
        view
        returns (Point[] memory sums)
    {
        sums = new Point[](round.threshold);
        bool weighed = round.reshare;
        uint256 needed = weighed ? dealings.length * sums.length : 0;
        require(hints.length == needed, WrongHints(hints.length, needed));
        for (uint256 i = 0; i < dealings.length; ++i) {
            uint256 weight = weighed ? Shamir.weight(counting, i) : 1;
            for (uint256 k = 0; k < sums.length; ++k) {
                Point memory term = dealings[i].commitments[k];
                if (weighed) term = PointMath.product(term, weight, hints[i * sums.length + k]);
                sums[k] = sums[k].sum(term);
            }
        }
    }

    /// @dev The new sharing, with a public value for each receiver who dealt nothing wrong.
    function _conclude(uint256 roundId, Round storage round, Point[] memory sums) private {
        CommitteeStorage storage $ = _committee();
        uint256 keyId = round.keyId;
        if (round.reshare) {
            require(sums[0].equals($.keys[keyId].point), NotTheKey(keyId));
            _bind($.sharings[$.keys[keyId].sharingId].slots, -1);
        } else {
            PointMath.requireBase(sums[0]);
            keyId = ++$.lastKey;
            (round.keyId, $.keys[keyId].point) = (keyId, sums[0]);
        }
        uint256 sharingId = ++$.lastSharing;
        Sharing storage sharing = $.sharings[sharingId];
        (sharing.keyId, sharing.threshold) = (uint64(keyId), round.threshold);
        uint16[] memory receivers = round.receivers;
        for (uint256 i = 0; i < receivers.length; ++i) {
            sharing.publics[receivers[i]] = Shamir.evaluate(sums, receivers[i]);
        }
        sharing.slots = receivers;
        $.keys[keyId].sharingId = sharingId;
        round.state = RoundState.Final;
        emit RoundFinal(roundId, keyId, sharingId);
    }

    // ---------------------------------------------------------- internal: phases

    /// @dev Count a sharing or round for its members, or no longer.
    function _bind(uint16[] memory slots, int8 by) private {
        CommitteeStorage storage $ = _committee();
        for (uint256 i = 0; i < slots.length; ++i) {
            Member storage member = $.members[slots[i]];
            member.duties = by > 0 ? member.duties + 1 : member.duties - 1;
        }
    }

    function _openRound(uint256 roundId) private view returns (Round storage round) {
        round = _committee().rounds[roundId];
        require(round.state == RoundState.Open, WrongRound(roundId));
    }

    /// @dev A round whose dealing is over and whose judging is not.
    function _judging(uint256 roundId) private view returns (Round storage round) {
        round = _openRound(roundId);
        bool now_ = block.timestamp > round.dealBy && block.timestamp <= round.judgeBy;
        require(now_, WrongPhase(roundId, block.timestamp));
    }

    function _isJudged(uint256 roundId, Round storage round) private view returns (bool) {
        if (block.timestamp > round.judgeBy) return true;
        if (block.timestamp <= round.dealBy) return false;
        uint16[] memory receivers = round.receivers;
        for (uint256 i = 0; i < receivers.length; ++i) {
            if (!_committee().parts[roundId][receivers[i]].confirmed) return false;
        }
        return true;
    }

    function _allDealt(uint256 roundId, Round storage round) private view returns (bool) {
        uint16[] memory dealers = round.dealers;
        for (uint256 i = 0; i < dealers.length; ++i) {
            if (_committee().parts[roundId][dealers[i]].dealingHash == 0) return false;
        }
        return true;
    }

    /// @dev A new key needs as many honest dealers as its threshold, a reshared one as the old sharing's.
    function _isEnough(Round storage round, uint256 right) private view returns (bool) {
        return right >= (round.reshare ? _oldThreshold(round) : round.threshold);
    }

    function _oldThreshold(Round storage round) private view returns (uint256) {
        CommitteeStorage storage $ = _committee();
        return $.sharings[$.keys[round.keyId].sharingId].threshold;
    }

    /// @dev Slots whose dealings count: all right ones; of a resharing the first ones, as many as it needs.
    function _counting(uint256 roundId, Round storage round) private view returns (uint16[] memory slots) {
        uint16[] memory dealers = round.dealers;
        uint256 most = round.reshare ? _oldThreshold(round) : dealers.length;
        uint256 count = 0;
        for (uint256 i = 0; i < dealers.length && count < most; ++i) {
            RoundPart storage part = _committee().parts[roundId][dealers[i]];
            if (part.dealingHash != 0 && !part.wrong) dealers[count++] = dealers[i];
        }
        slots = new uint16[](count);
        for (uint256 i = 0; i < count; ++i) {
            slots[i] = dealers[i];
        }
    }

    function _requireDealt(uint256 roundId, uint16[] memory slots, Dealing[] calldata dealings) private view {
        for (uint256 i = 0; i < slots.length; ++i) {
            require(_hash(dealings[i]) == _committee().parts[roundId][slots[i]].dealingHash, NotTheDealing(slots[i]));
        }
    }

    function _hash(Dealing calldata dealing) private pure returns (bytes32) {
        return keccak256(abi.encode(dealing));
    }

    /// @dev Place of a slot in a list, counted from 1; 0 when it is not there.
    function _find(uint16[] memory slots, uint16 slot) private pure returns (uint256) {
        for (uint256 i = 0; i < slots.length; ++i) {
            if (slots[i] == slot) return i + 1;
        }
        return 0;
    }
}
