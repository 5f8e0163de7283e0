// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAgenticIDCore} from "../../interfaces/agentic/IAgenticID.sol";
import {ICloneAuthorizer, ICloneGate} from "../../interfaces/agentic/ICloneGate.sol";
import {MetadataEntry} from "../../interfaces/agentic/IIdentityRegistry8004.sol";
import {IServeProofs} from "../../interfaces/agentic/IServeProofs.sol";
import {IERC7857Metadata, IntelligentData} from "../../interfaces/IERC7857Metadata.sol";

/// @title Clones of sealed agents, by the rule of their owner
/// @notice The manual is {ICloneGate}.
contract CloneGate is ICloneGate, AccessManagedUpgradeable, ReentrancyGuardTransient, UUPSUpgradeable {
    /// @inheritdoc ICloneGate
    string public constant VERSION = "1.0.1";

    // ----------------------------------------------------------------- storage

    /// @dev Whom an owner named.
    struct Rule {
        address authorizer;
        address owner;
    }

    /// @custom:storage-location erc7201:zerog.storage.CloneGate
    struct GateStorage {
        address agents;
        mapping(uint256 agentId => Rule) rules;
        mapping(uint256 agentId => uint256) sources;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.CloneGate")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant GATE_STORAGE = 0x06a7f3cc7e1f80c60138355d1b7293e21b5cc16a034a65962d33d50cdfd8fe00;

    function _gate() private pure returns (GateStorage storage $) {
        assembly ("memory-safe") {
            $.slot := GATE_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy is nobody's gate.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ICloneGate
    function initialize(address agenticId_, address authority_) external initializer {
        require(agenticId_.code.length != 0, IServeProofs.NotARegistry(agenticId_));
        __AccessManaged_init(authority_);
        _gate().agents = agenticId_;
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // ------------------------------------------------------------------- rules

    /// @inheritdoc ICloneGate
    /// @dev Works while the AgenticID is paused: whoever has second thoughts must not have to wait.
    function setCloneAuthorizer(uint256 tokenId, address authorizer) external {
        address owner = IERC721(_gate().agents).ownerOf(tokenId);
        require(msg.sender == owner, CloneGateNotTokenOwner(msg.sender, tokenId, owner));
        if (authorizer == address(0)) delete _gate().rules[tokenId];
        else _gate().rules[tokenId] = Rule(authorizer, owner);
        emit CloneAuthorizerSet(tokenId, authorizer, owner);
    }

    /// @inheritdoc ICloneGate
    function cloneFrom(
        uint256 sourceAgentId,
        address to,
        bytes32[] calldata dataHashes,
        bytes[] calldata sealedKeys,
        address newAgentSeal,
        bytes32 newSealId,
        address caller,
        bytes calldata authData
    ) external nonReentrant returns (uint256 agentId) {
        _requireAllowed(sourceAgentId, to, caller, authData);
        agentId = _clone(sourceAgentId, to, dataHashes, sealedKeys, newAgentSeal, newSealId);
        _gate().sources[agentId] = sourceAgentId;
        emit ClonedFrom(sourceAgentId, agentId, to, caller);
    }

    function _requireAllowed(uint256 source, address to, address caller, bytes calldata authData) private view {
        require(IAgenticIDCore(_gate().agents).isTrustedAttestor(msg.sender), CloneGateNotTrustedAttestor());
        address authorizer = cloneAuthorizerOf(source);
        bool allowed = authorizer != address(0) && ICloneAuthorizer(authorizer).canClone(source, to, caller, authData);
        require(allowed, CloneGateDenied(source, authorizer));
    }

    function _clone(
        uint256 source,
        address to,
        bytes32[] calldata dataHashes,
        bytes[] calldata sealedKeys,
        address newSeal,
        bytes32 newSealId
    ) private returns (uint256) {
        IntelligentData[] memory data = IERC7857Metadata(_gate().agents).intelligentDataOf(source);
        require(dataHashes.length == data.length, CloneGateArityMismatch(data.length, dataHashes.length));
        require(sealedKeys.length == data.length, CloneGateArityMismatch(data.length, sealedKeys.length));
        for (uint256 i = 0; i < data.length; ++i) {
            bytes32 now_ = data[i].dataHash;
            require(now_ == dataHashes[i], CloneGateDataHashMismatch(i, now_, dataHashes[i]));
        }
        MetadataEntry[] memory none = new MetadataEntry[](0);
        return IAgenticIDCore(_gate().agents).registerWithSeal(to, "", none, data, sealedKeys, newSeal, newSealId);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ICloneGate
    function cloneAuthorizerOf(uint256 tokenId) public view returns (address) {
        address owner = IERC721(_gate().agents).ownerOf(tokenId);
        Rule storage rule = _gate().rules[tokenId];
        return rule.owner == owner ? rule.authorizer : address(0);
    }

    /// @inheritdoc ICloneGate
    function cloneSourceOf(uint256 agentId) external view returns (uint256) {
        return _gate().sources[agentId];
    }

    /// @inheritdoc ICloneGate
    function agenticId() external view returns (address) {
        return _gate().agents;
    }
}
