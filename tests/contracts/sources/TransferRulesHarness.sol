// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Delivery, Fault, TransferRules} from "../../../contracts/libraries/TransferRules.sol";

/// @notice The rules of a hand-over alone, for comparison with their Python twin.
contract TransferRulesHarness {
    function judge(Delivery calldata delivery, bytes32 current, address to, bool consented, bool oracleMayKeep)
        external
        pure
        returns (Fault)
    {
        return TransferRules.judge(delivery, current, to, consented, oracleMayKeep);
    }
}
