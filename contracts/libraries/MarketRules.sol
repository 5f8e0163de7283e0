// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Where the price of a sale goes, base units of its currency.
/// @param fee To the market's treasury.
/// @param royalty To the royalty receiver.
/// @param proceeds To the seller.
struct Split {
    uint256 fee;
    uint256 royalty;
    uint256 proceeds;
}

/// @title How a price is split
/// @notice Fee and royalty are rounded down; the seller gets the rest, so that nothing is lost and nothing is made.
/// The Python twin is zerog/inft/market/orders.py.
library MarketRules {
    /// @notice Basis points of the whole.
    uint256 internal constant WHOLE = 10_000;

    /// @notice Highest fee, basis points.
    uint256 internal constant MAX_FEE = 1_000;

    /// @notice Highest royalty, basis points.
    uint256 internal constant MAX_ROYALTY = 2_500;

    /// @notice A share of an amount, rounded down.
    /// @param amount The amount.
    /// @param bps Basis points; at most the whole.
    /// @return The share; computed so that no amount overflows.
    function share(uint256 amount, uint256 bps) internal pure returns (uint256) {
        return (amount / WHOLE) * bps + ((amount % WHOLE) * bps) / WHOLE;
    }

    /// @notice Split a price.
    /// @param price The price.
    /// @param feeBps The market's fee, basis points; at most `MAX_FEE`.
    /// @param royalty What the collection asks for; more than `MAX_ROYALTY` of the price is cut.
    /// @return The split.
    function split(uint256 price, uint256 feeBps, uint256 royalty) internal pure returns (Split memory) {
        uint256 fee = share(price, feeBps);
        uint256 cap = share(price, MAX_ROYALTY);
        if (royalty > cap) royalty = cap;
        return Split(fee, royalty, price - fee - royalty);
    }
}
