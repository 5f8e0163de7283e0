// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {PointMath} from "./PointMath.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";

/// @title Shamir sharing in the exponent
/// @notice A polynomial over the scalars is known by the commitments of its coefficients; the share of slot x is its
/// value at x. The Python twin is zerog/inft/committee/polynomial.py.
library Shamir {
    using PointMath for Point;

    /// @notice What slot `slots[place]` weighs in the value at zero of the polynomial through all `slots`.
    /// @param slots Different slots, none of them zero.
    /// @param place Which one.
    /// @return The Lagrange coefficient, a scalar other than zero.
    function weight(uint16[] memory slots, uint256 place) internal view returns (uint256) {
        uint256 n = Secp256k1.N;
        uint256 above = 1;
        uint256 below = 1;
        uint256 own = slots[place];
        for (uint256 i = 0; i < slots.length; ++i) {
            if (i == place) continue;
            above = mulmod(above, slots[i], n);
            below = mulmod(below, addmod(slots[i], n - own, n), n);
        }
        return mulmod(above, Math.invModPrime(below, n), n);
    }

    /// @notice Public value of a slot: the committed polynomial at x.
    /// @param commitments The coefficients times G, the constant one first.
    /// @param x The slot.
    /// @return value f(x)·G, perhaps infinity.
    function evaluate(Point[] memory commitments, uint256 x) internal view returns (Point memory value) {
        for (uint256 k = commitments.length; k > 0; --k) {
            value = value.times(x).sum(commitments[k - 1]);
        }
    }
}
