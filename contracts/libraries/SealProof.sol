// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Envelope, Seal} from "./Envelope.sol";
import {Act} from "./ProofHash.sol";
import {Point, Secp256k1} from "./Secp256k1.sol";
import {SigmaProof} from "./SigmaProof.sol";

/// @title "The same data key, sealed to another public key", checked on chain
/// @notice The proof is 868 bytes:
///
///     kind 1 (1) | current seal (387) | inverse of e2.x - f2.x (32) | proof of SigmaProof (448)
///
/// A current seal of version 1 is 323 bytes; the 64 bytes of the key that it is sealed to follow it, and that key must
/// be the owner's. The proof is bound to the act, the item, the data hash and every byte of both seals. Who makes it
/// knows the secret of the current seal and the randomness of the new one, hence the data key. The ECIES part of a
/// seal is outside the proof. The Python twin is zerog/inft/sealproof.py.
library SealProof {
    /// @notice First byte of the proof: by the key of the current seal.
    uint8 internal constant KIND_SIGMA = 1;

    /// @notice First byte of the proof: by the committee that the seal was deposited with.
    uint8 internal constant KIND_COMMITTEE = 2;

    /// @notice Length of a proof of kind 1.
    uint256 internal constant BYTES = 868;

    bytes32 internal constant TAG = keccak256("zerog/inft/seal-proof/1");

    uint256 private constant INVERSE_AT = 388;
    uint256 private constant SIGMA_AT = 420;

    /// @notice The proof is not of the kind and length of a sigma proof.
    /// @param kind First byte; 0 when there is none.
    /// @param length Length.
    error NotASealProof(uint8 kind, uint256 length);

    /// @notice The seal in the proof is not the one that the token has.
    /// @param index Index of the item.
    /// @param current keccak256 of the token's seal.
    /// @param given keccak256 of the seal in the proof.
    error NotTheCurrentSeal(uint256 index, bytes32 current, bytes32 given);

    /// @notice A seal of version 1 is to be handed over by its owner's own key.
    /// @param owner The owner.
    /// @param sealedTo Address of the key that the proof names.
    error NotTheOwnersSeal(address owner, address sealedTo);

    /// @notice A new seal is of version 2 and of the suite of the current one.
    /// @param version Version of the new seal.
    /// @param suite Suite of the new seal.
    error WrongSealForm(uint8 version, uint8 suite);

    /// @notice The new seal is not sealed to the target key.
    /// @param sealedKeyHash keccak256 of the key in the seal.
    /// @param targetKeyHash keccak256 of the target key.
    error NotSealedToTarget(bytes32 sealedKeyHash, bytes32 targetKeyHash);

    /// @notice Check that a new seal holds the data key of the current one.
    /// @param act The act that the proof is bound to; `verifier` is the contract whose code runs this.
    /// @param index Index of the item of data.
    /// @param dataHash Storage root of the item, which stays as it is.
    /// @param currentSealHash keccak256 of the seal that the token has.
    /// @param newSeal The new seal, version 2.
    /// @param targetKey Key that it is sealed to, 64 bytes.
    /// @param proof `BYTES` bytes.
    function verify(
        Act memory act,
        uint256 index,
        bytes32 dataHash,
        bytes32 currentSealHash,
        bytes calldata newSeal,
        bytes calldata targetKey,
        bytes calldata proof
    ) internal view {
        uint8 kind = proof.length == 0 ? 0 : uint8(proof[0]);
        require(kind == KIND_SIGMA && proof.length == BYTES, NotASealProof(kind, proof.length));
        Seal memory current = _current(act.from, index, currentSealHash, proof);
        Seal memory fresh = _fresh(current.suite, newSeal, targetKey);
        Point memory difference =
            Secp256k1.add(fresh.e2, Secp256k1.negate(current.e2), uint256(bytes32(proof[INVERSE_AT:SIGMA_AT])));
        bytes32 head_ = head(act, index, dataHash, currentSealHash, keccak256(newSeal));
        // The seals' points were checked as they were read, and the difference is a sum of such points.
        SigmaProof.verifyChecked(
            head_, SigmaProof.Relation(current.owner, fresh.owner, current.e1, fresh.e1, difference), proof[SIGMA_AT:]
        );
    }

    /// @notice What a proof is bound to.
    /// @param act The act.
    /// @param index Index of the item.
    /// @param dataHash Storage root of the item.
    /// @param currentSealHash keccak256 of the current seal.
    /// @param newSealHash keccak256 of the new seal, which names the target key.
    /// @return The hash that enters the challenge first.
    function head(Act memory act, uint256 index, bytes32 dataHash, bytes32 currentSealHash, bytes32 newSealHash)
        internal
        view
        returns (bytes32)
    {
        // The fields of `act` are, in order: token, verifier, op, tokenId, from, to.
        return keccak256(abi.encode(TAG, block.chainid, act, index, dataHash, currentSealHash, newSealHash));
    }

    /// @dev The current seal out of the proof, with its owner's key.
    function _current(address owner, uint256 index, bytes32 expected, bytes calldata proof)
        private
        pure
        returns (Seal memory seal)
    {
        bool named = uint8(proof[1 + Envelope.VERSION_AT]) != 1;
        bytes calldata raw = proof[1:1 + (named ? Envelope.LENGTH_V2 : Envelope.LENGTH_V1)];
        bytes32 given = keccak256(raw);
        require(given == expected, NotTheCurrentSeal(index, expected, given));
        seal = Envelope.parse(raw);
        if (named) return seal;
        seal.owner = Secp256k1.read(proof, 1 + Envelope.LENGTH_V1);
        address sealedTo = Secp256k1.toAddress(seal.owner);
        require(sealedTo == owner, NotTheOwnersSeal(owner, sealedTo));
    }

    /// @dev The new seal, of the right form and to the right key.
    function _fresh(uint8 suite, bytes calldata newSeal, bytes calldata targetKey)
        private
        pure
        returns (Seal memory seal)
    {
        seal = Envelope.parse(newSeal);
        require(seal.version == 2 && seal.suite == suite, WrongSealForm(seal.version, seal.suite));
        bytes32 sealedTo = keccak256(newSeal[131:195]);
        bytes32 target = keccak256(targetKey);
        require(sealedTo == target, NotSealedToTarget(sealedTo, target));
    }
}
