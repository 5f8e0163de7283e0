// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {SafeCast} from "@openzeppelin/contracts/utils/math/SafeCast.sol";
import {EpochRange, EpochRangeWithContextDigest, MineContext} from "../interfaces/IFlow.sol";

/// @title Epochs of the flow
/// @notice When an epoch ends, what its successor's miners work on, and which sectors it added. The Python twin is
/// zerog/storage/economy/epochs.py.
/// @dev 0gfoundation/0g-storage-contracts, Flow; block hashes: EIP-2935.
library Epochs {
    using SafeCast for uint256;

    /// @notice keccak256(""): the digest of an epoch that nobody can mine.
    bytes32 internal constant EMPTY_DIGEST = keccak256("");

    /// @notice EIP-2935: the contract that answers with block hashes.
    address internal constant BLOCK_HASHES = 0x0000F90827F1C53a10cb7A02335B175320002935;

    /// @notice EIP-2935: how many blocks back it remembers.
    uint256 internal constant HASHES_KEPT = 8191;

    /// @notice How many blocks back the opcode BLOCKHASH remembers.
    uint256 internal constant RECENT_HASHES = 256;

    /// @notice The state of epochs.
    /// @param firstBlock Block in which epoch 0 began.
    /// @param blocksPerEpoch Length of an epoch.
    /// @param startPosition First sector that no recorded range holds.
    /// @param context What miners work on.
    /// @param ranges Sectors of the epoch that a digest closed.
    /// @param history Recorded ranges, ascending and without gaps.
    struct State {
        uint256 firstBlock;
        uint256 blocksPerEpoch;
        uint256 startPosition;
        MineContext context;
        mapping(bytes32 digest => EpochRange range) ranges;
        EpochRangeWithContextDigest[] history;
    }

    /// @notice Begin epoch 0 with this block; nobody can mine it.
    /// @param self The epochs.
    /// @param blocksPerEpoch Length of an epoch.
    function open(State storage self, uint256 blocksPerEpoch) internal {
        self.firstBlock = block.number;
        self.blocksPerEpoch = blocksPerEpoch;
        self.context = MineContext(0, 0, 0, 1, EMPTY_DIGEST, EMPTY_DIGEST);
    }

    /// @notice Whether the open epoch has ended.
    /// @param self The epochs.
    /// @return True from the block after its last on.
    function isOver(State storage self) internal view returns (bool) {
        return boundary(self) < block.number;
    }

    /// @notice Last block of the open epoch; its hash is only known afterwards.
    /// @param self The epochs.
    /// @return Its number.
    function boundary(State storage self) internal view returns (uint256) {
        return self.firstBlock + (self.context.epoch + 1) * self.blocksPerEpoch;
    }

    /// @notice Close the open epoch, which is over, and open the next one.
    /// @param self The epochs.
    /// @param root Root of the flow now.
    /// @param length Length of the flow now.
    /// @return context The new context.
    function roll(State storage self, bytes32 root, uint256 length) internal returns (MineContext memory context) {
        uint256 mineStart = boundary(self);
        context = MineContext(self.context.epoch + 1, mineStart, root, length, EMPTY_DIGEST, EMPTY_DIGEST);
        bytes32 blockDigest = blockHashOf(mineStart);
        if (blockDigest != 0) {
            context.blockDigest = blockDigest;
            context.digest = keccak256(abi.encode(blockDigest, root, length));
            record(self, context.digest, length);
        }
        self.context = context;
    }

    /// @notice Note which sectors a digest closed.
    /// @param self The epochs.
    /// @param digest The digest.
    /// @param length Length of the flow now.
    function record(State storage self, bytes32 digest, uint256 length) internal {
        uint128 start = self.startPosition.toUint128();
        uint128 end = length.toUint128();
        self.ranges[digest] = EpochRange(start, end);
        self.history.push(EpochRangeWithContextDigest(start, end, digest));
        self.startPosition = length;
    }

    /// @notice The recorded range that holds a sector.
    /// @param self The epochs.
    /// @param position Index of the sector, below `startPosition`.
    /// @return The range.
    function find(State storage self, uint256 position) internal view returns (EpochRangeWithContextDigest memory) {
        uint256 low = 0;
        uint256 high = self.history.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (self.history[middle].end <= position) low = middle + 1;
            else high = middle;
        }
        return self.history[low];
    }

    /// @notice Hash of an earlier block.
    /// @param number Its number.
    /// @return digest The hash; zero when the chain no longer knows it.
    function blockHashOf(uint256 number) internal view returns (bytes32 digest) {
        uint256 distance = block.number - number;
        if (distance <= RECENT_HASHES) return blockhash(number);
        if (distance > HASHES_KEPT) return 0;
        (bool answered, bytes memory answer) = BLOCK_HASHES.staticcall(abi.encode(number));
        return answered && answer.length == 32 ? bytes32(answer) : bytes32(0);
    }
}
