// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {PointMath} from "../../../contracts/libraries/PointMath.sol";
import {Point} from "../../../contracts/libraries/Secp256k1.sol";
import {Shamir} from "../../../contracts/libraries/Shamir.sol";

/// @notice The arithmetic of a committee, for comparison with its Python twins.
contract CommitteeHarness {
    function weight(uint16[] calldata slots, uint256 place) external view returns (uint256) {
        return Shamir.weight(slots, place);
    }

    function evaluate(Point[] calldata commitments, uint256 x) external view returns (Point memory) {
        return Shamir.evaluate(commitments, x);
    }

    function sum(Point calldata a, Point calldata b) external view returns (Point memory) {
        return PointMath.sum(a, b);
    }

    function times(Point calldata a, uint256 factor) external view returns (Point memory) {
        return PointMath.times(a, factor);
    }
}
