// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IAgentAdmin} from "../interfaces/IAgentAdmin.sol";
import {IAgentIds} from "../interfaces/IAgentIds.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {IERC7857Agentic} from "../interfaces/IERC7857Agentic.sol";
import {IERC7857Errors} from "../interfaces/IERC7857Errors.sol";
import {IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../libraries/AgentStore.sol";
import {PermitSender} from "../libraries/PermitSender.sol";
import {VersionHistory} from "../libraries/VersionHistory.sol";

/// @title What the core and every facet of the token have in common
/// @notice One storage and one set of rules: who may act, how a token is made, how its data changes, and the one
/// place where ownership changes.
/// @dev A facet runs on the core's storage by delegatecall. What it inherits from ERC-721 and does not list in the
/// table of facets cannot be reached.
abstract contract AgentBase is ERC721Upgradeable, AccessManagedUpgradeable, ReentrancyGuardTransient {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @dev Most users that a token can have authorised at once.
    uint256 internal constant USER_LIMIT = 100;

    // ------------------------------------------------------------------- pause

    /// @dev As in OpenZeppelin's Pausable, with the flag in the slot that every function reads anyway.
    modifier whenNotPaused() {
        _requireNotPaused();
        _;
    }

    function _requireNotPaused() internal view {
        require(!AgentStore.load().paused, IAgentNFT.EnforcedPause());
    }

    // -------------------------------------------------------------- who may act

    /// @dev The caller; in a call that the token makes to itself for a permit, the permit's signer.
    function _msgSender() internal view override returns (address) {
        return PermitSender.sender();
    }

    /// @dev Owner of a token that the caller may move: the locker while there is one, else whom ERC-721 says.
    function _requireMover(uint256 tokenId) internal view returns (address owner) {
        owner = _requireOwned(tokenId);
        address locker = AgentStore.load().tokens[tokenId].locker;
        if (locker == address(0)) {
            _checkAuthorized(owner, _msgSender(), tokenId);
        } else {
            require(locker == _msgSender(), IAgentNFT.TokenLocked(tokenId, locker));
        }
    }

    /// @dev The caller, who must own the token; approved addresses are not enough.
    function _requireTokenOwner(uint256 tokenId) internal view returns (address owner) {
        owner = _requireOwned(tokenId);
        require(owner == _msgSender(), ERC721IncorrectOwner(_msgSender(), tokenId, owner));
    }

    /// @dev Owner of a token whose data or seals the caller may change: the locker while there is one, else the agent
    /// that keeps its data under its own key, else the owner.
    function _requireEditor(uint256 tokenId) internal view returns (address owner) {
        AgentStore.Token storage token = AgentStore.load().tokens[tokenId];
        address locker = token.locker;
        if (locker == address(0) && !token.sealedAgent) return _requireTokenOwner(tokenId);
        if (locker == address(0)) IAgentIds(address(this)).checkEditor(tokenId, _msgSender());
        else require(locker == _msgSender(), IAgentNFT.TokenLocked(tokenId, locker));
        return _requireOwned(tokenId);
    }

    // --------------------------------------------------------- a token is made

    /// @dev The id of the next token. On a collection whose ids come from elsewhere its facet says it.
    function _newId() internal returns (uint256) {
        AgentStore.Layout storage $ = AgentStore.load();
        if ($.idsByFacet) return IAgentIds(address(this)).takeId();
        return ++$.minted;
    }

    /// @dev Make a token with an id from {_newId}; `_askReceiver` is left to the caller, after its own events.
    /// @param to Its owner.
    /// @param data Its items; each with a hash.
    /// @param sealedKeys One per item, or none at all.
    function _mintAgent(address to, uint256 tokenId, IntelligentData[] calldata data, bytes[] memory sealedKeys)
        internal
    {
        require(
            sealedKeys.length == data.length || sealedKeys.length == 0,
            IAgentNFT.SealedKeyCountMismatch(data.length, sealedKeys.length)
        );
        mapping(uint256 index => AgentStore.Item) storage items = AgentStore.load().items[tokenId];
        for (uint256 i = 0; i < data.length; ++i) {
            _setItem(items[i], i, data[i]);
            if (sealedKeys.length != 0) _setKey(tokenId, i, sealedKeys[i]);
        }
        _mint(to, tokenId);
        if (data.length != 0) emit IAgentNFT.DataHashesSet(tokenId, _hashesIn(data));
        if (sealedKeys.length != 0) emit IERC7857.PublishedSealedKey(to, tokenId, sealedKeys);
    }

    /// @dev Ask a receiver that is a contract. By then every effect and event is out, so that nothing it does there
    /// finds the token half moved.
    function _askReceiver(address from, address to, uint256 tokenId) internal {
        ERC721Utils.checkOnERC721Received(_msgSender(), from, to, tokenId, "");
    }

    // --------------------------------------------------------- its data changes

    /// @dev Replace all items, and the sealed keys if there are any; a key that is not named stays.
    /// @param owner Owner of the token, to whom the keys are sealed.
    /// @param sealedKeys One per item, or none at all.
    function _replaceData(address owner, uint256 tokenId, IntelligentData[] calldata data, bytes[] calldata sealedKeys)
        internal
        whenNotPaused
    {
        require(data.length != 0, IAgentNFT.NoData());
        require(
            sealedKeys.length == data.length || sealedKeys.length == 0,
            IAgentNFT.SealedKeyCountMismatch(data.length, sealedKeys.length)
        );
        bytes32[] memory before = AgentStore.dataHashes(tokenId);
        mapping(uint256 index => AgentStore.Item) storage items = AgentStore.load().items[tokenId];
        for (uint256 i = 0; i < data.length; ++i) {
            _setItem(items[i], i, data[i]);
            if (sealedKeys.length != 0) _setKey(tokenId, i, sealedKeys[i]);
        }
        for (uint256 i = data.length; i < before.length; ++i) {
            delete items[i];
        }
        _recordVersion(tokenId, before, _hashesIn(data));
        if (sealedKeys.length != 0) emit IERC7857.PublishedSealedKey(owner, tokenId, sealedKeys);
    }

    /// @dev Replace one item and its sealed key.
    function _replaceItem(
        address owner,
        uint256 tokenId,
        uint256 index,
        IntelligentData calldata data,
        bytes calldata sealedKey
    ) internal whenNotPaused {
        bytes32[] memory before = AgentStore.dataHashes(tokenId);
        require(index < before.length, IERC7857Errors.ERC7857IndexOutOfBounds(index, before.length));
        _setItem(AgentStore.load().items[tokenId][index], index, data);
        _setKey(tokenId, index, sealedKey);
        _recordVersion(tokenId, before, AgentStore.dataHashes(tokenId));
        bytes[] memory keys = new bytes[](1);
        keys[0] = sealedKey;
        emit IERC7857.PublishedSealedKey(owner, tokenId, keys);
    }

    /// @dev Tell the world, and the history, that the hashes are others than before.
    function _recordVersion(uint256 tokenId, bytes32[] memory before, bytes32[] memory next) internal {
        bytes32 from = AgentStore.commitment(before);
        bytes32 to = AgentStore.commitment(next);
        if (from == to) return;
        VersionHistory.record(tokenId, from, to, _msgSender());
        emit IAgentNFT.DataHashesSet(tokenId, next);
    }

    function _setItem(AgentStore.Item storage item, uint256 index, IntelligentData calldata data) internal {
        require(data.dataHash != 0, IAgentNFT.ZeroDataHash(index));
        item.dataHash = data.dataHash;
        item.description = data.dataDescription;
    }

    /// @dev Keep the hash of a sealed key, and the key itself where the collection wants that.
    function _setKey(uint256 tokenId, uint256 index, bytes memory sealedKey) internal {
        require(sealedKey.length != 0, IAgentNFT.EmptySealedKey(index));
        AgentStore.Layout storage $ = AgentStore.load();
        $.items[tokenId][index].sealedKeyHash = keccak256(sealedKey);
        if ($.storeSealedKeys) $.sealedKeys[tokenId][index] = sealedKey;
    }

    function _hashesIn(IntelligentData[] calldata data) private pure returns (bytes32[] memory hashes) {
        hashes = new bytes32[](data.length);
        for (uint256 i = 0; i < data.length; ++i) {
            hashes[i] = data[i].dataHash;
        }
    }

    /// @dev Name the creator of a token; the events of 0g-agent-nft say so.
    function _setCreator(uint256 tokenId, address creator) internal {
        AgentStore.load().creators[tokenId] = creator;
        emit IAgentNFT.CreatorSet(tokenId, creator);
    }

    // -------------------------------------------------------- its owner changes

    /// @dev The one place where ownership changes: the pause, and the end of the lock and of all authorisations,
    /// cannot be forgotten.
    function _update(address to, uint256 tokenId, address auth) internal override whenNotPaused returns (address from) {
        from = super._update(to, tokenId, auth);
        if (from == address(0)) return from;
        if (to != address(0) && AgentStore.load().idsByFacet) IAgentIds(address(this)).moved(tokenId);
        AgentStore.Token storage token = AgentStore.load().tokens[tokenId];
        address locker = token.locker;
        if (locker != address(0)) {
            token.locker = address(0);
            emit IAgentNFT.Unlocked(tokenId, locker);
        }
        if (token.shared) _clearUsers(from, tokenId);
    }

    // ------------------------------------------------------------- authorisation

    function _addUser(address owner, uint256 tokenId, address user) internal whenNotPaused {
        EnumerableSet.AddressSet storage users = AgentStore.users(tokenId);
        require(user != address(0), IERC7857Errors.ERC7857InvalidAuthorizedUser(user));
        require(!users.contains(user), IERC7857Errors.ERC7857AlreadyAuthorized());
        require(users.length() < USER_LIMIT, IERC7857Errors.ERC7857TooManyAuthorizedUsers());
        users.add(user);
        AgentStore.Layout storage $ = AgentStore.load();
        if (!$.tokens[tokenId].shared) $.tokens[tokenId].shared = true;
        emit IERC7857.Authorization(owner, user, tokenId);
        if ($.eventsAgentic) emit IERC7857Agentic.AuthorizationGranted(owner, user, tokenId);
    }

    function _removeUser(address owner, uint256 tokenId, address user) internal {
        require(AgentStore.users(tokenId).remove(user), IERC7857Errors.ERC7857NotAuthorized());
        emit IERC7857.AuthorizationRevoked(owner, user, tokenId);
    }

    /// @dev End all authorisations: costs the same for one user and for a hundred.
    function _clearUsers(address owner, uint256 tokenId) internal {
        AgentStore.Layout storage $ = AgentStore.load();
        AgentStore.Token storage token = $.tokens[tokenId];
        bool any = AgentStore.users(tokenId).length() != 0;
        (token.shared, token.term) = (false, token.term + 1);
        if (!any) return;
        emit IAgentNFT.AuthorizedUsersCleared(owner, tokenId);
        if ($.eventsAgentic) emit IERC7857Agentic.AuthorizationCleared(owner, tokenId);
    }

    /// @dev Name who may consent for the caller; taking the right back is possible in a pause too.
    /// @param agentic Whether the function of 0g-agentic-id was called.
    function _setAssistant(address assistant, bool agentic) internal {
        if (assistant != address(0)) _requireNotPaused();
        AgentStore.Layout storage $ = AgentStore.load();
        $.assistants[_msgSender()] = assistant;
        if (!agentic || $.eventsFinal) emit IERC7857.DelegateAccess(_msgSender(), assistant);
        if (agentic || $.eventsAgentic) emit IERC7857Agentic.DelegateUpdated(_msgSender(), assistant);
    }

    function _setVerifier(IDataVerifier verifier_) internal {
        require(address(verifier_).code.length != 0, IAgentAdmin.InvalidVerifier(address(verifier_)));
        AgentStore.Layout storage $ = AgentStore.load();
        emit IAgentAdmin.VerifierSet(address($.verifier), address(verifier_));
        $.verifier = verifier_;
    }
}
