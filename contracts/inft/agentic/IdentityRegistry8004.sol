// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {
    ERC721URIStorageUpgradeable
} from "@openzeppelin/contracts-upgradeable/token/ERC721/extensions/ERC721URIStorageUpgradeable.sol";
import {EIP712Upgradeable} from "@openzeppelin/contracts-upgradeable/utils/cryptography/EIP712Upgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC165} from "@openzeppelin/contracts/utils/introspection/IERC165.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {
    IERC8004IdentityRegistry,
    IIdentityRegistry8004,
    MetadataEntry
} from "../../interfaces/agentic/IIdentityRegistry8004.sol";

// The clients of the original read its reasons as strings.
// solhint-disable gas-custom-errors

/// @title The canonical registry of agents, as a devnet has it
/// @notice The manual is {IIdentityRegistry8004}.
contract IdentityRegistry8004 is
    IIdentityRegistry8004,
    ERC721URIStorageUpgradeable,
    EIP712Upgradeable,
    AccessManagedUpgradeable,
    UUPSUpgradeable
{
    bytes32 private constant CONSENT_TYPEHASH =
        keccak256("AgentWalletSet(uint256 agentId,address newWallet,address owner,uint256 deadline)");
    bytes32 private constant RESERVED_KEY = keccak256("agentWallet");
    string private constant WALLET_KEY = "agentWallet";
    uint256 private constant MAX_CONSENT_SECONDS = 5 minutes;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:erc8004.identity.registry
    struct IdentityStorage {
        uint256 registered;
        mapping(uint256 agentId => mapping(string key => bytes)) metadata;
    }

    // keccak256(abi.encode(uint256(keccak256("erc8004.identity.registry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant IDENTITY_STORAGE = 0xa040f782729de4970518741823ec1276cbcd41a0c7493f62d173341566a04e00;

    function _identity() private pure returns (IdentityStorage storage $) {
        assembly ("memory-safe") {
            $.slot := IDENTITY_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy is nobody's registry.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IIdentityRegistry8004
    function initialize(address authority_) external initializer {
        __ERC721_init("AgentIdentity", "AGENT");
        __EIP712_init("ERC8004IdentityRegistry", "1");
        __AccessManaged_init(authority_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------ registration

    /// @inheritdoc IERC8004IdentityRegistry
    function register() external returns (uint256) {
        return _register("");
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function register(string calldata agentURI) external returns (uint256) {
        return _register(agentURI);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function register(string calldata agentURI, MetadataEntry[] calldata metadata) external returns (uint256 agentId) {
        agentId = _register(agentURI);
        for (uint256 i = 0; i < metadata.length; ++i) {
            _writeMetadata(agentId, metadata[i].metadataKey, metadata[i].metadataValue);
        }
    }

    function _register(string memory agentURI) private returns (uint256 agentId) {
        agentId = _identity().registered++;
        _identity().metadata[agentId][WALLET_KEY] = abi.encodePacked(msg.sender);
        if (bytes(agentURI).length != 0) _setTokenURI(agentId, agentURI);
        _safeMint(msg.sender, agentId);
        emit Registered(agentId, agentURI, msg.sender);
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, abi.encodePacked(msg.sender));
    }

    // ------------------------------------------------- description and metadata

    /// @inheritdoc IERC8004IdentityRegistry
    function setAgentURI(uint256 agentId, string calldata newURI) external {
        _requireMayAct(agentId);
        _setTokenURI(agentId, newURI);
        emit URIUpdated(agentId, newURI, msg.sender);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function setMetadata(uint256 agentId, string calldata metadataKey, bytes calldata metadataValue) external {
        _requireMayAct(agentId);
        _writeMetadata(agentId, metadataKey, metadataValue);
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function getMetadata(uint256 agentId, string calldata metadataKey) external view returns (bytes memory) {
        return _identity().metadata[agentId][metadataKey];
    }

    function _writeMetadata(uint256 agentId, string calldata key, bytes calldata value) private {
        require(keccak256(bytes(key)) != RESERVED_KEY, "reserved key");
        _identity().metadata[agentId][key] = value;
        emit MetadataSet(agentId, key, key, value);
    }

    // ------------------------------------------------------------------ wallet

    /// @inheritdoc IERC8004IdentityRegistry
    function setAgentWallet(uint256 agentId, address newWallet, uint256 deadline, bytes calldata signature) external {
        address owner = _requireMayAct(agentId);
        require(newWallet != address(0), "bad wallet");
        require(block.timestamp <= deadline, "expired");
        require(deadline <= block.timestamp + MAX_CONSENT_SECONDS, "deadline too far");
        bytes32 consent = keccak256(abi.encode(CONSENT_TYPEHASH, agentId, newWallet, owner, deadline));
        require(
            SignatureChecker.isValidSignatureNowCalldata(newWallet, _hashTypedDataV4(consent), signature),
            "invalid wallet sig"
        );
        _writeWallet(agentId, abi.encodePacked(newWallet));
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function unsetAgentWallet(uint256 agentId) external {
        _requireMayAct(agentId);
        _writeWallet(agentId, "");
    }

    /// @inheritdoc IERC8004IdentityRegistry
    function getAgentWallet(uint256 agentId) external view returns (address) {
        return address(bytes20(_identity().metadata[agentId][WALLET_KEY]));
    }

    function _writeWallet(uint256 agentId, bytes memory wallet) private {
        _identity().metadata[agentId][WALLET_KEY] = wallet;
        emit MetadataSet(agentId, WALLET_KEY, WALLET_KEY, wallet);
    }

    /// @dev A wallet consents to one owner: the next one has to ask it again.
    function _update(address to, uint256 agentId, address auth) internal override returns (address from) {
        from = super._update(to, agentId, auth);
        if (from != address(0) && to != address(0)) _writeWallet(agentId, "");
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IIdentityRegistry8004
    function isAuthorizedOrOwner(address spender, uint256 agentId) external view returns (bool) {
        return _isAuthorized(ownerOf(agentId), spender, agentId);
    }

    /// @inheritdoc IIdentityRegistry8004
    function getVersion() external pure returns (string memory) {
        return "2.0.0";
    }

    /// @inheritdoc IIdentityRegistry8004
    function tokenURI(uint256 agentId)
        public
        view
        override(ERC721URIStorageUpgradeable, IIdentityRegistry8004)
        returns (string memory)
    {
        return super.tokenURI(agentId);
    }

    /// @notice Which interfaces this contract has (ERC-165).
    /// @param interfaceId The interface.
    /// @return True for ERC-8004 identity, ERC-721 with metadata and metadata updates, and ERC-165.
    function supportsInterface(bytes4 interfaceId)
        public
        view
        override(ERC721URIStorageUpgradeable, IERC165)
        returns (bool)
    {
        return interfaceId == type(IERC8004IdentityRegistry).interfaceId || super.supportsInterface(interfaceId);
    }

    /// @dev Owner of an agent that the caller may act for.
    function _requireMayAct(uint256 agentId) private view returns (address owner) {
        owner = ownerOf(agentId);
        require(_isAuthorized(owner, msg.sender, agentId), "Not authorized");
    }
}
