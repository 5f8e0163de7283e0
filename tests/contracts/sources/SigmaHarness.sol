// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Envelope, Seal} from "../../../contracts/libraries/Envelope.sol";
import {Act} from "../../../contracts/libraries/ProofHash.sol";
import {SealProof} from "../../../contracts/libraries/SealProof.sol";
import {Point, Secp256k1} from "../../../contracts/libraries/Secp256k1.sol";
import {SigmaProof} from "../../../contracts/libraries/SigmaProof.sol";

/// @notice The rules of sigma proofs one by one, for comparison with their Python twins.
contract SigmaHarness {
    function isPoint(Point calldata point) external pure returns (bool) {
        return Secp256k1.isPoint(point);
    }

    function toAddress(Point calldata point) external pure returns (address) {
        return Secp256k1.toAddress(point);
    }

    function negate(Point calldata point) external pure returns (Point memory) {
        return Secp256k1.negate(point);
    }

    function linearAddress(Point calldata base, uint256 a, uint256 b) external view returns (address) {
        return Secp256k1.linearAddress(base, a, b);
    }

    function add(Point calldata a, Point calldata b, uint256 inverse) external pure returns (Point memory) {
        return Secp256k1.add(a, b, inverse);
    }

    function verify(bytes32 head, SigmaProof.Relation calldata relation, bytes calldata proof)
        external
        view
        returns (uint256 used)
    {
        used = gasleft();
        SigmaProof.verify(head, relation, proof);
        used -= gasleft();
    }

    function verifyEquality(
        bytes32 head,
        Point calldata q,
        Point calldata base,
        Point calldata product,
        bytes calldata proof
    ) external view returns (uint256 used) {
        used = gasleft();
        SigmaProof.verifyEquality(head, q, base, product, proof);
        used -= gasleft();
    }

    function parse(bytes calldata raw) external pure returns (Seal memory) {
        return Envelope.parse(raw);
    }

    function headOf(Act calldata act, uint256 index, bytes32 dataHash, bytes32 current, bytes32 fresh)
        external
        view
        returns (bytes32)
    {
        return SealProof.head(act, index, dataHash, current, fresh);
    }

    function verifySeal(
        Act calldata act,
        uint256 index,
        bytes32 dataHash,
        bytes32 current,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) external view returns (uint256 used) {
        used = gasleft();
        SealProof.verify(act, index, dataHash, current, newSeal, targetKey, proof);
        used -= gasleft();
    }
}
