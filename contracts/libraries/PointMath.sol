// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";

/// @title Complete arithmetic of secp256k1 points
/// @notice Infinity is (0, 0) here, equal points double and inverses are computed: whoever chooses commitments can
/// bring about every special case, and none may make a round stick. The Python twin is
/// zerog/inft/committee/polynomial.py.
library PointMath {
    /// @notice A product that was given as a hint is another point.
    /// @param x The hint's x.
    /// @param y The hint's y.
    error WrongProduct(uint256 x, uint256 y);

    /// @notice Whether a point is infinity.
    /// @param point The point.
    /// @return True when it is.
    function isInfinity(Point memory point) internal pure returns (bool) {
        return point.x == 0 && point.y == 0;
    }

    /// @notice Whether two points are the same.
    /// @param a One.
    /// @param b The other.
    /// @return True when they are.
    function equals(Point memory a, Point memory b) internal pure returns (bool) {
        return a.x == b.x && a.y == b.y;
    }

    /// @notice Sum of two points that were checked or are infinity.
    /// @param a One.
    /// @param b The other.
    /// @return total Their sum, perhaps infinity.
    function sum(Point memory a, Point memory b) internal view returns (Point memory total) {
        if (isInfinity(a)) return b;
        if (isInfinity(b)) return a;
        uint256 p = Secp256k1.P;
        if (a.x == b.x) return a.y == b.y ? double(a) : total;
        uint256 slope = mulmod(addmod(b.y, p - a.y, p), _inverse(addmod(b.x, p - a.x, p)), p);
        return _chord(a, b.x, slope);
    }

    /// @notice Twice a point that was checked or is infinity.
    /// @param a The point.
    /// @return 2·a; the group's order is odd, so that no other point doubles to infinity.
    function double(Point memory a) internal view returns (Point memory) {
        if (isInfinity(a)) return a;
        uint256 p = Secp256k1.P;
        uint256 slope = mulmod(mulmod(3, mulmod(a.x, a.x, p), p), _inverse(addmod(a.y, a.y, p)), p);
        return _chord(a, a.x, slope);
    }

    /// @notice A small multiple of a point that was checked or is infinity.
    /// @param a The point.
    /// @param factor Some bits: each costs a doubling.
    /// @return total factor·a.
    function times(Point memory a, uint256 factor) internal view returns (Point memory total) {
        while (factor != 0) {
            if (factor & 1 == 1) total = sum(total, a);
            factor >>= 1;
            if (factor != 0) a = double(a);
        }
    }

    /// @notice A large multiple that somebody else computed.
    /// @param base A point that was checked; x below the order.
    /// @param factor Scalar, not zero.
    /// @param hint The product.
    /// @return The hint, now checked.
    function product(Point memory base, uint256 factor, Point memory hint) internal view returns (Point memory) {
        Secp256k1.requirePoint(hint);
        bool right = Secp256k1.toAddress(hint) == Secp256k1.linearAddress(base, factor, 0);
        require(right, WrongProduct(hint.x, hint.y));
        return hint;
    }

    /// @notice Check a point that will be a base of ecrecover: on the curve, and its x below the order.
    /// @param point The point.
    function requireBase(Point memory point) internal pure {
        Secp256k1.requirePoint(point);
        require(point.x < Secp256k1.N, Secp256k1.NotABase(point.x));
    }

    function _chord(Point memory a, uint256 otherX, uint256 slope) private pure returns (Point memory total) {
        uint256 p = Secp256k1.P;
        total.x = addmod(mulmod(slope, slope, p), addmod(p - a.x, p - otherX, p), p);
        total.y = addmod(mulmod(slope, addmod(a.x, p - total.x, p), p), p - a.y, p);
    }

    function _inverse(uint256 value) private view returns (uint256) {
        return Math.invModPrime(value, Secp256k1.P);
    }
}
