// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice What an app is made of.
/// @param composeHash Hash of its composition.
/// @param volumesHash Hash of its volumes.
/// @param imageHashes Hashes of its images.
/// @param owner Who registered it.
/// @param registeredAt When, seconds since 1970.
struct AppInfo {
    bytes composeHash;
    bytes volumesHash;
    bytes[] imageHashes;
    address owner;
    uint256 registeredAt;
}

/// @title Services that people say they trust
/// @notice The part of 0G's Tapp registry that the Agentic ID client uses. People acknowledge an app as it is; when
/// its code or its nodes change, they are asked again. Nothing here looks at an attestation: what an app is made of
/// is what the Authority says it is made of.
interface ITappRegistry {
    /// @notice There is no such app.
    /// @param appId The id given.
    error NoSuchApp(string appId);

    /// @notice An app or its nodes changed.
    /// @param appId The app.
    /// @param version What people acknowledge from now on.
    event AppChanged(string appId, uint256 version);

    /// @notice Somebody acknowledged an app.
    /// @param user Who.
    /// @param appId The app.
    /// @param version The app's version then.
    event AppAcknowledged(address indexed user, string appId, uint256 version);

    /// @notice Somebody took their acknowledgement back.
    /// @param user Who.
    /// @param appId The app.
    event AcknowledgementRevoked(address indexed user, string appId);

    /// @notice Set up the proxy, once.
    /// @param authority_ The AccessManager that may administer it.
    function initialize(address authority_) external;

    /// @notice Register an app or say what it is made of now; restricted.
    /// @param appId Its id.
    /// @param composeHash Hash of its composition.
    /// @param volumesHash Hash of its volumes.
    /// @param imageHashes Hashes of its images.
    function setApp(
        string calldata appId,
        bytes calldata composeHash,
        bytes calldata volumesHash,
        bytes[] calldata imageHashes
    ) external;

    /// @notice Say which keys speak for an app; restricted.
    /// @param appId The app.
    /// @param nodes Addresses of the keys.
    function setNodes(string calldata appId, address[] calldata nodes) external;

    /// @notice Acknowledge apps as they are now; all of them or none.
    /// @param appIds The apps.
    function acknowledgeApps(string[] calldata appIds) external;

    /// @notice Take an acknowledgement back.
    /// @param appId The app.
    function revokeAcknowledgement(string calldata appId) external;

    /// @notice Whether somebody acknowledged an app as it is now.
    /// @param user Who.
    /// @param appId The app.
    /// @return True when they did.
    function isAcknowledged(address user, string calldata appId) external view returns (bool);

    /// @notice What people acknowledge now.
    /// @param appId The app.
    /// @return The version; 0 when there is no such app.
    function getAckVersion(string calldata appId) external view returns (uint256);

    /// @notice What an app is made of.
    /// @param appId The app.
    /// @return The app.
    function getAppInfo(string calldata appId) external view returns (AppInfo memory);

    /// @notice Which keys speak for an app.
    /// @param appId The app.
    /// @return Their addresses.
    function getNodeList(string calldata appId) external view returns (address[] memory);
}
