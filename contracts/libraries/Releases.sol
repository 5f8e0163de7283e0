// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";

/// @title Release of rewards over time
/// @notice The two formulas by which locked money becomes claimable, rounded so that never a wei too much is released.
/// The Python twin is zerog/storage/economy/rules.py.
/// @dev 0gfoundation/0g-storage-contracts, RewardLibrary; the arithmetic is another.
library Releases {
    /// @notice A year of the decay rate: twelve months of 31 days.
    uint256 internal constant YEAR = 12 * 31 days;

    /// @notice One, in fixed point.
    uint256 internal constant ONE = 1 << 120;

    /// @notice The natural logarithm of two, in fixed point.
    uint256 internal constant LN2 = 921350637599661305226344307672478454;

    /// @notice Released so far when `base` is released evenly over `duration`, and extensions go on at the same rate.
    /// @param total Money in wei, extensions included.
    /// @param base Money that the rate was made of.
    /// @param elapsed Seconds since the start.
    /// @param duration Seconds that `base` lasts.
    /// @return Released money, at most `total`.
    function linear(uint256 total, uint256 base, uint256 elapsed, uint256 duration) internal pure returns (uint256) {
        return Math.min(total, base * elapsed / duration);
    }

    /// @notice How long the money lasts at that rate.
    /// @param total Money in wei, extensions included.
    /// @param base Money that the rate was made of; zero when there is no money at all.
    /// @param duration Seconds that `base` lasts.
    /// @return Seconds from the start until all is released.
    function lifetime(uint256 total, uint256 base, uint256 duration) internal pure returns (uint256) {
        return total == base ? duration : Math.ceilDiv(total * duration, base);
    }

    /// @notice Part of locked money that a time of continuous decay releases.
    /// @param locked Money in wei, below 2^128.
    /// @param elapsed Seconds, below 2^40.
    /// @param milliRate Thousandths per year.
    /// @return Released money.
    function decay(uint256 locked, uint256 elapsed, uint256 milliRate) internal pure returns (uint256) {
        uint256 left = expNegative(elapsed * milliRate * ONE / (1000 * YEAR));
        return locked - Math.ceilDiv(locked * left, ONE);
    }

    /// @notice e^-x.
    /// @param x Exponent in fixed point, below 2^180.
    /// @return The power in fixed point, at most ONE, off by less than 2^-110.
    function expNegative(uint256 x) internal pure returns (uint256) {
        uint256 halvings = x / LN2;
        return halvings < 120 ? (ONE * ONE / expBelowTwo(x % LN2)) >> halvings : 0;
    }

    /// @notice e^x by its series.
    /// @param x Exponent in fixed point, below LN2.
    /// @return sum The power in fixed point, rounded down.
    function expBelowTwo(uint256 x) internal pure returns (uint256 sum) {
        uint256 term = ONE;
        for (uint256 n = 1; term != 0; ++n) {
            sum += term;
            term = term * x / (n * ONE);
        }
    }
}
