// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// The official ABI's names.
// solhint-disable var-name-mixedcase

/// @notice A point of G1, affine; (0, 0) is infinity.
/// @param X Coordinate, below the field's modulus.
/// @param Y Coordinate, below the field's modulus.
struct G1Point {
    uint256 X;
    uint256 Y;
}

/// @notice A point of G2, affine. Which part of a coordinate comes first is said where one is taken.
/// @param X Both parts.
/// @param Y Both parts.
struct G2Point {
    uint256[2] X;
    uint256[2] Y;
}

// solhint-enable var-name-mixedcase

/// @title BN254 by the precompiles of EIP-196 and EIP-197
/// @notice G2 points here have the real part first, as DASigners and DARegistry take them.
/// @dev The precompiles refuse what is not on the curve, or not in the subgroup of G2.
library Bn254 {
    /// @dev Modulus of the field of coordinates.
    uint256 internal constant Q = 21888242871839275222246405745257275088696311157297823662689037894645226208583;
    /// @dev Order of the groups.
    uint256 internal constant R = 21888242871839275222246405745257275088548364400416034343698204186575808495617;
    /// @dev (Q + 1) / 4: raising to it gives the root of a square.
    uint256 private constant ROOT = 0xc19139cb84c680a6e14116da060561765e05aa45a1c72a34f082305b61f3f52;

    uint256 private constant G2_X0 = 0x1800deef121f1e76426a00665e5c4479674322d4f75edadd46debd5cd992f6ed;
    uint256 private constant G2_X1 = 0x198e9393920d483a7260bfb731fb5d25f1aa493335a9e71297e485b7aef312c2;
    uint256 private constant G2_Y0 = 0x12c85ea5db8c6deb4aab71808dcb408fe3d1e7690c43d37b4ce6cc0166fa7daa;
    uint256 private constant G2_Y1 = 0x90689d0585ff075ec9e99ad690c3395bc4b313370b38ef355acdadcd122975b;

    uint256 private constant ADD = 0x06;
    uint256 private constant MUL = 0x07;
    uint256 private constant PAIR = 0x08;
    uint256 private constant MODEXP = 0x05;

    /// @notice A point is not on the curve, or a coordinate not below the modulus.
    error NotOnCurve();

    /// @dev The generator of G1.
    function generator() internal pure returns (G1Point memory) {
        return G1Point(1, 2);
    }

    /// @dev Sum; reverts {NotOnCurve}.
    function add(G1Point memory a, G1Point memory b) internal view returns (G1Point memory sum) {
        bool done;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mcopy(free, a, 0x40)
            mcopy(add(free, 0x40), b, 0x40)
            done := staticcall(gas(), ADD, free, 0x80, sum, 0x40)
        }
        require(done, NotOnCurve());
    }

    /// @dev Multiple; reverts {NotOnCurve}.
    function mul(G1Point memory a, uint256 scalar) internal view returns (G1Point memory product) {
        bool done;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mcopy(free, a, 0x40)
            mstore(add(free, 0x40), scalar)
            done := staticcall(gas(), MUL, free, 0x60, product, 0x40)
        }
        require(done, NotOnCurve());
    }

    /// @dev The point that gives infinity when added; infinity stays.
    function negate(G1Point memory a) internal pure returns (G1Point memory) {
        return G1Point(a.X, a.Y == 0 ? 0 : Q - a.Y);
    }

    /// @dev Whether it is a point of the curve other than infinity.
    function isOnCurve(G1Point memory a) internal pure returns (bool) {
        if (a.X >= Q || a.Y >= Q) return false;
        return mulmod(a.Y, a.Y, Q) == _cubicPlus3(a.X);
    }

    /// @dev 0G's map of a hash to G1: from `hash` mod Q upwards, the first coordinate that has a point.
    function hashToG1(bytes32 hash) internal view returns (G1Point memory) {
        uint256 x = uint256(hash) % Q;
        while (true) {
            uint256 square = _cubicPlus3(x);
            uint256 y = _root(square);
            if (mulmod(y, y, Q) == square) return G1Point(x, y);
            x = addmod(x, 1, Q);
        }
        revert NotOnCurve();
    }

    /// @dev Whether `signature` is by the one secret of both keys over `point`. The weight binds the keys to each
    /// other: e(signature + w·pkG1, -G2) · e(point + w·G1, pkG2) = 1. False for what is no point; `gasCap` bounds
    /// what the pairing may take.
    function verify(
        G1Point memory point,
        G1Point memory signature,
        G1Point memory pkG1,
        G2Point memory pkG2,
        uint256 weight,
        uint256 gasCap
    ) internal view returns (bool) {
        if (!isOnCurve(signature) || !isOnCurve(pkG1)) return false;
        G1Point memory left = add(signature, mul(pkG1, weight));
        G1Point memory right = add(point, mul(generator(), weight));
        return pairsToOne(left, _minusG2(), right, pkG2, gasCap);
    }

    /// @dev e(a1, a2) · e(b1, b2) = 1; false for what is no point, or when `gasCap` does not do.
    function pairsToOne(G1Point memory a1, G2Point memory a2, G1Point memory b1, G2Point memory b2, uint256 gasCap)
        internal
        view
        returns (bool)
    {
        uint256[12] memory words =
            [a1.X, a1.Y, a2.X[1], a2.X[0], a2.Y[1], a2.Y[0], b1.X, b1.Y, b2.X[1], b2.X[0], b2.Y[1], b2.Y[0]];
        uint256 one;
        bool done;
        assembly ("memory-safe") {
            done := staticcall(gasCap, PAIR, words, 0x180, 0, 0x20)
            one := mload(0)
        }
        return done && one == 1;
    }

    function _minusG2() private pure returns (G2Point memory) {
        return G2Point([G2_X0, G2_X1], [Q - G2_Y0, Q - G2_Y1]);
    }

    function _cubicPlus3(uint256 x) private pure returns (uint256) {
        return addmod(mulmod(mulmod(x, x, Q), x, Q), 3, Q);
    }

    function _root(uint256 square) private view returns (uint256 root) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, 0x20)
            mstore(add(free, 0x20), 0x20)
            mstore(add(free, 0x40), 0x20)
            mstore(add(free, 0x60), square)
            mstore(add(free, 0x80), ROOT)
            mstore(add(free, 0xa0), Q)
            if iszero(staticcall(gas(), MODEXP, free, 0xc0, 0, 0x20)) { revert(0, 0) }
            root := mload(0)
        }
    }
}
