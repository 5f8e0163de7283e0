// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ICloneAuthorizer} from "../../interfaces/agentic/ICloneGate.sol";
import {IServeProofs} from "../../interfaces/agentic/IServeProofs.sol";
import {IStandardCloneAuthorizer} from "../../interfaces/agentic/IStandardCloneAuthorizer.sol";

/// @title Clones for those who bought one
/// @notice The manual is {IStandardCloneAuthorizer}. Nobody administers it.
contract StandardCloneAuthorizer is IStandardCloneAuthorizer {
    /// @dev Who may clone, and who said so.
    struct Purchase {
        address buyer;
        address grantor;
    }

    /// @inheritdoc IStandardCloneAuthorizer
    address public immutable agenticId;

    mapping(uint256 agentId => mapping(uint256 purchaseId => Purchase)) private _purchases;

    /// @notice Sells clones of one collection's agents.
    /// @param agenticId_ The AgenticID.
    constructor(address agenticId_) {
        require(agenticId_.code.length != 0, IServeProofs.NotARegistry(agenticId_));
        agenticId = agenticId_;
    }

    /// @inheritdoc IStandardCloneAuthorizer
    function grant(uint256 sourceAgentId, uint256 purchaseId, address buyer) external {
        address seller = _requireSeller(sourceAgentId);
        require(buyer != address(0), ZeroBuyer());
        _purchases[sourceAgentId][purchaseId] = Purchase(buyer, seller);
        emit PurchaseGranted(sourceAgentId, purchaseId, buyer, seller);
    }

    /// @inheritdoc IStandardCloneAuthorizer
    function revoke(uint256 sourceAgentId, uint256 purchaseId) external {
        address seller = _requireSeller(sourceAgentId);
        delete _purchases[sourceAgentId][purchaseId];
        emit PurchaseRevoked(sourceAgentId, purchaseId, seller);
    }

    /// @inheritdoc IStandardCloneAuthorizer
    function purchaseOf(uint256 sourceAgentId, uint256 purchaseId)
        public
        view
        returns (address buyer, address grantor, bool effective)
    {
        Purchase storage purchase = _purchases[sourceAgentId][purchaseId];
        (buyer, grantor) = (purchase.buyer, purchase.grantor);
        effective = buyer != address(0) && IERC721(agenticId).ownerOf(sourceAgentId) == grantor;
    }

    /// @inheritdoc ICloneAuthorizer
    /// @dev data is abi.encode(uint256 purchaseId). A refusal is an answer, never a revert.
    function canClone(uint256 sourceAgentId, address targetOwner, address caller, bytes calldata data)
        external
        view
        returns (bool)
    {
        if (data.length != 32) return false;
        (address buyer,, bool effective) = purchaseOf(sourceAgentId, abi.decode(data, (uint256)));
        return effective && buyer == targetOwner && caller == targetOwner;
    }

    /// @dev Owner of an agent, who must be the caller.
    function _requireSeller(uint256 agentId) private view returns (address seller) {
        seller = IERC721(agenticId).ownerOf(agentId);
        require(msg.sender == seller, StdCloneAuthNotSeller(msg.sender, agentId, seller));
    }
}
