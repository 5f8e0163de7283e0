// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";
import {IKeyDeposits} from "./IKeyDeposits.sol";

/// @notice Where a wish is.
/// Open: the committee may hand the key over until the deadline. Done and Ended are final.
enum WishState {
    None,
    Open,
    Done,
    Ended
}

/// @notice An owner's wish that the committee hands a token over, without a price.
/// @param state Where it is.
/// @param token The collection.
/// @param madeAtBlock Number of the block in which it was made.
/// @param tokenId The token.
/// @param from Its owner, who made the wish.
/// @param deadline Last second of the hand-over, seconds since 1970.
/// @param to The receiver.
/// @param targetKeyHash keccak256 of the 64-byte key that the receiver wants the data key sealed to; the key itself is
/// in `WishMade`.
struct Wish {
    WishState state;
    address token;
    uint64 madeAtBlock;
    uint256 tokenId;
    address from;
    uint64 deadline;
    address to;
    bytes32 targetKeyHash;
}

/// @title Hand-overs by the committee, without a sale
/// @notice An owner locks a token here with the receiver's consent (`wish`); members see it, and anyone brings their
/// proofs (`fulfil`). A wish stands until its deadline, so that no receiver gets the key while the token goes to
/// somebody else. The desk has no administrator and holds no money.
interface ICommitteeDesk {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must not be zero is.
    error ZeroAddress();

    /// @notice Only the owner of a token can wish it away, and not to themselves.
    /// @param tokenId The token.
    /// @param owner Its owner.
    /// @param caller Who tried.
    error NotTheOwner(uint256 tokenId, address owner, address caller);

    /// @notice The time for the hand-over is too short or too long.
    /// @param window The time given, seconds.
    error WindowOutOfRange(uint256 window);

    /// @notice The committee holds no deposit of this item's key, so that it could not hand it over.
    /// @param tokenId The token.
    /// @param index Index of the item.
    error NotDeposited(uint256 tokenId, uint256 index);

    /// @notice The wish is in another state than this needs.
    /// @param wishId The wish.
    /// @param state Its state.
    error WrongState(uint256 wishId, WishState state);

    /// @notice The deadline of the hand-over has passed.
    /// @param deadline The deadline, seconds since 1970.
    error TooLate(uint256 deadline);

    /// @notice The hand-over still has time.
    /// @param deadline The deadline, seconds since 1970.
    error TooEarly(uint256 deadline);

    // ------------------------------------------------------------------ events

    /// @notice The committee may go to work.
    /// @param wishId The wish; ids count from 1.
    /// @param tokenId The token.
    /// @param to The receiver.
    /// @param token The collection.
    /// @param targetKey The key to seal to, 64 bytes X then Y.
    /// @param deadline Last second of the hand-over, seconds since 1970.
    /// @param consents The receiver's signed access proofs, one per item.
    event WishMade(
        uint256 indexed wishId,
        uint256 indexed tokenId,
        address indexed to,
        address token,
        bytes targetKey,
        uint256 deadline,
        AccessProof[] consents
    );

    /// @notice The token moved.
    /// @param wishId The wish.
    event WishFulfilled(uint256 indexed wishId);

    /// @notice The hand-over did not come in time; the token is its owner's alone again.
    /// @param wishId The wish.
    event WishEnded(uint256 indexed wishId);

    // ------------------------------------------------------------------ wishes

    /// @notice Lock a token for a hand-over by the committee. The caller is its owner and has approved the desk.
    /// @param token The collection.
    /// @param tokenId The token.
    /// @param to The receiver.
    /// @param window From now to the deadline, seconds.
    /// @param targetKey The key to seal to, 64 bytes X then Y.
    /// @param consents The receiver's signed access proofs to the data as it is, one per item, nonces ascending.
    /// @return wishId The wish.
    function wish(
        address token,
        uint256 tokenId,
        address to,
        uint32 window,
        bytes calldata targetKey,
        AccessProof[] calldata consents
    ) external returns (uint256 wishId);

    /// @notice Bring the proofs of a wish, in time: the token moves. Anyone.
    /// @param wishId The wish.
    /// @param proofs One pair per item of data, in the token's order.
    function fulfil(uint256 wishId, TransferValidityProof[] calldata proofs) external;

    /// @notice End a wish whose deadline has passed, and its lock. Anyone.
    /// @param wishId The wish.
    function end(uint256 wishId) external;

    // ------------------------------------------------------------------- views

    /// @notice Shortest time for a hand-over.
    /// @return Seconds.
    function MIN_WINDOW() external view returns (uint32);

    /// @notice Longest time for a hand-over.
    /// @return Seconds.
    function MAX_WINDOW() external view returns (uint32);

    /// @notice Where keys are deposited.
    /// @return The vault.
    function vault() external view returns (IKeyDeposits);

    /// @notice How many wishes were made.
    /// @return The number, which is the last id.
    function wishes() external view returns (uint256);

    /// @notice A wish.
    /// @param wishId The wish.
    /// @return The wish; state None when there is none.
    function wishOf(uint256 wishId) external view returns (Wish memory);
}
