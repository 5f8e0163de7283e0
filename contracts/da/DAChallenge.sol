// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {
    AccessManagedUpgradeable
} from "@openzeppelin/contracts-upgradeable/access/manager/AccessManagedUpgradeable.sol";
import {UUPSUpgradeable} from "@openzeppelin/contracts/proxy/utils/UUPSUpgradeable.sol";
import {Math} from "@openzeppelin/contracts/utils/math/Math.sol";
import {Certificate} from "../interfaces/da/DAEntranceTypes.sol";
import {
    Challenge,
    ChallengeKind,
    ChallengeParams,
    ChallengeRequest,
    HeaderAnswer,
    HeaderRequest,
    IDAChallenge
} from "../interfaces/da/IDAChallenge.sol";
import {IDAEntrance} from "../interfaces/da/IDAEntrance.sol";
import {IDARegistry} from "../interfaces/da/IDARegistry.sol";
import {IDASigners} from "../interfaces/da/IDASigners.sol";
import {DaCode, DaPiece} from "../libraries/DaCode.sol";

/// @title DAChallenge
/// @notice Signers show what they signed for, or lose stake. The manual is the interface.
contract DAChallenge is IDAChallenge, AccessManagedUpgradeable, UUPSUpgradeable {
    /// @dev What holds for challenges that are opened now.
    struct Terms {
        uint128 bond;
        uint128 penalty;
        uint64 window;
        uint64 liability;
    }

    /// @custom:storage-location erc7201:zerog.storage.DAChallenge
    struct ChallengeStorage {
        IDAEntrance entrance;
        IDARegistry registry;
        IDASigners signers;
        Terms terms;
        uint256 count;
        mapping(uint256 challengeId => Challenge) open;
        mapping(uint256 challengeId => bytes32 place) placeOf;
        mapping(uint256 challengeId => uint256) penaltyOf;
        mapping(bytes32 place => uint256 challengeId) at;
        mapping(address account => uint256) credits;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.DAChallenge")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant CHALLENGE_STORAGE = 0x2b6238a42fca35819404a2becf7dfb905b74bead7a516e629d03840ade1de000;

    // ------------------------------------------------------------ construction

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IDAChallenge
    function initialize(ChallengeParams calldata params) external initializer {
        require(
            params.entrance != address(0) && params.registry != address(0) && params.authority != address(0),
            ZeroAddress()
        );
        __AccessManaged_init(params.authority);
        ChallengeStorage storage $ = _challenges();
        ($.entrance, $.registry) = (IDAEntrance(params.entrance), IDARegistry(params.registry));
        $.signers = IDASigners($.entrance.DA_SIGNERS());
        _setTerms(params.bond, params.penalty, params.window, params.liability);
    }

    // -------------------------------------------------------------- challenges

    /// @inheritdoc IDAChallenge
    function challenge(ChallengeRequest calldata request) external payable returns (uint256 challengeId) {
        ChallengeStorage storage $ = _challenges();
        _requireAskable($, request.epoch);
        Certificate memory held =
            _requireCertified($, request.dataRoot, request.epoch, request.quorumId, request.quorumBitmap);
        uint256 rows = _requirePlace($, request, held);
        bytes32 place =
            keccak256(abi.encode(request.dataRoot, request.epoch, request.quorumId, request.row, request.piece));
        Challenge memory made;
        made.signer = $.signers.getQuorumRow(request.epoch, request.quorumId, request.row);
        (made.row, made.piece, made.rows) = (request.row, request.piece, uint32(rows));
        (made.rowRoot, made.rowSize) = (held.rowRoot, request.header.rowSize);
        challengeId = _open($, place, made);
        _announce(challengeId, made, request);
    }

    /// @inheritdoc IDAChallenge
    function challengeHeader(HeaderRequest calldata request) external payable returns (uint256 challengeId) {
        ChallengeStorage storage $ = _challenges();
        (bytes32 root, uint64 epoch, uint64 quorumId) = (request.dataRoot, request.epoch, request.quorumId);
        _requireAskable($, epoch);
        _requireCertified($, root, epoch, quorumId, request.quorumBitmap);
        (uint256 dataRows, uint256 parityRows) = $.entrance.profile();
        DaCode.requireRow(dataRows + parityRows, request.row);
        _requireSigned(request.row, request.quorumBitmap);
        Challenge memory made;
        made.signer = $.signers.getQuorumRow(epoch, quorumId, request.row);
        (made.row, made.kind) = (request.row, ChallengeKind.Header);
        challengeId = _open($, _headerPlace(root, epoch, quorumId, request.row), made);
        emit HeaderChallengeOpened(
            challengeId, made.signer, msg.sender, root, epoch, quorumId, request.row, made.deadline
        );
    }

    /// @inheritdoc IDAChallenge
    function answer(uint256 challengeId, DaPiece calldata shown) external {
        Challenge memory asked = _answerable(challengeId, ChallengeKind.Piece);
        require(shown.row == asked.row && shown.piece == asked.piece, OtherPiece(shown.row, shown.piece));
        DaCode.requirePiece(asked.rows, asked.rowSize, shown, asked.rowRoot);
        _pay(challengeId, asked);
    }

    /// @inheritdoc IDAChallenge
    function answerHeader(uint256 challengeId, HeaderAnswer calldata shown) external {
        Challenge memory asked = _answerable(challengeId, ChallengeKind.Header);
        ChallengeStorage storage $ = _challenges();
        (bytes32 root, uint64 epoch, uint64 quorumId) = (shown.dataRoot, shown.epoch, shown.quorumId);
        bytes32 place = _headerPlace(root, epoch, quorumId, asked.row);
        require(place == $.placeOf[challengeId], OtherBlob(root, epoch, quorumId));
        (uint256 dataRows, uint256 parityRows) = $.entrance.profile();
        DaCode.requireHeader(shown.header, dataRows, parityRows);
        // Roots other than the certificate's would be those of another blob, whoever signed them.
        Certificate memory held = $.entrance.certificateOf(root, epoch, quorumId);
        DaCode.requireDataRoot(shown.header, held.rowRoot, held.rlcRoot, address($.entrance), root);
        _pay(challengeId, asked);
    }

    /// @inheritdoc IDAChallenge
    function settle(uint256 challengeId) external {
        Challenge memory asked = _asked(challengeId);
        require(block.number > asked.deadline, TooEarly(asked.deadline));
        ChallengeStorage storage $ = _challenges();
        // Another contract may slash by now: the bond goes back, and nobody loses stake.
        bool judges = $.registry.challenge() == address(this);
        uint256 lost = judges ? Math.min($.penaltyOf[challengeId], $.registry.staked(asked.signer)) : 0;
        _close(challengeId);
        emit ChallengeLost(challengeId, asked.signer, lost);
        _credit(asked.challenger, asked.bond);
        if (!judges) return;
        // Of what there is, and not of the penalty: the treasury's half is what challenging oneself costs.
        $.registry.slash(asked.signer, lost / 2, asked.challenger);
        $.registry.slash(asked.signer, lost - lost / 2, $.entrance.treasury());
    }

    /// @inheritdoc IDAChallenge
    function withdraw(address payable account) external {
        ChallengeStorage storage $ = _challenges();
        uint256 amount = $.credits[account];
        require(amount != 0, NothingOwed(account));
        $.credits[account] = 0;
        emit PaymentWithdrawn(account, amount);
        (bool paid,) = account.call{value: amount}("");
        require(paid, PaymentRefused(account, amount));
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IDAChallenge
    function setTerms(uint256 bond, uint256 penalty, uint256 window, uint256 liability) external restricted {
        _setTerms(bond, penalty, window, liability);
    }

    function _setTerms(uint256 bond, uint256 penalty, uint256 window, uint256 liability) private {
        Terms storage terms_ = _challenges().terms;
        terms_.bond = uint128(_within(bond, 1, type(uint128).max));
        terms_.penalty = uint128(_within(penalty, 1, type(uint128).max));
        terms_.window = uint64(_within(window, 1, type(uint32).max));
        terms_.liability = uint64(_within(liability, 0, type(uint32).max));
        emit TermsChanged(bond, penalty, window, liability);
    }

    function _within(uint256 value, uint256 least, uint256 most) private pure returns (uint256) {
        require(value >= least && value <= most, OutOfBounds(value, least, most));
        return value;
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IDAChallenge
    function challengeOf(uint256 challengeId) external view returns (Challenge memory) {
        return _challenges().open[challengeId];
    }

    /// @inheritdoc IDAChallenge
    function credit(address account) external view returns (uint256) {
        return _challenges().credits[account];
    }

    /// @inheritdoc IDAChallenge
    function terms() external view returns (uint256 bond, uint256 penalty, uint256 window, uint256 liability) {
        Terms storage now_ = _challenges().terms;
        return (now_.bond, now_.penalty, now_.window, now_.liability);
    }

    /// @inheritdoc IDAChallenge
    function entrance() external view returns (address) {
        return address(_challenges().entrance);
    }

    /// @inheritdoc IDAChallenge
    function registry() external view returns (address) {
        return address(_challenges().registry);
    }

    // ---------------------------------------------------------------- internal

    /// @dev The bond came, what is lost can be slashed, and somebody still answers for the epoch.
    function _requireAskable(ChallengeStorage storage $, uint256 epoch) private view {
        require(msg.value == $.terms.bond, WrongBond(msg.value, $.terms.bond));
        address judge = $.registry.challenge();
        require(judge == address(this), NotTheJudge(judge));
        uint256 current = $.signers.epochNumber();
        require(epoch + $.terms.liability >= current, NoLongerLiable(epoch, current));
    }

    function _requireCertified(
        ChallengeStorage storage $,
        bytes32 dataRoot,
        uint256 epoch,
        uint256 quorumId,
        bytes calldata bitmap
    ) private view returns (Certificate memory held) {
        held = $.entrance.certificateOf(dataRoot, epoch, quorumId);
        bytes32 bitmapHash = keccak256(bitmap);
        require(held.bitmapHash == bitmapHash, NotCertified(dataRoot, bitmapHash));
    }

    /// @dev The piece exists, and its row was signed for.
    function _requirePlace(ChallengeStorage storage $, ChallengeRequest calldata request, Certificate memory held)
        private
        view
        returns (uint256 rows)
    {
        (uint256 dataRows, uint256 parityRows) = $.entrance.profile();
        rows = dataRows + parityRows;
        DaCode.requireHeader(request.header, dataRows, parityRows);
        DaCode.requireDataRoot(request.header, held.rowRoot, held.rlcRoot, address($.entrance), request.dataRoot);
        DaCode.requirePlace(rows, request.header.rowSize, request.row, request.piece);
        _requireSigned(request.row, request.quorumBitmap);
    }

    /// @dev The bitmap of a certificate is as long as the quorum's rows demand.
    function _requireSigned(uint256 row, bytes calldata bitmap) private pure {
        uint256 bits = uint8(bitmap[row / 8]);
        require((bits >> (row % 8)) & 1 == 1, NotSigned(row));
    }

    /// @dev Four words, where the place of a piece has five: neither is ever the other.
    function _headerPlace(bytes32 dataRoot, uint64 epoch, uint64 quorumId, uint32 row) private pure returns (bytes32) {
        return keccak256(abi.encode(dataRoot, epoch, quorumId, row));
    }

    /// @dev Fills in what all challenges have, and keeps it.
    function _open(ChallengeStorage storage $, bytes32 place, Challenge memory made)
        private
        returns (uint256 challengeId)
    {
        require($.at[place] == 0, AlreadyAsked($.at[place]));
        challengeId = ++$.count;
        ($.at[place], $.placeOf[challengeId], $.penaltyOf[challengeId]) = (challengeId, place, $.terms.penalty);
        made.deadline = uint64(block.number) + $.terms.window;
        (made.challenger, made.bond) = (msg.sender, $.terms.bond);
        $.open[challengeId] = made;
    }

    function _announce(uint256 challengeId, Challenge memory made, ChallengeRequest calldata request) private {
        emit ChallengeOpened(
            challengeId,
            made.signer,
            msg.sender,
            request.dataRoot,
            request.epoch,
            request.quorumId,
            request.row,
            request.piece,
            made.deadline
        );
    }

    function _asked(uint256 challengeId) private view returns (Challenge memory asked) {
        asked = _challenges().open[challengeId];
        require(asked.deadline != 0, NoSuchChallenge(challengeId));
    }

    function _answerable(uint256 challengeId, ChallengeKind kind) private view returns (Challenge memory asked) {
        asked = _asked(challengeId);
        require(block.number <= asked.deadline, TooLate(asked.deadline));
        require(asked.kind == kind, OtherKind(asked.kind));
    }

    /// @dev The answer is good: the bond is the signer's.
    function _pay(uint256 challengeId, Challenge memory asked) private {
        _close(challengeId);
        emit ChallengeAnswered(challengeId, asked.signer);
        _credit(asked.signer, asked.bond);
    }

    function _close(uint256 challengeId) private {
        ChallengeStorage storage $ = _challenges();
        delete $.at[$.placeOf[challengeId]];
        delete $.placeOf[challengeId];
        delete $.penaltyOf[challengeId];
        delete $.open[challengeId];
    }

    function _credit(address account, uint256 amount) private {
        _challenges().credits[account] += amount;
        emit PaymentCredited(account, amount);
    }

    /// @dev The modifier judges by the selector that entered the contract: upgradeToAndCall.
    function _authorizeUpgrade(address) internal override restricted {}

    function _challenges() private pure returns (ChallengeStorage storage $) {
        assembly {
            $.slot := CHALLENGE_STORAGE
        }
    }
}
