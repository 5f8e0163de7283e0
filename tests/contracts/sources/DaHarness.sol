// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {DaCode, DaHeader, DaPiece} from "../../../contracts/libraries/DaCode.sol";
import {DaSampling} from "../../../contracts/libraries/DaSampling.sol";

/// @notice The rules of data availability one by one, for comparison with their Python twins.
contract DaHarness {
    function requireHeader(DaHeader calldata header, uint256 k, uint256 n) external pure {
        DaCode.requireHeader(header, k, n);
    }

    function dataRoot(DaHeader calldata header, bytes32 rowRoot, bytes32 rlcRoot, uint256 chainId, address entrance)
        external
        pure
        returns (bytes32)
    {
        return DaCode.dataRoot(header, rowRoot, rlcRoot, chainId, entrance);
    }

    function requireDataRoot(
        DaHeader calldata header,
        bytes32 rowRoot,
        bytes32 rlcRoot,
        address entrance,
        bytes32 expected
    ) external view {
        DaCode.requireDataRoot(header, rowRoot, rlcRoot, entrance, expected);
    }

    function requirePiece(uint256 rows, uint256 rowSize, DaPiece calldata shown, bytes32 rowRoot) external pure {
        DaCode.requirePiece(rows, rowSize, shown, rowRoot);
    }

    function lineQuality(bytes32 seed, uint256 epoch, uint256 quorumId, bytes32 root, uint64 row)
        external
        pure
        returns (uint256)
    {
        return DaSampling.lineQuality(seed, epoch, quorumId, root, row);
    }

    function quality(uint256 line, uint256 piece, bytes calldata data) external pure returns (uint256) {
        return DaSampling.quality(line, piece, data);
    }

    function identifier(bytes32 seed, bytes32 root, uint64 epoch, uint64 quorumId, uint32 row, uint32 piece)
        external
        pure
        returns (bytes32)
    {
        return DaSampling.identifier(seed, root, epoch, quorumId, row, piece);
    }

    function adjusted(uint256 target, uint256 hits, uint256 aim) external pure returns (uint256) {
        return DaSampling.adjusted(target, hits, aim);
    }

    function relaxed(uint256 target, uint256 missed) external pure returns (uint256) {
        return DaSampling.relaxed(target, missed);
    }

    function share(uint256 amount, uint256 length) external pure returns (uint256) {
        return DaSampling.share(amount, length);
    }
}
