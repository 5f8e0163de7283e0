// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";

/// @title Paths in the Merkle tree of a stored file
/// @notice A file of 0G storage is padded to a number of 256-byte sectors and hashed into a left-complete tree; its
/// root is the data hash of a token. Over a multiple of four sectors the blocks of 1,024 bytes are nodes of that tree.
/// The Python twins are zerog/storage/codec.py and zerog/inft/escrow/paths.py.
library SectorTree {
    /// @notice Bytes of a sector, which is a leaf.
    uint256 internal constant SECTOR = 256;

    /// @notice Bytes of four sectors.
    uint256 internal constant BLOCK = 1024;

    /// @notice A piece of a file has the wrong length.
    /// @param length Its length, bytes.
    /// @param expected The right one.
    error WrongPieceLength(uint256 length, uint256 expected);

    /// @notice A path is not as long as its place in the tree demands.
    /// @param length Hashes given.
    error WrongPathLength(uint256 length);

    /// @notice The file is shorter.
    /// @param index Index of the piece.
    /// @param count Pieces of the file.
    error NoSuchPiece(uint256 index, uint256 count);

    /// @notice Sectors of the padded file: at most a sixteenth of the next power of two is padding.
    /// @param size Bytes of the file, not zero, below 2^64.
    /// @return Sectors.
    function paddedSectors(uint256 size) internal pure returns (uint256) {
        uint256 sectors = (size + SECTOR - 1) / SECTOR;
        uint256 power = 1;
        while (power < sectors) power <<= 1;
        uint256 unit = power < 32 ? 1 : power / 16;
        return (sectors + unit - 1) / unit * unit;
    }

    /// @notice Root of the file that has a sector at an index.
    /// @param sectors Sectors of the padded file.
    /// @param index Index of the sector.
    /// @param data 256 bytes.
    /// @param path Siblings, the lowest first.
    /// @return The root.
    function rootOfSector(uint256 sectors, uint256 index, bytes calldata data, bytes32[] calldata path)
        internal
        pure
        returns (bytes32)
    {
        require(data.length == SECTOR, WrongPieceLength(data.length, SECTOR));
        return rootFrom(sectors, index, keccak256(data), path);
    }

    /// @notice Root of the file that has a block of four sectors at an index.
    /// @param sectors Sectors of the padded file, a multiple of four.
    /// @param index Index of the block.
    /// @param data 1,024 bytes.
    /// @param path Siblings, the lowest first.
    /// @return The root.
    function rootOfBlock(uint256 sectors, uint256 index, bytes calldata data, bytes32[] calldata path)
        internal
        pure
        returns (bytes32)
    {
        require(data.length == BLOCK, WrongPieceLength(data.length, BLOCK));
        bytes32 node = Hashes.efficientKeccak256(
            Hashes.efficientKeccak256(keccak256(data[:SECTOR]), keccak256(data[SECTOR:2 * SECTOR])),
            Hashes.efficientKeccak256(keccak256(data[2 * SECTOR:3 * SECTOR]), keccak256(data[3 * SECTOR:]))
        );
        return rootFrom(sectors / 4, index, node, path);
    }

    /// @notice The root that a path leads to in a left-complete tree: an odd last node goes up as it is.
    /// @param count Leaves of the tree.
    /// @param index Index of the leaf.
    /// @param node The leaf.
    /// @param path Siblings, the lowest first.
    /// @return The root.
    function rootFrom(uint256 count, uint256 index, bytes32 node, bytes32[] calldata path)
        internal
        pure
        returns (bytes32)
    {
        require(index < count, NoSuchPiece(index, count));
        uint256 used = 0;
        while (count > 1) {
            if (index & 1 == 1 || index + 1 < count) {
                require(used < path.length, WrongPathLength(path.length));
                bytes32 sibling = path[used++];
                node = index & 1 == 1
                    ? Hashes.efficientKeccak256(sibling, node)
                    : Hashes.efficientKeccak256(node, sibling);
            }
            index >>= 1;
            count = (count + 1) >> 1;
        }
        require(used == path.length, WrongPathLength(path.length));
        return node;
    }
}
