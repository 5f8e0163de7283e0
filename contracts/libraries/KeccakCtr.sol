// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Hkdf} from "./Hkdf.sol";

/// @notice The head of a container of suite 2, which its owner cannot change any more.
/// @param plainSize Bytes of the plaintext.
/// @param salt Salt of the keys.
/// @param keyCheck What the data key derives to.
struct Container {
    uint64 plainSize;
    bytes32 salt;
    bytes32 keyCheck;
}

/// @title Containers of suite 2: keccak256 in counter mode, one kilobyte at a time
/// @notice A file is cut into segments of 262,144 bytes: a head sector, a table of 248 leaves, 248 chunks of 1,024
/// bytes. The layout is told by zerog/crypto/keccakctr.py, the Python twin.
library KeccakCtr {
    /// @notice Bytes of a chunk.
    uint256 internal constant CHUNK = 1024;

    /// @notice Chunks of a segment.
    uint256 internal constant SEGMENT_CHUNKS = 248;

    /// @notice Blocks of 1,024 bytes of a segment, its head and table included.
    uint256 internal constant SEGMENT_BLOCKS = 256;

    /// @notice Blocks of a segment before its first chunk.
    uint256 internal constant PRELUDE_BLOCKS = 8;

    /// @notice Magic, version and suite: the first eight bytes.
    bytes8 internal constant START = bytes8("0GSEAL\x01\x02");

    /// @notice Most chunks of a container.
    uint256 internal constant MAX_CHUNKS = 1 << 32;

    /// @notice The sector is not the head of a container of suite 2.
    /// @param start Its first eight bytes.
    /// @param plainSize Its size field.
    error NotAContainer(bytes8 start, uint64 plainSize);

    /// @notice The container is shorter.
    /// @param chunk Index of the chunk.
    /// @param count Chunks of the container.
    error NoSuchChunk(uint256 chunk, uint256 count);

    // ------------------------------------------------------------------ places

    /// @notice Read a head sector.
    /// @param sector 256 bytes; the caller has checked the length.
    /// @return container What it says.
    function read(bytes calldata sector) internal pure returns (Container memory container) {
        bytes8 start = bytes8(sector[:8]);
        container.plainSize = uint64(bytes8(sector[8:16]));
        container.salt = bytes32(sector[16:48]);
        container.keyCheck = bytes32(sector[48:80]);
        require(
            start == START && chunksOf(container.plainSize) <= MAX_CHUNKS, NotAContainer(start, container.plainSize)
        );
    }

    /// @notice Chunks of a container.
    /// @param plainSize Bytes of its plaintext.
    /// @return At least one.
    function chunksOf(uint256 plainSize) internal pure returns (uint256) {
        return plainSize == 0 ? 1 : (plainSize + CHUNK - 1) / CHUNK;
    }

    /// @notice Blocks of 1,024 bytes of a container as a file.
    /// @param plainSize Bytes of its plaintext.
    /// @return The last segment ends with its last chunk.
    function blocksOf(uint256 plainSize) internal pure returns (uint256) {
        uint256 chunks = chunksOf(plainSize);
        return chunks + PRELUDE_BLOCKS * ((chunks + SEGMENT_CHUNKS - 1) / SEGMENT_CHUNKS);
    }

    /// @notice Where a chunk lies.
    /// @param chunk Its index.
    /// @return Block of the file.
    function blockOf(uint256 chunk) internal pure returns (uint256) {
        return chunk / SEGMENT_CHUNKS * SEGMENT_BLOCKS + PRELUDE_BLOCKS + chunk % SEGMENT_CHUNKS;
    }

    /// @notice Where the leaf of a chunk lies.
    /// @param chunk Its index.
    /// @return sector Sector of the file.
    /// @return offset First byte of the leaf in that sector.
    function leafPlace(uint256 chunk) internal pure returns (uint256 sector, uint256 offset) {
        uint256 place = chunk % SEGMENT_CHUNKS;
        return (chunk / SEGMENT_CHUNKS * SEGMENT_BLOCKS * 4 + 1 + place / 8, place % 8 * 32);
    }

    // -------------------------------------------------------------------- keys

    /// @notice Key check and content key that a data key derives to.
    /// @param container The container.
    /// @param dataKey The data key.
    /// @return contentKey Key of the stream.
    /// @return keyCheck The container's own when the data key is the right one.
    function derive(Container memory container, bytes32 dataKey)
        internal
        pure
        returns (bytes32 contentKey, bytes32 keyCheck)
    {
        bytes32 key = Hkdf.extract(container.salt, bytes.concat(dataKey));
        bytes8 size = bytes8(container.plainSize);
        contentKey = Hkdf.expand(key, bytes.concat("zerog/container/2/content", size));
        keyCheck = Hkdf.expand(key, bytes.concat("zerog/container/2/check", size));
    }

    /// @notice Decrypt a chunk, and give the leaf that it should have.
    /// @param contentKey Key of the stream.
    /// @param chunk Index of the chunk.
    /// @param cipher Its 1,024 bytes; the caller has checked the length.
    /// @return leaf keccak256 of plaintext and salt.
    function leafOf(bytes32 contentKey, uint256 chunk, bytes calldata cipher) internal pure returns (bytes32 leaf) {
        assembly ("memory-safe") {
            let plain := mload(0x40)
            calldatacopy(plain, cipher.offset, 1024)
            mstore(0x00, contentKey)
            let place := shl(128, chunk)
            for { let word := 0 } lt(word, 32) { word := add(word, 1) } {
                mstore(0x20, or(place, word))
                let at := add(plain, shl(5, word))
                mstore(at, xor(mload(at), keccak256(0x00, 0x40)))
            }
            mstore(0x20, or(place, 32))
            mstore(add(plain, 1024), keccak256(0x00, 0x40))
            leaf := keccak256(plain, 1056)
        }
    }
}
