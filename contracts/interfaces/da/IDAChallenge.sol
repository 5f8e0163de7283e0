// SPDX-License-Identifier: MIT
pragma solidity ^0.8.24;

import {DaHeader, DaPiece} from "../../libraries/DaCode.sol";

/// @notice What a challenge asks for: a piece of a row, or the header of the blob.
enum ChallengeKind {
    Piece,
    Header
}

/// @notice A challenge for a piece.
/// @param dataRoot A certified blob.
/// @param epoch Its epoch.
/// @param quorumId Its quorum.
/// @param row Index of the row that is asked for; its bit is set.
/// @param piece Index of the piece in it.
/// @param header Its header.
/// @param quorumBitmap The bitmap that the blob was certified with.
struct ChallengeRequest {
    bytes32 dataRoot;
    uint64 epoch;
    uint64 quorumId;
    uint32 row;
    uint32 piece;
    DaHeader header;
    bytes quorumBitmap;
}

/// @notice A challenge for the header, which needs no header.
/// @param dataRoot A certified blob.
/// @param epoch Its epoch.
/// @param quorumId Its quorum.
/// @param row Index of a row of the signer who is asked; its bit is set.
/// @param quorumBitmap The bitmap that the blob was certified with.
struct HeaderRequest {
    bytes32 dataRoot;
    uint64 epoch;
    uint64 quorumId;
    uint32 row;
    bytes quorumBitmap;
}

/// @notice The answer to a challenge for the header.
/// @param dataRoot The blob.
/// @param epoch Its epoch.
/// @param quorumId Its quorum.
/// @param header Its header: with the roots of the certificate it hashes to the data root.
struct HeaderAnswer {
    bytes32 dataRoot;
    uint64 epoch;
    uint64 quorumId;
    DaHeader header;
}

/// @notice An open challenge.
/// @param signer Who must answer.
/// @param deadline Last block of an answer; zero when there is no such challenge.
/// @param row Index of the row.
/// @param challenger Who asked.
/// @param piece Index of the piece; of a piece only, as are rows, rowRoot and rowSize.
/// @param rows Rows of the blob.
/// @param rowRoot Root over all rows of the blob.
/// @param bond Wei that the challenger put down.
/// @param rowSize Bytes of a row.
/// @param kind What is asked for. Last, so that who knows no kinds reads the others as before.
struct Challenge {
    address signer;
    uint64 deadline;
    uint32 row;
    address challenger;
    uint32 piece;
    uint32 rows;
    bytes32 rowRoot;
    uint128 bond;
    uint32 rowSize;
    ChallengeKind kind;
}

/// @notice What a new contract of challenges is set up with.
/// @param entrance The DAEntrance.
/// @param registry The DARegistry, which lets this contract slash.
/// @param authority AccessManager that may administer it.
/// @param bond Wei that a challenger puts down; it pays the signer for a good answer.
/// @param penalty Wei of stake that an unanswered challenge costs.
/// @param window Blocks that a signer has to answer.
/// @param liability Epochs that a signer answers for after the blob's own.
struct ChallengeParams {
    address entrance;
    address registry;
    address authority;
    uint256 bond;
    uint256 penalty;
    uint256 window;
    uint256 liability;
}

/// @title Challenges: who signed for a row shows any piece of it, or loses stake
/// @notice A signature says "I keep these rows". Anyone may ask a signer for one piece of one row of a certified blob,
/// with a bond. An answer in time is the piece with its path, and the bond pays for it. Else the signer loses stake;
/// the challenger gets half of it, the treasury the rest, so challenging oneself costs. A signature also says "this is
/// a data root": where no header can be had, a signer is asked for that, on the same terms.
/// @dev A challenge for a piece needs a header that hashes to the data root and fits the network: whoever keeps the row
/// can answer. One for the header is answered by such a header alone, with the roots of the certificate: a certificate
/// over other roots than those of the data root is as bad as one over a data root that is no hash. There is no bound on
/// open challenges, which would be a shield for who opens them against itself; the bond has to be more than the gas of
/// an answer. The registry must lock stake for longer than `liability` epochs and a window.
interface IDAChallenge {
    // ------------------------------------------------------------------ errors

    /// @notice An address that must be somebody is zero.
    error ZeroAddress();

    /// @notice A parameter is out of its bounds.
    /// @param value The value.
    /// @param least Smallest allowed.
    /// @param most Greatest allowed.
    error OutOfBounds(uint256 value, uint256 least, uint256 most);

    /// @notice The bond is exact.
    /// @param paid Wei that came.
    /// @param bond Wei that are due.
    error WrongBond(uint256 paid, uint256 bond);

    /// @notice The registry lets another contract slash, or none: nothing is asked that could not be settled.
    /// @param judge The contract that may; zero for nobody.
    error NotTheJudge(address judge);

    /// @notice The blob was not certified with that bitmap, or not at all.
    /// @param dataRoot The blob.
    /// @param bitmapHash keccak256 of the bitmap given.
    error NotCertified(bytes32 dataRoot, bytes32 bitmapHash);

    /// @notice Nobody answers for a blob of that epoch any more.
    /// @param epoch The epoch.
    /// @param currentEpoch The epoch under way.
    error NoLongerLiable(uint256 epoch, uint256 currentEpoch);

    /// @notice The row was not signed for.
    /// @param row Its index.
    error NotSigned(uint256 row);

    /// @notice That piece, or the header by that row, is asked for already.
    /// @param challengeId The open challenge.
    error AlreadyAsked(uint256 challengeId);

    /// @notice There is no such open challenge.
    /// @param challengeId The challenge.
    error NoSuchChallenge(uint256 challengeId);

    /// @notice The answer shows another piece.
    /// @param row Its row.
    /// @param piece Its piece.
    error OtherPiece(uint256 row, uint256 piece);

    /// @notice The challenge asks for something else.
    /// @param kind What it asks for.
    error OtherKind(ChallengeKind kind);

    /// @notice The answer shows the header of another blob.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    error OtherBlob(bytes32 dataRoot, uint256 epoch, uint256 quorumId);

    /// @notice The answer comes after the deadline.
    /// @param deadline Last block of an answer.
    error TooLate(uint256 deadline);

    /// @notice The signer may still answer.
    /// @param deadline Last block of an answer.
    error TooEarly(uint256 deadline);

    /// @notice Nothing is credited to the account.
    /// @param account The account.
    error NothingOwed(address account);

    /// @notice The receiver refused the payment; it stays credited.
    /// @param account The receiver.
    /// @param amount Wei.
    error PaymentRefused(address account, uint256 amount);

    // ------------------------------------------------------------------ events

    /// @notice A signer is asked for a piece.
    /// @param challengeId The challenge.
    /// @param signer Who must answer.
    /// @param challenger Who asked.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param row Index of the row.
    /// @param piece Index of the piece.
    /// @param deadline Last block of an answer.
    event ChallengeOpened(
        uint256 indexed challengeId,
        address indexed signer,
        address indexed challenger,
        bytes32 dataRoot,
        uint256 epoch,
        uint256 quorumId,
        uint256 row,
        uint256 piece,
        uint256 deadline
    );

    /// @notice A signer is asked for the header of a blob.
    /// @param challengeId The challenge.
    /// @param signer Who must answer.
    /// @param challenger Who asked.
    /// @param dataRoot The blob.
    /// @param epoch Its epoch.
    /// @param quorumId Its quorum.
    /// @param row Index of the row by which the signer is asked.
    /// @param deadline Last block of an answer.
    event HeaderChallengeOpened(
        uint256 indexed challengeId,
        address indexed signer,
        address indexed challenger,
        bytes32 dataRoot,
        uint256 epoch,
        uint256 quorumId,
        uint256 row,
        uint256 deadline
    );

    /// @notice What was asked for was shown; the bond is the signer's.
    /// @param challengeId The challenge.
    /// @param signer Who was asked.
    event ChallengeAnswered(uint256 indexed challengeId, address indexed signer);

    /// @notice What was asked for was not shown in time.
    /// @param challengeId The challenge.
    /// @param signer Who was asked.
    /// @param slashed Wei of stake that it lost: the penalty, or all it had. 0: only the bond went back, because nothing
    /// was left to lose, or this contract may not slash any more.
    event ChallengeLost(uint256 indexed challengeId, address indexed signer, uint256 slashed);

    /// @notice Money was credited.
    /// @param account Whose it is.
    /// @param amount Wei.
    event PaymentCredited(address indexed account, uint256 amount);

    /// @notice Credited money was paid out.
    /// @param account Whose it was.
    /// @param amount Wei.
    event PaymentWithdrawn(address indexed account, uint256 amount);

    /// @notice The terms of later challenges changed.
    /// @param bond Wei that a challenger puts down.
    /// @param penalty Wei of stake that an unanswered challenge costs.
    /// @param window Blocks that a signer has to answer.
    /// @param liability Epochs that a signer answers for after the blob's own.
    event TermsChanged(uint256 bond, uint256 penalty, uint256 window, uint256 liability);

    // --------------------------------------------------------------- functions

    /// @notice Set up a new contract; the proxy's constructor calls it, once.
    /// @param params Its neighbours and terms.
    function initialize(ChallengeParams calldata params) external;

    /// @notice Ask a signer for a piece. Exactly the bond comes with the call. Refused unless the registry lets this
    /// contract slash.
    /// @param request Which piece, and why that signer has it.
    /// @return challengeId The challenge.
    function challenge(ChallengeRequest calldata request) external payable returns (uint256 challengeId);

    /// @notice Ask a signer for the header of a blob. Terms and refusals are those of `challenge`. One question for each
    /// row at a time, so that a signer loses by its part of the quorum, and cannot shield itself by one of its own.
    /// @param request Which blob, and why that signer knows it.
    /// @return challengeId The challenge.
    function challengeHeader(HeaderRequest calldata request) external payable returns (uint256 challengeId);

    /// @notice Answer a challenge for a piece. Anyone may; the bond is credited to the signer.
    /// @param challengeId The challenge.
    /// @param shown The piece with its path to the row root.
    function answer(uint256 challengeId, DaPiece calldata shown) external;

    /// @notice Answer a challenge for the header. Anyone may; the bond is credited to the signer.
    /// @param challengeId The challenge.
    /// @param shown The header, and of which blob it is.
    function answerHeader(uint256 challengeId, HeaderAnswer calldata shown) external;

    /// @notice Slash a signer that did not answer in time. Anyone may. The bond is credited to the challenger here; the
    /// registry owes half of what was slashed to the challenger, and the rest to the treasury of the entrance. When the
    /// registry lets another contract slash by now, only the bond goes back.
    /// @param challengeId The challenge.
    function settle(uint256 challengeId) external;

    /// @notice Pay out what is credited to an account. Anyone may.
    /// @param account The account.
    function withdraw(address payable account) external;

    /// @notice Change the terms of later challenges. Restricted.
    /// @param bond Wei that a challenger puts down, not zero.
    /// @param penalty Wei of stake that an unanswered challenge costs, not zero.
    /// @param window Blocks that a signer has to answer, not zero.
    /// @param liability Epochs that a signer answers for after the blob's own.
    function setTerms(uint256 bond, uint256 penalty, uint256 window, uint256 liability) external;

    /// @notice An open challenge.
    /// @param challengeId Its number.
    /// @return All zero when it is over, or never was.
    function challengeOf(uint256 challengeId) external view returns (Challenge memory);

    /// @notice What is credited to an account.
    /// @param account The account.
    /// @return Wei.
    function credit(address account) external view returns (uint256);

    /// @notice The terms of challenges that are opened now.
    /// @return bond Wei that a challenger puts down.
    /// @return penalty Wei of stake that an unanswered challenge costs.
    /// @return window Blocks that a signer has to answer.
    /// @return liability Epochs that a signer answers for after the blob's own.
    function terms() external view returns (uint256 bond, uint256 penalty, uint256 window, uint256 liability);

    /// @notice The DAEntrance.
    /// @return Its address.
    function entrance() external view returns (address);

    /// @notice The DARegistry.
    /// @return Its address.
    function registry() external view returns (address);
}
