// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721Receiver} from "@openzeppelin/contracts/token/ERC721/IERC721Receiver.sol";
import {IAgentNFT} from "../../../contracts/interfaces/IAgentNFT.sol";
import {IntelligentData} from "../../../contracts/interfaces/IERC7857Metadata.sol";

/// @notice A receiver that makes a prepared call from inside the callback and remembers what it saw.
contract CallingReceiver is IERC721Receiver {
    bytes public prepared;
    bool public succeeded;
    bytes public answer;
    address public seenOwner;
    bytes32 public seenHash;
    bytes32 public seenKeyHash;
    bool public looks;

    function prepare(bytes calldata call_, bool looks_) external {
        prepared = call_;
        looks = looks_;
    }

    function execute(address target, bytes calldata call_) external {
        (bool ok, bytes memory why) = target.call(call_);
        require(ok, string(why));
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external returns (bytes4) {
        if (looks) {
            IntelligentData[] memory data = IAgentNFT(msg.sender).intelligentDataOf(id);
            seenOwner = IAgentNFT(msg.sender).ownerOf(id);
            seenHash = data[0].dataHash;
            seenKeyHash = IAgentNFT(msg.sender).sealedKeyHashesOf(id)[0];
        }
        (succeeded, answer) = msg.sender.call(prepared);
        return IERC721Receiver.onERC721Received.selector;
    }
}

/// @notice A receiver that says no.
contract RefusingReceiver is IERC721Receiver {
    error NoThanks(uint256 id);

    function execute(address target, bytes calldata call_) external {
        (bool ok,) = target.call(call_);
        require(ok);
    }

    function onERC721Received(address, address, uint256 id, bytes calldata) external pure returns (bytes4) {
        revert NoThanks(id);
    }
}

/// @notice F22: a desk that hands sealed keys over to contracts can only believe what it is told, unless the token
/// has a commitment that it can check.
contract KeyDesk {
    error ForgedKey(uint256 id);

    event HandedOver(uint256 indexed id, bytes sealedKey);

    /// @notice For tokens that publish keys in events alone: there is nothing on chain to compare with.
    function handOverUnchecked(uint256 id, bytes calldata key) external {
        emit HandedOver(id, key); // Flawed rule: a log cannot be read from a contract.
    }

    /// @notice For tokens that store the hash of each sealed key.
    function handOver(IAgentNFT token, uint256 id, bytes calldata key) external {
        require(token.sealedKeyHashesOf(id)[0] == keccak256(key), ForgedKey(id));
        emit HandedOver(id, key);
    }
}
