// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {PoraAnswer, RecallRange} from "../../../contracts/interfaces/IPoraMine.sol";
import {Blake2b} from "../../../contracts/libraries/Blake2b.sol";
import {PoraRange} from "../../../contracts/libraries/PoraRange.sol";
import {PoraTarget} from "../../../contracts/libraries/PoraTarget.sol";
import {PoraUnit} from "../../../contracts/libraries/PoraUnit.sol";
import {PoraMine} from "../../../contracts/storage/PoraMine.sol";

/// @notice The rules of mining one by one, for comparison with their Python twins.
contract PoraHarness {
    using PoraRange for RecallRange;
    using PoraUnit for PoraAnswer;

    function blake2b(bytes calldata data) external view returns (bytes32, bytes32) {
        return Blake2b.hash(data);
    }

    function unseal(PoraAnswer calldata answer) external pure returns (bytes32[128] memory) {
        return answer.unseal();
    }

    function unitRoot(bytes32[128] calldata data) external pure returns (bytes32) {
        return PoraUnit.unitRoot(data);
    }

    function recoverMerkleRoot(PoraAnswer calldata answer, bytes32[128] calldata data) external pure returns (bytes32) {
        return answer.flowRoot(data);
    }

    function output(PoraAnswer calldata answer, bytes32 subtaskDigest) external view returns (bytes32) {
        return answer.output(subtaskDigest);
    }

    function numShards(RecallRange calldata range) external pure returns (uint256) {
        return range.numShards();
    }

    function check(RecallRange calldata range, uint256 flowLength, uint256 sectorsPerPrice) external pure {
        range.check(flowLength, sectorsPerPrice);
    }

    function rangeDigest(RecallRange calldata range) external pure returns (bytes32) {
        return range.digest();
    }

    function recallLoad(RecallRange calldata range, bytes32 recallSeed) external pure returns (uint256) {
        return range.recallLoad(recallSeed);
    }

    function scaledTarget(RecallRange calldata range, uint256 poraTarget, uint256 flowLength)
        external
        pure
        returns (uint256)
    {
        return range.scaledTarget(poraTarget, flowLength);
    }

    function adjusted(uint256 target, uint256 submissions, uint256 aim, uint256 ratio, uint256 minDifficulty)
        external
        pure
        returns (uint256)
    {
        return PoraTarget.adjusted(target, submissions, aim, ratio, minDifficulty);
    }
}

/// @notice Logic that an upgrade brings.
contract PoraMineNext is PoraMine {
    constructor() PoraMine(0) {}

    function version() external pure returns (uint256) {
        return 2;
    }
}

/// @notice A caller that asks for the same miner id twice in one block.
contract TwiceRequester {
    function request(PoraMine mine, address beneficiary) external {
        mine.requestMinerId(beneficiary, 1);
        mine.requestMinerId(beneficiary, 1);
    }
}
