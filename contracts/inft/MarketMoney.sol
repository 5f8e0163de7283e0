// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarketMoney} from "../interfaces/IMarketMoney.sol";
import {MarketRules} from "../libraries/MarketRules.sol";
import {Purse} from "../libraries/Purse.sol";

/// @title Money of a market
/// @notice The manual is {IMarketMoney}. Every market of ours stands on this: whoever it is that is owed, and
/// whatever for, has one credit per currency.
abstract contract MarketMoney is IMarketMoney, AccessManagedUpgradeable, ReentrancyGuardTransient, UUPSUpgradeable {
    using Purse for Purse.Credits;

    /// @inheritdoc IMarketMoney
    uint256 public constant MAX_FEE_BPS = MarketRules.MAX_FEE;

    /// @inheritdoc IMarketMoney
    uint256 public constant MAX_ROYALTY_BPS = MarketRules.MAX_ROYALTY;

    /// @dev The chain's own coin.
    address internal constant NATIVE = address(0);

    /// @custom:storage-location erc7201:zerog.storage.MarketMoney
    struct MoneyStorage {
        address treasury;
        uint16 feeBps;
        bool paused;
        Purse.Credits credits;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.MarketMoney")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MONEY_STORAGE = 0x2a87a63ed92d93dc35e28db3ef7a945d3055ce0b8497b2235ef753bd54f38500;

    function _money() internal pure returns (MoneyStorage storage $) {
        assembly ("memory-safe") {
            $.slot := MONEY_STORAGE
        }
    }

    function _initializeMoney(uint256 feeBps_, address treasury_, address authority_) internal {
        require(authority_ != address(0), ZeroAddress());
        __AccessManaged_init(authority_);
        _setFee(feeBps_);
        _setTreasury(treasury_);
    }

    // ------------------------------------------------------------------- pause

    /// @dev The flag lies in the slot of treasury and fee, which every sale reads anyway.
    modifier whenNotPaused() {
        require(!_money().paused, EnforcedPause());
        _;
    }

    function _setPaused(bool paused_) internal {
        _money().paused = paused_;
        emit PauseSet(paused_);
    }

    // ----------------------------------------------------------- money comes in

    /// @inheritdoc IMarketMoney
    function deposit(address account) external payable virtual {
        require(account != address(0), ZeroAddress());
        _credit(NATIVE, account, msg.value);
    }

    /// @dev Take a price. Coin: the value of the call, or else the payer's credit. ERC-20: by the payer's allowance.
    function _collect(address currency, uint256 amount, address payer) internal {
        if (currency == NATIVE) {
            if (msg.value == amount) return;
            require(msg.value == 0, WrongValue(amount, msg.value));
            _debit(NATIVE, payer, amount);
        } else {
            require(msg.value == 0, WrongValue(0, msg.value));
            if (amount != 0) Purse.pull(currency, payer, amount);
        }
    }

    // ---------------------------------------------------------- money goes out

    /// @inheritdoc IMarketMoney
    function withdraw(address currency, uint256 amount, address to) external nonReentrant {
        require(to != address(0), ZeroAddress());
        _debit(currency, msg.sender, amount);
        Purse.pay(currency, msg.sender, to, amount);
    }

    /// @inheritdoc IMarketMoney
    function payOut(address currency, address account) external nonReentrant {
        uint256 amount = credits(currency, account);
        _debit(currency, account, amount);
        Purse.pay(currency, account, account, amount);
    }

    // ----------------------------------------------------------------- credits

    function _credit(address currency, address account, uint256 amount) internal {
        _money().credits.add(currency, account, amount);
    }

    function _debit(address currency, address account, uint256 amount) internal {
        mapping(address holder => uint256) storage held = _money().credits.held[currency];
        uint256 credit = held[account];
        require(credit >= amount, NotEnoughCredit(account, credit, amount));
        held[account] = credit - amount;
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IMarketMoney
    function pause() external virtual restricted {
        _setPaused(true);
    }

    /// @inheritdoc IMarketMoney
    function unpause() external virtual restricted {
        _setPaused(false);
    }

    /// @inheritdoc IMarketMoney
    function setFee(uint256 feeBps_) external restricted {
        _setFee(feeBps_);
    }

    /// @inheritdoc IMarketMoney
    function setTreasury(address treasury_) external restricted {
        _setTreasury(treasury_);
    }

    function _setFee(uint256 feeBps_) internal {
        require(feeBps_ <= MAX_FEE_BPS, FeeTooHigh(feeBps_));
        _money().feeBps = uint16(feeBps_);
        emit FeeSet(feeBps_);
    }

    function _setTreasury(address treasury_) private {
        require(treasury_ != address(0), ZeroAddress());
        _money().treasury = treasury_;
        emit TreasurySet(treasury_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- views

    /// @inheritdoc IMarketMoney
    function feeBps() public view returns (uint256) {
        return _money().feeBps;
    }

    /// @inheritdoc IMarketMoney
    function paused() public view returns (bool) {
        return _money().paused;
    }

    /// @inheritdoc IMarketMoney
    function treasury() public view returns (address) {
        return _money().treasury;
    }

    /// @inheritdoc IMarketMoney
    function credits(address currency, address account) public view returns (uint256) {
        return _money().credits.held[currency][account];
    }
}
