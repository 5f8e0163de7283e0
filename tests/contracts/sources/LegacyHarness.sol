// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Generation} from "../../../contracts/interfaces/IDataVerifier.sol";
import {AccessProof, OwnershipProof} from "../../../contracts/interfaces/IERC7857DataVerifier.sol";
import {LegacyProof} from "../../../contracts/libraries/LegacyProof.sol";

/// @notice The digests of legacy proofs without their guards, for comparison with the recorded values.
contract LegacyHarness {
    function accessInner(
        Generation generation,
        address token,
        AccessProof calldata proof,
        bytes calldata nonce,
        uint256 deadline
    ) external view returns (bytes32) {
        return LegacyProof.accessInner(generation, token, proof, nonce, deadline);
    }

    function ownershipInner(
        Generation generation,
        address token,
        OwnershipProof calldata proof,
        bytes calldata nonce,
        uint256 deadline
    ) external view returns (bytes32) {
        return LegacyProof.ownershipInner(generation, token, proof, nonce, deadline);
    }

    function digest(bytes32 inner) external pure returns (bytes32) {
        return LegacyProof.digest(inner);
    }

    function isSealLength(uint256 length) external pure returns (bool) {
        return LegacyProof.isSealLength(length);
    }
}
