// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice A point of secp256k1 in affine coordinates. Infinity has none.
/// @param x Below the field's prime.
/// @param y Below the field's prime.
struct Point {
    uint256 x;
    uint256 y;
}

/// @title Points of secp256k1, with the ecrecover precompile for multiplications
/// @notice ecrecover gives the address of a linear combination and sees of its base no more than x and a parity:
/// every point is checked to lie on the curve before it becomes a base. The Python twin is zerog/crypto/sigma.py.
library Secp256k1 {
    /// @notice The field's prime.
    uint256 internal constant P = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEFFFFFC2F;

    /// @notice Order of the group.
    uint256 internal constant N = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141;

    /// @notice The coordinates are not those of a point.
    /// @param x First coordinate.
    /// @param y Second coordinate.
    error NotAPoint(uint256 x, uint256 y);

    /// @notice The number is zero or not below the order of the group.
    /// @param value The number.
    error NotAScalar(uint256 value);

    /// @notice ecrecover takes no base whose x is not below the order of the group.
    /// @param x The base's x.
    error NotABase(uint256 x);

    /// @notice The linear combination is infinity.
    error Infinity();

    /// @notice Two points with the same x have no sum by the chord rule.
    /// @param x Their x.
    error EqualX(uint256 x);

    /// @notice A hint is not the inverse that it should be.
    /// @param value Difference of the x coordinates.
    /// @param inverse The hint.
    error WrongInverse(uint256 value, uint256 inverse);

    /// @notice Whether coordinates are those of a point of the curve.
    /// @param point The coordinates.
    /// @return yes True when they are.
    function isPoint(Point memory point) internal pure returns (bool yes) {
        uint256 p = P;
        assembly ("memory-safe") {
            let x := mload(point)
            let y := mload(add(point, 0x20))
            let right := addmod(mulmod(mulmod(x, x, p), x, p), 7, p)
            yes := and(and(lt(x, p), lt(y, p)), eq(mulmod(y, y, p), right))
        }
    }

    /// @notice Check that coordinates are those of a point of the curve.
    /// @param point The coordinates.
    function requirePoint(Point memory point) internal pure {
        require(isPoint(point), NotAPoint(point.x, point.y));
    }

    /// @notice Check that a number is a scalar other than zero.
    /// @param value The number.
    function requireScalar(uint256 value) internal pure {
        require(value != 0 && value < N, NotAScalar(value));
    }

    /// @notice Ethereum address of a point.
    /// @param point The point.
    /// @return result Last 20 bytes of the keccak256 of both coordinates.
    function toAddress(Point memory point) internal pure returns (address result) {
        assembly ("memory-safe") {
            result := and(keccak256(point, 0x40), 0xffffffffffffffffffffffffffffffffffffffff)
        }
    }

    /// @notice Address of a·base + b·G.
    /// @dev ecrecover(h, v, r, s) is the address of (s·R - h·G) / r where R has x = r and the parity of v. With R the
    /// base, s = a·r and h = -b·r. The output word is cleared and the size of what came back is checked: on failure
    /// the precompile returns nothing and leaves memory alone.
    /// @param base A point that was checked; x below the order.
    /// @param a Scalar, not zero.
    /// @param b Scalar; zero is fine.
    /// @return result The address.
    function linearAddress(Point memory base, uint256 a, uint256 b) internal view returns (address result) {
        (uint256 r, uint256 n) = (base.x, N);
        require(r != 0 && r < n, NotABase(r));
        require(a != 0 && a < n, NotAScalar(a));
        require(b < n, NotAScalar(b));
        assembly ("memory-safe") {
            let input := mload(0x40)
            mstore(input, mulmod(sub(n, b), r, n))
            mstore(add(input, 0x20), add(27, and(mload(add(base, 0x20)), 1)))
            mstore(add(input, 0x40), r)
            mstore(add(input, 0x60), mulmod(a, r, n))
            mstore(0x00, 0)
            let done := staticcall(gas(), 0x01, input, 0x80, 0x00, 0x20)
            result := mul(and(done, eq(returndatasize(), 0x20)), mload(0x00))
        }
        require(result != address(0), Infinity());
    }

    /// @notice The point with the other y.
    /// @param point A point that was checked.
    /// @return Its negative.
    function negate(Point memory point) internal pure returns (Point memory) {
        return Point(point.x, P - point.y);
    }

    /// @notice Sum of two points that were checked and differ in x.
    /// @param a One.
    /// @param b The other.
    /// @param inverse 1 / (b.x - a.x), below the field's prime: dearer to compute here than to check.
    /// @return sum Their sum.
    function add(Point memory a, Point memory b, uint256 inverse) internal pure returns (Point memory sum) {
        uint256 p = P;
        (uint256 ax, uint256 bx) = (a.x, b.x);
        uint256 difference = addmod(bx, p - ax, p);
        require(difference != 0, EqualX(ax));
        require(inverse < p && mulmod(difference, inverse, p) == 1, WrongInverse(difference, inverse));
        assembly ("memory-safe") {
            let ay := mload(add(a, 0x20))
            let slope := mulmod(addmod(mload(add(b, 0x20)), sub(p, ay), p), inverse, p)
            let x := addmod(mulmod(slope, slope, p), addmod(sub(p, ax), sub(p, bx), p), p)
            mstore(sum, x)
            mstore(add(sum, 0x20), addmod(mulmod(slope, addmod(ax, sub(p, x), p), p), sub(p, ay), p))
        }
    }

    /// @notice A point out of 64 bytes of calldata, checked.
    /// @param raw Where to read.
    /// @param offset First byte; the caller has checked that 64 follow.
    /// @return point The point.
    function read(bytes calldata raw, uint256 offset) internal pure returns (Point memory point) {
        readInto(point, raw, offset);
    }

    /// @notice The same into memory that is there.
    /// @param point Where the point goes.
    /// @param raw Where to read.
    /// @param offset First byte; the caller has checked that 64 follow.
    function readInto(Point memory point, bytes calldata raw, uint256 offset) internal pure {
        assembly ("memory-safe") {
            calldatacopy(point, add(raw.offset, offset), 0x40)
        }
        requirePoint(point);
    }
}
