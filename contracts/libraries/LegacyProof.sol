// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {Generation, IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {AccessProof, OwnershipProof} from "../interfaces/IERC7857DataVerifier.sol";

/// @title Digests of transfer proofs as the clients of the references sign them
/// @notice EIP-191 signatures of the 66 characters "0x" and an inner hash in hex. The inner hash of the Final standard
/// and of 0g-agent-nft is packed, without lengths: only a nonce of 32 bytes, keys of 0 or 64 bytes and sealed keys of
/// the lengths below are accepted, so that every signed text has one reading. These digests bind neither token id nor
/// operation, and outside 0g-agentic-id neither chain nor contract: that is what "legacy" means.
/// Sources: ERC-7857; 0gfoundation/0g-agent-nft and 0gfoundation/0g-agentic-id, verifiers. The Python twin is
/// zerog/inft/legacy.py.
library LegacyProof {
    /// @notice Digest of an access proof.
    /// @param generation Whose digest.
    /// @param token Contract that asks; only 0g-agentic-id signs it.
    /// @param proof The proof, its nonce bytes starting with the nonce of 32 bytes.
    /// @param deadline Deadline; only 0g-agentic-id signs it.
    /// @return The digest.
    function access(Generation generation, address token, AccessProof calldata proof, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        uint256 length = proof.encryptedPubKey.length;
        require(length == 0 || length == 64, IDataVerifier.LegacyKeyLength(length));
        return digest(accessInner(generation, token, proof, proof.nonce[:32], deadline));
    }

    /// @notice Digest of an ownership proof.
    /// @param generation Whose digest.
    /// @param token Contract that asks; only 0g-agentic-id signs it.
    /// @param proof The proof, its nonce bytes starting with the nonce of 32 bytes.
    /// @param deadline Deadline; only 0g-agentic-id signs it.
    /// @return The digest.
    function ownership(Generation generation, address token, OwnershipProof calldata proof, uint256 deadline)
        internal
        view
        returns (bytes32)
    {
        uint256 length = proof.encryptedPubKey.length;
        require(length == 64, IDataVerifier.LegacyKeyLength(length));
        length = proof.sealedKey.length;
        require(isSealLength(length), IDataVerifier.LegacySealLength(length));
        return digest(ownershipInner(generation, token, proof, proof.nonce[:32], deadline));
    }

    /// @notice Inner hash of an access proof, of any lengths.
    /// @param generation Whose hash.
    /// @param token Contract that asks.
    /// @param proof The proof; its nonce field is not read.
    /// @param nonce The nonce.
    /// @param deadline Deadline.
    /// @return The hash whose hex text is signed.
    function accessInner(
        Generation generation,
        address token,
        AccessProof calldata proof,
        bytes calldata nonce,
        uint256 deadline
    ) internal view returns (bytes32) {
        bytes calldata key = proof.encryptedPubKey;
        if (generation == Generation.Final) {
            return keccak256(bytes.concat(proof.oldDataHash, proof.newDataHash, key, nonce));
        }
        if (generation == Generation.AgentNft) return keccak256(bytes.concat(proof.oldDataHash, key, nonce));
        return keccak256(abi.encode(block.chainid, token, proof.oldDataHash, key, nonce, deadline));
    }

    /// @notice Inner hash of an ownership proof, of any lengths.
    /// @param generation Whose hash.
    /// @param token Contract that asks.
    /// @param proof The proof; its nonce field is not read.
    /// @param nonce_ The nonce.
    /// @param deadline Deadline.
    /// @return The hash whose hex text is signed.
    function ownershipInner(
        Generation generation,
        address token,
        OwnershipProof calldata proof,
        bytes calldata nonce_,
        uint256 deadline
    ) internal view returns (bytes32) {
        // In memory: as calldata these fields need more stack than there is.
        bytes memory seal = proof.sealedKey;
        bytes memory key = proof.encryptedPubKey;
        bytes memory nonce = nonce_;
        if (generation == Generation.Final) {
            return keccak256(bytes.concat(proof.oldDataHash, proof.newDataHash, seal, key, nonce));
        }
        if (generation == Generation.AgentNft) return keccak256(bytes.concat(proof.oldDataHash, seal, key, nonce));
        return keccak256(abi.encode(block.chainid, token, proof.oldDataHash, seal, key, nonce, deadline));
    }

    /// @notice Lengths of sealed keys in legacy proofs: plain ECIES and our two envelopes.
    /// @dev No two differ by 32, which is what the packed texts of two generations differ by.
    /// @param length A length.
    /// @return True when it is one of them.
    function isSealLength(uint256 length) internal pure returns (bool) {
        return length == 129 || length == 323 || length == 387;
    }

    /// @notice EIP-191 digest of an inner hash as text.
    /// @param inner The inner hash.
    /// @return The digest.
    function digest(bytes32 inner) internal pure returns (bytes32) {
        return MessageHashUtils.toEthSignedMessageHash(bytes(Strings.toHexString(uint256(inner), 32)));
    }
}
