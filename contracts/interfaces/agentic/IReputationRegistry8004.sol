// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title The canonical registry of opinions about agents
/// @notice The stand-in of a devnet for the ERC-8004 reputation registry, version 2.0.0. Anybody may rate an agent
/// that they do not control; entries count from 1 per agent and client. Its reasons are strings because its clients
/// read those.
interface IReputationRegistry8004 {
    // ------------------------------------------------------------------ events

    /// @notice A client rated an agent.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry, from 1.
    /// @param value The value, in units of 10^-valueDecimals.
    /// @param valueDecimals Decimals of the value.
    /// @param indexedTag1 First tag, to search by.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    /// @param endpoint What was used.
    /// @param feedbackURI Where more is said.
    /// @param feedbackHash keccak256 of what is there.
    event NewFeedback(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        int128 value,
        uint8 valueDecimals,
        string indexed indexedTag1,
        string tag1,
        string tag2,
        string endpoint,
        string feedbackURI,
        bytes32 feedbackHash
    );

    /// @notice A client took an entry back.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    event FeedbackRevoked(uint256 indexed agentId, address indexed clientAddress, uint64 indexed feedbackIndex);

    /// @notice Somebody answered an entry.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry.
    /// @param responder Who answered.
    /// @param responseURI Where the answer is.
    /// @param responseHash keccak256 of what is there.
    event ResponseAppended(
        uint256 indexed agentId,
        address indexed clientAddress,
        uint64 feedbackIndex,
        address indexed responder,
        string responseURI,
        bytes32 responseHash
    );

    // ----------------------------------------------------------------- actions

    /// @notice Rate an agent.
    /// @param agentId The agent; the caller may not act for it.
    /// @param value The value, at most 1e38 either way.
    /// @param valueDecimals Its decimals, at most 18.
    /// @param tag1 First tag.
    /// @param tag2 Second tag.
    /// @param endpoint What was used; in the event only.
    /// @param feedbackURI Where more is said; in the event only.
    /// @param feedbackHash keccak256 of what is there; in the event only.
    function giveFeedback(
        uint256 agentId,
        int128 value,
        uint8 valueDecimals,
        string calldata tag1,
        string calldata tag2,
        string calldata endpoint,
        string calldata feedbackURI,
        bytes32 feedbackHash
    ) external;

    /// @notice Take an entry back.
    /// @param agentId The agent.
    /// @param feedbackIndex Number of the caller's entry, from 1.
    function revokeFeedback(uint256 agentId, uint64 feedbackIndex) external;

    /// @notice Answer an entry.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry, from 1.
    /// @param responseURI Where the answer is.
    /// @param responseHash keccak256 of what is there.
    function appendResponse(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        string calldata responseURI,
        bytes32 responseHash
    ) external;

    // ------------------------------------------------------------------- views

    /// @notice One entry.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @param feedbackIndex Number of the entry, from 1.
    /// @return value Its value.
    /// @return valueDecimals Decimals of the value.
    /// @return tag1 First tag.
    /// @return tag2 Second tag.
    /// @return isRevoked Whether it was taken back.
    function readFeedback(uint256 agentId, address clientAddress, uint64 feedbackIndex)
        external
        view
        returns (int128 value, uint8 valueDecimals, string memory tag1, string memory tag2, bool isRevoked);

    /// @notice Entries about an agent, as parallel lists.
    /// @param agentId The agent.
    /// @param clientAddresses Whose; empty for everybody's.
    /// @param tag1 First tag wanted; empty for any.
    /// @param tag2 Second tag wanted; empty for any.
    /// @param includeRevoked Whether those taken back count.
    /// @return clients Who wrote each.
    /// @return feedbackIndexes Number of each.
    /// @return values Value of each.
    /// @return valueDecimals Decimals of each value.
    /// @return tag1s First tag of each.
    /// @return tag2s Second tag of each.
    /// @return revokedStatuses Whether each was taken back.
    function readAllFeedback(
        uint256 agentId,
        address[] calldata clientAddresses,
        string calldata tag1,
        string calldata tag2,
        bool includeRevoked
    )
        external
        view
        returns (
            address[] memory clients,
            uint64[] memory feedbackIndexes,
            int128[] memory values,
            uint8[] memory valueDecimals,
            string[] memory tag1s,
            string[] memory tag2s,
            bool[] memory revokedStatuses
        );

    /// @notice Mean of the entries of some clients, in the decimals that most of them use.
    /// @param agentId The agent.
    /// @param clientAddresses Whose; at least one.
    /// @param tag1 First tag wanted; empty for any.
    /// @param tag2 Second tag wanted; empty for any.
    /// @return count How many entries there are.
    /// @return summaryValue Their mean.
    /// @return summaryValueDecimals Decimals of the mean.
    function getSummary(uint256 agentId, address[] calldata clientAddresses, string calldata tag1, string calldata tag2)
        external
        view
        returns (uint64 count, int128 summaryValue, uint8 summaryValueDecimals);

    /// @notice How many answers there are.
    /// @param agentId The agent.
    /// @param clientAddress To whose entries; zero for everybody's.
    /// @param feedbackIndex To which entry; zero for all of the client's.
    /// @param responders Whose answers; empty for everybody's.
    /// @return count Their number.
    function getResponseCount(
        uint256 agentId,
        address clientAddress,
        uint64 feedbackIndex,
        address[] calldata responders
    ) external view returns (uint64 count);

    /// @notice Who rated an agent.
    /// @param agentId The agent.
    /// @return Their addresses, each once.
    function getClients(uint256 agentId) external view returns (address[] memory);

    /// @notice Number of a client's last entry about an agent.
    /// @param agentId The agent.
    /// @param clientAddress The client.
    /// @return The number; 0 when there is none.
    function getLastIndex(uint256 agentId, address clientAddress) external view returns (uint64);

    /// @notice The registry of the agents.
    /// @return Its address.
    function getIdentityRegistry() external view returns (address);
}

/// @title Set-up of the canonical registry of opinions
interface IReputationRegistry8004Setup is IReputationRegistry8004 {
    /// @notice Set up the proxy, once.
    /// @param identityRegistry_ The canonical registry of agents.
    /// @param authority_ The AccessManager that may upgrade it.
    function initialize(address identityRegistry_, address authority_) external;

    /// @notice Version of the original that this one stands in for.
    /// @return "2.0.0".
    function getVersion() external pure returns (string memory);
}
