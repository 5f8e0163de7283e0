// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IChunkReward} from "../interfaces/IChunkReward.sol";
import {IFixedPriceMarket} from "../interfaces/IFixedPriceMarket.sol";

/// @title FixedPriceMarket
/// @notice Market with one price per sector. The manual is the interface.
contract FixedPriceMarket is IFixedPriceMarket, AccessManagedUpgradeable, UUPSUpgradeable {
    /// @custom:storage-location erc7201:zerog.storage.FixedPriceMarket
    struct MarketStorage {
        uint256 pricePerSector;
        address flow;
        IChunkReward reward;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.FixedPriceMarket")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MARKET_STORAGE = 0x12161c61ea2c6ad34eba6a850225b1fd047ca938e3d4dab083a4390c69e86200;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IFixedPriceMarket
    function initialize(uint256 pricePerSector_, address authority_) external initializer {
        require(authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        _setPrice(pricePerSector_);
    }

    // --------------------------------------------------------------- the Flow

    /// @inheritdoc IFixedPriceMarket
    function chargeFee(uint256 beforeLength, uint256 uploadSectors, uint256 paddingSectors) external payable {
        MarketStorage storage $ = _market();
        require(msg.sender == $.flow, NotFlow(msg.sender));
        uint256 fee = $.pricePerSector * uploadSectors;
        require(msg.value == fee, WrongFee(fee, msg.value));
        IChunkReward reward_ = $.reward;
        if (address(reward_) == address(0)) return;
        reward_.fillReward{value: fee}(beforeLength, paddingSectors + uploadSectors);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IFixedPriceMarket
    function setFlow(address flow_) external restricted {
        require(flow_ != address(0), ZeroAddress());
        _market().flow = flow_;
        emit FlowChanged(flow_);
    }

    /// @inheritdoc IFixedPriceMarket
    function setReward(address reward_) external restricted {
        _market().reward = IChunkReward(reward_);
        emit RewardChanged(reward_);
    }

    /// @inheritdoc IFixedPriceMarket
    function setPricePerSector(uint256 pricePerSector_) external restricted {
        _setPrice(pricePerSector_);
    }

    /// @inheritdoc IFixedPriceMarket
    function withdraw(address payable to, uint256 amount) external restricted {
        require(to != address(0), ZeroAddress());
        require(amount <= address(this).balance, NotEnoughCollected(amount, address(this).balance));
        emit FeesWithdrawn(to, amount);
        (bool paid,) = to.call{value: amount}("");
        require(paid, WithdrawFailed(to, amount));
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IFixedPriceMarket
    function pricePerSector() external view returns (uint256) {
        return _market().pricePerSector;
    }

    /// @inheritdoc IFixedPriceMarket
    function flow() external view returns (address) {
        return _market().flow;
    }

    /// @inheritdoc IFixedPriceMarket
    function reward() external view returns (address) {
        return address(_market().reward);
    }

    // ---------------------------------------------------------------- internal

    function _setPrice(uint256 pricePerSector_) private {
        _market().pricePerSector = pricePerSector_;
        emit PriceChanged(pricePerSector_);
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _market() private pure returns (MarketStorage storage $) {
        assembly {
            $.slot := MARKET_STORAGE
        }
    }
}
