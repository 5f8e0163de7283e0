// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC1271} from "@openzeppelin/contracts/interfaces/IERC1271.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {IOracleRegistry} from "../../../contracts/interfaces/IOracleRegistry.sol";

/// @notice A wallet with one key (ERC-1271).
contract KeyWallet is IERC1271 {
    address public immutable key;

    constructor(address key_) {
        key = key_;
    }

    function isValidSignature(bytes32 digest, bytes calldata signature) external view returns (bytes4) {
        (address signer, ECDSA.RecoverError fault,) = ECDSA.tryRecover(digest, signature);
        return fault == ECDSA.RecoverError.NoError && signer == key ? IERC1271.isValidSignature.selector : bytes4(0);
    }

    function onERC721Received(address, address, uint256, bytes calldata) external pure returns (bytes4) {
        return this.onERC721Received.selector;
    }
}

/// @notice Makes wallets at addresses that are known before (ERC-6492).
contract WalletFactory {
    error AsToldTo();

    address public lastCaller;

    function addressOf(address key, bytes32 salt) public view returns (address) {
        bytes32 code = keccak256(abi.encodePacked(type(KeyWallet).creationCode, abi.encode(key)));
        return address(uint160(uint256(keccak256(abi.encodePacked(bytes1(0xff), address(this), salt, code)))));
    }

    function make(address key, bytes32 salt) external returns (address) {
        lastCaller = msg.sender;
        return address(new KeyWallet{salt: salt}(key));
    }

    function refuse() external pure {
        revert AsToldTo();
    }
}

/// @notice Tries to have something done a second time while a wallet is made.
contract GreedyFactory is WalletFactory {
    bool public tried;
    bool public entered;

    function makeAfter(address target, bytes calldata call, address key, bytes32 salt) external {
        (tried, entered) = (true, false);
        (entered,) = target.call(call);
        if (addressOf(key, salt).code.length == 0) new KeyWallet{salt: salt}(key);
    }
}

/// @notice A registry of oracles that anyone may write.
contract OracleList is IOracleRegistry {
    mapping(address signer => bool) public isOracle;

    function set(address signer, bool allowed) external {
        isOracle[signer] = allowed;
    }
}
