// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Container} from "../libraries/KeccakCtr.sol";
import {Handing} from "../libraries/SaleConsent.sol";
import {Reveal} from "../libraries/SealReveal.sol";
import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";

/// @notice A piece of the stored file.
/// @param data 1,024 bytes of a block, or 256 of a sector.
/// @param path Siblings on its way to the data hash, the lowest first.
struct Piece {
    bytes data;
    bytes32[] path;
}

/// @title What {IFairExchange} decides by
/// @notice Rules without state or money, in a contract of their own because of their size. Anybody may ask, for
/// example before they complain.
interface IExchangeJudge {
    // ------------------------------------------------------------------ errors

    /// @notice The piece does not lie there in this data.
    /// @param dataHash Storage root of the data.
    /// @param given Root that the path leads to.
    error NotInData(bytes32 dataHash, bytes32 given);

    /// @notice An ownership proof is of another kind than ZKP, or not about the data that the buyer consented to.
    error NotTheData();

    /// @notice The key is sealed to another key than the buyer asked for.
    error NotTheBuyersKey();

    /// @notice The chunk is right: there is nothing to complain about.
    /// @param chunk Index of the chunk.
    error ChunkIsRight(uint256 chunk);

    // ------------------------------------------------------------------- views

    /// @notice Read the head of a container of suite 2.
    /// @param dataHash Storage root of the data.
    /// @param head Its first sector, 256 bytes, with its path.
    /// @return What it says.
    function containerOf(bytes32 dataHash, Piece calldata head) external pure returns (Container memory);

    /// @notice Blocks of 1,024 bytes of a container as a file.
    /// @param plainSize Bytes of its plaintext.
    /// @return The number.
    function blocksOf(uint64 plainSize) external pure returns (uint256);

    /// @notice Check that a block lies where it is said to.
    /// @param dataHash Storage root of the data.
    /// @param plainSize Bytes of the plaintext of its container.
    /// @param index The block.
    /// @param piece Its 1,024 bytes with their path.
    function requireBlock(bytes32 dataHash, uint64 plainSize, uint256 index, Piece calldata piece) external pure;

    /// @notice Check a key to seal to, and the consent to a hand-over of the data as it is.
    /// @param handing The hand-over.
    /// @param targetKey The key, 64 bytes.
    /// @param consents One access proof per item of data.
    function requireConsent(Handing calldata handing, bytes calldata targetKey, AccessProof[] calldata consents)
        external
        view;

    /// @notice Check the seller's half of a hand-over: that the new seal holds the data key of the token's current one.
    /// @param handing The hand-over; its deadline is not looked at.
    /// @param proof The consent, which is not checked again, and the ownership proof.
    function requireSeal(Handing calldata handing, TransferValidityProof calldata proof) external view;

    /// @notice Open a seal, and see whether it holds the key of a container.
    /// @param head What the opening is bound to.
    /// @param container The container.
    /// @param sealedKey The seal.
    /// @param reveal Its opening.
    /// @return right Whether it does.
    /// @return dataKey The data key; zero when the seal holds none.
    /// @return contentKey Key of the container's stream, when it does.
    function open(bytes32 head, Container calldata container, bytes calldata sealedKey, Reveal calldata reveal)
        external
        view
        returns (bool right, bytes32 dataKey, bytes32 contentKey);

    /// @notice Check that a chunk does not decrypt to what its leaf commits to.
    /// @param dataHash Storage root of the data.
    /// @param plainSize Bytes of the plaintext of its container.
    /// @param contentKey Key of the stream.
    /// @param chunk Index of the chunk.
    /// @param sealedChunk Its block with the path.
    /// @param leaves The sector of its leaf with the path.
    function requireWrong(
        bytes32 dataHash,
        uint64 plainSize,
        bytes32 contentKey,
        uint256 chunk,
        Piece calldata sealedChunk,
        Piece calldata leaves
    ) external pure;
}
