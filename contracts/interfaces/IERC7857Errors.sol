// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @title Errors that clients of the published references parse
/// @notice Names and arguments are theirs (0gfoundation/0g-agent-nft, 0gfoundation/0g-agentic-id); functions of ours
/// say more with errors of their own.
interface IERC7857Errors {
    /// @notice A token with data needs proofs.
    error ERC7857EmptyProof();

    /// @notice There must be one pair of proofs per item of data.
    error ERC7857ProofCountMismatch();

    /// @notice A proof speaks of other data than the token has at its place.
    error ERC7857DataHashMismatch();

    /// @notice A consent is signed neither by the receiver nor by their assistant, or not for exactly this act.
    error ERC7857AccessAssistantMismatch();

    /// @notice The data key is sealed to another key than that behind the receiver's address.
    error ERC7857WantedReceiverMismatch();

    /// @notice The data key is sealed to another key than the one asked for.
    error ERC7857TargetPubkeyMismatch();

    /// @notice This address cannot be a user.
    /// @param user The address.
    error ERC7857InvalidAuthorizedUser(address user);

    /// @notice The token has as many authorised users as it may have.
    error ERC7857TooManyAuthorizedUsers();

    /// @notice The user is authorised already.
    error ERC7857AlreadyAuthorized();

    /// @notice The user is not authorised.
    error ERC7857NotAuthorized();

    /// @notice Something is wrong with the proofs.
    error ERC7857InvalidProof();

    /// @notice A token needs at least one item of data.
    error ERC7857EmptyData();

    /// @notice There must be one sealed key per item of data.
    /// @param items Items of data.
    /// @param keys Sealed keys.
    error ERC7857SealedKeyArityMismatch(uint256 items, uint256 keys);

    /// @notice The token has no item at this index.
    /// @param index The index.
    /// @param length Items of the token.
    error ERC7857IndexOutOfBounds(uint256 index, uint256 length);
}
