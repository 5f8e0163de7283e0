// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Acting by signature
/// @notice Whoever signs a permit acts as if they had sent the call themselves; somebody else pays the gas. What is
/// signed is one flat EIP-712 struct per function, so that a wallet can show it: the fields are the
/// function's parameters in their order, then `uint256 nonce,uint256 deadline`; the domain is
/// `{name: "0G-iNFT", version: "1", chainId, verifyingContract: token}`. Keys sign, and contract wallets do (ERC-1271, and
/// ERC-6492 before they are there). No permit carries value: payments in the chain's own coin need a transaction.
///
/// `AuthorizeUsage(uint256 tokenId,address user,...)`, `RevokeAuthorization(uint256 tokenId,address user,...)`,
/// `Approve(address to,uint256 tokenId,...)`, `SetUser(uint256 tokenId,address user,uint64 expires,...)`,
/// `Rent(uint256 offerId,address tenant,uint32 periods,...)`, `ExtendLease(uint256 leaseId,uint32 periods,...)`,
/// `CancelLease(uint256 leaseId,...)`, `CloseOffer(uint256 offerId,...)`,
/// `WithdrawCredit(address currency,address to,...)`, and for `update(uint256,(string,bytes32)[],bytes[])`
/// `Update(uint256 tokenId,bytes32 dataHash,bytes32 sealedKeysHash,...)`, whose hashes are keccak256(abi.encode(...)) of
/// the two lists.
interface IAgentPermits {
    /// @notice No permit is known for this function.
    /// @param selector The function.
    error NoPermitFor(bytes4 selector);

    /// @notice The call has another length than its function's parameters.
    /// @param wanted Bytes that it should have.
    /// @param given Bytes that it has.
    error BadPermitCall(uint256 wanted, uint256 given);

    /// @notice The permit is late.
    /// @param deadline Its last second, Unix time.
    /// @param time Now, Unix seconds.
    error PermitExpired(uint256 deadline, uint256 time);

    /// @notice The nonce was used, or burnt.
    /// @param signer The signer.
    /// @param nonce The nonce.
    error PermitNonceUsed(address signer, uint256 nonce);

    /// @notice The signature is not the signer's.
    /// @param signer The signer.
    error BadPermitSignature(address signer);

    /// @notice A permit was carried out.
    /// @param signer The signer.
    /// @param nonce Its nonce.
    /// @param selector The function that was called.
    event PermitUsed(address indexed signer, uint256 nonce, bytes4 indexed selector);

    /// @notice A nonce can no longer be used.
    /// @param signer Who burnt it.
    /// @param nonce The nonce.
    event PermitNonceBurnt(address indexed signer, uint256 nonce);

    /// @notice Carry a permit out. Anyone may.
    /// @param signer Who signed.
    /// @param call Calldata of the function, for this contract.
    /// @param nonce A number that the signer did not use before.
    /// @param deadline Last second in which the permit holds, Unix time.
    /// @param signature The signer's.
    /// @return What the function returned.
    function executePermit(
        address signer,
        bytes calldata call,
        uint256 nonce,
        uint256 deadline,
        bytes calldata signature
    ) external returns (bytes memory);

    /// @notice Burn a nonce of the caller's, so that what was signed with it is void.
    /// @param nonce The nonce.
    function burnPermitNonce(uint256 nonce) external;

    /// @notice What is signed for a call.
    /// @param call Calldata of the function.
    /// @param nonce The nonce.
    /// @param deadline Last second in which the permit holds, Unix time.
    /// @return The EIP-712 digest.
    function permitDigest(bytes calldata call, uint256 nonce, uint256 deadline) external view returns (bytes32);

    /// @notice Whether a nonce was used or burnt.
    /// @param signer Whose.
    /// @param nonce The nonce.
    /// @return True when it was.
    function isPermitNonceUsed(address signer, uint256 nonce) external view returns (bool);
}
