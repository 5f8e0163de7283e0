// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {Hashes} from "@openzeppelin/contracts/utils/cryptography/Hashes.sol";
import {PoraAnswer} from "../interfaces/IPoraMine.sol";
import {Blake2b} from "./Blake2b.sol";
import {PoraRange} from "./PoraRange.sol";

/// @title Seal units
/// @notice What an answer's 4,096 bytes are worth: unsealing, place in the flow, output. The Python twin is
/// zerog/storage/mining/pora.py.
/// @dev Rules: 0gfoundation/0g-storage-contracts, MineLib and PoraMine.
library PoraUnit {
    using PoraRange for *;

    /// @notice Sectors of a unit.
    uint256 internal constant UNIT_SECTORS = 16;

    /// @notice Units of a load.
    uint256 internal constant LOAD_UNITS = 64;

    // What the output hashes: offset 32 ‖ pad seed 64 ‖ zeros 32 ‖ mixed unit 4,096.
    uint256 private constant PREIMAGE = 4224;
    uint256 private constant PREFIX = 128;

    /// @notice The plain data of the unit: each word's mask is the hash of the sealed word before it.
    /// @param answer The answer.
    /// @return data The unit.
    function unseal(PoraAnswer calldata answer) internal pure returns (bytes32[128] memory data) {
        bytes32 mask = keccak256(abi.encode(answer.minerId, answer.sealedContextDigest, answer.recallPosition));
        bytes32[128] calldata words = answer.sealedData;
        assembly ("memory-safe") {
            for { let at := 0 } lt(at, 4096) { at := add(at, 32) } {
                let word := calldataload(add(words, at))
                mstore(add(data, at), xor(word, mask))
                mstore(0, word)
                mask := keccak256(0, 32)
            }
        }
    }

    /// @notice Root that the unit proves to.
    /// @param answer The answer: position and siblings.
    /// @param data The plain unit.
    /// @return root Root of the tree of which the siblings make the unit a part; zero when they are too few to reach the
    /// position.
    function flowRoot(PoraAnswer calldata answer, bytes32[128] memory data) internal pure returns (bytes32 root) {
        root = unitRoot(data);
        uint256 index = answer.recallPosition / UNIT_SECTORS;
        bytes32[] calldata siblings = answer.merkleProof;
        for (uint256 i = 0; i < siblings.length; ++i) {
            root = index & 1 == 1
                ? Hashes.efficientKeccak256(siblings[i], root)
                : Hashes.efficientKeccak256(root, siblings[i]);
            index >>= 1;
        }
        if (index != 0) return 0;
    }

    /// @notice Root over the 16 sectors of a unit.
    /// @param data The plain unit; it is overwritten.
    /// @return root The root.
    function unitRoot(bytes32[128] memory data) internal pure returns (bytes32 root) {
        assembly ("memory-safe") {
            for { let i := 0 } lt(i, 16) { i := add(i, 1) } {
                mstore(add(data, shl(5, i)), keccak256(add(data, shl(8, i)), 256))
            }
            for { let n := 8 } n { n := shr(1, n) } {
                for { let i := 0 } lt(i, n) { i := add(i, 1) } {
                    mstore(add(data, shl(5, i)), keccak256(add(data, shl(6, i)), 64))
                }
            }
            root := mload(data)
        }
    }

    /// @notice What is compared with the target.
    /// @param answer The answer; its range holds at least one load.
    /// @param subtaskDigest What the pad binds of the epoch and the miner's window.
    /// @return out The first half of the BLAKE2b-512 over offset, pad seed and mixed unit.
    function output(PoraAnswer calldata answer, bytes32 subtaskDigest) internal view returns (bytes32 out) {
        (bytes32 first, bytes32 second) =
            Blake2b.hash(bytes.concat(answer.minerId, answer.nonce, subtaskDigest, answer.range.digest()));
        uint256 offset = answer.sealOffset;
        bytes memory preimage = _preimage(offset, first, second);
        bytes32 recallSeed = _mix(preimage, answer.sealedData, first, second, offset % 4);
        uint256 load = answer.range.recallLoad(recallSeed);
        bool recalled = offset < LOAD_UNITS && answer.recallPosition == load + offset * UNIT_SECTORS;
        // solhint-disable-next-line gas-custom-errors
        require(recalled, "Incorrect recall position");
        (out,) = Blake2b.hash(preimage);
    }

    /// @dev All but the mixed unit.
    function _preimage(uint256 offset, bytes32 first, bytes32 second) private pure returns (bytes memory preimage) {
        preimage = new bytes(PREIMAGE);
        assembly ("memory-safe") {
            mstore(add(preimage, 32), offset)
            mstore(add(preimage, 64), first)
            mstore(add(preimage, 96), second)
        }
    }

    /// @dev Run the pad: 512 chained hashes; the quarter that the unit is mixed with goes into the preimage at once.
    function _mix(bytes memory preimage, bytes32[128] calldata words, bytes32 first, bytes32 second, uint256 quarter)
        private
        pure
        returns (bytes32 recallSeed)
    {
        assembly ("memory-safe") {
            mstore(0, first)
            mstore(32, second)
            let mixed := add(preimage, add(32, PREFIX))
            for { let row := 0 } lt(row, 256) { row := add(row, 1) } {
                first := keccak256(0, 64)
                mstore(0, first)
                second := keccak256(0, 64)
                mstore(32, second)
                if eq(shr(6, row), quarter) {
                    let at := shl(6, and(row, 63))
                    mstore(add(mixed, at), xor(first, calldataload(add(words, at))))
                    mstore(add(add(mixed, at), 32), xor(second, calldataload(add(add(words, at), 32))))
                }
            }
            recallSeed := keccak256(0, 64)
        }
    }
}
