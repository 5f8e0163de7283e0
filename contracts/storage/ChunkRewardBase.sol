// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {IChunkReward, Reward} from "../interfaces/IChunkReward.sol";
import {ChunkLedger} from "../libraries/ChunkLedger.sol";
import {DeadlineTree} from "../libraries/DeadlineTree.sol";

/// @title ChunkRewardBase
/// @notice What both kinds of rewards share: filling, claiming, extending, paying. The manual is the interface.
abstract contract ChunkRewardBase is IChunkReward, AccessManagedUpgradeable, UUPSUpgradeable {
    using ChunkLedger for ChunkLedger.State;
    using SafeCast for uint256;

    /// @custom:storage-location erc7201:zerog.storage.ChunkReward
    struct RewardStorage {
        address market;
        address mine;
        address treasury;
        uint16 serviceFeeRateBps;
        uint256 baseReward;
        uint256 totalBaseReward;
        ChunkLedger.State ledger;
        mapping(uint256 chunk => uint256 amount) extensions;
        mapping(address payee => uint256 amount) payments;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.ChunkReward")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REWARD_STORAGE = 0xe70718a3a8f18735ca5abf6d95fee61ee7a1b7e93f74c8c7b9b4e457e123a300;

    uint256 private constant WHOLE_BPS = 10_000;

    /// @inheritdoc IChunkReward
    uint256 public immutable sectorsPerPrice;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    /// @param sectorsPerPrice_ Sectors in a pricing chunk, at least 1.
    constructor(uint256 sectorsPerPrice_) {
        require(sectorsPerPrice_ != 0, BadParameter());
        sectorsPerPrice = sectorsPerPrice_;
        _disableInitializers();
    }

    /// @inheritdoc IChunkReward
    function initialize(address market_, address mine_, address authority_) external initializer {
        require(market_ != address(0) && authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        RewardStorage storage $ = _rewards();
        $.market = market_;
        $.mine = mine_;
    }

    // ---------------------------------------------------------- money comes in

    /// @inheritdoc IChunkReward
    function fillReward(uint256 beforeLength, uint256 chargedSectors) external payable {
        RewardStorage storage $ = _rewards();
        require(msg.sender == $.market, NotMarket(msg.sender));
        uint256 serviceFee = msg.value * $.serviceFeeRateBps / WHOLE_BPS;
        if (serviceFee != 0) _book($.treasury, serviceFee);
        ChunkLedger.Span memory span = ChunkLedger.Span(
            beforeLength.toUint128(),
            chargedSectors.toUint128(),
            (msg.value - serviceFee).toUint128(),
            block.timestamp.toUint40()
        );
        $.ledger.fill(sectorsPerPrice, span);
    }

    /// @inheritdoc IChunkReward
    function extend(uint256 pricingIndex) external payable {
        require(msg.value != 0, NothingPaid());
        RewardStorage storage $ = _rewards();
        Reward memory reward = _load(pricingIndex);
        require(_totalOf(reward) != 0 && pricingIndex < DeadlineTree.CAPACITY, NothingToExtend(pricingIndex));
        _requireLive(pricingIndex, reward);
        _release(reward, _releasable(pricingIndex, reward));
        reward.lockedReward += msg.value.toUint128();
        $.ledger.store(pricingIndex, reward);
        $.extensions[pricingIndex] += msg.value;
        emit Extended(pricingIndex, msg.sender, msg.value);
        _noteExtension(pricingIndex, reward);
    }

    /// @inheritdoc IChunkReward
    function donate() external payable {
        require(msg.value != 0, NothingPaid());
        _rewards().totalBaseReward += msg.value;
        emit Donated(msg.sender, msg.value);
    }

    // ------------------------------------------------------------ and goes out

    /// @inheritdoc IChunkReward
    function claimMineReward(uint256 pricingIndex, address payable beneficiary, bytes32 minerID) external {
        RewardStorage storage $ = _rewards();
        require(msg.sender == $.mine, NotMine(msg.sender));
        Reward memory reward = _load(pricingIndex);
        if (reward.startTime == 0) return;
        _release(reward, _releasable(pricingIndex, reward));
        uint128 half = reward.claimableReward / 2;
        reward.claimableReward -= half;
        reward.distributedReward += half;
        $.ledger.store(pricingIndex, reward);
        uint256 base = _earnsBase(pricingIndex, reward) ? Math.min($.baseReward, $.totalBaseReward) : 0;
        $.totalBaseReward -= base;
        uint256 amount = half + base;
        if (amount == 0) return;
        _book(beneficiary, amount);
        emit DistributeReward(pricingIndex, beneficiary, minerID, amount);
    }

    /// @inheritdoc IChunkReward
    function withdrawPayments(address payable payee) external {
        RewardStorage storage $ = _rewards();
        uint256 amount = $.payments[payee];
        require(amount != 0, NothingDue(payee));
        $.payments[payee] = 0;
        emit Withdrawn(payee, amount);
        (bool paid,) = payee.call{value: amount}("");
        require(paid, PaymentFailed(payee, amount));
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IChunkReward
    function setMine(address mine_) external restricted {
        require(mine_ != address(0), ZeroAddress());
        _rewards().mine = mine_;
        emit MineChanged(mine_);
    }

    /// @inheritdoc IChunkReward
    function setBaseReward(uint256 baseReward_) external restricted {
        _rewards().baseReward = baseReward_;
        emit BaseRewardChanged(baseReward_);
    }

    /// @inheritdoc IChunkReward
    function setServiceFeeRate(uint256 bps) external restricted {
        RewardStorage storage $ = _rewards();
        require(bps <= WHOLE_BPS, BadServiceFeeRate(bps));
        require(bps == 0 || $.treasury != address(0), ZeroAddress());
        $.serviceFeeRateBps = bps.toUint16();
        emit ServiceFeeRateChanged(bps);
    }

    /// @inheritdoc IChunkReward
    function setTreasury(address treasury_) external restricted {
        require(treasury_ != address(0), ZeroAddress());
        _rewards().treasury = treasury_;
        emit TreasuryChanged(treasury_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IChunkReward
    function market() external view returns (address) {
        return _rewards().market;
    }

    /// @inheritdoc IChunkReward
    function mine() external view returns (address) {
        return _rewards().mine;
    }

    /// @inheritdoc IChunkReward
    function foundationAdmin() external view returns (address) {
        return authority();
    }

    /// @inheritdoc IChunkReward
    function rewards(uint256 pricingIndex) external view returns (Reward memory) {
        return _load(pricingIndex);
    }

    /// @inheritdoc IChunkReward
    function lockedReward(uint256 pricingIndex) external view returns (uint256) {
        Reward memory reward = _load(pricingIndex);
        return reward.lockedReward - _releasable(pricingIndex, reward);
    }

    /// @inheritdoc IChunkReward
    function releasedReward(uint256 pricingIndex) external view returns (uint256) {
        Reward memory reward = _load(pricingIndex);
        return _releasedOf(reward) + _releasable(pricingIndex, reward);
    }

    /// @inheritdoc IChunkReward
    function extension(uint256 pricingIndex) external view returns (uint256) {
        return _rewards().extensions[pricingIndex];
    }

    /// @inheritdoc IChunkReward
    function totalBaseReward() external view returns (uint256) {
        return _rewards().totalBaseReward;
    }

    /// @inheritdoc IChunkReward
    function baseReward() external view returns (uint256) {
        return _rewards().baseReward;
    }

    /// @inheritdoc IChunkReward
    function serviceFeeRateBps() external view returns (uint256) {
        return _rewards().serviceFeeRateBps;
    }

    /// @inheritdoc IChunkReward
    function treasury() external view returns (address) {
        return _rewards().treasury;
    }

    /// @inheritdoc IChunkReward
    function payments(address payee) external view returns (uint256) {
        return _rewards().payments[payee];
    }

    // ---------------------------------------------------------------- formulas

    /// @dev What the formula releases beyond the sums of `reward`, at most what is locked; zero before the start.
    function _releasable(uint256 chunk, Reward memory reward) internal view virtual returns (uint256);

    /// @dev Whether a proof of this chunk earns the base reward; it has started.
    function _earnsBase(uint256 chunk, Reward memory reward) internal view virtual returns (bool);

    /// @dev Reverts when the chunk may not be extended any more.
    function _requireLive(uint256 chunk, Reward memory reward) internal view virtual;

    /// @dev A chunk was extended. Who extends bears the cost of remembering it; fees never do.
    function _noteExtension(uint256 chunk, Reward memory reward) internal virtual;

    // ---------------------------------------------------------------- internal

    function _load(uint256 chunk) internal view returns (Reward memory) {
        return _rewards().ledger.load(sectorsPerPrice, chunk);
    }

    /// @dev Money that the chunk's rate was made of: the fees, without extensions.
    function _baseOf(uint256 chunk, Reward memory reward) internal view returns (uint256) {
        return _totalOf(reward) - _rewards().extensions[chunk];
    }

    function _totalOf(Reward memory reward) internal pure returns (uint256) {
        return reward.lockedReward + _releasedOf(reward);
    }

    function _releasedOf(Reward memory reward) internal pure returns (uint256) {
        return uint256(reward.claimableReward) + reward.distributedReward;
    }

    function _release(Reward memory reward, uint256 amount) private view {
        if (reward.startTime == 0) return;
        reward.lockedReward -= amount.toUint128();
        reward.claimableReward += amount.toUint128();
        reward.lastUpdate = block.timestamp.toUint40();
    }

    function _book(address payee, uint256 amount) private {
        _rewards().payments[payee] += amount;
        emit Deposited(payee, amount);
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _rewards() private pure returns (RewardStorage storage $) {
        assembly {
            $.slot := REWARD_STORAGE
        }
    }
}
