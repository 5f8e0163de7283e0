// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {ERC721Upgradeable} from "@openzeppelin/contracts-upgradeable/token/ERC721/ERC721Upgradeable.sol";
import {PausableUpgradeable} from "@openzeppelin/contracts-upgradeable/utils/PausableUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {ERC721Utils} from "@openzeppelin/contracts/token/ERC721/utils/ERC721Utils.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {
    IERC7857DataVerifier,
    TransferValidityProof,
    TransferValidityProofOutput
} from "../interfaces/IERC7857DataVerifier.sol";
import {IERC7857Metadata, IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {OP_CLONE, OP_TRANSFER} from "../libraries/ProofHash.sol";
import {TransferRules} from "../libraries/TransferRules.sol";

/// @title Agents as tokens whose data changes hands
/// @notice The manual is {IAgentNFT}.
contract AgentNFT is
    IAgentNFT,
    ERC721Upgradeable,
    AccessManagedUpgradeable,
    PausableUpgradeable,
    ReentrancyGuardTransient,
    UUPSUpgradeable
{
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @inheritdoc IAgentNFT
    uint256 public constant MAX_AUTHORIZED_USERS = 100;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.AgentNFT
    struct AgentStorage {
        IDataVerifier verifier;
        uint256 minted;
        mapping(uint256 tokenId => IntelligentData[]) data;
        mapping(uint256 tokenId => bytes32[]) sealedKeyHashes;
        // A new term starts with each owner, so that clearing costs the same for one user and for a hundred.
        mapping(uint256 tokenId => uint256) term;
        mapping(uint256 tokenId => mapping(uint256 term => EnumerableSet.AddressSet)) users;
        mapping(address receiver => address) assistants;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentNFT")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant AGENT_STORAGE = 0x8659cfc17254d624f291005c589da3d85a894775e7785af8441a43beff9ff100;

    function _agent() private pure returns (AgentStorage storage $) {
        assembly ("memory-safe") {
            $.slot := AGENT_STORAGE
        }
    }

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
        __Pausable_init();
        _setVerifier(verifier_);
    }

    // ------------------------------------------------- mint, transfer and clone

    /// @inheritdoc IAgentNFT
    function mint(address to, IntelligentData[] calldata data, bytes[] calldata sealedKeys, uint256 expectedTokenId)
        external
        nonReentrant
        returns (uint256 tokenId)
    {
        require(expectedTokenId == nextTokenId(), UnexpectedTokenId(expectedTokenId, nextTokenId()));
        require(data.length != 0, NoData());
        require(sealedKeys.length == data.length, SealedKeyCountMismatch(data.length, sealedKeys.length));
        AgentStorage storage $ = _agent();
        tokenId = ++$.minted;
        bytes32[] memory hashes = new bytes32[](data.length);
        for (uint256 i = 0; i < data.length; ++i) {
            require(data[i].dataHash != 0, ZeroDataHash(i));
            require(sealedKeys[i].length != 0, EmptySealedKey(i));
            hashes[i] = data[i].dataHash;
            $.data[tokenId].push(data[i]);
            $.sealedKeyHashes[tokenId].push(keccak256(sealedKeys[i]));
        }
        _mint(to, tokenId);
        emit DataHashesSet(tokenId, hashes);
        emit PublishedSealedKey(to, tokenId, sealedKeys);
        _askReceiver(address(0), to, tokenId);
    }

    /// @inheritdoc IERC7857
    /// @dev A receiver that is a contract may refuse in onERC721Received; by then every effect and event is out, so
    /// that nothing it does there finds the token half moved.
    function iTransfer(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs) external nonReentrant {
        address from = _requireMover(_tokenId);
        TransferValidityProofOutput[] memory outputs = _verified(OP_TRANSFER, from, _to, _tokenId, _proofs);
        IntelligentData[] storage items = _agent().data[_tokenId];
        for (uint256 i = 0; i < outputs.length; ++i) {
            items[i].dataHash = outputs[i].newDataHash;
        }
        _transfer(from, _to, _tokenId);
        emit Transferred(_tokenId, from, _to);
        _publish(_to, _tokenId, outputs);
        _askReceiver(from, _to, _tokenId);
    }

    /// @inheritdoc IERC7857
    function iClone(address _to, uint256 _tokenId, TransferValidityProof[] calldata _proofs)
        external
        nonReentrant
        returns (uint256 _newTokenId)
    {
        address from = _requireMover(_tokenId);
        TransferValidityProofOutput[] memory outputs = _verified(OP_CLONE, from, _to, _tokenId, _proofs);
        AgentStorage storage $ = _agent();
        _newTokenId = ++$.minted;
        for (uint256 i = 0; i < outputs.length; ++i) {
            string memory description = $.data[_tokenId][i].dataDescription;
            $.data[_newTokenId].push(IntelligentData(description, outputs[i].newDataHash));
        }
        _mint(_to, _newTokenId);
        emit Cloned(_tokenId, _newTokenId, from, _to);
        _publish(_to, _newTokenId, outputs);
        _askReceiver(address(0), _to, _newTokenId);
    }

    /// @notice Private data needs a proof. Both forms of safeTransferFrom come through here.
    /// @param tokenId The token.
    function transferFrom(address, address, uint256 tokenId) public pure override {
        revert PrivateDataNeedsProof(tokenId);
    }

    /// @dev Owner of a token that the caller may move.
    function _requireMover(uint256 tokenId) private view returns (address owner) {
        owner = _requireOwned(tokenId);
        _checkAuthorized(owner, _msgSender(), tokenId);
    }

    /// @dev Everything that must hold before data changes hands. The pause is checked first because burnt nonces
    /// are the verifier's effect.
    function _verified(uint8 op, address from, address to, uint256 tokenId, TransferValidityProof[] calldata proofs)
        private
        whenNotPaused
        returns (TransferValidityProofOutput[] memory outputs)
    {
        require(to != address(0), ERC721InvalidReceiver(to));
        AgentStorage storage $ = _agent();
        IntelligentData[] storage items = $.data[tokenId];
        require(proofs.length == items.length, ProofCountMismatch(items.length, proofs.length));
        outputs = $.verifier.verifyTransfer(op, tokenId, from, to, proofs);
        require(outputs.length == items.length, ProofCountMismatch(items.length, outputs.length));
        for (uint256 i = 0; i < outputs.length; ++i) {
            TransferRules.check(i, items[i].dataHash, to, $.assistants[to], outputs[i]);
        }
    }

    /// @dev Keep the hashes of the sealed keys and tell the world.
    function _publish(address to, uint256 tokenId, TransferValidityProofOutput[] memory outputs) private {
        bytes32[] memory hashes = new bytes32[](outputs.length);
        bytes32[] memory keyHashes = new bytes32[](outputs.length);
        bytes[] memory keys = new bytes[](outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            hashes[i] = outputs[i].newDataHash;
            keys[i] = outputs[i].sealedKey;
            keyHashes[i] = keccak256(keys[i]);
        }
        _agent().sealedKeyHashes[tokenId] = keyHashes;
        emit DataHashesSet(tokenId, hashes);
        emit PublishedSealedKey(to, tokenId, keys);
    }

    function _askReceiver(address from, address to, uint256 tokenId) private {
        ERC721Utils.checkOnERC721Received(_msgSender(), from, to, tokenId, "");
    }

    /// @dev The one place where ownership changes: pause and the end of all authorisations cannot be forgotten.
    function _update(address to, uint256 tokenId, address auth) internal override whenNotPaused returns (address from) {
        from = super._update(to, tokenId, auth);
        AgentStorage storage $ = _agent();
        uint256 term = $.term[tokenId]++;
        if ($.users[tokenId][term].length() != 0) {
            emit AuthorizationsCleared(from, tokenId);
        }
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
    function authorizeUsage(uint256 _tokenId, address _user) external whenNotPaused {
        EnumerableSet.AddressSet storage users = _usersForOwner(_tokenId);
        require(_user != address(0), ZeroUser());
        require(!users.contains(_user), AlreadyAuthorized(_tokenId, _user));
        require(users.length() < MAX_AUTHORIZED_USERS, TooManyAuthorizedUsers(_tokenId, MAX_AUTHORIZED_USERS));
        users.add(_user);
        emit Authorization(_msgSender(), _user, _tokenId);
    }

    /// @inheritdoc IERC7857
    function revokeAuthorization(uint256 _tokenId, address _user) external {
        require(_usersForOwner(_tokenId).remove(_user), NotAuthorized(_tokenId, _user));
        emit AuthorizationRevoked(_msgSender(), _user, _tokenId);
    }

    /// @inheritdoc IERC7857
    function delegateAccess(address _assistant) external {
        if (_assistant != address(0)) _requireNotPaused();
        _agent().assistants[_msgSender()] = _assistant;
        emit DelegateAccess(_msgSender(), _assistant);
    }

    /// @dev Authorised users of a token; the caller must be its owner.
    function _usersForOwner(uint256 tokenId) private view returns (EnumerableSet.AddressSet storage) {
        require(_requireOwned(tokenId) == _msgSender(), NotTokenOwner(tokenId, _msgSender()));
        AgentStorage storage $ = _agent();
        return $.users[tokenId][$.term[tokenId]];
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IAgentNFT
    function setVerifier(IDataVerifier verifier_) external restricted {
        _setVerifier(verifier_);
    }

    /// @inheritdoc IAgentNFT
    function pause() external restricted {
        _pause();
    }

    /// @inheritdoc IAgentNFT
    function unpause() external restricted {
        _unpause();
    }

    function _setVerifier(IDataVerifier verifier_) private {
        require(address(verifier_).code.length != 0, InvalidVerifier(address(verifier_)));
        AgentStorage storage $ = _agent();
        emit VerifierSet(address($.verifier), address(verifier_));
        $.verifier = verifier_;
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAgentNFT
    function nextTokenId() public view returns (uint256) {
        return _agent().minted + 1;
    }

    /// @inheritdoc IERC7857Metadata
    function intelligentDataOf(uint256 _tokenId) external view returns (IntelligentData[] memory) {
        _requireOwned(_tokenId);
        return _agent().data[_tokenId];
    }

    /// @inheritdoc IAgentNFT
    function sealedKeyHashesOf(uint256 tokenId) external view returns (bytes32[] memory) {
        _requireOwned(tokenId);
        return _agent().sealedKeyHashes[tokenId];
    }

    /// @inheritdoc IERC7857
    function authorizedUsersOf(uint256 _tokenId) external view returns (address[] memory) {
        _requireOwned(_tokenId);
        AgentStorage storage $ = _agent();
        return $.users[_tokenId][$.term[_tokenId]].values();
    }

    /// @inheritdoc IERC7857
    function getDelegateAccess(address _user) external view returns (address) {
        return _agent().assistants[_user];
    }

    /// @inheritdoc IERC7857
    function verifier() external view returns (IERC7857DataVerifier) {
        return _agent().verifier;
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

    /// @notice Which interfaces this contract has (ERC-165).
    /// @param interfaceId The interface.
    /// @return True for ERC-7857, its metadata, ERC-721, its metadata and ERC-165.
    function supportsInterface(bytes4 interfaceId) public view override returns (bool) {
        return interfaceId == type(IERC7857).interfaceId || interfaceId == type(IERC7857Metadata).interfaceId
            || super.supportsInterface(interfaceId);
    }
}
