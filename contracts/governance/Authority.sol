// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessManager} from "@openzeppelin/contracts/access/manager/AccessManager.sol";

/// @title Authority
/// @notice The only source of permission of the whole system: every restricted function of every
/// contract asks it whether the caller may call. A function without a role belongs to the admin role.
contract Authority is AccessManager {
    /// @notice Makes `admin` the first holder of the admin role.
    /// @param admin Account that may grant roles, restrict functions and upgrade; not zero.
    constructor(address admin) AccessManager(admin) {}
}
