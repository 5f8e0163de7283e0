// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {IChunkReward} from "../interfaces/IChunkReward.sol";
import {IFlow} from "../interfaces/IFlow.sol";
import {IPoraMine, MineInitParams} from "../interfaces/IPoraMine.sol";
import {PoraTarget} from "../libraries/PoraTarget.sol";

/// @title PoraMineBase
/// @notice What the mine remembers: parameters, the round of the last mined epoch, ids and outputs.
abstract contract PoraMineBase is IPoraMine, AccessManagedUpgradeable {
    /// @dev What holds during one mined epoch.
    struct Round {
        uint256 poraTarget;
        uint64 epoch;
        uint64 submissions;
        uint64 targetSubmissions;
        uint64 nSubtasks;
        uint64 subtaskInterval;
    }

    /// @custom:storage-location erc7201:zerog.storage.PoraMine
    struct MineStorage {
        IFlow flow;
        IChunkReward reward;
        Round round;
        uint64 targetMineBlocks;
        uint64 maxShards;
        uint64 difficultyAdjustRatio;
        uint64 targetSubmissionsNext;
        uint64 nSubtasksNext;
        uint64 subtaskIntervalNext;
        uint256 minDifficulty;
        mapping(bytes32 minerId => address beneficiary) beneficiaries;
        mapping(bytes32 output => bool accepted) outputs;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.PoraMine")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MINE_STORAGE = 0x1874530e0f82a655118c7453d7e153f94e8a0771ce6573e36a290323c8bf1e00;

    uint256 private constant NO_DATA_SEAL = 1;
    uint256 private constant NO_DATA_PROOF = 2;
    uint256 private constant FIXED_DIFFICULTY = 4;
    uint256 private constant MAX_MINE_BLOCKS = 256;
    uint256 private constant DEFAULT_ADJUST_RATIO = 20;
    uint256 private constant MAX_ADJUST_RATIO = type(uint16).max;

    /// @inheritdoc IPoraMine
    bool public immutable sealDataEnabled;

    /// @inheritdoc IPoraMine
    bool public immutable dataProofEnabled;

    /// @inheritdoc IPoraMine
    bool public immutable fixedDifficulty;

    // ------------------------------------------------------------ construction

    /// @notice The settings of the build.
    /// @param settings Sum of 1 (NO_DATA_SEAL), 2 (NO_DATA_PROOF) and 4 (FIXED_DIFFICULTY); zero for a network.
    constructor(uint256 settings) {
        require(settings < 8, OutOfBounds(settings, 0, 7));
        sealDataEnabled = settings & NO_DATA_SEAL == 0;
        dataProofEnabled = settings & NO_DATA_PROOF == 0;
        fixedDifficulty = settings & FIXED_DIFFICULTY != 0;
        _disableInitializers();
    }

    /// @dev The parameters at the start; the flow is there already.
    function _setUp(MineInitParams calldata params) internal {
        MineStorage storage $ = _mine();
        _within(params.difficulty, 1, type(uint256).max);
        $.round.poraTarget = PoraTarget.ofDifficulty(fixedDifficulty ? 1 : params.difficulty);
        $.difficultyAdjustRatio = uint64(DEFAULT_ADJUST_RATIO);
        $.targetMineBlocks = _within(params.targetMineBlocks, 1, MAX_MINE_BLOCKS);
        $.targetSubmissionsNext = _within(params.targetSubmissions, 1, type(uint64).max);
        $.maxShards = _powerOfTwo(params.maxShards);
        $.nSubtasksNext = _within(params.nSubtasks, 1, type(uint64).max);
        $.subtaskIntervalNext = _within(params.subtaskInterval, 0, type(uint64).max);
        _settleParameters($);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IPoraMine
    function setTargetMineBlocks(uint256 targetMineBlocks_) external restricted {
        _mine().targetMineBlocks = _within(targetMineBlocks_, 1, MAX_MINE_BLOCKS);
        _changed("targetMineBlocks", targetMineBlocks_);
    }

    /// @inheritdoc IPoraMine
    function setTargetSubmissions(uint256 targetSubmissions_) external restricted {
        _mine().targetSubmissionsNext = _within(targetSubmissions_, 1, type(uint64).max);
        _changed("targetSubmissions", targetSubmissions_);
    }

    /// @inheritdoc IPoraMine
    function setDifficultyAdjustRatio(uint256 difficultyAdjustRatio_) external restricted {
        _mine().difficultyAdjustRatio = _within(difficultyAdjustRatio_, 1, MAX_ADJUST_RATIO);
        _changed("difficultyAdjustRatio", difficultyAdjustRatio_);
    }

    /// @inheritdoc IPoraMine
    function setMaxShards(uint64 maxShards_) external restricted {
        _mine().maxShards = _powerOfTwo(maxShards_);
        _changed("maxShards", maxShards_);
    }

    /// @inheritdoc IPoraMine
    function setMinDifficulty(uint256 minDifficulty_) external restricted {
        _mine().minDifficulty = minDifficulty_;
        _changed("minDifficulty", minDifficulty_);
    }

    /// @inheritdoc IPoraMine
    function setNumSubtasks(uint256 nSubtasks_) external restricted {
        _mine().nSubtasksNext = _within(nSubtasks_, 1, type(uint64).max);
        _changed("nSubtasks", nSubtasks_);
    }

    /// @inheritdoc IPoraMine
    function setSubtaskInterval(uint256 subtaskInterval_) external restricted {
        _mine().subtaskIntervalNext = _within(subtaskInterval_, 0, type(uint64).max);
        _changed("subtaskInterval", subtaskInterval_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IPoraMine
    function flow() external view returns (address) {
        return address(_mine().flow);
    }

    /// @inheritdoc IPoraMine
    function reward() external view returns (address) {
        return address(_mine().reward);
    }

    /// @inheritdoc IPoraMine
    function poraTarget() external view returns (uint256) {
        return _mine().round.poraTarget;
    }

    /// @inheritdoc IPoraMine
    function minDifficulty() external view returns (uint256) {
        return _mine().minDifficulty;
    }

    /// @inheritdoc IPoraMine
    function difficultyAdjustRatio() external view returns (uint256) {
        return _mine().difficultyAdjustRatio;
    }

    /// @inheritdoc IPoraMine
    function maxShards() external view returns (uint64) {
        return _mine().maxShards;
    }

    /// @inheritdoc IPoraMine
    function lastMinedEpoch() external view returns (uint256) {
        return _mine().round.epoch;
    }

    /// @inheritdoc IPoraMine
    function currentSubmissions() external view returns (uint256) {
        return _mine().round.submissions;
    }

    /// @inheritdoc IPoraMine
    function targetMineBlocks() external view returns (uint256) {
        return _mine().targetMineBlocks;
    }

    /// @inheritdoc IPoraMine
    function targetSubmissions() external view returns (uint256) {
        return _mine().round.targetSubmissions;
    }

    /// @inheritdoc IPoraMine
    function targetSubmissionsNextEpoch() external view returns (uint256) {
        return _mine().targetSubmissionsNext;
    }

    /// @inheritdoc IPoraMine
    function nSubtasks() external view returns (uint256) {
        return _mine().round.nSubtasks;
    }

    /// @inheritdoc IPoraMine
    function nSubtasksNextEpoch() external view returns (uint256) {
        return _mine().nSubtasksNext;
    }

    /// @inheritdoc IPoraMine
    function subtaskInterval() external view returns (uint256) {
        return _mine().round.subtaskInterval;
    }

    /// @inheritdoc IPoraMine
    function subtaskIntervalNextEpoch() external view returns (uint256) {
        return _mine().subtaskIntervalNext;
    }

    /// @inheritdoc IPoraMine
    function beneficiaries(bytes32 minerId) external view returns (address) {
        return _mine().beneficiaries[minerId];
    }

    // --------------------------------------------------------- internal: epochs

    /// @dev The round as an answer in this epoch finds it. Nothing is stored before an answer is accepted: who calls
    /// without one moves no difficulty.
    function _roundAt(MineStorage storage $, uint256 epoch) internal view returns (Round memory round) {
        round = $.round;
        // solhint-disable-next-line gas-custom-errors
        require(epoch >= round.epoch, "Internal error: epoch number decrease");
        if (epoch == round.epoch) return round;
        if (round.epoch != 0 && !fixedDifficulty) {
            round.poraTarget = PoraTarget.adjusted(
                round.poraTarget, round.submissions, round.targetSubmissions, $.difficultyAdjustRatio, $.minDifficulty
            );
        }
        (round.epoch, round.submissions) = (uint64(epoch), 0);
        _takeOver($, round);
    }

    function _takeOver(MineStorage storage $, Round memory round) private view {
        round.targetSubmissions = $.targetSubmissionsNext;
        round.nSubtasks = $.nSubtasksNext;
        round.subtaskInterval = $.subtaskIntervalNext;
    }

    function _hasRoom(Round memory round) internal pure returns (bool) {
        return round.submissions < 2 * uint256(round.targetSubmissions);
    }

    // ----------------------------------------------------- internal: parameters

    /// @dev Before the first answer nothing waits for the next epoch; and windows always fit.
    function _settleParameters(MineStorage storage $) private {
        if ($.round.epoch == 0) {
            Round memory round = $.round;
            _takeOver($, round);
            $.round = round;
        }
        uint256 needed = uint256($.nSubtasksNext - 1) * $.subtaskIntervalNext + $.targetMineBlocks + 1;
        uint256 blocksPerEpoch = $.flow.blocksPerEpoch();
        require(needed < blocksPerEpoch, WindowsExceedEpoch(needed, blocksPerEpoch));
    }

    function _changed(bytes32 name, uint256 value) private {
        _settleParameters(_mine());
        emit ParameterChanged(name, value);
    }

    function _within(uint256 value, uint256 least, uint256 most) internal pure returns (uint64) {
        require(least <= value && value <= most, OutOfBounds(value, least, most));
        return uint64(value);
    }

    function _powerOfTwo(uint64 value) internal pure returns (uint64) {
        require(value != 0 && value & (value - 1) == 0, NotAPowerOfTwo(value));
        return value;
    }

    function _mine() internal pure returns (MineStorage storage $) {
        assembly {
            $.slot := MINE_STORAGE
        }
    }
}
