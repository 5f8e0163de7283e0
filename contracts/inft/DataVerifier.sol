// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessManaged} from "@openzeppelin/contracts/access/manager/AccessManaged.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Pausable} from "@openzeppelin/contracts/utils/Pausable.sol";
import {AgentNftProof, AgentNftProofOutput, IAgentNftDataVerifier} from "../interfaces/IAgentNftDataVerifier.sol";
import {AgenticIdProof, AgenticIdProofOutput, IAgenticIdDataVerifier} from "../interfaces/IAgenticIdDataVerifier.sol";
import {Generation, Handover, IDataVerifier, ProofKind} from "../interfaces/IDataVerifier.sol";
import {
    AccessProof,
    IERC7857DataVerifier,
    OracleType,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "../interfaces/IERC7857DataVerifier.sol";
import {IOracleRegistry} from "../interfaces/IOracleRegistry.sol";
import {ISealRelease} from "../interfaces/ISealRelease.sol";
import {LegacyProof} from "../libraries/LegacyProof.sol";
import {Act, OP_BARE, OP_CLONE, OP_TRANSFER, ProofHash} from "../libraries/ProofHash.sol";
import {ProofNonces, Stamp} from "../libraries/ProofNonces.sol";
import {ProofShapes} from "../libraries/ProofShapes.sol";
import {SealProof} from "../libraries/SealProof.sol";
import {WalletSignatures} from "./WalletSignatures.sol";

/// @title Verifier of transfer proofs
/// @notice Checks who signed what, and sigma proofs; what that means for a token is the token's business. Not
/// upgradeable: a token is pointed to another verifier instead, and proofs name the verifier they are for.
contract DataVerifier is IDataVerifier, AccessManaged, Pausable {
    using ProofNonces for ProofNonces.Records;

    /// @inheritdoc IDataVerifier
    uint256 public constant MAX_HORIZON = 30 days;

    /// @dev A contract without rights makes the calls that an ERC-6492 signature asks for.
    WalletSignatures private immutable _wallets;

    /// @inheritdoc IDataVerifier
    address public registry;

    /// @inheritdoc IDataVerifier
    address public committee;

    /// @inheritdoc IDataVerifier
    mapping(address token => bool) public isLegacy;

    ProofNonces.Records private _nonces;

    /// @notice Deploy without a registry of oracles and without a committee.
    /// @param authority The AccessManager that may administer this verifier.
    constructor(address authority) AccessManaged(authority) {
        _wallets = new WalletSignatures();
    }

    // ------------------------------------------------------------ verification

    /// @inheritdoc IDataVerifier
    function verifyHandover(Handover calldata handover, TransferValidityProof[] calldata proofs)
        external
        whenNotPaused
        returns (address[] memory consenters)
    {
        uint8 op = handover.op;
        require(op == OP_TRANSFER || op == OP_CLONE, UnknownOperation(op));
        bytes32[] calldata seals = handover.sealedKeyHashes;
        require(seals.length == proofs.length, SealCountMismatch(proofs.length, seals.length));
        Act memory act = Act(msg.sender, address(this), op, handover.tokenId, handover.from, handover.to);
        consenters = new address[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            consenters[i] = _verifyPair(handover.generation, act, i, seals[i], proofs[i]);
        }
    }

    /// @inheritdoc IDataVerifier
    function requireSeals(address token, Handover calldata handover, TransferValidityProof[] calldata proofs)
        external
        view
    {
        bytes32[] calldata seals = handover.sealedKeyHashes;
        require(seals.length == proofs.length, SealCountMismatch(proofs.length, seals.length));
        Act memory act = Act(token, address(this), handover.op, handover.tokenId, handover.from, handover.to);
        for (uint256 i = 0; i < proofs.length; ++i) {
            OwnershipProof calldata ownership = proofs[i].ownershipProof;
            OracleType kind = ownership.oracleType;
            require(kind == OracleType.ZKP, UnsupportedOracleType(kind));
            _checkSameData(handover.generation, i, proofs[i].accessProof, ownership);
            _checkSeal(handover.generation, act, i, seals[i], ownership);
        }
    }

    /// @inheritdoc IERC7857DataVerifier
    /// @dev The standard's function knows neither token nor parties: they are zero in the signed message, which is
    /// therefore no proof for a hand-over, and the caller is in the domain and in the key of the nonce.
    function verifyTransferValidity(TransferValidityProof[] calldata _proofs)
        external
        returns (TransferValidityProofOutput[] memory)
    {
        address[] memory consenters = this.verifyBare(msg.sender, Generation.Final, _proofs);
        return ProofShapes.outputs(_proofs, consenters);
    }

    /// @inheritdoc IAgentNftDataVerifier
    function verifyTransferValidity(AgentNftProof[] calldata proofs)
        external
        returns (AgentNftProofOutput[] memory outputs)
    {
        TransferValidityProof[] memory made = ProofShapes.fromAgentNft(proofs);
        address[] memory consenters = this.verifyBare(msg.sender, Generation.AgentNft, made);
        outputs = new AgentNftProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            outputs[i] = AgentNftProofOutput(
                proofs[i].accessProof.dataHash,
                proofs[i].ownershipProof.sealedKey,
                proofs[i].ownershipProof.targetPubkey,
                proofs[i].accessProof.targetPubkey,
                consenters[i],
                proofs[i].accessProof.nonce,
                proofs[i].ownershipProof.nonce
            );
        }
    }

    /// @inheritdoc IAgenticIdDataVerifier
    function verifyTransferValidity(AgenticIdProof[] calldata proofs)
        external
        returns (AgenticIdProofOutput[] memory outputs)
    {
        TransferValidityProof[] memory made = ProofShapes.fromAgenticId(proofs);
        address[] memory consenters = this.verifyBare(msg.sender, Generation.AgenticId, made);
        outputs = new AgenticIdProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            outputs[i] = AgenticIdProofOutput(
                proofs[i].ownershipProof.oracleType,
                proofs[i].accessProof.dataHash,
                proofs[i].ownershipProof.sealedKey,
                proofs[i].ownershipProof.targetPubkey,
                proofs[i].accessProof.targetPubkey,
                consenters[i],
                proofs[i].accessProof.nonce,
                proofs[i].ownershipProof.nonce
            );
        }
    }

    /// @inheritdoc IDataVerifier
    function verifyBare(address caller, Generation generation, TransferValidityProof[] calldata proofs)
        external
        whenNotPaused
        returns (address[] memory consenters)
    {
        require(msg.sender == address(this), OnlyItself(msg.sender));
        Act memory act = Act(caller, address(this), OP_BARE, 0, address(0), address(0));
        consenters = new address[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            OracleType kind = proofs[i].ownershipProof.oracleType;
            require(kind == OracleType.TEE, UnsupportedOracleType(kind));
            consenters[i] = _verifyPair(generation, act, i, 0, proofs[i]);
        }
    }

    function _verifyPair(
        Generation generation,
        Act memory act,
        uint256 index,
        bytes32 seal,
        TransferValidityProof calldata pair
    ) private returns (address) {
        AccessProof calldata access = pair.accessProof;
        OwnershipProof calldata ownership = pair.ownershipProof;
        _checkSameData(generation, index, access, ownership);
        if (ownership.oracleType == OracleType.ZKP) {
            _checkSeal(generation, act, index, seal, ownership);
        } else {
            _checkStatement(generation, act, index, ownership);
        }
        return _consenter(generation, act, access);
    }

    function _checkSameData(
        Generation generation,
        uint256 index,
        AccessProof calldata access,
        OwnershipProof calldata ownership
    ) private pure {
        (bytes32 before, bytes32 after_) = (access.oldDataHash, access.newDataHash);
        require(before == ownership.oldDataHash, ProofHashMismatch(index, before, ownership.oldDataHash));
        require(after_ == ownership.newDataHash, ProofHashMismatch(index, after_, ownership.newDataHash));
        bool mayChange = generation == Generation.Final && ownership.oracleType == OracleType.TEE;
        require(mayChange || before == after_, DataHashChanged(index, before, after_));
    }

    /// @dev The oracle's signature.
    function _checkStatement(Generation generation, Act memory act, uint256 index, OwnershipProof calldata proof)
        private
    {
        Stamp memory stamp = _stamp(generation, act.token, proof.nonce);
        bytes32 digest = stamp.legacy
            ? LegacyProof.ownership(generation, act.token, proof, stamp.deadline)
            : ProofHash.ownership(act, proof, stamp.nonce, stamp.deadline);
        address signer = ECDSA.recover(digest, proof.proof);
        require(_isOracle(signer), WrongOwnershipSigner(index, signer));
        _burn(generation, act.token, ProofKind.Ownership, signer, stamp);
    }

    /// @dev "The same data key", by the key of the current seal or by the committee. It needs no nonce: the proof is
    /// bound to the current seal, and the receiver's consent is good once.
    function _checkSeal(
        Generation generation,
        Act memory act,
        uint256 index,
        bytes32 seal,
        OwnershipProof calldata proof
    ) private view {
        require(proof.nonce.length == (generation == Generation.AgenticId ? 32 : 0), MalformedNonce(proof.nonce.length));
        bytes calldata blob = proof.proof;
        if (blob.length == 0 || uint8(blob[0]) != SealProof.KIND_COMMITTEE) {
            SealProof.verify(act, index, proof.oldDataHash, seal, proof.sealedKey, proof.encryptedPubKey, blob);
            return;
        }
        address committee_ = committee;
        require(committee_ != address(0), NoCommittee());
        ISealRelease(committee_)
            .verifyRelease(act, index, proof.oldDataHash, seal, proof.sealedKey, proof.encryptedPubKey, blob);
    }

    /// @dev Who signed the access proof. A receiver that is a contract, or will be, is asked itself; an assistant has
    /// a key.
    function _consenter(Generation generation, Act memory act, AccessProof calldata proof)
        private
        returns (address signer)
    {
        Stamp memory stamp = _stamp(generation, act.token, proof.nonce);
        bytes32 digest = stamp.legacy
            ? LegacyProof.access(generation, act.token, proof, stamp.deadline)
            : ProofHash.access(act, proof, stamp.nonce, stamp.deadline);
        signer = _signerOf(act.to, digest, proof.proof);
        _burn(generation, act.token, ProofKind.Access, signer, stamp);
    }

    /// @dev The receiver when the signature is theirs, by key or as a wallet; else whose key it is.
    function _signerOf(address receiver, bytes32 digest, bytes calldata signature) private returns (address) {
        // The key first: whether the receiver has code need then not be looked up.
        (address signer,,) = ECDSA.tryRecoverCalldata(digest, signature);
        if (signer != address(0) && signer == receiver) return receiver;
        if (receiver != address(0) && (receiver.code.length != 0 || signature.length != 65)) {
            // Bytes that only end like an ERC-6492 signature are then no signature at all, as below.
            try _wallets.isValid(receiver, digest, signature) returns (bool valid) {
                if (valid) return receiver;
            } catch {}
        }
        return ECDSA.recoverCalldata(digest, signature);
    }

    /// @dev Nonce and deadline, both checked but for the record.
    function _stamp(Generation generation, address token, bytes calldata raw)
        private
        view
        returns (Stamp memory stamp)
    {
        stamp = ProofNonces.stampOf(generation, raw);
        require(!stamp.legacy || isLegacy[token], LegacyRefused(token));
        if (stamp.legacy && generation != Generation.AgenticId) return stamp;
        ProofNonces.checkDeadline(stamp.deadline, MAX_HORIZON);
    }

    /// @dev A legacy digest that names no contract is good once under this verifier, whichever contract asks.
    function _burn(Generation generation, address token, ProofKind kind, address signer, Stamp memory stamp) private {
        bool nameless = stamp.legacy && generation != Generation.AgenticId;
        _nonces.burn(nameless ? address(0) : token, kind, signer, stamp.nonce);
    }

    function _isOracle(address signer) private view returns (bool) {
        address registry_ = registry;
        require(registry_ != address(0), NoOracle());
        return IOracleRegistry(registry_).isOracle(signer);
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IDataVerifier
    function setRegistry(address registry_) external restricted {
        require(registry_ == address(0) || registry_.code.length != 0, NotAContract(registry_));
        registry = registry_;
        emit RegistrySet(registry_);
    }

    /// @inheritdoc IDataVerifier
    function setCommittee(address committee_) external restricted {
        require(committee_ == address(0) || committee_.code.length != 0, NotAContract(committee_));
        committee = committee_;
        emit CommitteeSet(committee_);
    }

    /// @inheritdoc IDataVerifier
    function setLegacy(address token, bool allowed) external restricted {
        isLegacy[token] = allowed;
        emit LegacySet(token, allowed);
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
    function paused() public view override(IDataVerifier, Pausable) returns (bool) {
        return super.paused();
    }

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
