// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentNftDataVerifier} from "./IAgentNftDataVerifier.sol";
import {IAgenticIdDataVerifier} from "./IAgenticIdDataVerifier.sol";
import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof
} from "./IERC7857DataVerifier.sol";

/// @notice The two halves of a proof; each keeps nonce records of its own.
enum ProofKind {
    Access,
    Ownership
}

/// @notice Whose structs a client used. It decides how a legacy digest is made, and nothing else.
enum Generation {
    Final,
    AgentNft,
    AgenticId
}

/// @notice A hand-over of a token's data, as the token knows it: nothing of this is taken from a proof.
/// @param generation Whose structs the client used.
/// @param op 1 for a transfer, 2 for a clone.
/// @param tokenId The token; the original when it is cloned.
/// @param from Its owner.
/// @param to The receiver.
/// @param sealedKeyHashes keccak256 of each sealed key of the token, in order: what proofs of type ZKP start from.
// solhint-disable-next-line gas-struct-packing
struct Handover {
    Generation generation;
    uint8 op;
    uint256 tokenId;
    address from;
    address to;
    bytes32[] sealedKeyHashes;
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
interface IDataVerifier is IERC7857DataVerifier, IAgentNftDataVerifier, IAgenticIdDataVerifier {
    // ------------------------------------------------------------------ errors

    /// @notice The operation is neither a transfer (1) nor a clone (2).
    /// @param op The operation given.
    error UnknownOperation(uint8 op);

    /// @notice A proof of type ZKP starts from the seal that a token has: the bare call knows none. Seals alone are
    /// judged by proofs of type ZKP.
    /// @param kind The kind given.
    error UnsupportedOracleType(OracleType kind);

    /// @notice There must be one sealed key of the token per pair.
    /// @param pairs Pairs of proofs.
    /// @param sealedKeys Sealed keys of the token.
    error SealCountMismatch(uint256 pairs, uint256 sealedKeys);

    /// @notice A proof of type ZKP, and every proof of a generation with one hash, leaves the data as it is.
    /// @param index Index of the pair.
    /// @param oldDataHash Hash before.
    /// @param newDataHash Hash after.
    error DataHashChanged(uint256 index, bytes32 oldDataHash, bytes32 newDataHash);

    /// @notice The first byte of a proof asks for a committee, and none is registered.
    error NoCommittee();

    /// @notice A proof with a nonce of 32 bytes is a legacy proof, and the caller is not allowed to accept those.
    /// @param token The caller.
    error LegacyRefused(address token);

    /// @notice Public keys of legacy proofs are 64 bytes, wanted ones also 0.
    /// @param length Length of the key.
    error LegacyKeyLength(uint256 length);

    /// @notice Sealed keys of legacy proofs are 129, 323 or 387 bytes.
    /// @param length Length of the sealed key.
    error LegacySealLength(uint256 length);

    /// @notice The deadline inside the nonce is not the deadline of the proof.
    /// @param inside Deadline in the nonce bytes, seconds since 1970.
    /// @param field Deadline field, seconds since 1970.
    error DeadlineMismatch(uint256 inside, uint256 field);

    /// @notice A function that the verifier calls on itself.
    /// @param caller Who tried.
    error OnlyItself(address caller);

    /// @notice The address has no code.
    /// @param given The address.
    error NotAContract(address given);

    /// @notice No registry of oracles is set: nobody can vouch for a re-encryption.
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

    /// @notice An ownership proof is not signed by an oracle, or not for exactly this act.
    /// @param index Index of the pair.
    /// @param signer Address that the signature gives for this act.
    error WrongOwnershipSigner(uint256 index, address signer);

    // ------------------------------------------------------------------ events

    /// @notice Oracles are looked up here from now on.
    /// @param registry The registry; zero for none.
    event RegistrySet(address indexed registry);

    /// @notice Releases are checked by this committee from now on.
    /// @param committee The committee; zero for none.
    event CommitteeSet(address indexed committee);

    /// @notice A token may, or may no longer, accept legacy proofs.
    /// @param token The token contract.
    /// @param allowed Whether it may.
    event LegacySet(address indexed token, bool allowed);

    // ------------------------------------------------------------ verification

    /// @notice Check proofs for a hand-over by the calling token and burn their nonces.
    /// @dev The proofs come in the Final structs. Of AgentNft both hashes are the one hash; of AgenticId also, and each
    /// nonce is `bytes.concat(nonce, bytes32(deadline))` of the two fields. What the checked proofs mean for the token
    /// (current hashes, target keys, who may consent) is the token's to compare: it has them in hand.
    /// A proof of type ZKP leaves the data hash as it is.
    /// @param handover What is handed over; one hash of a sealed key per pair.
    /// @param proofs One pair per item of data, in the token's order.
    /// @return consenters Who signed each access proof: the receiver, their assistant, or a stranger.
    function verifyHandover(Handover calldata handover, TransferValidityProof[] calldata proofs)
        external
        returns (address[] memory consenters);

    /// @notice Judge the ownership proofs of a hand-over alone, by their mathematics: that each is of type ZKP, leaves
    /// the data as it is, and that its new seal holds the data key of the token's current one. Reverts when one does
    /// not. No consent is checked, nothing is burnt, and a pause is the caller's to look at.
    /// @param token The token contract that the proofs are for.
    /// @param handover What is handed over; one hash of a sealed key per pair.
    /// @param proofs One pair per item of data, in the token's order; of the access proofs only the hashes are read.
    function requireSeals(address token, Handover calldata handover, TransferValidityProof[] calldata proofs)
        external
        view;

    /// @notice What the three forms of `verifyTransferValidity` call on this contract itself, so that one code checks
    /// every shape. Only the verifier may.
    /// @param caller Who called `verifyTransferValidity`.
    /// @param generation Whose structs.
    /// @param proofs The proofs in the Final structs, as for `verifyHandover`.
    /// @return consenters Who signed each access proof.
    function verifyBare(address caller, Generation generation, TransferValidityProof[] calldata proofs)
        external
        returns (address[] memory consenters);

    // ---------------------------------------------------------- administration

    /// @notice Set the registry whose attested keys are oracles; there is no other way to become one. Restricted.
    /// @param registry_ The registry; zero for none.
    function setRegistry(address registry_) external;

    /// @notice Set the committee whose releases are ownership proofs. Restricted.
    /// @param committee_ The committee; zero for none.
    function setCommittee(address committee_) external;

    /// @notice Let a token contract accept the digests that clients of the references sign, or end that. Restricted.
    /// Such a proof binds neither token id nor operation, and outside 0g-agentic-id neither chain nor contract.
    /// @param token The token contract.
    /// @param allowed Whether it may.
    function setLegacy(address token, bool allowed) external;

    /// @notice Refuse every proof until unpaused. Restricted.
    function pause() external;

    /// @notice Accept proofs again. Restricted.
    function unpause() external;

    // ------------------------------------------------------------------- views

    /// @notice Whether every proof is refused for now.
    /// @return True while paused.
    function paused() external view returns (bool);

    /// @notice Longest time from now to a deadline.
    /// @return Seconds.
    function MAX_HORIZON() external view returns (uint256);

    /// @notice Registry whose attested keys are oracles.
    /// @return The registry; zero for none.
    function registry() external view returns (address);

    /// @notice Committee whose releases are ownership proofs.
    /// @return The committee; zero for none.
    function committee() external view returns (address);

    /// @notice Whether a token contract may accept legacy proofs.
    /// @param token The token contract.
    /// @return True when it may.
    function isLegacy(address token) external view returns (bool);

    /// @notice Whether a signer has used a nonce with a caller.
    /// @param caller The contract that asked for verification; zero for legacy proofs of the Final structs and of
    /// AgentNft, which name no contract: they are good once under this verifier.
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
