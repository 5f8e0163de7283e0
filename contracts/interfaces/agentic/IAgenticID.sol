// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IntelligentData} from "../IERC7857Metadata.sol";
import {IAgentIds} from "../IAgentIds.sol";
import {IERC8004IdentityRegistry, MetadataEntry} from "./IIdentityRegistry8004.sol";

/// @title The functions behind 0g-agentic-id's interface id 0x71521a1b
interface IAgenticIDCore {
    /// @notice Register an agent with private data; the caller owns it.
    /// @param agentURI Where its description is; may be empty.
    /// @param metadata Entries for the canonical registry.
    /// @param intelligentDatas Its items, at least one.
    /// @param sealedKeys One per item.
    /// @return agentId Its id, of the canonical registry.
    function register(
        string calldata agentURI,
        MetadataEntry[] calldata metadata,
        IntelligentData[] calldata intelligentDatas,
        bytes[] calldata sealedKeys
    ) external returns (uint256 agentId);

    /// @notice Register an agent whose data stays under a key of its own. Attestors only.
    /// @param to Who owns it.
    /// @param agentURI Where its description is; may be empty.
    /// @param metadata Entries for the canonical registry.
    /// @param intelligentDatas Its items, at least one.
    /// @param sealedKeys One per item, sealed to the agent's own key.
    /// @param agentSeal Address of that key; not zero.
    /// @param sealId Id of the seal; not zero, never used before.
    /// @return agentId Its id, of the canonical registry.
    function registerWithSeal(
        address to,
        string calldata agentURI,
        MetadataEntry[] calldata metadata,
        IntelligentData[] calldata intelligentDatas,
        bytes[] calldata sealedKeys,
        address agentSeal,
        bytes32 sealId
    ) external returns (uint256 agentId);

    /// @notice Address of an agent's own key.
    /// @param agentId The agent.
    /// @return The address; zero for an agent without a seal.
    function getAgentSeal(uint256 agentId) external view returns (address);

    /// @notice Id of an agent's seal.
    /// @param agentId The agent.
    /// @return The id; zero for an agent without a seal.
    function getSealId(uint256 agentId) external view returns (bytes32);

    /// @notice The agent of a seal.
    /// @param sealId Id of the seal.
    /// @return The agent; 0 for an unknown seal, so agent 0 must be nobody's.
    function getAgentIdBySealId(bytes32 sealId) external view returns (uint256);

    /// @notice Trust an attestor; restricted.
    /// @param attestor Its account.
    function addTrustedAttestor(address attestor) external;

    /// @notice Trust an attestor no more; restricted.
    /// @param attestor Its account.
    function removeTrustedAttestor(address attestor) external;

    /// @notice Whether an attestor is trusted.
    /// @param attestor Its account.
    /// @return True when it is.
    function isTrustedAttestor(address attestor) external view returns (bool);

    /// @notice Let attestors give seals to a framework; restricted.
    /// @param frameworkHash Hash of its image.
    function addValidFrameworkHash(bytes32 frameworkHash) external;

    /// @notice Let them no more; restricted.
    /// @param frameworkHash Hash of its image.
    function removeValidFrameworkHash(bytes32 frameworkHash) external;

    /// @notice Whether attestors give seals to a framework.
    /// @param frameworkHash Hash of its image.
    /// @return True when they do.
    function isValidFrameworkHash(bytes32 frameworkHash) external view returns (bool);
}

/// @title Agents of 0g-agentic-id
/// @notice One facet more on a collection of {IAgentNFT}: its ids are those of the canonical ERC-8004 registry, where
/// the collection keeps each agent's canonical token for good. URI, metadata and wallet live there and are forwarded.
/// An agent with a seal moves like any ERC-721 token, because its data stays under its own key.
interface IAgenticID is IAgenticIDCore, IERC8004IdentityRegistry, IAgentIds {
    // ------------------------------------------------------------------ errors

    /// @notice Only a trusted attestor may.
    error AgenticIDNotTrustedAttestor();

    /// @notice The seal is another agent's, or was.
    /// @param sealId Id of the seal.
    /// @param existingAgentId That agent.
    error AgenticIDSealIdTaken(bytes32 sealId, uint256 existingAgentId);

    /// @notice A seal needs an address and an id.
    error AgenticIDZeroSeal();

    /// @notice Register with data: an agent without any has nothing to sell.
    error AgenticIDUseRegisterWithData();

    /// @notice Only the agent's own key changes its data.
    /// @param agentId The agent.
    /// @param sender Who tried.
    /// @param expected Address of that key.
    error AgenticIDNotAgentSeal(uint256 agentId, address sender, address expected);

    /// @notice The agent has no seal.
    /// @param agentId The agent.
    error NoAgentSeal(uint256 agentId);

    /// @notice The owner did not consent to exactly this, or not until now.
    /// @param agentId The agent.
    /// @param owner Its owner.
    /// @param deadline Last second of the consent.
    error NoConsentToRotation(uint256 agentId, address owner, uint256 deadline);

    /// @notice Another contract sent a token here, and would lose it.
    /// @param sender That contract.
    error CanonicalUnexpectedToken(address sender);

    /// @notice Somebody sent a canonical token here, and would lose it.
    /// @param tokenId The token.
    error CanonicalStrayDeposit(uint256 tokenId);

    /// @notice The canonical registry was named before, or is no contract.
    /// @param registry The address given.
    error CanonicalNotSettable(address registry);

    /// @notice Only the collection itself takes ids.
    /// @param caller Who tried.
    error NotTheCollection(address caller);

    /// @notice An item of data has no sealed key, or the other way round.
    /// @param dataCount Items of data.
    /// @param sealedKeyCount Sealed keys.
    error ERC7857SealedKeyArityMismatch(uint256 dataCount, uint256 sealedKeyCount);

    /// @notice An agent needs at least one item of data.
    error ERC7857EmptyData();

    // ------------------------------------------------------------------ events

    /// @notice An agent has a seal.
    /// @param agentId The agent.
    /// @param agentSeal Address of its key.
    /// @param sealId Id of the seal.
    event AgentSealSet(uint256 indexed agentId, address indexed agentSeal, bytes32 indexed sealId);

    /// @notice An attestor is trusted.
    /// @param attestor Its account.
    event TrustedAttestorAdded(address indexed attestor);

    /// @notice An attestor is trusted no more.
    /// @param attestor Its account.
    event TrustedAttestorRemoved(address indexed attestor);

    /// @notice Attestors give seals to a framework.
    /// @param frameworkHash Hash of its image.
    event ValidFrameworkHashAdded(bytes32 indexed frameworkHash);

    /// @notice Attestors give seals to a framework no more.
    /// @param frameworkHash Hash of its image.
    event ValidFrameworkHashRemoved(bytes32 indexed frameworkHash);

    // ----------------------------------------------------------------- actions

    /// @notice Name the canonical registry, once; restricted.
    /// @param registry The registry.
    function setCanonical(address registry) external;

    /// @notice Give an agent a new key under the same seal, because the old one is lost or known. A trusted attestor
    /// does it, who seals the data anew, with the owner's consent; the old key has no say, for it may be the thief's.
    /// @param agentId The agent.
    /// @param newSeal Address of the new key; not zero.
    /// @param sealedKeys One per item, sealed to the new key.
    /// @param deadline Last second of the owner's consent.
    /// @param ownerSignature The owner's EIP-712 consent, see {hashRotation}; a contract's by ERC-1271.
    function rotateAgentSeal(
        uint256 agentId,
        address newSeal,
        bytes[] calldata sealedKeys,
        uint256 deadline,
        bytes calldata ownerSignature
    ) external;

    /// @notice Take the canonical token of an agent that is being registered, and nothing else.
    /// @param operator Who registered it.
    /// @param from Zero: it is new.
    /// @param tokenId The agent.
    /// @param data Nothing.
    /// @return The selector of this function.
    function onERC721Received(address operator, address from, uint256 tokenId, bytes calldata data)
        external
        returns (bytes4);

    // ------------------------------------------------------------------- views

    /// @notice Whether a seal is an agent's.
    /// @param sealId Id of the seal.
    /// @return True when it is.
    function isSealIdBound(bytes32 sealId) external view returns (bool);

    /// @notice The canonical registry.
    /// @return Its address.
    function canonical() external view returns (address);

    /// @notice Who pauses: the Authority, which asks for roles.
    /// @return Its address.
    function pauser() external view returns (address);

    /// @notice How often an agent's key was replaced.
    /// @param agentId The agent.
    /// @return The number, part of the next consent.
    function rotationsOf(uint256 agentId) external view returns (uint256);

    /// @notice Digest that an agent's owner signs to consent to a new key: EIP-712 domain {name: "0G-AgenticID",
    /// version: "1", chainId, verifyingContract}, type `RotateSeal(uint256 agentId,address newSeal,
    /// bytes32 sealedKeysHash,uint256 rotation,uint256 deadline)`, sealedKeysHash = keccak256(abi.encode(keys)).
    /// @param agentId The agent.
    /// @param newSeal Address of the new key.
    /// @param sealedKeys One per item, sealed to the new key.
    /// @param deadline Last second of the consent.
    /// @return The digest.
    function hashRotation(uint256 agentId, address newSeal, bytes[] calldata sealedKeys, uint256 deadline)
        external
        view
        returns (bytes32);
}
