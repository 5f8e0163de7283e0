// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Who vouches for a re-encryption: a trusted execution environment or a zero-knowledge proof.
enum OracleType {
    TEE,
    ZKP
}

/// @notice The receiver's consent: "I can reach the new ciphertext, and I want its key under this public key".
/// @param oldDataHash Storage root of the ciphertext that the token names now.
/// @param newDataHash Storage root of the ciphertext made for the receiver.
/// @param nonce For our verifier exactly `abi.encode(uint256 nonce, uint256 deadline)`, 64 bytes.
/// @param encryptedPubKey Wanted public key; empty means "the key behind my address".
/// @param proof Signature of the receiver, or of the receiver's assistant, 65 bytes r, s, v.
struct AccessProof {
    bytes32 oldDataHash;
    bytes32 newDataHash;
    bytes nonce;
    bytes encryptedPubKey;
    bytes proof;
}

/// @notice The oracle's statement: "the new ciphertext holds the old data, and sealedKey opens it".
/// @param oracleType Kind of oracle that made `proof`.
/// @param oldDataHash Storage root of the ciphertext that the token names now.
/// @param newDataHash Storage root of the ciphertext made for the receiver.
/// @param sealedKey The new data key, sealed to `encryptedPubKey`.
/// @param encryptedPubKey Public key the data key is sealed to, 64 bytes X then Y in default mode.
/// @param nonce For our verifier exactly `abi.encode(uint256 nonce, uint256 deadline)`, 64 bytes.
/// @param proof Signature of the oracle, 65 bytes r, s, v.
struct OwnershipProof {
    OracleType oracleType;
    bytes32 oldDataHash;
    bytes32 newDataHash;
    bytes sealedKey;
    bytes encryptedPubKey;
    bytes nonce;
    bytes proof;
}

/// @notice Both halves for one item of data.
/// @param accessProof The receiver's consent.
/// @param ownershipProof The oracle's statement.
struct TransferValidityProof {
    AccessProof accessProof;
    OwnershipProof ownershipProof;
}

/// @notice What a verified pair of proofs says.
/// @param oldDataHash Storage root before.
/// @param newDataHash Storage root after.
/// @param sealedKey The new data key, sealed to `encryptedPubKey`.
/// @param encryptedPubKey Public key that the oracle sealed to.
/// @param wantedKey Public key that the receiver asked for; empty for the one behind the receiver's address.
/// @param accessAssistant Address that signed the access proof: the receiver or the receiver's assistant.
/// @param accessProofNonce Nonce bytes of the access proof.
/// @param ownershipProofNonce Nonce bytes of the ownership proof.
struct TransferValidityProofOutput {
    bytes32 oldDataHash;
    bytes32 newDataHash;
    bytes sealedKey;
    bytes encryptedPubKey;
    bytes wantedKey;
    address accessAssistant;
    bytes accessProofNonce;
    bytes ownershipProofNonce;
}

/// @title Verifier of transfer proofs, as in the Final ERC-7857
/// @notice ERC-165 id 0xdf630116. The order of every struct's fields is part of the ABI.
interface IERC7857DataVerifier {
    /// @notice Check proofs for the caller and burn their nonces.
    /// @param _proofs One pair per item of data, in the token's order.
    /// @return What each pair says, in the same order.
    function verifyTransferValidity(TransferValidityProof[] calldata _proofs)
        external
        returns (TransferValidityProofOutput[] memory);
}
