// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {EIP712} from "@openzeppelin/contracts/utils/cryptography/EIP712.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {Nonces} from "@openzeppelin/contracts/utils/Nonces.sol";
import {IKeyDirectory, KeySource} from "../interfaces/IKeyDirectory.sol";
import {Point, Secp256k1} from "../libraries/Secp256k1.sol";

/// @title Directory of viewing keys
/// @notice The manual is {IKeyDirectory}. Nobody administers it.
contract KeyDirectory is IKeyDirectory, EIP712, Nonces {
    bytes32 private constant REGISTER_TYPEHASH =
        keccak256("Register(address owner,bytes publicKey,uint8 source,uint32 index,uint256 nonce,uint256 deadline)");

    /// @notice One owner's key.
    /// @param key The point.
    /// @param source How the owner makes the secret; None: there is no entry.
    /// @param index Number that the secret is derived with.
    struct Entry {
        Point key;
        KeySource source;
        uint32 index;
    }

    mapping(address owner => Entry) private _entries;

    /// @notice Deploy an empty directory.
    constructor() EIP712("0G-iNFT keys", "1") {}

    /// @inheritdoc IKeyDirectory
    function register(bytes calldata publicKey, KeySource source, uint32 index) external {
        _set(msg.sender, publicKey, source, index);
    }

    /// @inheritdoc IKeyDirectory
    function registerFor(
        address owner,
        bytes calldata publicKey,
        KeySource source,
        uint32 index,
        uint256 deadline,
        bytes calldata signature
    ) external {
        require(block.timestamp <= deadline, RegistrationExpired(deadline, block.timestamp));
        bytes32 digest = _hashTypedDataV4(
            keccak256(
                abi.encode(REGISTER_TYPEHASH, owner, keccak256(publicKey), source, index, _useNonce(owner), deadline)
            )
        );
        require(SignatureChecker.isValidSignatureNow(owner, digest, signature), WrongRegistrant(owner));
        _set(owner, publicKey, source, index);
    }

    /// @inheritdoc IKeyDirectory
    function unregister() external {
        delete _entries[msg.sender];
        emit ViewingKeySet(msg.sender, "", KeySource.None, 0);
    }

    /// @inheritdoc IKeyDirectory
    function keyOf(address owner) external view returns (bytes memory publicKey, KeySource source, uint32 index) {
        Entry storage entry = _entries[owner];
        source = entry.source;
        index = entry.index;
        if (source != KeySource.None) publicKey = abi.encode(entry.key.x, entry.key.y);
    }

    function _set(address owner, bytes calldata publicKey, KeySource source, uint32 index) private {
        require(source != KeySource.None, KeySourceMissing());
        require(publicKey.length == 64, InvalidViewingKey(publicKey));
        (uint256 x, uint256 y) = abi.decode(publicKey, (uint256, uint256));
        require(Secp256k1.isPoint(Point(x, y)), InvalidViewingKey(publicKey));
        _entries[owner] = Entry(Point(x, y), source, index);
        emit ViewingKeySet(owner, publicKey, source, index);
    }
}
