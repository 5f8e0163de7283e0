// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Bn254, G1Point, G2Point} from "../../../contracts/libraries/Bn254.sol";
import {SignerBook} from "../../../contracts/da/SignerBook.sol";
import {CrowdedSigners} from "./CrowdedSigners.sol";

/// @notice A contract that calls for somebody, and takes no money back.
contract Errand {
    function run(address to, bytes calldata data) external payable {
        (bool done, bytes memory answer) = to.call{value: msg.value}(data);
        if (done) return;
        assembly ("memory-safe") {
            revert(add(answer, 32), mload(answer))
        }
    }
}

/// @notice Says that as many registered for the next epoch as may. Behind the proxy only while it says so.
contract FullSigners is CrowdedSigners {
    function fill() external {
        SignerBook.SignersStorage storage $ = _signers();
        SignerBook.Epoch storage next = $.epochs[$.epochNumber + 1];
        assembly ("memory-safe") {
            // startBlock, closeBlock and undrawn share a word, the beacon has one, then the array's length.
            sstore(add(next.slot, 2), 16384)
        }
    }
}

/// @notice The curve by itself, for comparison with its Python twin.
contract Bn254Harness {
    function add(G1Point calldata a, G1Point calldata b) external view returns (G1Point memory) {
        return Bn254.add(a, b);
    }

    function mul(G1Point calldata a, uint256 scalar) external view returns (G1Point memory) {
        return Bn254.mul(a, scalar);
    }

    function negate(G1Point calldata a) external pure returns (G1Point memory) {
        return Bn254.negate(a);
    }

    function isOnCurve(G1Point calldata a) external pure returns (bool) {
        return Bn254.isOnCurve(a);
    }

    function hashToG1(bytes32 hash) external view returns (G1Point memory) {
        return Bn254.hashToG1(hash);
    }

    function verify(
        G1Point calldata point,
        G1Point calldata signature,
        G1Point calldata pkG1,
        G2Point calldata pkG2,
        uint256 weight
    ) external view returns (bool) {
        return Bn254.verify(point, signature, pkG1, pkG2, weight, 120_000);
    }
}
