// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IDataVerifier} from "../interfaces/IDataVerifier.sol";
import {IntelligentData} from "../interfaces/IERC7857Metadata.sol";

/// @title The one storage behind every ABI of the token
/// @notice Core and facets share it, at ERC-7201 `zerog.storage.AgentNFT`. A facet keeps what is its own in a
/// namespace of its own.
library AgentStore {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @notice One item of private data.
    /// @param dataHash Root of its ciphertext; never zero, so that a zero ends the list without a stored length.
    /// @param sealedKeyHash keccak256 of its sealed key as last published; zero when none was.
    /// @param description Public text.
    struct Item {
        bytes32 dataHash;
        bytes32 sealedKeyHash;
        string description;
    }

    /// @notice What else there is to a token, in one slot.
    /// @param locker Who alone may move it; zero for nobody.
    /// @param parent The token it was cloned from; 0 for none.
    /// @param term Counts the lists of authorised users: a new list instead of erasing the old one.
    /// @param shared Whether the list of this term was ever written to.
    /// @param sealedAgent Whether the data stays under the agent's own key, so that the token moves without proofs.
    struct Token {
        address locker;
        uint40 parent;
        uint32 term;
        bool shared;
        bool sealedAgent;
    }

    /// @custom:storage-location erc7201:zerog.storage.AgentNFT
    struct Layout {
        // One slot: what a mint or a transfer needs to know about the collection.
        IDataVerifier verifier;
        uint40 minted;
        bool plainTransfers;
        bool resealByOracle;
        bool storeSealedKeys;
        bool eventsFinal;
        bool eventsAgentic;
        bool idsByFacet;
        bool paused;
        mapping(uint256 tokenId => Token) tokens;
        mapping(uint256 tokenId => mapping(uint256 index => Item)) items;
        mapping(uint256 tokenId => mapping(uint256 index => bytes)) sealedKeys;
        mapping(uint256 tokenId => mapping(uint256 term => EnumerableSet.AddressSet)) users;
        mapping(uint256 tokenId => address) creators;
        mapping(uint256 tokenId => string) uris;
        mapping(address receiver => address) assistants;
        mapping(bytes4 interfaceId => bool) interfaces;
        string baseUri;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentNFT")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 internal constant AGENT_STORAGE = 0x8659cfc17254d624f291005c589da3d85a894775e7785af8441a43beff9ff100;

    /// @notice The storage.
    /// @return $ Its first slot.
    function load() internal pure returns (Layout storage $) {
        assembly ("memory-safe") {
            $.slot := AGENT_STORAGE
        }
    }

    /// @notice Items of a token.
    /// @param tokenId The token.
    /// @return n Their number; 0 for a token without private data.
    function count(uint256 tokenId) internal view returns (uint256 n) {
        mapping(uint256 index => Item) storage items = load().items[tokenId];
        while (items[n].dataHash != 0) ++n;
    }

    /// @notice Data hashes of a token.
    /// @param tokenId The token.
    /// @return hashes One per item, in order.
    function dataHashes(uint256 tokenId) internal view returns (bytes32[] memory hashes) {
        mapping(uint256 index => Item) storage items = load().items[tokenId];
        hashes = new bytes32[](count(tokenId));
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = items[i].dataHash;
        }
    }

    /// @notice Hashes of the sealed keys of a token.
    /// @param tokenId The token.
    /// @return hashes One per item, in order; zero where none was published.
    function sealedKeyHashes(uint256 tokenId) internal view returns (bytes32[] memory hashes) {
        mapping(uint256 index => Item) storage items = load().items[tokenId];
        hashes = new bytes32[](count(tokenId));
        for (uint256 i = 0; i < hashes.length; ++i) {
            hashes[i] = items[i].sealedKeyHash;
        }
    }

    /// @notice Items of a token as the standard shows them.
    /// @param tokenId The token.
    /// @return list The items, in order.
    function data(uint256 tokenId) internal view returns (IntelligentData[] memory list) {
        mapping(uint256 index => Item) storage items = load().items[tokenId];
        list = new IntelligentData[](count(tokenId));
        for (uint256 i = 0; i < list.length; ++i) {
            list[i] = IntelligentData(items[i].description, items[i].dataHash);
        }
    }

    /// @notice What an order, an update or a version binds: all data hashes of a token.
    /// @param hashes The data hashes, in order.
    /// @return keccak256 of their ABI encoding.
    function commitment(bytes32[] memory hashes) internal pure returns (bytes32) {
        return keccak256(abi.encode(hashes));
    }

    /// @notice Who may use a token now.
    /// @param tokenId The token.
    /// @return The set of this term.
    function users(uint256 tokenId) internal view returns (EnumerableSet.AddressSet storage) {
        Layout storage $ = load();
        return $.users[tokenId][$.tokens[tokenId].term];
    }
}
