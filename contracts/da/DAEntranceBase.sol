// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {Certificate, EntranceParams} from "../interfaces/da/DAEntranceTypes.sol";
import {IDAEntrance} from "../interfaces/da/IDAEntrance.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {DaSampling} from "../libraries/DaSampling.sol";

/// @title DAEntranceBase
/// @notice What the entrance remembers: parameters, the epoch under way, money, certificates.
abstract contract DAEntranceBase is IDAEntrance, AccessManagedUpgradeable {
    /// @custom:storage-location erc7201:zerog.storage.DAEntrance
    struct EntranceStorage {
        IDASigners signers;
        uint64 currentEpoch;
        address treasury;
        uint16 serviceFeeRateBps;
        uint32 dataRows;
        uint32 parityRows;
        uint64 sampleRound;
        uint64 nextSampleHeight;
        uint64 samplePeriod;
        uint64 epochWindowSize;
        uint64 roundSubmissions;
        uint64 targetRoundSubmissions;
        uint64 targetRoundSubmissionsNext;
        uint64 rewardRatio;
        bytes32 currentSampleSeed;
        uint256 podasTarget;
        uint256 blobPrice;
        uint256 baseReward;
        uint256 currentEpochReward;
        uint256 activedReward;
        uint256 totalBaseReward;
        mapping(address account => uint256) payments;
        mapping(bytes32 identifier => Certificate) certificates;
        mapping(bytes32 identifier => bool taken) hits;
        mapping(uint256 policyId => uint256 index) quorumIndexes;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.DAEntrance")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant ENTRANCE_STORAGE = 0xb05de648f6ee3b21bb373cad2ef15e3af895eabccf6dd5cb1ace7b687072e700;

    uint256 internal constant BPS = 10_000;
    uint256 private constant MAX_PERIOD = 255;
    uint64 private constant FIRST_AIM = 20;
    uint64 private constant FIRST_WINDOW = 300;
    uint64 private constant FIRST_RATIO = 1_200_000;

    // ------------------------------------------------------------ construction

    /// @dev The defaults are those of the reference.
    function _setUp(EntranceParams calldata params) internal {
        require(
            params.signers != address(0) && params.authority != address(0) && params.treasury != address(0),
            ZeroAddress()
        );
        EntranceStorage storage $ = _entrance();
        $.signers = IDASigners(params.signers);
        uint256 slices = $.signers.params().encodedSlices;
        require(slices > 1 && slices <= type(uint16).max, OutOfBounds(slices, 2, type(uint16).max));
        $.dataRows = uint32(_within(params.dataRows, 1, slices - 1));
        $.parityRows = uint32(slices - params.dataRows);
        $.currentEpoch = uint64($.signers.epochNumber());
        $.treasury = params.treasury;
        $.samplePeriod = uint64(_within(params.samplePeriod, 1, MAX_PERIOD));
        $.nextSampleHeight = uint64((block.number / params.samplePeriod + 1) * params.samplePeriod);
        ($.targetRoundSubmissionsNext, $.epochWindowSize, $.rewardRatio) = (FIRST_AIM, FIRST_WINDOW, FIRST_RATIO);
        $.podasTarget = DaSampling.MAX_TARGET;
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IDAEntrance
    function setRoundSubmissions(uint64 value) external restricted {
        EntranceStorage storage $ = _entrance();
        uint256 former = $.targetRoundSubmissionsNext;
        uint256 least = former < 4 ? 1 : former / 4;
        $.targetRoundSubmissionsNext = uint64(_within(value, least, former * 4));
        emit ParameterChanged("targetRoundSubmissionsNext", value);
    }

    /// @inheritdoc IDAEntrance
    function setEpochWindowSize(uint64 value) external restricted {
        _entrance().epochWindowSize = uint64(_within(value, 1, type(uint64).max));
        emit ParameterChanged("epochWindowSize", value);
    }

    /// @inheritdoc IDAEntrance
    function setRewardRatio(uint64 value) external restricted {
        _entrance().rewardRatio = uint64(_within(value, 1, type(uint64).max));
        emit ParameterChanged("rewardRatio", value);
    }

    /// @inheritdoc IDAEntrance
    function setBaseReward(uint256 value) external restricted {
        _entrance().baseReward = value;
        emit ParameterChanged("baseReward", value);
    }

    /// @inheritdoc IDAEntrance
    function setSamplePeriod(uint64 value) external restricted {
        _entrance().samplePeriod = uint64(_within(value, 1, MAX_PERIOD));
        emit ParameterChanged("samplePeriod", value);
    }

    /// @inheritdoc IDAEntrance
    function setBlobPrice(uint256 value) external restricted {
        _entrance().blobPrice = value;
        emit ParameterChanged("blobPrice", value);
    }

    /// @inheritdoc IDAEntrance
    function setServiceFeeRate(uint256 bps) external restricted {
        _entrance().serviceFeeRateBps = uint16(_within(bps, 0, BPS));
        emit ParameterChanged("serviceFeeRateBps", bps);
    }

    /// @inheritdoc IDAEntrance
    function setTreasury(address treasury_) external restricted {
        require(treasury_ != address(0), ZeroAddress());
        _entrance().treasury = treasury_;
        emit TreasuryChanged(treasury_);
    }

    // ------------------------------------------------------------------- money

    /// @inheritdoc IDAEntrance
    function donate() external payable {
        _entrance().totalBaseReward += msg.value;
    }

    /// @inheritdoc IDAEntrance
    function withdrawPayments(address payable payee) external {
        EntranceStorage storage $ = _entrance();
        uint256 amount = $.payments[payee];
        require(amount != 0, NothingOwed(payee));
        $.payments[payee] = 0;
        emit PaymentWithdrawn(payee, amount);
        (bool paid,) = payee.call{value: amount}("");
        require(paid, PaymentRefused(payee, amount));
    }

    /// @inheritdoc IDAEntrance
    function payments(address payee) external view returns (uint256) {
        return _entrance().payments[payee];
    }

    // ------------------------------------------------------------------- views

    // solhint-disable func-name-mixedcase
    /// @inheritdoc IDAEntrance
    function DA_SIGNERS() external view returns (address) {
        return address(_entrance().signers);
    }

    /// @inheritdoc IDAEntrance
    function MAX_PODAS_TARGET() external pure returns (uint256) {
        return DaSampling.MAX_TARGET;
    }

    // solhint-enable func-name-mixedcase

    /// @inheritdoc IDAEntrance
    function profile() external view returns (uint256 dataRows, uint256 parityRows) {
        return (_entrance().dataRows, _entrance().parityRows);
    }

    /// @inheritdoc IDAEntrance
    function currentEpoch() external view returns (uint256) {
        return _entrance().currentEpoch;
    }

    /// @inheritdoc IDAEntrance
    function currentSampleSeed() external view returns (bytes32) {
        return _entrance().currentSampleSeed;
    }

    /// @inheritdoc IDAEntrance
    function sampleRound() external view returns (uint256) {
        return _entrance().sampleRound;
    }

    /// @inheritdoc IDAEntrance
    function nextSampleHeight() external view returns (uint256) {
        return _entrance().nextSampleHeight;
    }

    /// @inheritdoc IDAEntrance
    function podasTarget() external view returns (uint256) {
        return _entrance().podasTarget;
    }

    /// @inheritdoc IDAEntrance
    function roundSubmissions() external view returns (uint64) {
        return _entrance().roundSubmissions;
    }

    /// @inheritdoc IDAEntrance
    function targetRoundSubmissions() external view returns (uint64) {
        return _entrance().targetRoundSubmissions;
    }

    /// @inheritdoc IDAEntrance
    function targetRoundSubmissionsNext() external view returns (uint64) {
        return _entrance().targetRoundSubmissionsNext;
    }

    /// @inheritdoc IDAEntrance
    function currentEpochReward() external view returns (uint256) {
        return _entrance().currentEpochReward;
    }

    /// @inheritdoc IDAEntrance
    function activedReward() external view returns (uint256) {
        return _entrance().activedReward;
    }

    /// @inheritdoc IDAEntrance
    function totalBaseReward() external view returns (uint256) {
        return _entrance().totalBaseReward;
    }

    /// @inheritdoc IDAEntrance
    function epochWindowSize() external view returns (uint64) {
        return _entrance().epochWindowSize;
    }

    /// @inheritdoc IDAEntrance
    function rewardRatio() external view returns (uint64) {
        return _entrance().rewardRatio;
    }

    /// @inheritdoc IDAEntrance
    function baseReward() external view returns (uint256) {
        return _entrance().baseReward;
    }

    /// @inheritdoc IDAEntrance
    function blobPrice() external view returns (uint256) {
        return _entrance().blobPrice;
    }

    /// @inheritdoc IDAEntrance
    function samplePeriod() external view returns (uint64) {
        return _entrance().samplePeriod;
    }

    /// @inheritdoc IDAEntrance
    function serviceFeeRateBps() external view returns (uint256) {
        return _entrance().serviceFeeRateBps;
    }

    /// @inheritdoc IDAEntrance
    function treasury() external view returns (address) {
        return _entrance().treasury;
    }

    /// @inheritdoc IDAEntrance
    function serviceFee() external view returns (uint256) {
        return _serviceFee(_entrance());
    }

    // ---------------------------------------------------------------- internal

    /// @dev Money that is in the contract already becomes an account's.
    function _credit(address account, uint256 amount) internal {
        if (amount == 0) return;
        _entrance().payments[account] += amount;
        emit PaymentCredited(account, amount);
    }

    /// @dev What the treasury gets of the fees of the epoch under way.
    function _serviceFee(EntranceStorage storage $) internal view returns (uint256) {
        return $.currentEpochReward * $.serviceFeeRateBps / BPS;
    }

    function _within(uint256 value, uint256 least, uint256 most) internal pure returns (uint256) {
        require(value >= least && value <= most, OutOfBounds(value, least, most));
        return value;
    }

    function _entrance() internal pure returns (EntranceStorage storage $) {
        assembly {
            $.slot := ENTRANCE_STORAGE
        }
    }
}
