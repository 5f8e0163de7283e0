// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Hkdf} from "../../../contracts/libraries/Hkdf.sol";
import {Container, KeccakCtr} from "../../../contracts/libraries/KeccakCtr.sol";
import {SealReveal} from "../../../contracts/libraries/SealReveal.sol";
import {Point} from "../../../contracts/libraries/Secp256k1.sol";
import {SectorTree} from "../../../contracts/libraries/SectorTree.sol";

/// @notice The rules of the exchange one by one, for comparison with their Python twins.
contract EscrowHarness {
    function hmac(bytes32 key, bytes calldata message) external pure returns (bytes32) {
        return Hkdf.hmac(key, message);
    }

    function hkdf(bytes32 salt, bytes calldata secret, bytes calldata info) external pure returns (bytes32) {
        return Hkdf.expand(Hkdf.extract(salt, secret), info);
    }

    function derive(Container calldata container, bytes32 dataKey) external pure returns (bytes32, bytes32) {
        return KeccakCtr.derive(container, dataKey);
    }

    function leafOf(bytes32 contentKey, uint256 chunk, bytes calldata cipher) external pure returns (bytes32) {
        return KeccakCtr.leafOf(contentKey, chunk, cipher);
    }

    function places(uint256 plainSize, uint256 chunk)
        external
        pure
        returns (uint256 chunks, uint256 blocks, uint256 place, uint256 sector, uint256 offset)
    {
        (sector, offset) = KeccakCtr.leafPlace(chunk);
        return (KeccakCtr.chunksOf(plainSize), KeccakCtr.blocksOf(plainSize), KeccakCtr.blockOf(chunk), sector, offset);
    }

    function paddedSectors(uint256 size) external pure returns (uint256) {
        return SectorTree.paddedSectors(size);
    }

    function rootFrom(uint256 count, uint256 index, bytes32 node, bytes32[] calldata path)
        external
        pure
        returns (bytes32)
    {
        return SectorTree.rootFrom(count, index, node, path);
    }

    function double(Point calldata a, uint256 inverse) external pure returns (Point memory) {
        return SealReveal.double(a, inverse);
    }

    function dataKeyOf(Point calldata k) external pure returns (bytes32) {
        return SealReveal.dataKeyOf(k);
    }
}
