// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgentNftProof} from "../interfaces/IAgentNftDataVerifier.sol";
import {AgenticIdProof} from "../interfaces/IAgenticIdDataVerifier.sol";
import {
    AccessProof,
    OwnershipProof,
    TransferValidityProof,
    TransferValidityProofOutput
} from "../interfaces/IERC7857DataVerifier.sol";

/// @title Proofs of every generation in the structs of the Final standard
/// @notice The one hash of the other generations stands for both. 0g-agentic-id has a deadline beside the nonce: it
/// follows the nonce here, as `IDataVerifier.verifyHandover` wants it.
library ProofShapes {
    /// @notice Proofs of 0g-agent-nft.
    /// @param proofs The proofs.
    /// @return made The same in the Final structs.
    function fromAgentNft(AgentNftProof[] calldata proofs) internal pure returns (TransferValidityProof[] memory made) {
        made = new TransferValidityProof[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AgentNftProof calldata given = proofs[i];
            AccessProof memory access = made[i].accessProof;
            access.oldDataHash = given.accessProof.dataHash;
            access.newDataHash = given.accessProof.dataHash;
            access.nonce = given.accessProof.nonce;
            access.encryptedPubKey = given.accessProof.targetPubkey;
            access.proof = given.accessProof.proof;
            OwnershipProof memory ownership = made[i].ownershipProof;
            ownership.oracleType = given.ownershipProof.oracleType;
            ownership.oldDataHash = given.ownershipProof.dataHash;
            ownership.newDataHash = given.ownershipProof.dataHash;
            ownership.sealedKey = given.ownershipProof.sealedKey;
            ownership.encryptedPubKey = given.ownershipProof.targetPubkey;
            ownership.nonce = given.ownershipProof.nonce;
            ownership.proof = given.ownershipProof.proof;
        }
    }

    /// @notice Proofs of 0g-agentic-id.
    /// @param proofs The proofs.
    /// @return made The same in the Final structs.
    function fromAgenticId(AgenticIdProof[] calldata proofs)
        internal
        pure
        returns (TransferValidityProof[] memory made)
    {
        made = new TransferValidityProof[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AgenticIdProof calldata given = proofs[i];
            AccessProof memory access = made[i].accessProof;
            access.oldDataHash = given.accessProof.dataHash;
            access.newDataHash = given.accessProof.dataHash;
            access.nonce = bytes.concat(given.accessProof.nonce, bytes32(given.accessProof.deadline));
            access.encryptedPubKey = given.accessProof.targetPubkey;
            access.proof = given.accessProof.proof;
            OwnershipProof memory ownership = made[i].ownershipProof;
            ownership.oracleType = given.ownershipProof.oracleType;
            ownership.oldDataHash = given.ownershipProof.dataHash;
            ownership.newDataHash = given.ownershipProof.dataHash;
            ownership.sealedKey = given.ownershipProof.sealedKey;
            ownership.encryptedPubKey = given.ownershipProof.targetPubkey;
            ownership.nonce = bytes.concat(given.ownershipProof.nonce, bytes32(given.ownershipProof.deadline));
            ownership.proof = given.ownershipProof.proof;
        }
    }

    /// @notice What the standard's function answers.
    /// @param proofs The proofs.
    /// @param consenters Who signed each access proof.
    /// @return made One answer per pair.
    function outputs(TransferValidityProof[] calldata proofs, address[] memory consenters)
        internal
        pure
        returns (TransferValidityProofOutput[] memory made)
    {
        made = new TransferValidityProofOutput[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            AccessProof calldata access = proofs[i].accessProof;
            OwnershipProof calldata ownership = proofs[i].ownershipProof;
            made[i] = TransferValidityProofOutput(
                access.oldDataHash,
                access.newDataHash,
                ownership.sealedKey,
                ownership.encryptedPubKey,
                access.encryptedPubKey,
                consenters[i],
                access.nonce,
                ownership.nonce
            );
        }
    }
}
