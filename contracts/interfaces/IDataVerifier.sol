// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "./IERC7857DataVerifier.sol";

/// @notice What stands behind the oracle's key.
enum Attestation {
    None,
    Simulated
}

/// @notice The two halves of a proof; each keeps nonce records of its own.
enum ProofKind {
    Access,
    Ownership
}

/// @title Verifier of transfer proofs with EIP-712 messages
/// @notice Both proofs are EIP-712 signatures over the domain
/// `{name: "0G-iNFT", version: "1", chainId, verifyingContract: caller}` and the types
///
///     Access(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,bytes32 newDataHash,
///            bytes32 wantedKeyHash,address verifier,uint256 nonce,uint256 deadline)
///     Ownership(uint8 op,uint256 tokenId,address from,address to,bytes32 oldDataHash,bytes32 newDataHash,
///               bytes32 sealedKeyHash,bytes32 targetKeyHash,address verifier,uint256 nonce,uint256 deadline)
///
/// op is 0 for the bare call of the standard, 1 for a transfer, 2 for a clone. A proof is good for one chain, one
/// calling contract, one verifier, one operation, one token, one seller and one receiver, once, until its deadline.
/// Nonces are free to choose per signer; a record is never erased.
interface IDataVerifier is IERC7857DataVerifier {
    // ------------------------------------------------------------------ errors

    /// @notice The operation is neither a transfer (1) nor a clone (2).
    /// @param op The operation given.
    error UnknownOperation(uint8 op);

    /// @notice Only TEE oracles can be checked yet.
    /// @param kind The kind given.
    error UnsupportedOracleType(OracleType kind);

    /// @notice No oracle is registered, so that nobody can vouch for a re-encryption.
    error NoOracle();

    /// @notice The two halves of a pair speak of different ciphertexts.
    /// @param index Index of the pair.
    /// @param accessHash Hash in the access proof.
    /// @param ownershipHash Hash in the ownership proof.
    error ProofHashMismatch(uint256 index, bytes32 accessHash, bytes32 ownershipHash);

    /// @notice Nonce bytes are not `abi.encode(uint256 nonce, uint256 deadline)`.
    /// @param length Their length; 64 is right.
    error MalformedNonce(uint256 length);

    /// @notice The deadline of a proof is not in the future.
    /// @param deadline The deadline, seconds since 1970.
    /// @param time Time of the block.
    error ProofExpired(uint256 deadline, uint256 time);

    /// @notice The deadline of a proof is further away than proofs may live.
    /// @param deadline The deadline, seconds since 1970.
    /// @param latest The latest deadline accepted now.
    error DeadlineTooFar(uint256 deadline, uint256 latest);

    /// @notice The signer used this nonce before, with this caller.
    /// @param kind Half of the pair.
    /// @param signer Who signed.
    /// @param nonce The nonce.
    error NonceAlreadyUsed(ProofKind kind, address signer, uint256 nonce);

    /// @notice An ownership proof is not signed by the oracle, or not for exactly this act.
    /// @param index Index of the pair.
    /// @param signer Address that the signature gives for this act.
    error WrongOwnershipSigner(uint256 index, address signer);

    /// @notice A simulated attestation is for development chains only.
    /// @param chainId This chain.
    error SimulatedAttestationOnPublicChain(uint256 chainId);

    /// @notice An oracle needs an attestation, and an attestation an oracle.
    /// @param oracle The oracle given.
    /// @param kind The attestation given.
    error OracleWithoutAttestation(address oracle, Attestation kind);

    // ------------------------------------------------------------------ events

    /// @notice The oracle changed.
    /// @param oracle The new oracle; zero for none.
    /// @param kind What stands behind its key.
    event OracleSet(address indexed oracle, Attestation kind);

    // ------------------------------------------------------------ verification

    /// @notice Check proofs for one act on one token of the caller and burn their nonces.
    /// @param op 1 for a transfer, 2 for a clone.
    /// @param tokenId The token.
    /// @param from Its owner.
    /// @param to The receiver.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return What each pair says, in the same order; `accessAssistant` is whoever signed the access proof, which
    /// the caller must compare with the receiver.
    function verifyTransfer(
        uint8 op,
        uint256 tokenId,
        address from,
        address to,
        TransferValidityProof[] calldata proofs
    ) external returns (TransferValidityProofOutput[] memory);

    // ---------------------------------------------------------- administration

    /// @notice Register the oracle, or remove it with (0, None). Restricted.
    /// @param oracle_ Address of the oracle's signing key.
    /// @param kind What stands behind that key; Simulated only on chain ids 31337 and 1337.
    function setOracle(address oracle_, Attestation kind) external;

    /// @notice Refuse every proof until unpaused. Restricted.
    function pause() external;

    /// @notice Accept proofs again. Restricted.
    function unpause() external;

    // ------------------------------------------------------------------- views

    /// @notice Longest time from now to a deadline.
    /// @return Seconds.
    function MAX_HORIZON() external view returns (uint256);

    /// @notice Address of the oracle's signing key.
    /// @return The address; zero for none.
    function oracle() external view returns (address);

    /// @notice What stands behind the oracle's key.
    /// @return The kind.
    function attestation() external view returns (Attestation);

    /// @notice Whether a signer has used a nonce with a caller.
    /// @param caller The contract that asked for verification.
    /// @param kind Half of the pair.
    /// @param signer Who signed.
    /// @param nonce The nonce.
    /// @return True when it is burnt.
    function isNonceUsed(address caller, ProofKind kind, address signer, uint256 nonce) external view returns (bool);

    /// @notice EIP-712 domain separator of proofs for a calling contract on this chain.
    /// @param token The calling contract.
    /// @return The separator.
    function domainSeparator(address token) external view returns (bytes32);

    /// @notice Digest that the receiver or their assistant signs.
    /// @param token The calling contract.
    /// @param op The operation.
    /// @param tokenId The token; 0 for the bare call.
    /// @param from Its owner; zero for the bare call.
    /// @param to The receiver; zero for the bare call.
    /// @param proof The access proof; its `proof` field is not read.
    /// @return The digest.
    function hashAccess(address token, uint8 op, uint256 tokenId, address from, address to, AccessProof calldata proof)
        external
        view
        returns (bytes32);

    /// @notice Digest that the oracle signs.
    /// @param token The calling contract.
    /// @param op The operation.
    /// @param tokenId The token; 0 for the bare call.
    /// @param from Its owner; zero for the bare call.
    /// @param to The receiver; zero for the bare call.
    /// @param proof The ownership proof; its `proof` field is not read.
    /// @return The digest.
    function hashOwnership(
        address token,
        uint8 op,
        uint256 tokenId,
        address from,
        address to,
        OwnershipProof calldata proof
    ) external view returns (bytes32);
}
