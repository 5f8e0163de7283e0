// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// Points are named as in the literature.
// solhint-disable var-name-mixedcase

import {Point, Secp256k1} from "./Secp256k1.sol";

/// @title Sigma proofs over secp256k1, checked by ecrecover
/// @notice Non-interactive proofs of knowledge of discrete logarithms. The challenge hashes every point with both
/// coordinates. Products that the precompile can only compare are given as hints, and so are inverses.
/// The Python twin is zerog/crypto/sigma.py.
library SigmaProof {
    /// @notice "I know p and t such that P = p·G, F = t·G and D = t·Q - p·B".
    /// @param P Public key of the secret p.
    /// @param Q Public key to hand over to.
    /// @param B First point of the seal to P.
    /// @param F First point of the seal to Q.
    /// @param D Difference of the second points, of Q less of P.
    struct Relation {
        Point P;
        Point Q;
        Point B;
        Point F;
        Point D;
    }

    /// @notice A1 64, A2 64, A3 64, z1 32, z2 32, z1·B 64, c·D 64, two inverses 32 each.
    uint256 internal constant BYTES = 448;

    /// @notice A1 64, A2 64, z 32, c·W 64, one inverse 32.
    uint256 internal constant EQUALITY_BYTES = 256;

    bytes32 internal constant RELATION_TAG = keccak256("zerog/sigma/relation/1");
    bytes32 internal constant EQUALITY_TAG = keccak256("zerog/sigma/equality/1");

    /// @notice The proof has not the length of its kind.
    /// @param length Its length.
    /// @param expected The right one.
    error WrongProofLength(uint256 length, uint256 expected);

    /// @notice An equation of the proof does not hold.
    /// @param equation 1 or 2: a commitment; 3: what joins them; 4 and 5: a product given as hint.
    error WrongProof(uint8 equation);

    /// @notice Check a proof of a relation.
    /// @param head What the proof is bound to.
    /// @param r The relation; its points are checked here.
    /// @param proof `BYTES` bytes.
    function verify(bytes32 head, Relation memory r, bytes calldata proof) internal view {
        Secp256k1.requirePoint(r.P);
        Secp256k1.requirePoint(r.Q);
        Secp256k1.requirePoint(r.B);
        Secp256k1.requirePoint(r.F);
        Secp256k1.requirePoint(r.D);
        verifyChecked(head, r, proof);
    }

    /// @notice The same for a relation whose points were checked where they were read, or are sums of such points.
    /// @param head What the proof is bound to.
    /// @param r The relation.
    /// @param proof `BYTES` bytes.
    function verifyChecked(bytes32 head, Relation memory r, bytes calldata proof) internal view {
        require(proof.length == BYTES, WrongProofLength(proof.length, BYTES));
        uint256 c = _challenge(head, r, proof);
        uint256 z1 = _scalar(proof, 192);
        uint256 z2 = _scalar(proof, 224);
        _checkCommitment(1, r.P, c, z1, Secp256k1.read(proof, 0));
        _checkCommitment(2, r.F, c, z2, Secp256k1.read(proof, 64));
        Point memory sum = Secp256k1.add(Secp256k1.read(proof, 128), _product(5, r.D, c, proof, 320), _word(proof, 384));
        sum = Secp256k1.add(sum, _product(4, r.B, z1, proof, 256), _word(proof, 416));
        require(Secp256k1.toAddress(sum) == Secp256k1.linearAddress(r.Q, z2, 0), WrongProof(3));
    }

    /// @notice Check a proof of "I know q such that Q = q·G and W = q·B".
    /// @param head What the proof is bound to.
    /// @param Q Public key.
    /// @param B The other base.
    /// @param W Its product.
    /// @param proof `EQUALITY_BYTES` bytes.
    function verifyEquality(bytes32 head, Point memory Q, Point memory B, Point memory W, bytes calldata proof)
        internal
        view
    {
        require(proof.length == EQUALITY_BYTES, WrongProofLength(proof.length, EQUALITY_BYTES));
        Secp256k1.requirePoint(Q);
        Secp256k1.requirePoint(B);
        Secp256k1.requirePoint(W);
        bytes memory transcript = bytes.concat(EQUALITY_TAG, head, abi.encode(Q, B, W), proof[:128]);
        uint256 c = uint256(keccak256(transcript)) % Secp256k1.N;
        Secp256k1.requireScalar(c);
        uint256 z = _scalar(proof, 128);
        _checkCommitment(1, Q, c, z, Secp256k1.read(proof, 0));
        Point memory sum = Secp256k1.add(Secp256k1.read(proof, 64), _product(5, W, c, proof, 160), _word(proof, 224));
        require(Secp256k1.toAddress(sum) == Secp256k1.linearAddress(B, z, 0), WrongProof(3));
    }

    /// @dev z·G = A + c·X, by the address of z·G - c·X.
    function _checkCommitment(uint8 equation, Point memory X, uint256 c, uint256 z, Point memory A) private view {
        address given = Secp256k1.linearAddress(X, Secp256k1.N - c, z);
        require(given == Secp256k1.toAddress(A), WrongProof(equation));
    }

    /// @dev The point at `offset`, which must be factor·base.
    function _product(uint8 equation, Point memory base, uint256 factor, bytes calldata proof, uint256 offset)
        private
        view
        returns (Point memory given)
    {
        given = Secp256k1.read(proof, offset);
        require(Secp256k1.toAddress(given) == Secp256k1.linearAddress(base, factor, 0), WrongProof(equation));
    }

    /// @dev keccak256(tag, head, the five points, the three commitments) below the order; copied by hand because
    /// abi.encode costs three times as much.
    function _challenge(bytes32 head, Relation memory r, bytes calldata proof) private pure returns (uint256 c) {
        (bytes32 tag, uint256 n) = (RELATION_TAG, Secp256k1.N);
        assembly ("memory-safe") {
            let transcript := mload(0x40)
            mstore(transcript, tag)
            mstore(add(transcript, 0x20), head)
            let end := add(transcript, 0x40)
            for { let field := r } lt(field, add(r, 0xa0)) { field := add(field, 0x20) } {
                mcopy(end, mload(field), 0x40)
                end := add(end, 0x40)
            }
            calldatacopy(end, proof.offset, 0xc0)
            c := mod(keccak256(transcript, 0x240), n)
        }
        Secp256k1.requireScalar(c);
    }

    function _scalar(bytes calldata proof, uint256 offset) private pure returns (uint256 value) {
        value = _word(proof, offset);
        Secp256k1.requireScalar(value);
    }

    function _word(bytes calldata proof, uint256 offset) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := calldataload(add(proof.offset, offset))
        }
    }
}
