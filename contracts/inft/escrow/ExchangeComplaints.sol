// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {Piece} from "../../interfaces/IExchangeJudge.sol";
import {Escrow, EscrowState, Fault, IFairExchange} from "../../interfaces/IFairExchange.sol";
import {Reveal} from "../../libraries/SealReveal.sol";
import {SectorTree} from "../../libraries/SectorTree.sol";
import {ExchangeBase} from "./ExchangeBase.sol";

/// @title What a buyer can do about a key or data that is not what was sold
/// @notice The manual is {IFairExchange}.
abstract contract ExchangeComplaints is ExchangeBase {
    // -------------------------------------------------------------- challenges

    /// @inheritdoc IFairExchange
    function challenge(uint256 escrowId, uint256 index) external payable nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Delivered);
        require(msg.sender == escrow.buyer, NotTheParty(escrowId, msg.sender));
        require(block.timestamp <= escrow.challengesUntil, TooLate(escrow.challengesUntil));
        ExchangeStorage storage $ = _exchange();
        uint256 count = judge.blocksOf($.container[escrow.dataHash].plainSize);
        require(index < count, SectorTree.NoSuchPiece(index, count));
        require($.due[escrowId][index] == 0, AlreadyChallenged(escrowId, index));
        require(escrow.challenges < MAX_OPEN_CHALLENGES, TooManyChallenges(escrowId, MAX_OPEN_CHALLENGES));
        uint64 due = uint64(block.timestamp) + escrow.answerSeconds;
        $.due[escrowId][index] = due;
        ++escrow.challenges;
        // After the last answer the buyer has as long again to complain about what it shows.
        uint64 end = due + escrow.answerSeconds;
        if (end > escrow.deadline) escrow.deadline = end;
        emit Challenged(escrowId, index, due);
        _collect(escrow.currency, escrow.answerFee, msg.sender);
    }

    /// @inheritdoc IFairExchange
    function answer(uint256 escrowId, uint256 index, Piece calldata piece) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Delivered);
        ExchangeStorage storage $ = _exchange();
        require($.due[escrowId][index] > ANSWERED, NotChallenged(escrowId, index));
        judge.requireBlock(escrow.dataHash, $.container[escrow.dataHash].plainSize, index, piece);
        $.due[escrowId][index] = ANSWERED;
        --escrow.challenges;
        emit Answered(escrowId, index, msg.sender, piece.data);
        _credit(escrow.currency, msg.sender, escrow.answerFee);
    }

    // ----------------------------------------------------------------- refunds

    /// @inheritdoc IFairExchange
    function refundUndelivered(uint256 escrowId) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Paid);
        require(block.timestamp > escrow.deadline, TooEarly(escrow.deadline + 1));
        _credit(escrow.currency, escrow.seller, escrow.bond);
        _refund(escrowId, escrow, Fault.NotDelivered, escrow.price);
    }

    /// @inheritdoc IFairExchange
    function refundUnanswered(uint256 escrowId, uint256 index) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Delivered);
        uint256 due = _exchange().due[escrowId][index];
        require(due > ANSWERED, NotChallenged(escrowId, index));
        require(block.timestamp > due, TooEarly(due + 1));
        _refundAll(escrowId, escrow, Fault.NotAnswered);
    }

    /// @inheritdoc IFairExchange
    function complainKey(uint256 escrowId, bytes calldata sealedKey, Reveal calldata reveal) external nonReentrant {
        (Escrow storage escrow, bool right,) = _revealed(escrowId, sealedKey, reveal);
        require(!right, KeyIsRight());
        _refundAll(escrowId, escrow, Fault.WrongKey);
    }

    /// @inheritdoc IFairExchange
    function complainChunk(
        uint256 escrowId,
        bytes calldata sealedKey,
        Reveal calldata reveal,
        uint256 chunk,
        Piece calldata sealedChunk,
        Piece calldata leaves
    ) external nonReentrant {
        (Escrow storage escrow, bool right, bytes32 contentKey) = _revealed(escrowId, sealedKey, reveal);
        require(right, KeyIsWrong());
        bytes32 dataHash = escrow.dataHash;
        uint64 plainSize = _exchange().container[dataHash].plainSize;
        judge.requireWrong(dataHash, plainSize, contentKey, chunk, sealedChunk, leaves);
        _refundAll(escrowId, escrow, Fault.WrongChunk);
    }

    /// @dev Open the delivered seal in public, and see whether it holds the key of the container.
    function _revealed(uint256 escrowId, bytes calldata sealedKey, Reveal calldata reveal)
        private
        returns (Escrow storage escrow, bool right, bytes32 contentKey)
    {
        escrow = _in(escrowId, EscrowState.Delivered);
        require(msg.sender == escrow.buyer, NotTheParty(escrowId, msg.sender));
        require(block.timestamp <= escrow.deadline, TooLate(escrow.deadline));
        require(keccak256(sealedKey) == escrow.sealHash, NotTheDeliveredSeal(escrowId));
        bytes32 dataHash = escrow.dataHash;
        bytes32 dataKey;
        (right, dataKey, contentKey) =
            judge.open(revealHead(escrowId), _exchange().container[dataHash], sealedKey, reveal);
        emit KeyRevealed(escrowId, dataHash, dataKey);
    }
}
