// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentNFT} from "../../interfaces/IAgentNFT.sol";
import {IExchangeJudge} from "../../interfaces/IExchangeJudge.sol";
import {Escrow, EscrowState, EscrowTerms, Fault, IFairExchange} from "../../interfaces/IFairExchange.sol";
import {Container} from "../../libraries/KeccakCtr.sol";
import {MarketRules, Split} from "../../libraries/MarketRules.sol";
import {Royalties} from "../../libraries/Royalties.sol";
import {MarketMoney} from "../MarketMoney.sol";

/// @title What an escrow is, and how its money leaves it
/// @notice The manual is {IFairExchange}.
abstract contract ExchangeBase is IFairExchange, MarketMoney {
    /// @inheritdoc IFairExchange
    uint256 public constant MIN_SECONDS = 60;

    /// @inheritdoc IFairExchange
    uint256 public constant MAX_SECONDS = 5 days;

    /// @inheritdoc IFairExchange
    uint256 public constant GRACE_SECONDS = 1 days;

    /// @inheritdoc IFairExchange
    uint256 public constant MIN_BOND_BPS = 1_000;

    /// @inheritdoc IFairExchange
    uint256 public constant MAX_OPEN_CHALLENGES = 32;

    /// @inheritdoc IFairExchange
    IExchangeJudge public immutable judge;

    bytes32 private constant REVEAL_TAG = keccak256("zerog/escrow/reveal/1");

    /// @dev Instead of the time when the answer to a challenge is due.
    uint256 internal constant ANSWERED = 1;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.FairExchange
    struct ExchangeStorage {
        IAgentNFT collection;
        uint256 escrows;
        mapping(uint256 escrowId => Escrow) escrow;
        mapping(bytes32 dataHash => Container) container;
        mapping(uint256 escrowId => mapping(uint256 index => uint256)) due;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.FairExchange")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant EXCHANGE_STORAGE = 0xcc988262358d36c88cabaf15b89b4bdb6bcbf7843407126b3c735cb7f8269b00;

    function _exchange() internal pure returns (ExchangeStorage storage $) {
        assembly ("memory-safe") {
            $.slot := EXCHANGE_STORAGE
        }
    }

    /// @notice Fix the judge of complaints.
    /// @param judge_ Contract that opens chunks.
    constructor(IExchangeJudge judge_) {
        require(address(judge_) != address(0), ZeroAddress());
        judge = judge_;
    }

    // ------------------------------------------------------------ where it ends

    /// @dev Fees of challenges that a buyer who finishes early leaves open are the buyer's.
    function _paySeller(uint256 escrowId, Escrow storage escrow, bool handedOver) internal {
        (address currency, uint256 price) = (escrow.currency, escrow.price);
        (address receiver, uint256 royalty) = Royalties.read(address(_exchange().collection), escrow.tokenId, price);
        if (royalty > escrow.royaltyCap) royalty = escrow.royaltyCap;
        Split memory split = MarketRules.split(price, escrow.feeBps, royalty);
        emit Finished(escrowId, handedOver, split.proceeds);
        _credit(currency, treasury(), split.fee);
        _credit(currency, receiver, split.royalty);
        _credit(currency, escrow.seller, split.proceeds + escrow.bond);
        _credit(currency, escrow.buyer, escrow.challenges * uint256(escrow.answerFee));
    }

    /// @dev The buyer gets the bond too, and the fees of challenges without an answer.
    function _refundAll(uint256 escrowId, Escrow storage escrow, Fault fault) internal {
        uint256 fees = escrow.challenges * uint256(escrow.answerFee);
        _refund(escrowId, escrow, fault, uint256(escrow.price) + escrow.bond + fees);
    }

    function _refund(uint256 escrowId, Escrow storage escrow, Fault fault, uint256 amount) internal {
        escrow.state = EscrowState.Refunded;
        emit Refunded(escrowId, fault, amount);
        _credit(escrow.currency, escrow.buyer, amount);
        _exchange().collection.unlock(escrow.tokenId);
    }

    // ------------------------------------------------------------------- views

    function _in(uint256 escrowId, EscrowState state) internal view returns (Escrow storage escrow) {
        escrow = _exchange().escrow[escrowId];
        require(escrow.state == state, WrongEscrowState(escrowId, escrow.state));
    }

    /// @inheritdoc IFairExchange
    function collection() external view returns (IAgentNFT) {
        return _exchange().collection;
    }

    /// @inheritdoc IFairExchange
    function escrowCount() external view returns (uint256) {
        return _exchange().escrows;
    }

    /// @inheritdoc IFairExchange
    function escrowOf(uint256 escrowId) external view returns (Escrow memory) {
        return _exchange().escrow[escrowId];
    }

    /// @inheritdoc IFairExchange
    function containerOf(bytes32 dataHash) external view returns (Container memory) {
        return _exchange().container[dataHash];
    }

    /// @inheritdoc IFairExchange
    function termsOf(uint256 escrowId) public view returns (bytes32) {
        Escrow storage escrow = _exchange().escrow[escrowId];
        EscrowTerms memory terms = EscrowTerms(
            escrow.tokenId,
            escrow.currency,
            escrow.price,
            escrow.bond,
            escrow.answerFee,
            escrow.deliverySeconds,
            escrow.windowSeconds,
            escrow.answerSeconds
        );
        return keccak256(abi.encode(block.chainid, address(this), escrowId, escrow.seller, escrow.dataHash, terms));
    }

    /// @inheritdoc IFairExchange
    function latestFinish(uint256 escrowId) public view returns (uint256) {
        Escrow storage escrow = _exchange().escrow[escrowId];
        uint256 answers = 2 * uint256(escrow.answerSeconds);
        return block.timestamp + escrow.deliverySeconds + escrow.windowSeconds + answers + GRACE_SECONDS;
    }

    /// @inheritdoc IFairExchange
    function challengeOf(uint256 escrowId, uint256 index) external view returns (uint256) {
        return _exchange().due[escrowId][index];
    }

    /// @inheritdoc IFairExchange
    function revealHead(uint256 escrowId) public view returns (bytes32) {
        Escrow storage escrow = _exchange().escrow[escrowId];
        return
            keccak256(abi.encode(REVEAL_TAG, block.chainid, address(this), escrowId, escrow.dataHash, escrow.sealHash));
    }
}
