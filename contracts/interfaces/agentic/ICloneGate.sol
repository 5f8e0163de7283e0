// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Who may have a clone of an agent, as its owner decides
/// @notice Asked by {ICloneGate} before each clone. It answers; it gets no rights over the token.
interface ICloneAuthorizer {
    /// @notice Whether a clone may be made.
    /// @param sourceAgentId The agent to be cloned.
    /// @param targetOwner Who gets the clone.
    /// @param caller Who asked for it.
    /// @param data What that caller has to say; the authorizer's own format.
    /// @return True when it may.
    function canClone(uint256 sourceAgentId, address targetOwner, address caller, bytes calldata data)
        external
        view
        returns (bool);
}

/// @title Clones of sealed agents, by the rule of their owner
/// @notice The owner names an authorizer; an attestor seals the data anew and asks for the clone here; rule and mint
/// are one transaction. The rule is its owner's: it sleeps while somebody else owns the agent.
interface ICloneGate {
    // ------------------------------------------------------------------ errors

    /// @notice Only an attestor that the AgenticID trusts makes clones.
    error CloneGateNotTrustedAttestor();

    /// @notice Only the owner decides who may clone.
    /// @param caller Who tried.
    /// @param tokenId The agent.
    /// @param owner Its owner.
    error CloneGateNotTokenOwner(address caller, uint256 tokenId, address owner);

    /// @notice There is no rule, or it says no.
    /// @param sourceAgentId The agent.
    /// @param authorizer Whom the owner named; zero for nobody.
    error CloneGateDenied(uint256 sourceAgentId, address authorizer);

    /// @notice The data changed since the attestor sealed it.
    /// @param index Index of the item.
    /// @param onChain Hash of the item now.
    /// @param submitted Hash that was sealed.
    error CloneGateDataHashMismatch(uint256 index, bytes32 onChain, bytes32 submitted);

    /// @notice There must be one hash and one key per item.
    /// @param expected Items.
    /// @param got What came.
    error CloneGateArityMismatch(uint256 expected, uint256 got);

    // ------------------------------------------------------------------ events

    /// @notice The owner decided who may clone.
    /// @param tokenId The agent.
    /// @param authorizer Who is asked; zero for nobody.
    /// @param owner The owner.
    event CloneAuthorizerSet(uint256 indexed tokenId, address indexed authorizer, address owner);

    /// @notice A clone was made.
    /// @param sourceAgentId The agent.
    /// @param newAgentId The clone.
    /// @param to Who owns it.
    /// @param caller Who asked for it.
    event ClonedFrom(uint256 indexed sourceAgentId, uint256 indexed newAgentId, address indexed to, address caller);

    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param agenticId_ The AgenticID, which must trust this gate as an attestor.
    /// @param authority_ The AccessManager that may upgrade it.
    function initialize(address agenticId_, address authority_) external;

    /// @notice Decide who may clone an agent of the caller's.
    /// @param tokenId The agent.
    /// @param authorizer Who is asked; zero for nobody.
    function setCloneAuthorizer(uint256 tokenId, address authorizer) external;

    /// @notice Make a clone under a fresh seal. Attestors only.
    /// @param sourceAgentId The agent.
    /// @param to Who gets the clone.
    /// @param dataHashes Hashes of the items that were sealed.
    /// @param sealedKeys Their keys, sealed to the new seal.
    /// @param newAgentSeal Seal of the clone.
    /// @param newSealId Id of that seal.
    /// @param caller Who asked for it.
    /// @param authData What that caller has to say to the authorizer.
    /// @return agentId The clone.
    function cloneFrom(
        uint256 sourceAgentId,
        address to,
        bytes32[] calldata dataHashes,
        bytes[] calldata sealedKeys,
        address newAgentSeal,
        bytes32 newSealId,
        address caller,
        bytes calldata authData
    ) external returns (uint256 agentId);

    // ------------------------------------------------------------------- views

    /// @notice Who is asked now.
    /// @param tokenId The agent.
    /// @return The authorizer; zero when nobody was named, or by an earlier owner.
    function cloneAuthorizerOf(uint256 tokenId) external view returns (address);

    /// @notice What a clone was made from.
    /// @param agentId The clone.
    /// @return The agent; 0 for what this gate did not make.
    function cloneSourceOf(uint256 agentId) external view returns (uint256);

    /// @notice The AgenticID.
    /// @return Its address.
    function agenticId() external view returns (address);

    /// @notice Version of the reference whose ABI this is.
    /// @return "1.0.1".
    function VERSION() external view returns (string memory);
}
