// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ICloneAuthorizer} from "./ICloneGate.sol";

/// @title Clones for those who bought one
/// @notice The owner of an agent grants purchases by number; the buyer of a purchase may clone for themselves. A
/// grant sleeps while somebody else than its grantor owns the agent. It does not wear out: the seller revokes it.
interface IStandardCloneAuthorizer is ICloneAuthorizer {
    /// @notice Only the agent's owner grants and revokes.
    /// @param caller Who tried.
    /// @param sourceAgentId The agent.
    /// @param seller Its owner.
    error StdCloneAuthNotSeller(address caller, uint256 sourceAgentId, address seller);

    /// @notice A purchase needs a buyer.
    error ZeroBuyer();

    /// @notice A purchase was granted.
    /// @param sourceAgentId The agent.
    /// @param purchaseId Number of the purchase, the seller's choice.
    /// @param buyer Who may clone.
    /// @param seller Who granted it.
    event PurchaseGranted(
        uint256 indexed sourceAgentId, uint256 indexed purchaseId, address indexed buyer, address seller
    );

    /// @notice A purchase was revoked.
    /// @param sourceAgentId The agent.
    /// @param purchaseId Number of the purchase.
    /// @param seller Who revoked it.
    event PurchaseRevoked(uint256 indexed sourceAgentId, uint256 indexed purchaseId, address seller);

    /// @notice Grant a purchase, or another buyer under the same number.
    /// @param sourceAgentId The agent, the caller's.
    /// @param purchaseId Number of the purchase.
    /// @param buyer Who may clone.
    function grant(uint256 sourceAgentId, uint256 purchaseId, address buyer) external;

    /// @notice Revoke a purchase.
    /// @param sourceAgentId The agent, the caller's.
    /// @param purchaseId Number of the purchase.
    function revoke(uint256 sourceAgentId, uint256 purchaseId) external;

    /// @notice A purchase.
    /// @param sourceAgentId The agent.
    /// @param purchaseId Number of the purchase.
    /// @return buyer Who may clone; zero when there is no such purchase.
    /// @return grantor Who granted it.
    /// @return effective Whether it counts now.
    function purchaseOf(uint256 sourceAgentId, uint256 purchaseId)
        external
        view
        returns (address buyer, address grantor, bool effective);

    /// @notice The AgenticID.
    /// @return Its address.
    function agenticId() external view returns (address);
}
