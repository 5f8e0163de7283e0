// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {OracleType} from "./IERC7857DataVerifier.sol";

/// @notice The receiver's consent, as 0g-agent-nft has it: one hash, for data that stays as it is.
/// @param dataHash Storage root of the ciphertext.
/// @param targetPubkey Wanted public key; empty means "the key behind my address".
/// @param nonce `abi.encode(uint256 nonce, uint256 deadline)`; 32 bytes in a legacy proof.
/// @param proof Signature of the receiver, or of the receiver's assistant.
struct AgentNftAccessProof {
    bytes32 dataHash;
    bytes targetPubkey;
    bytes nonce;
    bytes proof;
}

/// @notice "sealedKey opens the data", as 0g-agent-nft has it.
/// @param oracleType Kind of oracle that made `proof`.
/// @param dataHash Storage root of the ciphertext.
/// @param sealedKey The data key, sealed to `targetPubkey`.
/// @param targetPubkey Public key the data key is sealed to, 64 bytes X then Y.
/// @param nonce As in the access proof; empty in a proof of type ZKP.
/// @param proof Signature of the oracle, or the proof itself.
struct AgentNftOwnershipProof {
    OracleType oracleType;
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes nonce;
    bytes proof;
}

/// @notice Both halves for one item of data.
/// @param accessProof The receiver's consent.
/// @param ownershipProof The oracle's statement.
struct AgentNftProof {
    AgentNftAccessProof accessProof;
    AgentNftOwnershipProof ownershipProof;
}

/// @notice What a verified pair of proofs says.
/// @param dataHash Storage root of the ciphertext.
/// @param sealedKey The data key, sealed to `targetPubkey`.
/// @param targetPubkey Public key that it is sealed to.
/// @param wantedKey Public key that the receiver asked for; empty for the one behind the receiver's address.
/// @param accessAssistant Address that signed the access proof.
/// @param accessProofNonce Nonce bytes of the access proof.
/// @param ownershipProofNonce Nonce bytes of the ownership proof.
struct AgentNftProofOutput {
    bytes32 dataHash;
    bytes sealedKey;
    bytes targetPubkey;
    bytes wantedKey;
    address accessAssistant;
    bytes accessProofNonce;
    bytes ownershipProofNonce;
}

/// @title Verifier of transfer proofs, as in 0g-agent-nft
/// @notice ERC-165 id 0x4ca5fd69. Source: 0gfoundation/0g-agent-nft, main.
interface IAgentNftDataVerifier {
    /// @notice Check proofs for the caller and burn their nonces.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return What each pair says, in the same order.
    function verifyTransferValidity(AgentNftProof[] calldata proofs) external returns (AgentNftProofOutput[] memory);
}
