// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IChunkReward} from "../interfaces/IChunkReward.sol";
import {EpochRange, IFlow, MineContext} from "../interfaces/IFlow.sol";
import {IPoraMine, MineInitParams, PoraAnswer, WorkerContext} from "../interfaces/IPoraMine.sol";
import {PoraRange} from "../libraries/PoraRange.sol";
import {PoraTarget} from "../libraries/PoraTarget.sol";
import {PoraUnit} from "../libraries/PoraUnit.sol";

/// @title PoraMine
/// @notice Mining by proof of random access. The manual is the interface; the rules are in PoraRange, PoraUnit and
/// PoraTarget.
contract PoraMine is IPoraMine, AccessManagedUpgradeable, UUPSUpgradeable {
    using PoraRange for *;
    using PoraUnit for PoraAnswer;

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

    bytes32 private constant EMPTY_DIGEST = keccak256("");
    address private constant WORKER_CONTEXT_CALLER = address(0x0A);

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

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    /// @param settings Sum of 1 (NO_DATA_SEAL), 2 (NO_DATA_PROOF) and 4 (FIXED_DIFFICULTY); zero for a network.
    constructor(uint256 settings) {
        require(settings < 8, OutOfBounds(settings, 0, 7));
        sealDataEnabled = settings & NO_DATA_SEAL == 0;
        dataProofEnabled = settings & NO_DATA_PROOF == 0;
        fixedDifficulty = settings & FIXED_DIFFICULTY != 0;
        _disableInitializers();
    }

    /// @inheritdoc IPoraMine
    function initialize(address flow_, address reward_, MineInitParams calldata params, address authority_)
        external
        initializer
    {
        require(flow_ != address(0) && reward_ != address(0) && authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        MineStorage storage $ = _mine();
        ($.flow, $.reward) = (IFlow(flow_), IChunkReward(reward_));
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

    // --------------------------------------------------------------- miner ids

    /// @inheritdoc IPoraMine
    function requestMinerId(address beneficiary, uint64 seed) external {
        require(beneficiary != address(0), ZeroAddress());
        MineStorage storage $ = _mine();
        bytes32 minerId = keccak256(abi.encodePacked(blockhash(block.number - 1), msg.sender, seed));
        // solhint-disable-next-line gas-custom-errors
        require($.beneficiaries[minerId] == address(0), "MinerId has registered");
        $.beneficiaries[minerId] = beneficiary;
        emit NewMinerId(minerId, beneficiary);
    }

    /// @inheritdoc IPoraMine
    function transferBeneficial(address to, bytes32 minerId) external {
        require(to != address(0), ZeroAddress());
        MineStorage storage $ = _mine();
        // solhint-disable-next-line gas-custom-errors
        require($.beneficiaries[minerId] == msg.sender, "Sender does not own minerId");
        $.beneficiaries[minerId] = to;
        emit UpdateMinerId(minerId, msg.sender, to);
    }

    // ------------------------------------------------------------------ mining

    /// @inheritdoc IPoraMine
    function submit(PoraAnswer calldata answer) external {
        MineStorage storage $ = _mine();
        bytes32 minerId = answer.minerId;
        address beneficiary = $.beneficiaries[minerId];
        // Strings, not errors with names: miners look for these words.
        // solhint-disable gas-custom-errors
        require(minerId != 0, "MinerId cannot be zero");
        require(beneficiary != address(0), "MinerId does not registered");
        MineContext memory context = $.flow.makeContextWithResult();
        Round memory round = _roundAt($, context.epoch);
        uint256 sectorsPerPrice = $.reward.sectorsPerPrice();
        bytes32 subtaskDigest = _subtaskDigest($, round, context, minerId);
        _basicCheck($, round, answer, context, sectorsPerPrice);
        require(answer.range.numShards() <= $.maxShards, "Exceeding the allowed number of shards");
        _checkData(answer, context.flowRoot);
        bytes32 output = answer.output(subtaskDigest);
        uint256 target = answer.range.scaledTarget(round.poraTarget, context.flowLength);
        require(uint256(output) <= target, "Do not reach target quality");
        require(!$.outputs[output], "Answer has been submitted");
        // solhint-enable gas-custom-errors
        $.outputs[output] = true;
        uint64 epochIndex = round.submissions++;
        $.round = round;
        emit NewSubmission(context.epoch, minerId, epochIndex, answer.recallPosition);
        $.reward.claimMineReward(answer.recallPosition / sectorsPerPrice, payable(beneficiary), minerId);
    }

    /// @inheritdoc IPoraMine
    function canSubmit() external returns (bool) {
        MineStorage storage $ = _mine();
        return _hasRoom(_roundAt($, $.flow.makeContextWithResult().epoch));
    }

    /// @inheritdoc IPoraMine
    function computeWorkerContext(bytes32 minerId) external returns (WorkerContext memory worker) {
        // solhint-disable-next-line gas-custom-errors
        require(msg.sender == WORKER_CONTEXT_CALLER, "Only authorized caller can compute worker context");
        MineStorage storage $ = _mine();
        worker.context = $.flow.makeContextWithResult();
        worker.maxShards = $.maxShards;
        Round memory round = _roundAt($, worker.context.epoch);
        if (_hasRoom(round)) worker.poraTarget = round.poraTarget;
        uint256 start = _windowStart(round, worker.context, minerId);
        if (start < block.number && block.number <= start + $.targetMineBlocks) {
            worker.subtaskDigest = _digestAt(worker.context, start);
        }
    }

    /// @inheritdoc IPoraMine
    function basicCheck(PoraAnswer calldata answer, MineContext calldata context) external view {
        MineStorage storage $ = _mine();
        _basicCheck($, _roundAt($, context.epoch), answer, context, $.reward.sectorsPerPrice());
    }

    /// @inheritdoc IPoraMine
    function pora(PoraAnswer calldata answer, bytes32 subtaskDigest) external view returns (bytes32) {
        return answer.output(subtaskDigest);
    }

    /// @inheritdoc IPoraMine
    function getSubtaskDigest(MineContext calldata context, bytes32 minerId) external view returns (bytes32) {
        MineStorage storage $ = _mine();
        return _subtaskDigest($, _roundAt($, context.epoch), context, minerId);
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

    /// @inheritdoc IPoraMine
    function poraVersion() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IPoraMine
    function computeWorkerContextCaller() external pure returns (address) {
        return WORKER_CONTEXT_CALLER;
    }

    // --------------------------------------------------------- internal: epochs

    /// @dev The round as an answer in this epoch finds it. Nothing is stored before an answer is accepted: who calls
    /// without one moves no difficulty.
    function _roundAt(MineStorage storage $, uint256 epoch) private view returns (Round memory round) {
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

    function _hasRoom(Round memory round) private pure returns (bool) {
        return round.submissions < 2 * uint256(round.targetSubmissions);
    }

    function _windowStart(Round memory round, MineContext memory context, bytes32 minerId)
        private
        pure
        returns (uint256)
    {
        uint256 index = uint256(keccak256(abi.encode(context.digest, minerId))) % round.nSubtasks;
        return context.mineStart + index * round.subtaskInterval;
    }

    function _digestAt(MineContext memory context, uint256 start) private view returns (bytes32) {
        return keccak256(abi.encode(context.digest, blockhash(start)));
    }

    function _subtaskDigest(MineStorage storage $, Round memory round, MineContext memory context, bytes32 minerId)
        private
        view
        returns (bytes32)
    {
        uint256 start = _windowStart(round, context, minerId);
        // solhint-disable gas-custom-errors
        require(start < block.number, "Earlier than expected subtask start block.");
        require(block.number <= start + $.targetMineBlocks, "Mine deadline exceed");
        // solhint-enable gas-custom-errors
        return _digestAt(context, start);
    }

    // -------------------------------------------------------- internal: answers

    function _basicCheck(
        MineStorage storage $,
        Round memory round,
        PoraAnswer calldata answer,
        MineContext memory context,
        uint256 sectorsPerPrice
    ) private view {
        // solhint-disable gas-custom-errors
        require(context.digest == answer.contextDigest, "Inconsistent mining digest");
        require(context.digest != EMPTY_DIGEST, "Empty digest can not mine");
        require(_hasRoom(round), "Epoch has enough submissions");
        answer.range.check(context.flowLength, sectorsPerPrice);
        EpochRange memory sealed_ = $.flow.getEpochRange(answer.sealedContextDigest);
        // Compared without adding to the caller's number, which may be any.
        uint256 end = uint256(sealed_.end);
        bool inside = end >= PoraUnit.UNIT_SECTORS && answer.recallPosition <= end - PoraUnit.UNIT_SECTORS
            && answer.recallPosition + PoraUnit.UNIT_SECTORS > sealed_.start;
        require(inside, "Invalid sealed context digest");
        // solhint-enable gas-custom-errors
    }

    function _checkData(PoraAnswer calldata answer, bytes32 flowRoot) private view {
        bytes32[128] memory data;
        if (sealDataEnabled) {
            // solhint-disable-next-line gas-custom-errors
            require(answer.sealedContextDigest != EMPTY_DIGEST, "Seal digest cannot be empty");
            data = answer.unseal();
        } else {
            data = answer.sealedData;
        }
        // solhint-disable-next-line gas-custom-errors
        if (dataProofEnabled) require(answer.flowRoot(data) == flowRoot, "Inconsistent merkle root");
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

    function _within(uint256 value, uint256 least, uint256 most) private pure returns (uint64) {
        require(least <= value && value <= most, OutOfBounds(value, least, most));
        return uint64(value);
    }

    function _powerOfTwo(uint64 value) private pure returns (uint64) {
        require(value != 0 && value & (value - 1) == 0, NotAPowerOfTwo(value));
        return value;
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _mine() private pure returns (MineStorage storage $) {
        assembly {
            $.slot := MINE_STORAGE
        }
    }
}
