// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Generation, Handover, IDataVerifier} from "../../interfaces/IDataVerifier.sol";
import {
    AccessProof,
    OracleType,
    OwnershipProof,
    TransferValidityProof
} from "../../interfaces/IERC7857DataVerifier.sol";
import {IExchangeJudge, Piece} from "../../interfaces/IExchangeJudge.sol";
import {Container, KeccakCtr} from "../../libraries/KeccakCtr.sol";
import {OP_TRANSFER} from "../../libraries/ProofHash.sol";
import {Handing, SaleConsent} from "../../libraries/SaleConsent.sol";
import {Reveal, SealReveal} from "../../libraries/SealReveal.sol";
import {SectorTree} from "../../libraries/SectorTree.sol";
import {Fault, TransferRules} from "../../libraries/TransferRules.sol";

/// @title Rules of the exchange with complaints
/// @notice The manual is {IExchangeJudge}; the Python twin is zerog/inft/escrow/pieces.py.
contract ExchangeJudge is IExchangeJudge {
    /// @inheritdoc IExchangeJudge
    function containerOf(bytes32 dataHash, Piece calldata head) external pure returns (Container memory container) {
        uint256 length = head.data.length;
        require(length == SectorTree.SECTOR, SectorTree.WrongPieceLength(length, SectorTree.SECTOR));
        container = KeccakCtr.read(head.data);
        _requireSector(dataHash, container.plainSize, 0, head);
    }

    /// @inheritdoc IExchangeJudge
    function blocksOf(uint64 plainSize) external pure returns (uint256) {
        return KeccakCtr.blocksOf(plainSize);
    }

    /// @inheritdoc IExchangeJudge
    function requireBlock(bytes32 dataHash, uint64 plainSize, uint256 index, Piece calldata piece) external pure {
        uint256 count = KeccakCtr.blocksOf(plainSize);
        require(index < count, SectorTree.NoSuchPiece(index, count));
        _requireBlock(dataHash, plainSize, index, piece);
    }

    /// @inheritdoc IExchangeJudge
    function requireConsent(Handing calldata handing, bytes calldata targetKey, AccessProof[] calldata consents)
        external
        view
    {
        SaleConsent.checkKey(targetKey);
        SaleConsent.check(handing, targetKey, consents);
    }

    /// @inheritdoc IExchangeJudge
    /// @dev What {TransferRules} ask of such a proof, and then the token's verifier. It has neither nonce nor deadline:
    /// it stays good while the token is locked.
    function requireSeal(Handing calldata handing, TransferValidityProof calldata proof) external view {
        OwnershipProof calldata ownership = proof.ownershipProof;
        bytes32 dataHash = proof.accessProof.oldDataHash;
        bool same = ownership.oldDataHash == dataHash && ownership.newDataHash == dataHash;
        require(ownership.oracleType == OracleType.ZKP && same && ownership.nonce.length == 0, NotTheData());
        Fault fault = TransferRules.judgeKey(handing.to, proof.accessProof.encryptedPubKey, ownership.encryptedPubKey);
        require(fault == Fault.None, NotTheBuyersKey());
        uint256 tokenId = handing.tokenId;
        bytes32[] memory seals = handing.token.sealedKeyHashesOf(tokenId);
        Handover memory act = Handover(Generation.Final, OP_TRANSFER, tokenId, handing.from, handing.to, seals);
        TransferValidityProof[] memory proofs = new TransferValidityProof[](1);
        proofs[0] = proof;
        IDataVerifier(address(handing.token.verifier())).requireSeals(address(handing.token), act, proofs);
    }

    /// @inheritdoc IExchangeJudge
    function open(bytes32 head, Container calldata container, bytes calldata sealedKey, Reveal calldata reveal)
        external
        view
        returns (bool right, bytes32 dataKey, bytes32 contentKey)
    {
        bool found;
        (found, dataKey) = SealReveal.open(head, sealedKey, reveal);
        if (!found) return (false, 0, 0);
        bytes32 keyCheck;
        (contentKey, keyCheck) = KeccakCtr.derive(container, dataKey);
        if (keyCheck == container.keyCheck) right = true;
        else contentKey = 0;
    }

    /// @inheritdoc IExchangeJudge
    function requireWrong(
        bytes32 dataHash,
        uint64 plainSize,
        bytes32 contentKey,
        uint256 chunk,
        Piece calldata sealedChunk,
        Piece calldata leaves
    ) external pure {
        uint256 count = KeccakCtr.chunksOf(plainSize);
        require(chunk < count, KeccakCtr.NoSuchChunk(chunk, count));
        _requireBlock(dataHash, plainSize, KeccakCtr.blockOf(chunk), sealedChunk);
        (uint256 sector, uint256 offset) = KeccakCtr.leafPlace(chunk);
        _requireSector(dataHash, plainSize, sector, leaves);
        bytes32 committed = bytes32(leaves.data[offset:offset + 32]);
        bytes32 found = KeccakCtr.leafOf(contentKey, chunk, sealedChunk.data);
        require(found != committed, ChunkIsRight(chunk));
    }

    function _requireBlock(bytes32 dataHash, uint64 plainSize, uint256 index, Piece calldata piece) private pure {
        bytes32 given = SectorTree.rootOfBlock(_sectors(plainSize), index, piece.data, piece.path);
        require(given == dataHash, NotInData(dataHash, given));
    }

    function _requireSector(bytes32 dataHash, uint64 plainSize, uint256 index, Piece calldata piece) private pure {
        bytes32 given = SectorTree.rootOfSector(_sectors(plainSize), index, piece.data, piece.path);
        require(given == dataHash, NotInData(dataHash, given));
    }

    function _sectors(uint64 plainSize) private pure returns (uint256) {
        return SectorTree.paddedSectors(KeccakCtr.blocksOf(plainSize) * SectorTree.BLOCK);
    }
}
