// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {AccessProof, OwnershipProof} from "../interfaces/IERC7857DataVerifier.sol";

// The operations that a proof can be bound to.
uint8 constant OP_BARE = 0;
uint8 constant OP_TRANSFER = 1;
uint8 constant OP_CLONE = 2;
uint8 constant OP_RESEAL = 3;
uint8 constant OP_DEPOSIT = 4;

/// @notice The act that a proof is bound to.
/// @param token Contract that asks for verification.
/// @param verifier Contract that verifies.
/// @param op One of the operations above.
/// @param tokenId The token.
/// @param from Its owner.
/// @param to The receiver.
struct Act {
    address token;
    address verifier;
    uint8 op;
    uint256 tokenId;
    address from;
    address to;
}

/// @title EIP-712 digests of transfer proofs
/// @notice Every field of variable length enters as its keccak256, so that no signed message has two readings.
/// The Python twin is zerog/inft/proofs.py.
library ProofHash {
    bytes32 internal constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 internal constant ACCESS_TYPEHASH = keccak256(
        "Access(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,bytes32 newDataHash,bytes32 wantedKeyHash,address verifier,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant OWNERSHIP_TYPEHASH = keccak256(
        "Ownership(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,bytes32 newDataHash,bytes32 sealedKeyHash,bytes32 targetKeyHash,address verifier,uint256 nonce,uint256 deadline)"
    );
    bytes32 internal constant NAME_HASH = keccak256("0G-iNFT");
    bytes32 internal constant VERSION_HASH = keccak256("1");

    /// @notice Domain separator of proofs for one token contract on this chain.
    /// @param token The token contract.
    /// @return The separator.
    function domainSeparator(address token) internal view returns (bytes32) {
        return keccak256(abi.encode(DOMAIN_TYPEHASH, NAME_HASH, VERSION_HASH, block.chainid, token));
    }

    /// @notice Digest of an access proof.
    /// @param act The act it is bound to.
    /// @param proof The proof.
    /// @param nonce Nonce, decoded from the proof's nonce bytes.
    /// @param deadline Deadline, decoded from the proof's nonce bytes.
    /// @return The digest.
    function access(Act memory act, AccessProof calldata proof, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        // Two halves because one abi.encode of all fields needs more stack than there is.
        bytes memory head = abi.encode(ACCESS_TYPEHASH, act.op, act.tokenId, act.from, act.to);
        bytes memory tail = abi.encode(
            proof.oldDataHash, proof.newDataHash, keccak256(proof.encryptedPubKey), act.verifier, nonce, deadline
        );
        return MessageHashUtils.toTypedDataHash(domainSeparator(act.token), keccak256(bytes.concat(head, tail)));
    }

    /// @notice Digest of an ownership proof.
    /// @param act The act it is bound to.
    /// @param proof The proof.
    /// @param nonce Nonce, decoded from the proof's nonce bytes.
    /// @param deadline Deadline, decoded from the proof's nonce bytes.
    /// @return The digest.
    function ownership(Act memory act, OwnershipProof calldata proof, uint256 nonce, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        bytes memory head = abi.encode(OWNERSHIP_TYPEHASH, act.op, act.tokenId, act.from, act.to);
        bytes memory tail = abi.encode(
            proof.oldDataHash,
            proof.newDataHash,
            keccak256(proof.sealedKey),
            keccak256(proof.encryptedPubKey),
            act.verifier,
            nonce,
            deadline
        );
        return MessageHashUtils.toTypedDataHash(domainSeparator(act.token), keccak256(bytes.concat(head, tail)));
    }
}
