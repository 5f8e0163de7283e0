// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Strings} from "@openzeppelin/contracts/utils/Strings.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IERC7857Doc} from "../../interfaces/IERC7857Doc.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title What clients of the documentation's sample read
/// @notice The manual is {IERC7857Doc}.
contract DocFacet is IERC7857Doc, AgentBase {
    using EnumerableSet for EnumerableSet.AddressSet;

    /// @custom:storage-location erc7201:zerog.storage.DocFacet
    struct DocStorage {
        mapping(uint256 tokenId => mapping(uint256 term => mapping(address user => bytes))) permissions;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.DocFacet")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant DOC_STORAGE = 0x0dcfb132d64674ce490b8a4d596b7a751a845e7a2156c4f12564d8daa3567f00;

    function _doc() private pure returns (DocStorage storage $) {
        assembly ("memory-safe") {
            $.slot := DOC_STORAGE
        }
    }

    /// @inheritdoc IERC7857Doc
    function authorizeUsage(uint256 tokenId, address executor, bytes calldata permissions) external whenNotPaused {
        address owner = _requireTokenOwner(tokenId);
        if (!AgentStore.users(tokenId).contains(executor)) _addUser(owner, tokenId, executor);
        _doc().permissions[tokenId][AgentStore.load().tokens[tokenId].term][executor] = permissions;
        emit UsageAuthorized(tokenId, executor);
    }

    /// @inheritdoc IERC7857Doc
    function permissionsOf(uint256 tokenId, address executor) external view returns (bytes memory) {
        if (!AgentStore.users(tokenId).contains(executor)) return "";
        return _doc().permissions[tokenId][AgentStore.load().tokens[tokenId].term][executor];
    }

    /// @inheritdoc IERC7857Doc
    function getMetadataHash(uint256 tokenId) public view returns (bytes32) {
        _requireOwned(tokenId);
        return AgentStore.load().items[tokenId][0].dataHash;
    }

    /// @inheritdoc IERC7857Doc
    function getEncryptedURI(uint256 tokenId) external view returns (string memory) {
        return Strings.toHexString(uint256(getMetadataHash(tokenId)), 32);
    }
}
