// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC2981} from "@openzeppelin/contracts/interfaces/IERC2981.sol";

/// @notice A token that another one was made from.
/// @param tokenId The parent.
/// @param weightBps Part of what the child's line earns that goes to the parent, basis points.
/// @param dataCommitment Data commitment of the parent when the child was made from it; zero for the original of a
/// clone, whose event `DataHashesSet` says it.
struct Parent {
    uint256 tokenId;
    uint16 weightBps;
    bytes32 dataCommitment;
}

/// @notice A parent that a child claims, and its owner's word for it.
/// @param tokenId The parent.
/// @param weightBps Part of what the child's line earns, basis points.
/// @param nonce Nonce of the signature; burnt with it.
/// @param deadline Last second in which the signature holds, Unix time.
/// @param signature EIP-712 signature of the parent's owner (ECDSA or ERC-1271), of `Derive(uint256 parentId,uint256
/// childId,uint256 weightBps,bytes32 dataCommitment,uint256 nonce,uint256 deadline)`; empty where they are the caller.
struct ParentClaim {
    uint256 tokenId;
    uint16 weightBps;
    uint256 nonce;
    uint256 deadline;
    bytes signature;
}

/// @title Where an agent comes from, and who is paid for it
/// @notice A clone has its original as its one parent, by itself. A derived agent names its parents once, with the
/// consent of each parent's owner. Royalties (ERC-2981, id 0x2a55205a) go to an address of the token's own, from
/// which {IRoyaltySplitter} shares them out along the line.
interface IAgentLineage is IERC2981 {
    // ------------------------------------------------------------------ errors

    /// @notice Only the creator, while they own the token, says where it comes from.
    /// @param tokenId The token.
    /// @param caller Who tried.
    error NotTheCreator(uint256 tokenId, address caller);

    /// @notice The parents of a token are known: it was cloned, or it named them.
    /// @param tokenId The token.
    error LineageKnown(uint256 tokenId);

    /// @notice A token has at least one parent and at most so many.
    /// @param given Parents given.
    /// @param limit Most parents.
    error BadParentCount(uint256 given, uint256 limit);

    /// @notice A parent is older than its child, so that no line bites its tail; each is named once, the oldest first.
    /// @param parentId The parent.
    /// @param childId The child.
    error ParentOutOfOrder(uint256 parentId, uint256 childId);

    /// @notice A weight is zero, or all weights together exceed the limit.
    /// @param totalBps Weights so far, basis points.
    /// @param limitBps The limit, basis points.
    error BadWeights(uint256 totalBps, uint256 limitBps);

    /// @notice The royalty may only be lowered.
    /// @param currentBps The royalty, basis points.
    /// @param givenBps The one given, basis points.
    error RoyaltyOnlyFalls(uint256 currentBps, uint256 givenBps);

    // ------------------------------------------------------------------ events

    /// @notice A token has parents.
    /// @param tokenId The token.
    /// @param parents Its parents.
    event Derived(uint256 indexed tokenId, Parent[] parents);

    /// @notice The royalty of an agent and all its clones fell.
    /// @param tokenId The original.
    /// @param royaltyBps The royalty from now on, basis points.
    event RoyaltyLowered(uint256 indexed tokenId, uint256 royaltyBps);

    /// @notice Royalties are shared out by this contract from now on.
    /// @param splitter The contract.
    event RoyaltySplitterSet(address indexed splitter);

    // ----------------------------------------------------------------- actions

    /// @notice Say which tokens a token was made from. Its creator may, once, while they own it.
    /// @param tokenId The token.
    /// @param claims The parents, the oldest first, with their owners' consent.
    function derive(uint256 tokenId, ParentClaim[] calldata claims) external;

    /// @notice Lower the royalty of an agent: of the original and all its clones. Its creator may.
    /// @param tokenId Any of them.
    /// @param royaltyBps Basis points, below the current ones.
    function lowerRoyalty(uint256 tokenId, uint16 royaltyBps) external;

    /// @notice Have royalties shared out by another contract. Restricted.
    /// @param splitter The contract; zero pays the creator alone.
    function setRoyaltySplitter(address splitter) external;

    // ------------------------------------------------------------------- views

    /// @notice Royalty of a token whose creator did not lower it.
    /// @return Basis points.
    function DEFAULT_ROYALTY_BPS() external view returns (uint256);

    /// @notice Most parents of a token.
    /// @return The number.
    function MAX_PARENTS() external view returns (uint256);

    /// @notice Most that the parents of a token may get together: what is passed on shrinks with every generation.
    /// @return Basis points.
    function MAX_WEIGHT_BPS() external view returns (uint256);

    /// @notice The parents of a token. Known of burnt tokens too.
    /// @param tokenId The token.
    /// @return The parents, the oldest first; for a clone its original with a weight of 10,000.
    function parentsOf(uint256 tokenId) external view returns (Parent[] memory);

    /// @notice The agent that a token is a copy of: a clone's original, over all clones of clones.
    /// @param tokenId The token.
    /// @return The original; the token itself when it is no clone.
    function originOf(uint256 tokenId) external view returns (uint256);

    /// @notice Royalty of a token.
    /// @param tokenId The token.
    /// @return Basis points.
    function royaltyBpsOf(uint256 tokenId) external view returns (uint256);

    /// @notice Who shares royalties out.
    /// @return The contract; zero for nobody.
    function royaltySplitter() external view returns (address);
}
