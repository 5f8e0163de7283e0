// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {Attestation, IDataVerifier, ProofKind} from "../interfaces/IDataVerifier.sol";
import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "../interfaces/IERC7857DataVerifier.sol";
import {Act, OP_BARE, OP_CLONE, OP_TRANSFER, ProofHash} from "../libraries/ProofHash.sol";
import {ProofNonces} from "../libraries/ProofNonces.sol";

/// @title Verifier of transfer proofs
/// @notice Checks who signed what; what the signers' words mean for a token is the token's business. Not
/// upgradeable: a token is pointed to another verifier instead, and proofs name the verifier they are for.
contract DataVerifier is IDataVerifier, AccessManaged, Pausable {
    using ProofNonces for ProofNonces.Records;

    /// @inheritdoc IDataVerifier
    uint256 public constant MAX_HORIZON = 30 days;

    /// @inheritdoc IDataVerifier
    address public oracle;

    /// @inheritdoc IDataVerifier
    Attestation public attestation;

    ProofNonces.Records private _nonces;

    /// @notice Deploy without an oracle.
    /// @param authority The AccessManager that may administer this verifier.
    constructor(address authority) AccessManaged(authority) {}

    // ------------------------------------------------------------ verification

    /// @inheritdoc IDataVerifier
    function verifyTransfer(
        uint8 op,
        uint256 tokenId,
        address from,
        address to,
        TransferValidityProof[] calldata proofs
    ) external whenNotPaused returns (TransferValidityProofOutput[] memory) {
        require(op == OP_TRANSFER || op == OP_CLONE, UnknownOperation(op));
        return _verify(Act(msg.sender, address(this), op, tokenId, from, to), proofs);
    }

    /// @inheritdoc IERC7857DataVerifier
    /// @dev The standard's function knows neither token nor parties: they are zero in the signed message, which is
    /// therefore no proof for `verifyTransfer`, and the caller is in the domain and in the key of the nonce.
    function verifyTransferValidity(TransferValidityProof[] calldata _proofs)
        external
        whenNotPaused
        returns (TransferValidityProofOutput[] memory)
    {
        return _verify(Act(msg.sender, address(this), OP_BARE, 0, address(0), address(0)), _proofs);
    }

    function _verify(Act memory act, TransferValidityProof[] calldata proofs)
        private
        returns (TransferValidityProofOutput[] memory outputs)
    {
        require(oracle != address(0), NoOracle());
        outputs = new TransferValidityProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AccessProof calldata access = proofs[i].accessProof;
            OwnershipProof calldata ownership = proofs[i].ownershipProof;
            _checkSameData(i, access, ownership);
            _checkOwnership(act, i, ownership);
            outputs[i] = TransferValidityProofOutput({
                oldDataHash: access.oldDataHash,
                newDataHash: access.newDataHash,
                sealedKey: ownership.sealedKey,
                encryptedPubKey: ownership.encryptedPubKey,
                wantedKey: access.encryptedPubKey,
                accessAssistant: _checkAccess(act, access),
                accessProofNonce: access.nonce,
                ownershipProofNonce: ownership.nonce
            });
        }
    }

    function _checkSameData(uint256 index, AccessProof calldata access, OwnershipProof calldata ownership)
        private
        pure
    {
        require(
            access.oldDataHash == ownership.oldDataHash,
            ProofHashMismatch(index, access.oldDataHash, ownership.oldDataHash)
        );
        require(
            access.newDataHash == ownership.newDataHash,
            ProofHashMismatch(index, access.newDataHash, ownership.newDataHash)
        );
    }

    function _checkOwnership(Act memory act, uint256 index, OwnershipProof calldata proof) private {
        require(proof.oracleType == OracleType.TEE, UnsupportedOracleType(proof.oracleType));
        (uint256 nonce, uint256 deadline) = ProofNonces.decode(proof.nonce);
        ProofNonces.checkDeadline(deadline, MAX_HORIZON);
        address signer = ECDSA.recover(ProofHash.ownership(act, proof, nonce, deadline), proof.proof);
        require(signer == oracle, WrongOwnershipSigner(index, signer));
        _nonces.burn(act.token, ProofKind.Ownership, signer, nonce);
    }

    function _checkAccess(Act memory act, AccessProof calldata proof) private returns (address signer) {
        (uint256 nonce, uint256 deadline) = ProofNonces.decode(proof.nonce);
        ProofNonces.checkDeadline(deadline, MAX_HORIZON);
        signer = ECDSA.recover(ProofHash.access(act, proof, nonce, deadline), proof.proof);
        _nonces.burn(act.token, ProofKind.Access, signer, nonce);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IDataVerifier
    function setOracle(address oracle_, Attestation kind) external restricted {
        require((oracle_ == address(0)) == (kind == Attestation.None), OracleWithoutAttestation(oracle_, kind));
        require(
            kind != Attestation.Simulated || block.chainid == 31337 || block.chainid == 1337,
            SimulatedAttestationOnPublicChain(block.chainid)
        );
        oracle = oracle_;
        attestation = kind;
        emit OracleSet(oracle_, kind);
    }

    /// @inheritdoc IDataVerifier
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IDataVerifier
    function unpause() external restricted {
        _unpause();
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDataVerifier
    function isNonceUsed(address caller, ProofKind kind, address signer, uint256 nonce) external view returns (bool) {
        return _nonces.isUsed(caller, kind, signer, nonce);
    }

    /// @inheritdoc IDataVerifier
    function domainSeparator(address token) external view returns (bytes32) {
        return ProofHash.domainSeparator(token);
    }

    /// @inheritdoc IDataVerifier
    function hashAccess(address token, uint8 op, uint256 tokenId, address from, address to, AccessProof calldata proof)
        external
        view
        returns (bytes32)
    {
        (uint256 nonce, uint256 deadline) = ProofNonces.decode(proof.nonce);
        return ProofHash.access(Act(token, address(this), op, tokenId, from, to), proof, nonce, deadline);
    }

    /// @inheritdoc IDataVerifier
    function hashOwnership(
        address token,
        uint8 op,
        uint256 tokenId,
        address from,
        address to,
        OwnershipProof calldata proof
    ) external view returns (bytes32) {
        (uint256 nonce, uint256 deadline) = ProofNonces.decode(proof.nonce);
        return ProofHash.ownership(Act(token, address(this), op, tokenId, from, to), proof, nonce, deadline);
    }
}
