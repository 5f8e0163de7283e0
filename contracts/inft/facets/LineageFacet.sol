// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {IAgentLineage, Parent, ParentClaim} from "../../interfaces/IAgentLineage.sol";
import {IRoyaltySplitter} from "../../interfaces/IRoyaltySplitter.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {Permits} from "../../libraries/Permits.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title Where an agent comes from, and who is paid for it
/// @notice The manual is {IAgentLineage}.
contract LineageFacet is AgentBase, IAgentLineage {
    /// @inheritdoc IAgentLineage
    uint256 public constant DEFAULT_ROYALTY_BPS = 500;

    /// @inheritdoc IAgentLineage
    uint256 public constant MAX_PARENTS = 4;

    /// @inheritdoc IAgentLineage
    uint256 public constant MAX_WEIGHT_BPS = 5_000;

    uint16 private constant WHOLE_BPS = 10_000;
    bytes32 private constant DERIVE_TYPEHASH = keccak256(
        "Derive(uint256 parentId,uint256 childId,uint256 weightBps,bytes32 dataCommitment,uint256 nonce,uint256 deadline)"
    );

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.AgentLineage
    struct LineageStorage {
        address splitter;
        mapping(uint256 tokenId => Parent[]) parents;
        // By how much the creator lowered the royalty, so that zero means the default.
        mapping(uint256 origin => uint256) royaltyCut;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentLineage")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant LINEAGE_STORAGE = 0xe827104f309ba706dbf3a4dc446ae37aa6120b270114c1babcf2b27482033d00;

    function _lineage() private pure returns (LineageStorage storage $) {
        assembly ("memory-safe") {
            $.slot := LINEAGE_STORAGE
        }
    }

    // ----------------------------------------------------------------- actions

    /// @inheritdoc IAgentLineage
    function derive(uint256 tokenId, ParentClaim[] calldata claims) external whenNotPaused {
        address caller = _requireTokenOwner(tokenId);
        require(AgentStore.load().creators[tokenId] == caller, NotTheCreator(tokenId, caller));
        Parent[] storage parents = _lineage().parents[tokenId];
        bool isClone = AgentStore.load().tokens[tokenId].parent != 0;
        require(!isClone && parents.length == 0, LineageKnown(tokenId));
        require(claims.length != 0 && claims.length <= MAX_PARENTS, BadParentCount(claims.length, MAX_PARENTS));
        uint256 total = 0;
        for (uint256 i = 0; i < claims.length; ++i) {
            ParentClaim calldata claim = claims[i];
            uint256 floor = i == 0 ? 0 : claims[i - 1].tokenId;
            require(claim.tokenId > floor && claim.tokenId < tokenId, ParentOutOfOrder(claim.tokenId, tokenId));
            total += claim.weightBps;
            require(claim.weightBps != 0 && total <= MAX_WEIGHT_BPS, BadWeights(total, MAX_WEIGHT_BPS));
            bytes32 commitment = AgentStore.commitment(AgentStore.dataHashes(claim.tokenId));
            _requireConsent(tokenId, claim, commitment, caller);
            parents.push(Parent(claim.tokenId, claim.weightBps, commitment));
        }
        emit Derived(tokenId, parents);
    }

    /// @dev The owner of a parent is the caller, or signed.
    function _requireConsent(uint256 childId, ParentClaim calldata claim, bytes32 commitment, address caller) private {
        address owner = _requireOwned(claim.tokenId);
        if (owner == caller) return;
        Permits.spend(owner, claim.nonce, claim.deadline);
        bytes32 structHash = keccak256(
            abi.encode(
                DERIVE_TYPEHASH, claim.tokenId, childId, claim.weightBps, commitment, claim.nonce, claim.deadline
            )
        );
        Permits.check(owner, Permits.digest(structHash), claim.signature);
    }

    /// @inheritdoc IAgentLineage
    function lowerRoyalty(uint256 tokenId, uint16 royaltyBps) external {
        uint256 origin = originOf(tokenId);
        require(AgentStore.load().creators[origin] == _msgSender(), NotTheCreator(tokenId, _msgSender()));
        uint256 current = royaltyBpsOf(origin);
        require(royaltyBps < current, RoyaltyOnlyFalls(current, royaltyBps));
        _lineage().royaltyCut[origin] = DEFAULT_ROYALTY_BPS - royaltyBps;
        emit RoyaltyLowered(origin, royaltyBps);
    }

    /// @inheritdoc IAgentLineage
    function setRoyaltySplitter(address splitter) external restricted {
        _lineage().splitter = splitter;
        emit RoyaltySplitterSet(splitter);
    }

    // ------------------------------------------------------------------- views

    /// @notice Who is owed how much of a sale (ERC-2981).
    /// @param tokenId The token.
    /// @param salePrice What the buyer pays, base units of any currency.
    /// @return receiver Who gets it; zero for nobody.
    /// @return amount How much, base units.
    function royaltyInfo(uint256 tokenId, uint256 salePrice) external view returns (address receiver, uint256 amount) {
        address splitter = _lineage().splitter;
        address creator = AgentStore.load().creators[originOf(tokenId)];
        if (creator == address(0)) return (address(0), 0);
        receiver = splitter == address(0) ? creator : IRoyaltySplitter(splitter).tillOf(tokenId);
        amount = Math.mulDiv(salePrice, royaltyBpsOf(tokenId), WHOLE_BPS);
    }

    /// @inheritdoc IAgentLineage
    function parentsOf(uint256 tokenId) external view returns (Parent[] memory parents) {
        uint256 original = AgentStore.load().tokens[tokenId].parent;
        if (original == 0) return _lineage().parents[tokenId];
        parents = new Parent[](1);
        parents[0] = Parent(original, WHOLE_BPS, 0);
    }

    /// @inheritdoc IAgentLineage
    function originOf(uint256 tokenId) public view returns (uint256 origin) {
        origin = tokenId;
        uint256 next = AgentStore.load().tokens[origin].parent;
        while (next != 0) {
            origin = next;
            next = AgentStore.load().tokens[origin].parent;
        }
    }

    /// @inheritdoc IAgentLineage
    function royaltyBpsOf(uint256 tokenId) public view returns (uint256) {
        return DEFAULT_ROYALTY_BPS - _lineage().royaltyCut[originOf(tokenId)];
    }

    /// @inheritdoc IAgentLineage
    function royaltySplitter() external view returns (address) {
        return _lineage().splitter;
    }
}
