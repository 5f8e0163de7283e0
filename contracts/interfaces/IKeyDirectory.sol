// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Where a decryption key lives.
enum KeySource {
    None,
    Derived,
    Stored
}

/// @title Which key agents are to be sealed to for an owner
/// @notice A wallet that signs but cannot decrypt registers a viewing key here; who sends it an agent seals to that
/// key and names it in the receiver's consent (`wantedKey`). The directory is a convenience: what counts is the key
/// that the receiver signs.
interface IKeyDirectory {
    // ------------------------------------------------------------------ errors

    /// @notice The key is no 64-byte point of secp256k1.
    /// @param publicKey The bytes.
    error InvalidViewingKey(bytes publicKey);

    /// @notice A key comes from a signature or from a store; None is for owners without an entry.
    error KeySourceMissing();

    /// @notice The registration was signed for an earlier time.
    /// @param deadline Its deadline, seconds since 1970.
    /// @param time Time of the block.
    error RegistrationExpired(uint256 deadline, uint256 time);

    /// @notice The registration is not signed by the owner.
    /// @param owner The owner.
    error WrongRegistrant(address owner);

    // ------------------------------------------------------------------ events

    /// @notice An owner's key was set, or taken back (empty key).
    /// @param owner The owner.
    /// @param publicKey 64 bytes X then Y; empty when taken back.
    /// @param source How the owner makes the secret.
    /// @param index Number that the secret is derived with; 0 for a stored key.
    event ViewingKeySet(address indexed owner, bytes publicKey, KeySource source, uint32 index);

    // ----------------------------------------------------------------- actions

    /// @notice Set the caller's key.
    /// @param publicKey 64 bytes X then Y.
    /// @param source How the caller makes the secret.
    /// @param index Number that the secret is derived with.
    function register(bytes calldata publicKey, KeySource source, uint32 index) external;

    /// @notice Set an owner's key with their signature, so that another may pay the gas.
    /// @param owner The owner; a contract is asked by ERC-1271.
    /// @param publicKey 64 bytes X then Y.
    /// @param source How the owner makes the secret.
    /// @param index Number that the secret is derived with.
    /// @param deadline Last second at which it may be sent.
    /// @param signature EIP-712 signature of
    /// `Register(address owner,bytes publicKey,uint8 source,uint32 index,uint256 nonce,uint256 deadline)` in the
    /// domain {name: "0G-iNFT keys", version: "1", chainId, verifyingContract}; nonce is `nonces(owner)`.
    function registerFor(
        address owner,
        bytes calldata publicKey,
        KeySource source,
        uint32 index,
        uint256 deadline,
        bytes calldata signature
    ) external;

    /// @notice Take the caller's key back: agents are sealed to the key of the address again.
    function unregister() external;

    // ------------------------------------------------------------------- views

    /// @notice The key to seal to for an owner.
    /// @param owner The owner.
    /// @return publicKey 64 bytes X then Y; empty: none is registered.
    /// @return source How the owner makes the secret.
    /// @return index Number that the secret is derived with.
    function keyOf(address owner) external view returns (bytes memory publicKey, KeySource source, uint32 index);
}
