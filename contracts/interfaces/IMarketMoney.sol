// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Money of a market: everything is credited, and taken out by its owner
/// @notice A market never sends money to a seller, creator or treasury on its own: nobody's refusal can stop a sale.
/// A sale's price is split into the market's fee (at most 10 %), the royalty that the collection names by ERC-2981
/// (at most 25 %), and the seller's proceeds. Amounts are base units of a currency; currency zero is the chain's own
/// coin. Credits are kept as in {IPurse}, with its events; ERC-20 contracts that deliver less than was sent are refused.
interface IMarketMoney {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice The value sent is neither zero nor the price, or came with a price in another currency.
    /// @param wanted What may be sent, wei.
    /// @param sent What was sent, wei.
    error WrongValue(uint256 wanted, uint256 sent);

    /// @notice An account has less credit than is needed.
    /// @param account The account.
    /// @param credit Its credit, base units.
    /// @param needed What is needed, base units.
    error NotEnoughCredit(address account, uint256 credit, uint256 needed);

    /// @notice The fee is above 10 %.
    /// @param feeBps The fee given, basis points.
    error FeeTooHigh(uint256 feeBps);

    /// @notice The market is paused.
    error EnforcedPause();

    // ------------------------------------------------------------------ events

    /// @notice The market was paused, or goes on.
    /// @param paused Whether it stands still.
    event PauseSet(bool paused);

    /// @notice The fee of later sales changed.
    /// @param feeBps Basis points.
    event FeeSet(uint256 feeBps);

    /// @notice Later fees are credited to this account.
    /// @param treasury The account.
    event TreasurySet(address indexed treasury);

    // ----------------------------------------------------------------- actions

    /// @notice Credit an account with the value sent.
    /// @param account The account.
    function deposit(address account) external payable;

    /// @notice Take the caller's credit out.
    /// @param currency The currency.
    /// @param amount How much, base units.
    /// @param to Who gets it.
    function withdraw(address currency, uint256 amount, address to) external;

    /// @notice Send an account all its credit, to itself. Anyone may: a contract that earns royalties need not know
    /// this market.
    /// @param currency The currency.
    /// @param account The account.
    function payOut(address currency, address account) external;

    /// @notice Change the fee of later sales. Restricted. Listings keep the fee that they were made with.
    /// @param feeBps_ Basis points, at most 1000.
    function setFee(uint256 feeBps_) external;

    /// @notice Credit later fees to another account. Restricted.
    /// @param treasury_ The account.
    function setTreasury(address treasury_) external;

    /// @notice Stop everything but the ways out: ending listings, refunds, cancellations and withdrawals. Restricted.
    function pause() external;

    /// @notice End the pause. Restricted.
    function unpause() external;

    // ------------------------------------------------------------------- views

    /// @notice Whether the market is paused.
    /// @return True when it is.
    function paused() external view returns (bool);

    /// @notice Highest fee.
    /// @return Basis points.
    function MAX_FEE_BPS() external view returns (uint256);

    /// @notice Highest royalty; a collection that names more gets this.
    /// @return Basis points.
    function MAX_ROYALTY_BPS() external view returns (uint256);

    /// @notice Fee of later sales.
    /// @return Basis points.
    function feeBps() external view returns (uint256);

    /// @notice Who is credited with fees.
    /// @return The account.
    function treasury() external view returns (address);

    /// @notice What an account can take out.
    /// @param currency The currency.
    /// @param account The account.
    /// @return Base units.
    function credits(address currency, address account) external view returns (uint256);
}
