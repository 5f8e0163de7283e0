// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Prepaid balances for sandboxes
/// @notice The part of 0G's SandboxServing that the Agentic ID client uses: people pay ahead for one provider and get
/// back what they do not need. Nobody can charge them here: a devnet's sandboxes cost nothing.
interface ISandboxServing {
    /// @notice Nothing was paid.
    error ZeroDeposit();

    /// @notice The balance is smaller.
    /// @param balance What there is, wei.
    /// @param asked What was asked for, wei.
    error BalanceTooSmall(uint256 balance, uint256 asked);

    /// @notice No refund can be taken now.
    /// @param unlockAt When one can, seconds since 1970; 0 when none was asked for.
    error RefundLocked(uint256 unlockAt);

    /// @notice The receiver did not take the money.
    /// @param receiver Who.
    error PaymentRefused(address receiver);

    /// @notice Somebody paid ahead.
    /// @param recipient Whose balance.
    /// @param provider With whom.
    /// @param payer Who paid.
    /// @param amount How much, wei.
    event Deposited(address indexed recipient, address indexed provider, address indexed payer, uint256 amount);

    /// @notice Somebody asked for money back.
    /// @param user Who.
    /// @param provider From whom.
    /// @param amount How much, wei.
    /// @param unlockAt When it can be taken, seconds since 1970.
    event RefundRequested(address indexed user, address indexed provider, uint256 amount, uint256 unlockAt);

    /// @notice Somebody took their money back.
    /// @param user Who.
    /// @param provider From whom.
    /// @param amount How much, wei.
    event RefundWithdrawn(address indexed user, address indexed provider, uint256 amount);

    /// @notice A provider's terms changed.
    /// @param provider The provider.
    /// @param url Where it is.
    /// @param appId Its app in the Tapp registry.
    event ServiceSet(address indexed provider, string url, string appId);

    /// @notice Set up the proxy, once.
    /// @param tappRegistry_ The registry of apps.
    /// @param authority_ The AccessManager that may administer it.
    function initialize(address tappRegistry_, address authority_) external;

    /// @notice Say where a provider is and what it costs; restricted.
    /// @param provider The provider.
    /// @param url Where it is.
    /// @param appId Its app in the Tapp registry.
    /// @param pricePerCPUPerMin Wei per CPU and minute.
    /// @param pricePerMemGBPerMin Wei per gigabyte of memory and minute.
    /// @param createFee Wei per sandbox.
    function setService(
        address provider,
        string calldata url,
        string calldata appId,
        uint256 pricePerCPUPerMin,
        uint256 pricePerMemGBPerMin,
        uint256 createFee
    ) external;

    /// @notice Pay ahead.
    /// @param recipient Whose balance.
    /// @param provider With whom.
    function deposit(address recipient, address provider) external payable;

    /// @notice Ask for money back; a second request adds to the first and waits anew.
    /// @param provider From whom.
    /// @param amount How much, wei.
    function requestRefund(address provider, uint256 amount) external;

    /// @notice Take money back that was asked for long enough ago.
    /// @param provider From whom.
    function withdrawRefund(address provider) external;

    /// @notice Somebody's balance with a provider.
    /// @param user Who.
    /// @param provider The provider.
    /// @return balance What can be used, wei.
    /// @return pendingRefund What was asked back, wei.
    /// @return refundUnlockAt When that can be taken, seconds since 1970.
    function getBalance(address user, address provider)
        external
        view
        returns (uint256 balance, uint256 pendingRefund, uint256 refundUnlockAt);

    /// @notice A provider's terms.
    /// @param provider The provider.
    /// @return url Where it is.
    /// @return appId Its app in the Tapp registry.
    /// @return pricePerCPUPerMin Wei per CPU and minute.
    /// @return pricePerMemGBPerMin Wei per gigabyte of memory and minute.
    /// @return createFee Wei per sandbox.
    function services(address provider)
        external
        view
        returns (
            string memory url,
            string memory appId,
            uint256 pricePerCPUPerMin,
            uint256 pricePerMemGBPerMin,
            uint256 createFee
        );

    /// @notice Whether somebody acknowledged a provider's app as it is now.
    /// @param user Who.
    /// @param provider The provider.
    /// @return True when they did.
    function isTEEAcknowledged(address user, address provider) external view returns (bool);

    /// @notice How long a refund waits.
    /// @return Seconds.
    function LOCK_TIME() external view returns (uint256);
}
