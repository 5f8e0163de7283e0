// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Envelope, Seal} from "./Envelope.sol";
import {Hkdf} from "./Hkdf.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";
import {SigmaProof} from "./SigmaProof.sol";

/// @notice What opens a sealed key in public. Whoever reads it can open the data.
/// @param w The secret of the seal's key, times the seal's e1.
/// @param inverse Hint for e2 - w: of w.x - e2.x; of 2·e2.y where w is -e2; not read where w is e2.
/// @param proof That w is what it should be: `SigmaProof.verifyEquality`.
struct Reveal {
    Point w;
    uint256 inverse;
    bytes proof;
}

/// @title Open a sealed key in public, with a proof that this is what it holds
/// @notice The Python twin is zerog/inft/escrow/reveal.py.
library SealReveal {
    /// @notice Find the data key of a seal.
    /// @param head What the proof is bound to.
    /// @param sealedKey The seal, version 2.
    /// @param reveal The opening.
    /// @return found False when the seal holds infinity, which no client can open.
    /// @return dataKey The data key.
    function open(bytes32 head, bytes calldata sealedKey, Reveal calldata reveal)
        internal
        view
        returns (bool found, bytes32 dataKey)
    {
        Seal memory seal = Envelope.parse(sealedKey);
        Point memory w = reveal.w;
        SigmaProof.verifyEquality(head, seal.owner, seal.e1, w, reveal.proof);
        if (w.x != seal.e2.x) return (true, dataKeyOf(Secp256k1.add(seal.e2, Secp256k1.negate(w), reveal.inverse)));
        if (w.y == seal.e2.y) return (false, 0);
        return (true, dataKeyOf(double(seal.e2, reveal.inverse)));
    }

    /// @notice The data key behind a group element.
    /// @param k The element.
    /// @return HKDF-SHA256 of its compressed form.
    function dataKeyOf(Point memory k) internal pure returns (bytes32) {
        bytes memory compressed = abi.encodePacked(uint8(2 + (k.y & 1)), k.x);
        return Hkdf.expand(Hkdf.extract(0, compressed), "zerog/inft/data-key/1");
    }

    /// @notice Twice a point: no chord, but the tangent.
    /// @param a The point; the curve has none with y = 0.
    /// @param inverse 1 / (2·a.y), below the field's prime.
    /// @return twice The double.
    function double(Point memory a, uint256 inverse) internal pure returns (Point memory twice) {
        uint256 p = Secp256k1.P;
        uint256 divisor = addmod(a.y, a.y, p);
        require(inverse < p && mulmod(divisor, inverse, p) == 1, Secp256k1.WrongInverse(divisor, inverse));
        uint256 slope = mulmod(mulmod(3, mulmod(a.x, a.x, p), p), inverse, p);
        twice.x = addmod(mulmod(slope, slope, p), addmod(p - a.x, p - a.x, p), p);
        twice.y = addmod(mulmod(slope, addmod(a.x, p - twice.x, p), p), p - a.y, p);
    }
}
