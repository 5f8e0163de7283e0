// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Credits that their owners take out
/// @notice Money is credited when it is earned, and leaves only when its owner asks for it: nobody's refusal stops
/// anybody else. Amounts are base units of a currency; currency zero is the chain's own coin. An ERC-20 contract that
/// delivers less than was sent is refused.
interface IPurse {
    /// @notice The value sent is not the amount due, or the amount is due in another currency.
    /// @param wanted Value that must be sent, wei.
    /// @param sent Value sent, wei.
    error WrongPayment(uint256 wanted, uint256 sent);

    /// @notice The currency delivered another amount than was asked for.
    /// @param currency The ERC-20 contract.
    /// @param wanted What was asked for, base units.
    /// @param received What came, base units.
    error CurrencyKeepsPart(address currency, uint256 wanted, uint256 received);

    /// @notice This contract's own tokens are no currency.
    /// @param currency The address given.
    error NoCurrency(address currency);

    /// @notice The account has no credit in this currency.
    /// @param currency The currency.
    /// @param account The account.
    error NoCredit(address currency, address account);

    /// @notice The receiver refused the payment; the credit stays.
    /// @param to The receiver.
    /// @param amount The amount, wei.
    error PaymentRefused(address to, uint256 amount);

    /// @notice An account's credit grew.
    /// @param currency The currency.
    /// @param account The account.
    /// @param amount By how much, base units.
    event CreditAdded(address indexed currency, address indexed account, uint256 amount);

    /// @notice An account took all its credit out.
    /// @param currency The currency.
    /// @param account The account.
    /// @param to Who got the money.
    /// @param amount How much, base units.
    event CreditWithdrawn(address indexed currency, address indexed account, address to, uint256 amount);

    /// @notice Take all of the caller's credit out.
    /// @param currency The currency.
    /// @param to Who gets it.
    /// @return amount How much, base units.
    function withdrawCredit(address currency, address to) external returns (uint256 amount);

    /// @notice What an account can take out.
    /// @param currency The currency.
    /// @param account The account.
    /// @return Base units.
    function creditOf(address currency, address account) external view returns (uint256);
}
