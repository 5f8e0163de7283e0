// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

/// @title BLAKE2b-512
/// @notice The hash of RFC 7693 without key, over the compression function of EIP-152.
library Blake2b {
    /// @notice The chain does not have the precompile of EIP-152.
    error CompressionUnavailable();

    /// @notice Bytes that one compression takes.
    uint256 internal constant BLOCK = 128;

    // The frame of EIP-152: rounds 4 ‖ state 64 ‖ block 128 ‖ counter 16 ‖ last 1. The counter is written as a word.
    uint256 private constant FRAME = 213;
    uint256 private constant FRAME_ROOM = 256;
    uint256 private constant STATE = 4;
    uint256 private constant MESSAGE = 68;
    uint256 private constant COUNTER = 196;
    uint256 private constant LAST = 212;

    // The first state of BLAKE2b-512 as the precompile takes it, its eight words little endian: the fractional parts of
    // the square roots of the first eight primes, the first of them xor 0x01010040 (64 bytes out, no key, sequential).
    bytes32 private constant INIT_FIRST = 0x48c9bdf267e6096a3ba7ca8485ae67bb2bf894fe72f36e3cf1361d5f3af54fa5;
    bytes32 private constant INIT_SECOND = 0xd182e6ad7f520e511f6c3e2b8c68059b6bbd41fbabd9831f79217e1319cde05b;

    /// @notice Hash of some bytes.
    /// @param data The bytes, fewer than 2^64.
    /// @return first Bytes 0 to 31 of the hash.
    /// @return second Bytes 32 to 63.
    function hash(bytes memory data) internal view returns (bytes32 first, bytes32 second) {
        uint256 frame = _frame();
        uint256 size = data.length;
        uint256 done = 0;
        do {
            uint256 taken = size - done < BLOCK ? size - done : BLOCK;
            _load(frame, data, done, taken);
            done += taken;
            _compress(frame, done, done == size);
        } while (done < size);
        assembly ("memory-safe") {
            first := mload(add(frame, STATE))
            second := mload(add(frame, add(STATE, 32)))
        }
    }

    /// @dev A frame behind the allocated memory; nothing is allocated while it is in use.
    function _frame() private pure returns (uint256 frame) {
        assembly ("memory-safe") {
            frame := mload(0x40)
            mstore(0x40, add(frame, FRAME_ROOM))
            mstore(frame, shl(224, 12))
            mstore(add(frame, STATE), INIT_FIRST)
            mstore(add(frame, add(STATE, 32)), INIT_SECOND)
        }
    }

    /// @dev The next block, filled up with zeros.
    function _load(uint256 frame, bytes memory data, uint256 offset, uint256 taken) private pure {
        assembly ("memory-safe") {
            let message := add(frame, MESSAGE)
            if lt(taken, BLOCK) { calldatacopy(message, calldatasize(), BLOCK) }
            mcopy(message, add(add(data, 32), offset), taken)
        }
    }

    /// @dev The counter is the number of bytes so far, little endian.
    function _compress(uint256 frame, uint256 done, bool last) private view {
        uint256 counter = _reversed(uint64(done)) << 192;
        bool passed;
        assembly ("memory-safe") {
            mstore(add(frame, COUNTER), counter)
            mstore8(add(frame, LAST), last)
            passed := staticcall(gas(), 9, frame, FRAME, add(frame, STATE), 64)
            passed := and(passed, eq(returndatasize(), 64))
        }
        require(passed, CompressionUnavailable());
    }

    /// @dev The eight bytes of a number in the other order.
    function _reversed(uint64 value) private pure returns (uint256) {
        value = ((value & 0xff00ff00ff00ff00) >> 8) | ((value & 0x00ff00ff00ff00ff) << 8);
        value = ((value & 0xffff0000ffff0000) >> 16) | ((value & 0x0000ffff0000ffff) << 16);
        return (value >> 32) | (value << 32);
    }
}
