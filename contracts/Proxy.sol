// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ERC1967Proxy} from "@openzeppelin/contracts/proxy/ERC1967/ERC1967Proxy.sol";

/// @title Proxy
/// @notice The address of an upgradeable singleton. Its logic is a UUPS contract: the upgrade
/// function lives there and asks the one Authority.
/// @dev An uninitialised proxy cannot be made: OpenZeppelin refuses empty `data`, so nobody can
/// initialise it between two transactions of the deployer.
contract Proxy is ERC1967Proxy {
    /// @notice Points the proxy at its logic and initialises its storage in the same transaction.
    /// @param implementation Contract that holds the logic.
    /// @param data ABI-encoded call of the initialiser.
    constructor(address implementation, bytes memory data) payable ERC1967Proxy(implementation, data) {}
}
