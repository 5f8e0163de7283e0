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
        bytes calldata key = proof.encryptedPubKey;
        bytes calldata nonce = proof.nonce[:32];
        require(key.length == 0 || key.length == 64, IDataVerifier.LegacyKeyLength(key.length));
        bytes memory inner;
        if (generation == Generation.Final) {
            inner = bytes.concat(proof.oldDataHash, proof.newDataHash, key, nonce);
        } else if (generation == Generation.AgentNft) {
            inner = bytes.concat(proof.oldDataHash, key, nonce);
        } else {
            inner = abi.encode(block.chainid, token, proof.oldDataHash, key, nonce, deadline);
        }
        return digest(keccak256(inner));
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
        bytes calldata seal = proof.sealedKey;
        bytes calldata key = proof.encryptedPubKey;
        bytes calldata nonce = proof.nonce[:32];
        require(key.length == 64, IDataVerifier.LegacyKeyLength(key.length));
        require(isSealLength(seal.length), IDataVerifier.LegacySealLength(seal.length));
        bytes memory inner;
        if (generation == Generation.Final) {
            inner = bytes.concat(proof.oldDataHash, proof.newDataHash, seal, key, nonce);
        } else if (generation == Generation.AgentNft) {
            inner = bytes.concat(proof.oldDataHash, seal, key, nonce);
        } else {
            inner = _agenticId(token, proof, deadline);
        }
        return digest(keccak256(inner));
    }

    /// @dev Fields in memory: as calldata they need more stack than there is.
    function _agenticId(address token, OwnershipProof calldata proof, uint256 deadline)
        private
        view
        returns (bytes memory)
    {
        bytes memory seal = proof.sealedKey;
        bytes memory key = proof.encryptedPubKey;
        bytes memory nonce = proof.nonce[:32];
        return abi.encode(block.chainid, token, proof.oldDataHash, seal, key, nonce, deadline);
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
