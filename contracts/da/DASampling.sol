// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Certificate} from "../interfaces/da/DAEntranceTypes.sol";
import {IDAEntrance} from "../interfaces/da/IDAEntrance.sol";
import {IDASample, SampleRange, SampleResponse, SampleTask} from "../interfaces/da/IDASample.sol";
import {DaCode} from "../libraries/DaCode.sol";
import {DaSampling} from "../libraries/DaSampling.sol";
import {DAEntranceBase} from "./DAEntranceBase.sol";

/// @title DASampling
/// @notice Epochs, rounds and hits of the entrance. The manual is IDASample; the rules are in DaSampling.
abstract contract DASampling is DAEntranceBase {
    // ------------------------------------------------------------------ rounds

    /// @inheritdoc IDAEntrance
    function sync() external {
        _sync();
    }

    /// @inheritdoc IDAEntrance
    function syncFixedTimes(uint256 times) external {
        if (times != 0) _sync();
    }

    /// @inheritdoc IDASample
    function sampleTask() external returns (SampleTask memory task) {
        EntranceStorage storage $ = _sync();
        task.sampleHash = $.currentSampleSeed;
        task.podasTarget = $.podasTarget;
        task.restSubmissions = 2 * $.targetRoundSubmissions - $.roundSubmissions;
    }

    /// @inheritdoc IDASample
    function sampleRange() external returns (SampleRange memory range) {
        (uint256 first, uint256 last) = _sampled(_sync());
        (range.startEpoch, range.endEpoch) = (uint64(first), uint64(last));
    }

    // -------------------------------------------------------------------- hits

    /// @inheritdoc IDASample
    function submitSamplingResponse(SampleResponse calldata response) external {
        EntranceStorage storage $ = _sync();
        _checkRound($, response);
        _checkPiece($, response);
        _take($, response);
        _reward($, response);
    }

    function _checkRound(EntranceStorage storage $, SampleResponse calldata response) private view {
        bytes32 seed = $.currentSampleSeed;
        require($.sampleRound != 0, NoRoundYet());
        require($.roundSubmissions < 2 * $.targetRoundSubmissions, RoundIsFull($.roundSubmissions));
        require(response.sampleSeed == seed, WrongSeed(response.sampleSeed, seed));
        require(response.quality <= $.podasTarget, NoHit(response.quality, $.podasTarget));
        (uint256 first, uint256 last) = _sampled($);
        require(response.epoch >= first && response.epoch <= last, NotSampled(response.epoch, first, last));
        require(response.quorumId >> 32 == 0, NotSampledQuorum(response.quorumId));
    }

    /// @dev A blob without certificate has a row root of zero, which no header and path lead to.
    function _checkPiece(EntranceStorage storage $, SampleResponse calldata response) private view {
        bytes32 id = _identifier(response.dataRoot, response.epoch, response.quorumId);
        Certificate storage held = $.certificates[id];
        bytes32 rowRoot = held.rowRoot;
        DaCode.requireHeader(response.header, $.dataRows, $.parityRows);
        DaCode.requireDataRoot(response.header, rowRoot, held.rlcRoot, address(this), response.dataRoot);
        uint256 rows = uint256($.dataRows) + $.parityRows;
        DaCode.requirePiece(rows, response.header.rowSize, response.shown, rowRoot);
        uint256 line = DaSampling.lineQuality(
            response.sampleSeed, response.epoch, response.quorumId, response.dataRoot, uint64(response.shown.row)
        );
        uint256 found = DaSampling.quality(line, response.shown.piece, response.shown.data);
        require(found == response.quality && found != 0, WrongQuality(response.quality, found));
    }

    function _take(EntranceStorage storage $, SampleResponse calldata response) private {
        bytes32 hit = DaSampling.identifier(
            response.sampleSeed,
            response.dataRoot,
            response.epoch,
            response.quorumId,
            uint32(response.shown.row),
            uint32(response.shown.piece)
        );
        require(!$.hits[hit], HitTaken(hit));
        $.hits[hit] = true;
        ++$.roundSubmissions;
    }

    function _reward(EntranceStorage storage $, SampleResponse calldata response) private {
        uint256 length = response.shown.data.length;
        uint256 fees = DaSampling.share($.activedReward / $.rewardRatio, length);
        uint256 gift = DaSampling.share(Math.min($.baseReward, $.totalBaseReward), length);
        $.activedReward -= fees;
        $.totalBaseReward -= gift;
        address owner = $.signers.getQuorumRow(response.epoch, response.quorumId, uint32(response.shown.row));
        _credit(owner, fees + gift);
        emit DAReward(
            owner,
            $.sampleRound,
            response.epoch,
            response.quorumId,
            response.dataRoot,
            response.quality,
            response.shown.row,
            response.shown.piece,
            fees + gift
        );
    }

    // -------------------------------------------------------------------- time

    /// @dev Look whether an epoch is over and a round is due.
    function _sync() internal returns (EntranceStorage storage $) {
        $ = _entrance();
        _syncEpoch($);
        if (block.number >= $.nextSampleHeight) _openRound($);
    }

    function _syncEpoch(EntranceStorage storage $) private {
        $.signers.makeEpoch();
        uint256 epoch = $.signers.epochNumber();
        if (epoch == $.currentEpoch) return;
        uint256 fee = _serviceFee($);
        $.activedReward += $.currentEpochReward - fee;
        ($.currentEpochReward, $.currentEpoch) = (0, uint64(epoch));
        _credit($.treasury, fee);
    }

    /// @dev Rounds that nobody opened are skipped in one step: their seeds may be out of the chain's reach, and a loop
    /// over them would grow with the time of silence.
    function _openRound(EntranceStorage storage $) private {
        uint256 period = $.samplePeriod;
        uint256 missed = (block.number - $.nextSampleHeight) / period;
        uint256 target = $.podasTarget;
        if ($.sampleRound != 0) {
            target = DaSampling.adjusted(target, $.roundSubmissions, $.targetRoundSubmissions);
            target = DaSampling.relaxed(target, missed);
        }
        uint256 height = $.nextSampleHeight + missed * period;
        bytes32 seed = blockhash(height - 1);
        $.podasTarget = target;
        $.currentSampleSeed = seed;
        $.sampleRound += uint64(1 + missed);
        $.nextSampleHeight = uint64(height + period);
        ($.targetRoundSubmissions, $.roundSubmissions) = ($.targetRoundSubmissionsNext, 0);
        emit NewSampleRound($.sampleRound, height, seed, target);
    }

    /// @dev The last epoch is the one before that under way; the first is behind the last when there is none.
    function _sampled(EntranceStorage storage $) private view returns (uint256 first, uint256 last) {
        uint256 epoch = $.currentEpoch;
        if (epoch == 0) return (1, 0);
        uint256 window = $.epochWindowSize;
        return (epoch < window ? 0 : epoch - window, epoch - 1);
    }

    /// @dev Where the certificate of a blob is kept.
    function _identifier(bytes32 dataRoot, uint256 epoch, uint256 quorumId) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(dataRoot, epoch, quorumId));
    }
}
