// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {OracleType} from "./IERC7857DataVerifier.sol";

/// @notice The receiver's consent, as 0g-agentic-id has it: one hash and a deadline of its own.
/// @param dataHash Storage root of the ciphertext.
/// @param targetPubkey Wanted public key; empty means "the key behind my address".
/// @param nonce `abi.encode(uint256 nonce, uint256 deadline)`; 32 bytes in a legacy proof.
/// @param deadline Last second of validity, since 1970; the same as in `nonce`.
/// @param proof Signature of the receiver, or of the receiver's assistant.
struct AgenticIdAccessProof {
    bytes32 dataHash;
    bytes targetPubkey;
    bytes nonce;
    uint256 deadline;
    bytes proof;
}

/// @notice "sealedKey opens the data", as 0g-agentic-id has it.
/// @param oracleType Kind of oracle that made `proof`.
/// @param dataHash Storage root of the ciphertext.
/// @param sealedKey The data key, sealed to `targetPubkey`.
/// @param targetPubkey Public key the data key is sealed to, 64 bytes X then Y.
/// @param nonce As in the access proof; empty in a proof of type ZKP.
/// @param deadline Last second of validity, since 1970; the same as in `nonce`.
/// @param proof Signature of the oracle, or the proof itself.
struct AgenticIdOwnershipProof {
    OracleType oracleType;
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes nonce;
    uint256 deadline;
    bytes proof;
}

/// @notice Both halves for one item of data.
/// @param accessProof The receiver's consent.
/// @param ownershipProof The oracle's statement.
struct AgenticIdProof {
    AgenticIdAccessProof accessProof;
    AgenticIdOwnershipProof ownershipProof;
}

/// @notice What a verified pair of proofs says.
/// @param oracleType Kind of oracle that made the ownership proof.
/// @param dataHash Storage root of the ciphertext.
/// @param sealedKey The data key, sealed to `targetPubkey`.
/// @param targetPubkey Public key that it is sealed to.
/// @param wantedKey Public key that the receiver asked for; empty for the one behind the receiver's address.
/// @param accessAssistant Address that signed the access proof.
/// @param accessProofNonce Nonce bytes of the access proof.
/// @param ownershipProofNonce Nonce bytes of the ownership proof.
struct AgenticIdProofOutput {
    OracleType oracleType;
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes wantedKey;
    address accessAssistant;
    bytes accessProofNonce;
    bytes ownershipProofNonce;
}

/// @title Verifier of transfer proofs, as in 0g-agentic-id
/// @notice ERC-165 id 0xb30d0b9c. Source: 0gfoundation/0g-agentic-id, main.
interface IAgenticIdDataVerifier {
    /// @notice Check proofs for the caller and burn their nonces.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return What each pair says, in the same order.
    function verifyTransferValidity(AgenticIdProof[] calldata proofs) external returns (AgenticIdProofOutput[] memory);
}
