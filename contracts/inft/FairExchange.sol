// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {AccessProof, TransferValidityProof} from "../interfaces/IERC7857DataVerifier.sol";
import {IExchangeJudge, Piece} from "../interfaces/IExchangeJudge.sol";
import {Escrow, EscrowState, EscrowTerms, IFairExchange} from "../interfaces/IFairExchange.sol";
import {Container} from "../libraries/KeccakCtr.sol";
import {MarketRules} from "../libraries/MarketRules.sol";
import {Royalties} from "../libraries/Royalties.sol";
import {Handing} from "../libraries/SaleConsent.sol";
import {SealedAgents} from "../libraries/SealedAgents.sol";
import {ExchangeBase} from "./escrow/ExchangeBase.sol";
import {ExchangeComplaints} from "./escrow/ExchangeComplaints.sol";

/// @title Escrow with complaints
/// @notice The manual is {IFairExchange}.
contract FairExchange is ExchangeComplaints {
    /// @notice The implementation behind the proxy holds nothing but the way to its rules.
    /// @param judge_ The rules.
    constructor(IExchangeJudge judge_) ExchangeBase(judge_) {
        _disableInitializers();
    }

    /// @inheritdoc IFairExchange
    function initialize(IAgentNFT collection_, uint256 feeBps_, address treasury_, address authority_)
        external
        initializer
    {
        require(address(collection_) != address(0), ZeroAddress());
        _initializeMoney(feeBps_, treasury_, authority_);
        _exchange().collection = collection_;
    }

    // ------------------------------------------------------------ before a sale

    /// @inheritdoc IFairExchange
    function register(bytes32 dataHash, Piece calldata head) external {
        Container memory container = judge.containerOf(dataHash, head);
        _exchange().container[dataHash] = container;
        emit Registered(dataHash, container);
    }

    /// @inheritdoc IFairExchange
    function offer(EscrowTerms calldata terms) external payable nonReentrant whenNotPaused returns (uint256 escrowId) {
        ExchangeStorage storage $ = _exchange();
        IAgentNFT token = $.collection;
        address owner = token.ownerOf(terms.tokenId);
        require(owner == msg.sender, NotTheSeller(terms.tokenId, owner));
        SealedAgents.requireNone(address(token), terms.tokenId);
        bytes32[] memory hashes = token.dataHashesOf(terms.tokenId);
        require(hashes.length == 1, NotOneItem(terms.tokenId, hashes.length));
        require($.container[hashes[0]].keyCheck != 0, NotProtected(hashes[0]));
        _checkTerms(terms);
        escrowId = ++$.escrows;
        _store($.escrow[escrowId], terms, hashes[0]);
        emit Offered(escrowId, terms.tokenId, msg.sender, hashes[0], terms);
        _collect(terms.currency, terms.bond, msg.sender);
        token.lock(terms.tokenId);
    }

    function _checkTerms(EscrowTerms calldata terms) private pure {
        uint256 least = MarketRules.share(terms.price, MIN_BOND_BPS);
        require(terms.bond >= least, BondTooSmall(terms.bond, least));
        require(terms.answerFee <= terms.price, AnswerFeeTooHigh(terms.answerFee, terms.price));
        uint32[3] memory times = [terms.deliverySeconds, terms.windowSeconds, terms.answerSeconds];
        for (uint256 i = 0; i < times.length; ++i) {
            require(
                times[i] >= MIN_SECONDS && times[i] <= MAX_SECONDS, TimeOutOfRange(times[i], MIN_SECONDS, MAX_SECONDS)
            );
        }
    }

    function _store(Escrow storage escrow, EscrowTerms calldata terms, bytes32 dataHash) private {
        (, uint256 royalty) = Royalties.read(address(_exchange().collection), terms.tokenId, terms.price);
        escrow.state = EscrowState.Offered;
        escrow.feeBps = uint16(feeBps());
        escrow.deliverySeconds = terms.deliverySeconds;
        escrow.windowSeconds = terms.windowSeconds;
        escrow.answerSeconds = terms.answerSeconds;
        escrow.seller = msg.sender;
        escrow.currency = terms.currency;
        escrow.price = terms.price;
        escrow.bond = terms.bond;
        escrow.royaltyCap = uint128(MarketRules.split(terms.price, 0, royalty).royalty);
        escrow.answerFee = terms.answerFee;
        escrow.tokenId = terms.tokenId;
        escrow.dataHash = dataHash;
    }

    /// @inheritdoc IFairExchange
    function cancel(uint256 escrowId) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Offered);
        require(msg.sender == escrow.seller, NotTheParty(escrowId, msg.sender));
        escrow.state = EscrowState.Cancelled;
        emit Cancelled(escrowId);
        _credit(escrow.currency, escrow.seller, escrow.bond);
        _exchange().collection.unlock(escrow.tokenId);
    }

    // --------------------------------------------------------------- the sale

    /// @inheritdoc IFairExchange
    function buy(uint256 escrowId, bytes32 terms, bytes calldata targetKey, AccessProof[] calldata consents)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        Escrow storage escrow = _in(escrowId, EscrowState.Offered);
        bytes32 found = termsOf(escrowId);
        require(terms == found, TermsDiffer(terms, found));
        Handing memory handing =
            Handing(_exchange().collection, escrow.tokenId, escrow.seller, msg.sender, latestFinish(escrowId));
        judge.requireConsent(handing, targetKey, consents);
        uint64 deadline = uint64(block.timestamp) + escrow.deliverySeconds;
        escrow.state = EscrowState.Paid;
        escrow.deadline = deadline;
        escrow.buyer = msg.sender;
        escrow.proofHash = keccak256(abi.encode(consents[0]));
        emit Paid(escrowId, msg.sender, deadline, targetKey, consents[0]);
        _collect(escrow.currency, escrow.price, msg.sender);
    }

    /// @inheritdoc IFairExchange
    function deliver(uint256 escrowId, TransferValidityProof[] calldata proofs) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Paid);
        require(block.timestamp <= escrow.deadline, TooLate(escrow.deadline));
        require(
            proofs.length == 1 && keccak256(abi.encode(proofs[0].accessProof)) == escrow.proofHash,
            NotTheDelivery(escrowId)
        );
        // The token is not asked: a buyer could make it refuse at the last moment, and have read the seal by then.
        judge.requireSeal(Handing(_exchange().collection, escrow.tokenId, escrow.seller, escrow.buyer, 0), proofs[0]);
        uint64 deadline = uint64(block.timestamp) + escrow.windowSeconds;
        escrow.state = EscrowState.Delivered;
        escrow.deadline = deadline;
        escrow.challengesUntil = deadline;
        escrow.proofHash = keccak256(abi.encode(proofs[0]));
        escrow.sealHash = keccak256(proofs[0].ownershipProof.sealedKey);
        emit Delivered(escrowId, escrow.buyer, deadline, proofs[0]);
    }

    /// @inheritdoc IFairExchange
    function finish(uint256 escrowId, TransferValidityProof[] calldata proofs) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Delivered);
        if (msg.sender != escrow.buyer) _requireOver(escrowId, escrow, 0);
        bool delivered = proofs.length == 1 && keccak256(abi.encode(proofs[0])) == escrow.proofHash;
        require(delivered, NotTheDelivery(escrowId));
        escrow.state = EscrowState.Finished;
        _paySeller(escrowId, escrow, true);
        _handOver(escrow.buyer, escrow.tokenId, proofs);
    }

    /// @inheritdoc IFairExchange
    function finishUncollected(uint256 escrowId) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Delivered);
        _requireOver(escrowId, escrow, GRACE_SECONDS);
        escrow.state = EscrowState.Owed;
        _paySeller(escrowId, escrow, false);
    }

    /// @inheritdoc IFairExchange
    function collect(uint256 escrowId, TransferValidityProof[] calldata proofs) external nonReentrant {
        Escrow storage escrow = _in(escrowId, EscrowState.Owed);
        escrow.state = EscrowState.Finished;
        emit Collected(escrowId);
        _handOver(escrow.buyer, escrow.tokenId, proofs);
    }

    function _handOver(address buyer, uint256 tokenId, TransferValidityProof[] calldata proofs) private {
        IAgentNFT token = _exchange().collection;
        token.iTransfer(buyer, tokenId, proofs);
        require(token.ownerOf(tokenId) == buyer, NotHandedOver(tokenId));
    }

    function _requireOver(uint256 escrowId, Escrow storage escrow, uint256 grace) private view {
        uint256 end = escrow.deadline + grace;
        require(block.timestamp > end, TooEarly(end + 1));
        require(escrow.challenges == 0, ChallengesOpen(escrowId, escrow.challenges));
    }
}
