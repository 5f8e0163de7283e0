// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {Generation, Handover, IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {IERC7857DataVerifier, TransferValidityProof} from "../interfaces/IERC7857DataVerifier.sol";
import {IERC7857Metadata, IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../libraries/AgentStore.sol";
import {OP_CLONE, OP_TRANSFER} from "../libraries/ProofHash.sol";
import {PublicKeys} from "../libraries/PublicKeys.sol";
import {Delivery, Fault} from "../libraries/TransferRules.sol";
import {AgentRouter} from "./AgentRouter.sol";

/// @title Agents as tokens whose data changes hands
/// @notice The manual is {IAgentNFT}, and {IAgentFacets} for what the facets add.
contract AgentNFT is IAgentNFT, AgentRouter, UUPSUpgradeable {
    using EnumerableSet for EnumerableSet.AddressSet;
    using Strings for uint256;

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxies is nobody's token.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IAgentNFT
    function initialize(string calldata name_, string calldata symbol_, IDataVerifier verifier_, address authority_)
        external
        initializer
    {
        __ERC721_init(name_, symbol_);
        __AccessManaged_init(authority_);
        _setVerifier(verifier_);
    }

    // ------------------------------------------------- mint, transfer and clone

    /// @inheritdoc IAgentNFT
    function mint(address to, IntelligentData[] calldata data, bytes[] calldata sealedKeys, uint256 expectedTokenId)
        external
        nonReentrant
        returns (uint256 tokenId)
    {
        require(data.length != 0, NoData());
        require(sealedKeys.length == data.length, SealedKeyCountMismatch(data.length, sealedKeys.length));
        tokenId = _newId();
        require(tokenId == expectedTokenId, UnexpectedTokenId(expectedTokenId, tokenId));
        _setCreator(tokenId, _msgSender());
        _mintAgent(to, tokenId, data, sealedKeys);
        _announceMint(to, tokenId, data, sealedKeys);
        _askReceiver(address(0), to, tokenId);
    }

    /// @inheritdoc IERC7857
    function iTransfer(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs) external nonReentrant {
        _handOverFinal(OP_TRANSFER, _to, _tokenId, _proofs);
    }

    /// @inheritdoc IERC7857
    function iClone(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs)
        external
        nonReentrant
        returns (uint256 _newTokenId)
    {
        return _handOverFinal(OP_CLONE, _to, _tokenId, _proofs);
    }

    function _handOverFinal(uint8 op, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        private
        returns (uint256)
    {
        address from = _requireMover(tokenId);
        Handover memory act = _begin(Generation.Final, op, tokenId, from, to, proofs.length);
        address[] memory consenters = AgentStore.load().verifier.verifyHandover(act, proofs);
        Delivery[] memory deliveries = new Delivery[](proofs.length);
        for (uint256 i = 0; i < proofs.length; ++i) {
            deliveries[i] = _delivery(proofs[i], consenters[i]);
        }
        return _deliver(act, deliveries);
    }

    function _delivery(TransferValidityProof calldata proof, address consenter) private pure returns (Delivery memory) {
        return Delivery({
            kind: proof.ownershipProof.oracleType,
            oldDataHash: proof.accessProof.oldDataHash,
            newDataHash: proof.accessProof.newDataHash,
            sealedKey: proof.ownershipProof.sealedKey,
            wantedKey: proof.accessProof.encryptedPubKey,
            targetKey: proof.ownershipProof.encryptedPubKey,
            consenter: consenter
        });
    }

    function _refuseCount(uint256 items, uint256 proofs) internal pure override {
        revert ProofCountMismatch(items, proofs);
    }

    function _refuse(Fault fault, uint256 index, bytes32 current, address to, Delivery memory delivery)
        internal
        pure
        override
    {
        if (fault == Fault.OtherData) revert DataHashMismatch(index, current, delivery.oldDataHash);
        if (fault == Fault.NotReencrypted) revert NotReencrypted(index, delivery.newDataHash);
        if (fault == Fault.DataMustStay) revert DataMustStay(index, current, delivery.newDataHash);
        if (fault == Fault.NoSealedKey) revert EmptySealedKey(index);
        if (fault == Fault.WrongConsent) revert WrongAccessSigner(index, to, delivery.consenter);
        bytes memory target = delivery.targetKey;
        if (fault == Fault.KeyLength) revert InvalidPublicKeyLength(index, target.length);
        if (fault == Fault.ForeignKey) revert SealedToForeignKey(index, to, PublicKeys.toAddress(target));
        revert WantedKeyMismatch(index, keccak256(delivery.wantedKey), keccak256(target));
    }

    // --------------------------------------------- plain transfer, burn and lock

    /// @notice Private data needs a proof, unless the policy or the agent's own key makes a plain transfer enough. Both
    /// forms of safeTransferFrom come through here.
    /// @param from Owner of the token.
    /// @param to The receiver.
    /// @param tokenId The token.
    function transferFrom(address from, address to, uint256 tokenId) public override {
        AgentStore.Layout storage $ = AgentStore.load();
        bool plain = $.plainTransfers || $.tokens[tokenId].sealedAgent || $.items[tokenId][0].dataHash == 0;
        require(plain, PrivateDataNeedsProof(tokenId));
        _requireMover(tokenId);
        _transfer(from, to, tokenId);
    }

    /// @inheritdoc IAgentNFT
    function burn(uint256 tokenId) external nonReentrant {
        _requireMover(tokenId);
        _burn(tokenId);
        mapping(uint256 index => AgentStore.Item) storage items = AgentStore.load().items[tokenId];
        for (uint256 i = AgentStore.count(tokenId); i != 0; --i) {
            delete items[i - 1];
        }
    }

    /// @inheritdoc IAgentNFT
    function lock(uint256 tokenId) external whenNotPaused {
        _requireMover(tokenId);
        AgentStore.Token storage token = AgentStore.load().tokens[tokenId];
        require(token.locker == address(0), TokenLocked(tokenId, token.locker));
        token.locker = _msgSender();
        emit Locked(tokenId, _msgSender());
    }

    /// @inheritdoc IAgentNFT
    function unlock(uint256 tokenId) external {
        AgentStore.Token storage token = AgentStore.load().tokens[tokenId];
        require(token.locker == _msgSender(), NotLocker(tokenId, token.locker));
        token.locker = address(0);
        emit Unlocked(tokenId, _msgSender());
    }

    // ----------------------------------------------- approvals (for markets too)

    /// @inheritdoc IERC7857
    function approve(address to, uint256 tokenId) public override(ERC721Upgradeable, IERC7857) whenNotPaused {
        super.approve(to, tokenId);
    }

    /// @inheritdoc IERC7857
    function setApprovalForAll(address operator, bool approved)
        public
        override(ERC721Upgradeable, IERC7857)
        whenNotPaused
    {
        super.setApprovalForAll(operator, approved);
    }

    // ------------------------------------------------ authorisation, delegation

    /// @inheritdoc IERC7857
    function authorizeUsage(uint256 _tokenId, address _user) external {
        _addUser(_requireTokenOwner(_tokenId), _tokenId, _user);
    }

    /// @inheritdoc IERC7857
    function revokeAuthorization(uint256 _tokenId, address _user) external {
        _removeUser(_requireTokenOwner(_tokenId), _tokenId, _user);
    }

    /// @inheritdoc IERC7857
    function delegateAccess(address _assistant) external {
        _setAssistant(_assistant, false);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAgentNFT
    function nextTokenId() public view returns (uint256) {
        return AgentStore.load().minted + 1;
    }

    /// @inheritdoc IERC7857Metadata
    function intelligentDataOf(uint256 _tokenId) external view returns (IntelligentData[] memory) {
        _requireOwned(_tokenId);
        return AgentStore.data(_tokenId);
    }

    /// @inheritdoc IAgentNFT
    function sealedKeyHashesOf(uint256 tokenId) external view returns (bytes32[] memory) {
        _requireOwned(tokenId);
        return AgentStore.sealedKeyHashes(tokenId);
    }

    /// @inheritdoc IAgentNFT
    function dataHashesOf(uint256 tokenId) public view returns (bytes32[] memory) {
        _requireOwned(tokenId);
        return AgentStore.dataHashes(tokenId);
    }

    /// @inheritdoc IAgentNFT
    function dataCommitmentOf(uint256 tokenId) external view returns (bytes32) {
        return AgentStore.commitment(dataHashesOf(tokenId));
    }

    /// @inheritdoc IAgentNFT
    function lockerOf(uint256 tokenId) external view returns (address) {
        return AgentStore.load().tokens[tokenId].locker;
    }

    /// @inheritdoc IAgentNFT
    function creatorOf(uint256 tokenId) external view returns (address) {
        return AgentStore.load().creators[tokenId];
    }

    /// @inheritdoc IAgentNFT
    function parentOf(uint256 tokenId) external view returns (uint256) {
        return AgentStore.load().tokens[tokenId].parent;
    }

    /// @inheritdoc IERC7857
    function authorizedUsersOf(uint256 _tokenId) external view returns (address[] memory) {
        _requireOwned(_tokenId);
        return AgentStore.users(_tokenId).values();
    }

    /// @inheritdoc IERC7857
    function getDelegateAccess(address _user) external view returns (address) {
        return AgentStore.load().assistants[_user];
    }

    /// @inheritdoc IERC7857
    function verifier() external view returns (IERC7857DataVerifier) {
        return AgentStore.load().verifier;
    }

    /// @notice Public address of a token's description: its own, else the collection's base and the id, else the text
    /// of its first item.
    /// @param tokenId The token.
    /// @return The address or text; empty for none.
    function tokenURI(uint256 tokenId) public view override returns (string memory) {
        _requireOwned(tokenId);
        AgentStore.Layout storage $ = AgentStore.load();
        string memory own = $.uris[tokenId];
        if (bytes(own).length != 0) return own;
        string memory base = $.baseUri;
        return bytes(base).length != 0 ? string.concat(base, tokenId.toString()) : $.items[tokenId][0].description;
    }

    /// @inheritdoc IERC7857
    function getApproved(uint256 tokenId) public view override(ERC721Upgradeable, IERC7857) returns (address) {
        return super.getApproved(tokenId);
    }

    /// @inheritdoc IERC7857
    function isApprovedForAll(address owner, address operator)
        public
        view
        override(ERC721Upgradeable, IERC7857)
        returns (bool)
    {
        return super.isApprovedForAll(owner, operator);
    }

    /// @inheritdoc IERC7857
    function ownerOf(uint256 tokenId) public view override(ERC721Upgradeable, IERC7857) returns (address) {
        return super.ownerOf(tokenId);
    }

    /// @inheritdoc IERC7857Metadata
    function name() public view override(ERC721Upgradeable, IERC7857Metadata) returns (string memory) {
        return super.name();
    }

    /// @inheritdoc IERC7857Metadata
    function symbol() public view override(ERC721Upgradeable, IERC7857Metadata) returns (string memory) {
        return super.symbol();
    }

    /// @inheritdoc AgentRouter
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7857).interfaceId || interfaceId == type(IERC7857Metadata).interfaceId
            || super.supportsInterface(interfaceId);
    }
}
