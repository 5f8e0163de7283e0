// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IChunkReward} from "../interfaces/IChunkReward.sol";
import {EpochRange, IFlow, MineContext} from "../interfaces/IFlow.sol";
import {IPoraMine, MineInitParams, PoraAnswer, WorkerContext} from "../interfaces/IPoraMine.sol";
import {PoraRange} from "../libraries/PoraRange.sol";
import {PoraUnit} from "../libraries/PoraUnit.sol";
import {PoraMineBase} from "./PoraMineBase.sol";

/// @title PoraMine
/// @notice Mining by proof of random access. The manual is the interface; the rules are in PoraRange, PoraUnit and
/// PoraTarget, what is remembered in PoraMineBase.
contract PoraMine is PoraMineBase, UUPSUpgradeable {
    using PoraRange for *;
    using PoraUnit for PoraAnswer;

    bytes32 private constant EMPTY_DIGEST = keccak256("");
    address private constant WORKER_CONTEXT_CALLER = address(0x0A);

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    /// @param settings Sum of 1 (NO_DATA_SEAL), 2 (NO_DATA_PROOF) and 4 (FIXED_DIFFICULTY); zero for a network.
    constructor(uint256 settings) PoraMineBase(settings) {}

    /// @inheritdoc IPoraMine
    function initialize(address flow_, address reward_, MineInitParams calldata params, address authority_)
        external
        initializer
    {
        require(flow_ != address(0) && reward_ != address(0) && authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        MineStorage storage $ = _mine();
        ($.flow, $.reward) = (IFlow(flow_), IChunkReward(reward_));
        _setUp(params);
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

    /// @inheritdoc IPoraMine
    function poraVersion() external pure returns (uint256) {
        return 1;
    }

    /// @inheritdoc IPoraMine
    function computeWorkerContextCaller() external pure returns (address) {
        return WORKER_CONTEXT_CALLER;
    }

    // -------------------------------------------------------- internal: windows

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

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}
}
