// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ISandboxServing} from "../../interfaces/agentic/ISandboxServing.sol";
import {IServeProofs} from "../../interfaces/agentic/IServeProofs.sol";
import {ITappRegistry} from "../../interfaces/agentic/ITappRegistry.sol";

/// @title Prepaid balances for sandboxes
/// @notice The manual is {ISandboxServing}.
contract SandboxServing is ISandboxServing, AccessManagedUpgradeable, UUPSUpgradeable {
    /// @inheritdoc ISandboxServing
    uint256 public constant LOCK_TIME = 2 hours;

    // ----------------------------------------------------------------- storage

    /// @dev Somebody's money with a provider; wei, and seconds since 1970.
    struct Account {
        uint256 balance;
        uint256 pending;
        uint256 unlockAt;
    }

    /// @dev A provider's terms.
    struct Service {
        string url;
        string appId;
        uint256 pricePerCpuPerMin;
        uint256 pricePerMemGbPerMin;
        uint256 createFee;
    }

    /// @custom:storage-location erc7201:zerog.storage.SandboxServing
    struct ServingStorage {
        ITappRegistry tapp;
        mapping(address provider => Service) services;
        mapping(address user => mapping(address provider => Account)) accounts;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.SandboxServing")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant SERVING_STORAGE = 0x61fde0bd8cfd898e55c904c3870441f03affd055b4015fcee52e7a2310fde100;

    function _serving() private pure returns (ServingStorage storage $) {
        assembly ("memory-safe") {
            $.slot := SERVING_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy keeps nobody's money.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ISandboxServing
    function initialize(address tappRegistry_, address authority_) external initializer {
        require(tappRegistry_.code.length != 0, IServeProofs.NotARegistry(tappRegistry_));
        __AccessManaged_init(authority_);
        _serving().tapp = ITappRegistry(tappRegistry_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    /// @inheritdoc ISandboxServing
    function setService(
        address provider,
        string calldata url,
        string calldata appId,
        uint256 pricePerCPUPerMin,
        uint256 pricePerMemGBPerMin,
        uint256 createFee
    ) external restricted {
        _serving().services[provider] = Service(url, appId, pricePerCPUPerMin, pricePerMemGBPerMin, createFee);
        emit ServiceSet(provider, url, appId);
    }

    // ------------------------------------------------------------------- money

    /// @inheritdoc ISandboxServing
    function deposit(address recipient, address provider) external payable {
        require(msg.value != 0, ZeroDeposit());
        _serving().accounts[recipient][provider].balance += msg.value;
        emit Deposited(recipient, provider, msg.sender, msg.value);
    }

    /// @inheritdoc ISandboxServing
    function requestRefund(address provider, uint256 amount) external {
        Account storage account = _serving().accounts[msg.sender][provider];
        require(account.balance >= amount, BalanceTooSmall(account.balance, amount));
        account.balance -= amount;
        account.pending += amount;
        account.unlockAt = block.timestamp + LOCK_TIME;
        emit RefundRequested(msg.sender, provider, amount, account.unlockAt);
    }

    /// @inheritdoc ISandboxServing
    function withdrawRefund(address provider) external {
        Account storage account = _serving().accounts[msg.sender][provider];
        uint256 amount = account.pending;
        uint256 unlockAt = account.unlockAt;
        require(amount != 0 && block.timestamp >= unlockAt, RefundLocked(unlockAt));
        (account.pending, account.unlockAt) = (0, 0);
        emit RefundWithdrawn(msg.sender, provider, amount);
        (bool paid,) = msg.sender.call{value: amount}("");
        require(paid, PaymentRefused(msg.sender));
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ISandboxServing
    function getBalance(address user, address provider) external view returns (uint256, uint256, uint256) {
        Account storage account = _serving().accounts[user][provider];
        return (account.balance, account.pending, account.unlockAt);
    }

    /// @inheritdoc ISandboxServing
    function services(address provider)
        external
        view
        returns (string memory, string memory, uint256, uint256, uint256)
    {
        Service storage service = _serving().services[provider];
        return (service.url, service.appId, service.pricePerCpuPerMin, service.pricePerMemGbPerMin, service.createFee);
    }

    /// @inheritdoc ISandboxServing
    function isTEEAcknowledged(address user, address provider) external view returns (bool) {
        return _serving().tapp.isAcknowledged(user, _serving().services[provider].appId);
    }
}
