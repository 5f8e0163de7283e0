// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IMarketMoney} from "../interfaces/IMarketMoney.sol";
import {MarketRules} from "../libraries/MarketRules.sol";

/// @title Money of a market
/// @notice The manual is {IMarketMoney}. Every market of ours stands on this: whoever it is that is owed, and
/// whatever for, has one credit per currency.
abstract contract MarketMoney is IMarketMoney, AccessManagedUpgradeable, ReentrancyGuardTransient, UUPSUpgradeable {
    using SafeERC20 for IERC20;

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
        mapping(address currency => mapping(address account => uint256)) credits;
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
            if (amount != 0) _pull(IERC20(currency), amount, payer);
        }
    }

    /// @dev A currency that keeps a fee of its own would make credits that nothing stands behind.
    function _pull(IERC20 currency, uint256 amount, address payer) private {
        uint256 before = currency.balanceOf(address(this));
        currency.safeTransferFrom(payer, address(this), amount);
        uint256 received = currency.balanceOf(address(this)) - before;
        require(received == amount, WrongAmountReceived(address(currency), amount, received));
    }

    // ---------------------------------------------------------- money goes out

    /// @inheritdoc IMarketMoney
    function withdraw(address currency, uint256 amount, address to) external nonReentrant {
        require(to != address(0), ZeroAddress());
        _debit(currency, msg.sender, amount);
        _send(currency, msg.sender, to, amount);
    }

    /// @inheritdoc IMarketMoney
    function payOut(address currency, address account) external nonReentrant {
        uint256 amount = _money().credits[currency][account];
        _debit(currency, account, amount);
        _send(currency, account, account, amount);
    }

    /// @dev The credit is gone already.
    function _send(address currency, address account, address to, uint256 amount) internal {
        if (amount == 0) return;
        emit Withdrawn(currency, account, to, amount);
        if (currency == NATIVE) {
            (bool paid,) = to.call{value: amount}("");
            require(paid, PaymentRefused(to, amount));
        } else {
            IERC20(currency).safeTransfer(to, amount);
        }
    }

    // ----------------------------------------------------------------- credits

    function _credit(address currency, address account, uint256 amount) internal {
        if (amount == 0) return;
        _money().credits[currency][account] += amount;
        emit Credited(currency, account, amount);
    }

    function _debit(address currency, address account, uint256 amount) internal {
        uint256 credit = _money().credits[currency][account];
        require(credit >= amount, NotEnoughCredit(account, credit, amount));
        _money().credits[currency][account] = credit - amount;
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
        return _money().credits[currency][account];
    }
}
