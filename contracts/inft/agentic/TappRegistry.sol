// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// So many arguments fit the stack only in memory.
// solhint-disable gas-calldata-parameters

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {AppInfo, ITappRegistry} from "../../interfaces/agentic/ITappRegistry.sol";

/// @title Services that people say they trust
/// @notice The manual is {ITappRegistry}.
contract TappRegistry is ITappRegistry, AccessManagedUpgradeable, UUPSUpgradeable {
    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.TappRegistry
    struct TappStorage {
        mapping(string appId => AppInfo) apps;
        mapping(string appId => address[]) nodes;
        mapping(string appId => uint256) versions;
        mapping(address user => mapping(string appId => uint256)) acknowledged;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.TappRegistry")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant TAPP_STORAGE = 0x59a7e47d7e8eb3f4d716671c04440c92a3914db708e4039fc0b2d601a4201700;

    function _tapp() private pure returns (TappStorage storage $) {
        assembly ("memory-safe") {
            $.slot := TAPP_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The implementation behind the proxy is nobody's registry.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc ITappRegistry
    function initialize(address authority_) external initializer {
        __AccessManaged_init(authority_);
    }

    function _authorizeUpgrade(address) internal override restricted {}

    // -------------------------------------------------------------------- apps

    /// @inheritdoc ITappRegistry
    function setApp(
        string calldata appId,
        bytes calldata composeHash,
        bytes calldata volumesHash,
        bytes[] memory imageHashes
    ) external restricted {
        AppInfo storage app = _tapp().apps[appId];
        if (app.registeredAt == 0) (app.owner, app.registeredAt) = (msg.sender, block.timestamp);
        (app.composeHash, app.volumesHash, app.imageHashes) = (composeHash, volumesHash, imageHashes);
        _changed(appId);
    }

    /// @inheritdoc ITappRegistry
    function setNodes(string calldata appId, address[] calldata nodes) external restricted {
        _requireApp(appId);
        _tapp().nodes[appId] = nodes;
        _changed(appId);
    }

    /// @dev Whoever acknowledged the app as it was is asked again.
    function _changed(string calldata appId) private {
        emit AppChanged(appId, ++_tapp().versions[appId]);
    }

    // -------------------------------------------------------- acknowledgements

    /// @inheritdoc ITappRegistry
    function acknowledgeApps(string[] calldata appIds) external {
        for (uint256 i = 0; i < appIds.length; ++i) {
            uint256 version = _requireApp(appIds[i]);
            if (_tapp().acknowledged[msg.sender][appIds[i]] == version) continue;
            _tapp().acknowledged[msg.sender][appIds[i]] = version;
            emit AppAcknowledged(msg.sender, appIds[i], version);
        }
    }

    /// @inheritdoc ITappRegistry
    function revokeAcknowledgement(string calldata appId) external {
        if (_tapp().acknowledged[msg.sender][appId] == 0) return;
        delete _tapp().acknowledged[msg.sender][appId];
        emit AcknowledgementRevoked(msg.sender, appId);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc ITappRegistry
    function isAcknowledged(address user, string calldata appId) external view returns (bool) {
        uint256 version = _tapp().versions[appId];
        return version != 0 && _tapp().acknowledged[user][appId] == version;
    }

    /// @inheritdoc ITappRegistry
    function getAckVersion(string calldata appId) external view returns (uint256) {
        return _tapp().versions[appId];
    }

    /// @inheritdoc ITappRegistry
    function getAppInfo(string calldata appId) external view returns (AppInfo memory) {
        return _tapp().apps[appId];
    }

    /// @inheritdoc ITappRegistry
    function getNodeList(string calldata appId) external view returns (address[] memory) {
        return _tapp().nodes[appId];
    }

    /// @dev Version of an app, which must be there.
    function _requireApp(string calldata appId) private view returns (uint256 version) {
        version = _tapp().versions[appId];
        require(version != 0, NoSuchApp(appId));
    }
}
