// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {SafeERC20} from "@openzeppelin/contracts/token/ERC20/utils/SafeERC20.sol";
import {IPurse} from "../interfaces/IPurse.sol";

/// @title Credits that their owners take out
/// @notice The manual is {IPurse}. The callers hold a reentrancy guard.
library Purse {
    using SafeERC20 for IERC20;

    /// @notice What each account can take out.
    /// @param held Base units by currency and account.
    struct Credits {
        mapping(address currency => mapping(address account => uint256)) held;
    }

    /// @notice Take a payment into the contract, exactly.
    /// @param currency The currency.
    /// @param payer Who pays; with the chain's own coin, whoever sent the value.
    /// @param amount Base units.
    function take(address currency, address payer, uint256 amount) internal {
        if (currency == address(0)) {
            require(msg.value == amount, IPurse.WrongPayment(amount, msg.value));
            return;
        }
        require(msg.value == 0, IPurse.WrongPayment(0, msg.value));
        pull(currency, payer, amount);
    }

    /// @notice Take an amount of an ERC-20 into the contract, exactly. One that keeps a part would make credits that
    /// nothing stands behind.
    /// @param currency The ERC-20 contract.
    /// @param payer Who pays, by their allowance.
    /// @param amount Base units.
    function pull(address currency, address payer, uint256 amount) internal {
        // A collection that calls its own transferFrom would do so in the name of a permit's signer.
        require(currency != address(this), IPurse.NoCurrency(currency));
        uint256 before = IERC20(currency).balanceOf(address(this));
        IERC20(currency).safeTransferFrom(payer, address(this), amount);
        uint256 received = IERC20(currency).balanceOf(address(this)) - before;
        require(received == amount, IPurse.CurrencyKeepsPart(currency, amount, received));
    }

    /// @notice Credit an account with money that the contract has.
    /// @param credits The credits.
    /// @param currency The currency.
    /// @param account The account.
    /// @param amount Base units; nothing happens for zero.
    function add(Credits storage credits, address currency, address account, uint256 amount) internal {
        if (amount == 0) return;
        credits.held[currency][account] += amount;
        emit IPurse.CreditAdded(currency, account, amount);
    }

    /// @notice Pay all credit of an account out.
    /// @param credits The credits.
    /// @param currency The currency.
    /// @param account The account.
    /// @param to Who gets it.
    /// @return amount How much, base units.
    function withdraw(Credits storage credits, address currency, address account, address to)
        internal
        returns (uint256 amount)
    {
        amount = credits.held[currency][account];
        require(amount != 0, IPurse.NoCredit(currency, account));
        credits.held[currency][account] = 0;
        pay(currency, account, to, amount);
    }

    /// @notice Send money out that is in nobody's credit any more.
    /// @param currency The currency.
    /// @param account Whose credit it was.
    /// @param to Who gets it.
    /// @param amount Base units; nothing happens for zero.
    function pay(address currency, address account, address to, uint256 amount) internal {
        if (amount == 0) return;
        emit IPurse.CreditWithdrawn(currency, account, to, amount);
        if (currency == address(0)) {
            (bool paid,) = to.call{value: amount}("");
            require(paid, IPurse.PaymentRefused(to, amount));
        } else {
            IERC20(currency).safeTransfer(to, amount);
        }
    }
}
