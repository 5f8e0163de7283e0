// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {PointMath} from "./PointMath.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";
import {Shamir} from "./Shamir.sol";
import {SigmaProof} from "./SigmaProof.sol";

/// @notice What one dealer gives to a round: a committed polynomial f, and its value for each receiver.
/// @param commitments The coefficients of f times G, the constant one first; as many as the threshold.
/// @param ephemeral V = v·G, for this dealing alone.
/// @param masked f(x) + mask for each receiver, in the round's order; the mask of the receiver with key M comes
/// from v·M, which both can compute.
/// @param commitment R of a Schnorr proof of knowledge of f(0).
/// @param response z of that proof.
struct Dealing {
    Point[] commitments;
    Point ephemeral;
    uint256[] masked;
    Point commitment;
    uint256 response;
}

/// @notice A receiver's complaint of a dealer.
/// @param head The round's head.
/// @param dealer The dealer.
/// @param receiver The receiver's slot.
/// @param place The receiver's place in the round, from 0.
/// @param shared v·M, the point that the mask of the share comes from.
struct Complaint {
    bytes32 head;
    uint16 dealer;
    uint16 receiver;
    uint256 place;
    Point shared;
}

/// @title Dealings of a distributed key generation that anybody can judge
/// @notice Feldman commitments, a proof of knowledge of each secret against rogue keys, and shares that their
/// receiver can open before everybody without giving away a lasting secret. The Python twin is
/// zerog/inft/committee/dkg.py.
library Dealings {
    using PointMath for Point;

    bytes32 internal constant ROUND_TAG = keccak256("zerog/committee/round/1");
    bytes32 internal constant POSSESSION_TAG = keccak256("zerog/committee/possession/1");
    bytes32 internal constant MASK_TAG = keccak256("zerog/committee/mask/1");
    bytes32 internal constant COMPLAINT_TAG = keccak256("zerog/committee/complaint/1");

    /// @notice A dealing has not one commitment per coefficient, or not one share per receiver.
    /// @param commitments Number of commitments.
    /// @param masked Number of shares.
    error WrongShape(uint256 commitments, uint256 masked);

    /// @notice The dealer did not prove knowledge of the secret that is dealt.
    /// @param slot The dealer.
    error NoPossession(uint16 slot);

    /// @notice What every message of a round is bound to.
    /// @param roundId The round.
    /// @return Hash of chain, contract and round.
    function head(uint256 roundId) internal view returns (bytes32) {
        return keccak256(abi.encode(ROUND_TAG, block.chainid, address(this), roundId));
    }

    /// @notice Check all of a dealing that can be seen from outside.
    /// @param head_ The round's head.
    /// @param slot The dealer.
    /// @param threshold Number of coefficients.
    /// @param receivers Number of receivers.
    /// @param dealing The dealing.
    function check(bytes32 head_, uint16 slot, uint256 threshold, uint256 receivers, Dealing calldata dealing)
        internal
        view
    {
        bool shaped = dealing.commitments.length == threshold && dealing.masked.length == receivers;
        require(shaped, WrongShape(dealing.commitments.length, dealing.masked.length));
        for (uint256 k = 0; k < threshold; ++k) {
            PointMath.requireBase(dealing.commitments[k]);
        }
        PointMath.requireBase(dealing.ephemeral);
        for (uint256 j = 0; j < receivers; ++j) {
            require(dealing.masked[j] < Secp256k1.N, Secp256k1.NotAScalar(dealing.masked[j]));
        }
        _checkPossession(head_, slot, dealing.commitments[0], dealing.commitment, dealing.response);
    }

    /// @notice Whether the share that a dealing holds for a receiver lies on the committed polynomial.
    /// @param c Who complains of whom; `shared` was proven by `requireShared`.
    /// @param dealing The dealing.
    /// @return True when it does.
    function holds(Complaint memory c, Dealing calldata dealing) internal view returns (bool) {
        uint256 n = Secp256k1.N;
        uint256 mask = uint256(keccak256(abi.encode(MASK_TAG, c.head, c.dealer, c.receiver, c.shared))) % n;
        uint256 share = addmod(dealing.masked[c.place], n - mask, n);
        Point memory expected = Shamir.evaluate(dealing.commitments, c.receiver);
        if (share == 0 || expected.isInfinity()) return false;
        return Secp256k1.toAddress(expected) == generated(share);
    }

    /// @notice Check that a point is the secret that dealer and receiver share.
    /// @param c Who complains of whom, with that point.
    /// @param key The receiver's key M.
    /// @param ephemeral V of the dealing.
    /// @param proof Proof of equality by the receiver's secret (SigmaProof).
    function requireShared(Complaint memory c, Point memory key, Point memory ephemeral, bytes calldata proof)
        internal
        view
    {
        bytes32 bound = keccak256(abi.encode(COMPLAINT_TAG, c.head, c.dealer, c.receiver));
        SigmaProof.verifyEquality(bound, key, ephemeral, c.shared, proof);
    }

    /// @notice Address of value·G.
    /// @param value Scalar, not zero.
    /// @return The address.
    function generated(uint256 value) internal view returns (address) {
        // ecrecover has no product of G alone: it is 1·G + (value - 1)·G.
        Point memory g = Point(
            0x79BE667EF9DCBBAC55A06295CE870B07029BFCDB2DCE28D959F2815B16F81798,
            0x483ADA7726A3C4655DA4FBFC0E1108A8FD17B448A68554199C47D08FFB10D4B8
        );
        return Secp256k1.linearAddress(g, 1, value - 1);
    }

    function _checkPossession(bytes32 head_, uint16 slot, Point memory key, Point memory commitment, uint256 response)
        private
        view
    {
        Secp256k1.requirePoint(commitment);
        Secp256k1.requireScalar(response);
        uint256 n = Secp256k1.N;
        uint256 c = uint256(keccak256(abi.encode(POSSESSION_TAG, head_, slot, key, commitment))) % n;
        Secp256k1.requireScalar(c);
        bool proven = Secp256k1.linearAddress(key, n - c, response) == Secp256k1.toAddress(commitment);
        require(proven, NoPossession(slot));
    }
}
