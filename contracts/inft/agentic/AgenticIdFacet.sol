// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {
    IERC8004IdentityRegistry,
    IIdentityRegistry8004,
    MetadataEntry
} from "../../interfaces/agentic/IIdentityRegistry8004.sol";
import {IAgenticID, IAgenticIDCore} from "../../interfaces/agentic/IAgenticID.sol";
import {IAgentIds} from "../../interfaces/IAgentIds.sol";
import {IERC7857} from "../../interfaces/IERC7857.sol";
import {IERC7857Agentic, SealedKeyEntry} from "../../interfaces/IERC7857Agentic.sol";
import {IntelligentData} from "../../interfaces/IERC7857Metadata.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title Agents of 0g-agentic-id
/// @notice The manual is {IAgenticID}. One facet of a collection: it runs on the collection's storage and address.
contract AgenticIdFacet is IAgenticID, AgentBase {
    bytes32 private constant DOMAIN_TYPEHASH =
        keccak256("EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)");
    bytes32 private constant ROTATE_TYPEHASH = keccak256(
        "RotateSeal(uint256 agentId,address newSeal,bytes32 sealedKeysHash,uint256 rotation,uint256 deadline)"
    );

    // ----------------------------------------------------------------- storage

    /// @dev An agent's own key.
    struct Seal {
        address key;
        uint64 rotations;
        bytes32 id;
    }

    /// @custom:storage-location erc7201:zerog.storage.AgenticID
    struct AgenticStorage {
        IIdentityRegistry8004 canonical;
        mapping(uint256 agentId => Seal) seals;
        mapping(bytes32 sealId => uint256) agents;
        mapping(bytes32 sealId => bool) bound;
        mapping(address attestor => bool) attestors;
        mapping(bytes32 frameworkHash => bool) frameworks;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgenticID")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant AGENTIC_STORAGE = 0x9744da630ef5057cfe9ca23a8efbe2a2a24a3aa8ec1a42ac719badf3e69a3500;

    function _agentic() private pure returns (AgenticStorage storage $) {
        assembly ("memory-safe") {
            $.slot := AGENTIC_STORAGE
        }
    }

    /// @notice A facet is nobody's token.
    constructor() {
        _disableInitializers();
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IAgenticID
    function setCanonical(address registry) external restricted {
        require(registry.code.length != 0 && canonical() == address(0), CanonicalNotSettable(registry));
        _agentic().canonical = IIdentityRegistry8004(registry);
        AgentStore.load().idsByFacet = true;
    }

    /// @inheritdoc IAgenticIDCore
    function addTrustedAttestor(address attestor) external restricted {
        _agentic().attestors[attestor] = true;
        emit TrustedAttestorAdded(attestor);
    }

    /// @inheritdoc IAgenticIDCore
    function removeTrustedAttestor(address attestor) external restricted {
        _agentic().attestors[attestor] = false;
        emit TrustedAttestorRemoved(attestor);
    }

    /// @inheritdoc IAgenticIDCore
    function addValidFrameworkHash(bytes32 frameworkHash) external restricted {
        _agentic().frameworks[frameworkHash] = true;
        emit ValidFrameworkHashAdded(frameworkHash);
    }

    /// @inheritdoc IAgenticIDCore
    function removeValidFrameworkHash(bytes32 frameworkHash) external restricted {
        _agentic().frameworks[frameworkHash] = false;
        emit ValidFrameworkHashRemoved(frameworkHash);
    }

    // ------------------------------------------------------------ registration

    /// @inheritdoc IERC8004IdentityRegistry
    function register() external pure returns (uint256) {
        revert AgenticIDUseRegisterWithData();
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function register(string calldata) external pure returns (uint256) {
        revert AgenticIDUseRegisterWithData();
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function register(string calldata, MetadataEntry[] calldata) external pure returns (uint256) {
        revert AgenticIDUseRegisterWithData();
    }

    /// @inheritdoc IAgenticIDCore
    function register(
        string calldata agentURI,
        MetadataEntry[] calldata metadata,
        IntelligentData[] calldata intelligentDatas,
        bytes[] calldata sealedKeys
    ) external nonReentrant returns (uint256 agentId) {
        agentId = _register(_msgSender(), agentURI, metadata, intelligentDatas, sealedKeys);
        AgentStore.load().creators[agentId] = _msgSender();
        _tell(agentId, _msgSender(), intelligentDatas, sealedKeys);
        _askReceiver(address(0), _msgSender(), agentId);
    }

    /// @inheritdoc IAgenticIDCore
    function registerWithSeal(
        address to,
        string calldata agentURI,
        MetadataEntry[] calldata metadata,
        IntelligentData[] calldata intelligentDatas,
        bytes[] calldata sealedKeys,
        address agentSeal,
        bytes32 sealId
    ) external nonReentrant returns (uint256 agentId) {
        require(_agentic().attestors[_msgSender()], AgenticIDNotTrustedAttestor());
        agentId = _register(to, agentURI, metadata, intelligentDatas, sealedKeys);
        AgentStore.load().creators[agentId] = to;
        _bind(agentId, agentSeal, sealId);
        _tell(agentId, to, intelligentDatas, sealedKeys);
        _askReceiver(address(0), to, agentId);
    }

    function _register(
        address to,
        string calldata agentURI,
        MetadataEntry[] calldata metadata,
        IntelligentData[] calldata data,
        bytes[] calldata sealedKeys
    ) private whenNotPaused returns (uint256 agentId) {
        require(data.length != 0, ERC7857EmptyData());
        require(sealedKeys.length == data.length, ERC7857SealedKeyArityMismatch(data.length, sealedKeys.length));
        agentId = _takeId();
        _mintAgent(to, agentId, data, sealedKeys);
        if (bytes(agentURI).length != 0) _setURI(agentId, agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _agentic().canonical.setMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function _bind(uint256 agentId, address key, bytes32 sealId) private {
        require(key != address(0) && sealId != 0, AgenticIDZeroSeal());
        AgenticStorage storage $ = _agentic();
        require(!$.bound[sealId], AgenticIDSealIdTaken(sealId, $.agents[sealId]));
        ($.bound[sealId], $.agents[sealId]) = (true, agentId);
        $.seals[agentId] = Seal(key, 0, sealId);
        AgentStore.load().tokens[agentId].sealedAgent = true;
        emit AgentSealSet(agentId, key, sealId);
    }

    /// @dev Mint and transfer look alike to whoever follows the keys.
    function _tell(uint256 agentId, address to, IntelligentData[] calldata data, bytes[] calldata sealedKeys) private {
        SealedKeyEntry[] memory entries = new SealedKeyEntry[](data.length);
        for (uint256 i = 0; i < data.length; ++i) {
            entries[i] = SealedKeyEntry(data[i].dataHash, sealedKeys[i]);
        }
        emit IERC7857Agentic.ITransferred(address(0), to, agentId, entries);
    }

    // --------------------------------------------------------- a new key (A5)

    /// @inheritdoc IAgenticID
    function rotateAgentSeal(
        uint256 agentId,
        address newSeal,
        bytes[] calldata sealedKeys,
        uint256 deadline,
        bytes calldata ownerSignature
    ) external nonReentrant whenNotPaused {
        require(_agentic().attestors[_msgSender()], AgenticIDNotTrustedAttestor());
        require(newSeal != address(0), AgenticIDZeroSeal());
        Seal storage seal = _agentic().seals[agentId];
        require(seal.key != address(0), NoAgentSeal(agentId));
        address owner = _requireOwned(agentId);
        bytes32 digest = hashRotation(agentId, newSeal, sealedKeys, deadline);
        bool consented =
            block.timestamp <= deadline && SignatureChecker.isValidSignatureNowCalldata(owner, digest, ownerSignature);
        require(consented, NoConsentToRotation(agentId, owner, deadline));
        uint256 items = AgentStore.count(agentId);
        require(sealedKeys.length == items, ERC7857SealedKeyArityMismatch(items, sealedKeys.length));
        (seal.key, seal.rotations) = (newSeal, seal.rotations + 1);
        for (uint256 i = 0; i < items; ++i) {
            _setKey(agentId, i, sealedKeys[i]);
        }
        emit AgentSealSet(agentId, newSeal, seal.id);
        emit IERC7857.PublishedSealedKey(owner, agentId, sealedKeys);
    }

    /// @inheritdoc IAgenticID
    function hashRotation(uint256 agentId, address newSeal, bytes[] calldata sealedKeys, uint256 deadline)
        public
        view
        returns (bytes32)
    {
        bytes32 domain = keccak256(
            abi.encode(DOMAIN_TYPEHASH, keccak256("0G-AgenticID"), keccak256("1"), block.chainid, address(this))
        );
        bytes32 keysHash = keccak256(abi.encode(sealedKeys));
        bytes32 hash = keccak256(
            abi.encode(ROTATE_TYPEHASH, agentId, newSeal, keysHash, _agentic().seals[agentId].rotations, deadline)
        );
        return MessageHashUtils.toTypedDataHash(domain, hash);
    }

    // ------------------------------------------- the canonical registry's token

    /// @inheritdoc IAgentIds
    function takeId() external returns (uint256) {
        require(_msgSender() == address(this), NotTheCollection(_msgSender()));
        return _takeId();
    }

    /// @inheritdoc IAgentIds
    /// @dev The canonical token stays here and its wallet with it, so that the new owner starts without one.
    function moved(uint256 tokenId) external {
        require(_msgSender() == address(this), NotTheCollection(_msgSender()));
        _agentic().canonical.unsetAgentWallet(tokenId);
    }

    /// @inheritdoc IAgentIds
    function checkEditor(uint256 tokenId, address editor) external view {
        address key = _agentic().seals[tokenId].key;
        require(editor == key, AgenticIDNotAgentSeal(tokenId, editor, key));
    }

    /// @inheritdoc IAgenticID
    function onERC721Received(address, address from, uint256 tokenId, bytes calldata) external view returns (bytes4) {
        require(_msgSender() == canonical(), CanonicalUnexpectedToken(_msgSender()));
        require(from == address(0), CanonicalStrayDeposit(tokenId));
        return IERC721Receiver.onERC721Received.selector;
    }

    /// @dev The canonical registry names us as the wallet of whatever we register.
    function _takeId() private returns (uint256 agentId) {
        IIdentityRegistry8004 registry = _agentic().canonical;
        agentId = registry.register();
        registry.unsetAgentWallet(agentId);
    }

    // -------------------------------------------- URI, metadata, wallet forwarded

    /// @inheritdoc IERC8004IdentityRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        if (!_agentic().attestors[_msgSender()]) _requireTokenOwner(agentId);
        _requireOwned(agentId);
        _setURI(agentId, newURI);
    }

    /// @dev Kept here too, where the core's tokenURI finds it.
    function _setURI(uint256 agentId, string calldata newURI) private {
        AgentStore.load().uris[agentId] = newURI;
        _agentic().canonical.setAgentURI(agentId, newURI);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        _requireTokenOwner(agentId);
        _agentic().canonical.setMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        return _agentic().canonical.getMetadata(agentId, metadataKey);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    /// @dev The owner that the wallet consents to is this collection, which holds the canonical token.
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        _requireTokenOwner(agentId);
        _agentic().canonical.setAgentWallet(agentId, newWallet, deadline, signature);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function unsetAgentWallet(uint256 agentId) external {
        _requireTokenOwner(agentId);
        _agentic().canonical.unsetAgentWallet(agentId);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function getAgentWallet(uint256 agentId) external view returns (address) {
        return _agentic().canonical.getAgentWallet(agentId);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAgenticIDCore
    function getAgentSeal(uint256 agentId) external view returns (address) {
        return _agentic().seals[agentId].key;
    }

    /// @inheritdoc IAgenticIDCore
    function getSealId(uint256 agentId) external view returns (bytes32) {
        return _agentic().seals[agentId].id;
    }

    /// @inheritdoc IAgenticIDCore
    function getAgentIdBySealId(bytes32 sealId) external view returns (uint256) {
        return _agentic().agents[sealId];
    }

    /// @inheritdoc IAgenticID
    function isSealIdBound(bytes32 sealId) external view returns (bool) {
        return _agentic().bound[sealId];
    }

    /// @inheritdoc IAgenticIDCore
    function isTrustedAttestor(address attestor) external view returns (bool) {
        return _agentic().attestors[attestor];
    }

    /// @inheritdoc IAgenticIDCore
    function isValidFrameworkHash(bytes32 frameworkHash) external view returns (bool) {
        return _agentic().frameworks[frameworkHash];
    }

    /// @inheritdoc IAgenticID
    function rotationsOf(uint256 agentId) external view returns (uint256) {
        return _agentic().seals[agentId].rotations;
    }

    /// @inheritdoc IAgenticID
    function canonical() public view returns (address) {
        return address(_agentic().canonical);
    }

    /// @inheritdoc IAgenticID
    function pauser() external view returns (address) {
        return authority();
    }
}
