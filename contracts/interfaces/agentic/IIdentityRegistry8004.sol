// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";

/// @notice One entry of an agent's metadata.
/// @param metadataKey Its name; "agentWallet" is reserved.
/// @param metadataValue Its bytes.
struct MetadataEntry {
    string metadataKey;
    bytes metadataValue;
}

/// @title What ERC-8004 asks of an identity registry
/// @notice The functions behind interface id 0xf3e6ef75 (0gfoundation/0g-agentic-id: contracts/src/interfaces).
interface IERC8004IdentityRegistry {
    /// @notice Register an agent without a description; the caller owns it.
    /// @return agentId Its id.
    function register() external returns (uint256 agentId);

    /// @notice Register an agent; the caller owns it.
    /// @param agentURI Where its description is.
    /// @return agentId Its id.
    function register(string calldata agentURI) external returns (uint256 agentId);

    /// @notice Register an agent with metadata; the caller owns it.
    /// @param agentURI Where its description is.
    /// @param metadata Entries, none of them reserved.
    /// @return agentId Its id.
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId);

    /// @notice Say where an agent's description is.
    /// @param agentId The agent.
    /// @param newURI The place.
    function setAgentURI(uint256 agentId, string calldata newURI) external;

    /// @notice An entry of an agent's metadata.
    /// @param agentId The agent.
    /// @param metadataKey Name of the entry.
    /// @return Its bytes; empty when there is none.
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory);

    /// @notice Write an entry of an agent's metadata.
    /// @param agentId The agent.
    /// @param metadataKey Name of the entry; not "agentWallet".
    /// @param metadataValue Its bytes.
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external;

    /// @notice Name the wallet that is paid for an agent, with that wallet's consent.
    /// @param agentId The agent.
    /// @param newWallet The wallet.
    /// @param deadline Last second of the consent, at most five minutes ahead.
    /// @param signature The wallet's EIP-712 consent `AgentWalletSet(uint256 agentId,address newWallet,address owner,
    /// uint256 deadline)` of the domain ("ERC8004IdentityRegistry", "1"), by key or by ERC-1271.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external;

    /// @notice The wallet that is paid for an agent.
    /// @param agentId The agent.
    /// @return The wallet; zero when there is none.
    function getAgentWallet(uint256 agentId) external view returns (address);

    /// @notice Name no wallet any more.
    /// @param agentId The agent.
    function unsetAgentWallet(uint256 agentId) external;
}

/// @title The canonical registry of agents
/// @notice The stand-in of a devnet for the ERC-8004 identity registry that other chains have at the same addresses:
/// version 2.0.0, ids from 0, and its reasons as strings because its clients read those.
interface IIdentityRegistry8004 is IERC8004IdentityRegistry, IERC721 {
    // ------------------------------------------------------------------ events

    /// @notice An agent was registered.
    /// @param agentId The agent.
    /// @param agentURI Where its description is.
    /// @param owner Who owns it.
    event Registered(uint256 indexed agentId, string agentURI, address indexed owner);

    /// @notice An entry of metadata was written.
    /// @param agentId The agent.
    /// @param indexedMetadataKey Name of the entry, to search by.
    /// @param metadataKey Name of the entry.
    /// @param metadataValue Its bytes.
    event MetadataSet(
        uint256 indexed agentId, string indexed indexedMetadataKey, string metadataKey, bytes metadataValue
    );

    /// @notice An agent's description is elsewhere.
    /// @param agentId The agent.
    /// @param newURI The place.
    /// @param updatedBy Who said so.
    event URIUpdated(uint256 indexed agentId, string newURI, address indexed updatedBy);

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param authority_ The AccessManager that may upgrade it.
    function initialize(address authority_) external;

    // ------------------------------------------------------------------- views

    /// @notice Whether somebody may act for an agent.
    /// @param spender The account.
    /// @param agentId The agent.
    /// @return True for the owner, an operator and the approved account.
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool);

    /// @notice Version of the original that this one stands in for.
    /// @return "2.0.0".
    function getVersion() external pure returns (string memory);

    /// @notice Where an agent's description is.
    /// @param agentId The agent.
    /// @return The place.
    function tokenURI(uint256 agentId) external view returns (string memory);
}
