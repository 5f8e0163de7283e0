// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IFairExchangeEvents} from "./IFairExchangeEvents.sol";
import {Container} from "../libraries/KeccakCtr.sol";
import {Reveal} from "../libraries/SealReveal.sol";
import {IAgentNFT} from "./IAgentNFT.sol";
import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";
import {IExchangeJudge, Piece} from "./IExchangeJudge.sol";
import {IMarketMoney} from "./IMarketMoney.sol";

/// @notice How far an escrow is.
enum EscrowState {
    None,
    Offered,
    Paid,
    Delivered,
    Finished,
    Owed,
    Cancelled,
    Refunded
}

/// @notice Why a buyer got the money back.
enum Fault {
    NotDelivered,
    NotAnswered,
    WrongKey,
    WrongChunk
}

/// @notice What a seller offers.
/// @param tokenId The token, with one item of data.
/// @param currency ERC-20 contract; zero for the chain's coin.
/// @param price Base units.
/// @param bond What the seller loses to the buyer if the data is not what was committed; at least 10 % of the price.
/// @param answerFee What the buyer pays whoever answers a challenge; at most the price.
/// @param deliverySeconds From payment to the delivery of the key.
/// @param windowSeconds From delivery to the end of complaints.
/// @param answerSeconds From a challenge to its answer.
struct EscrowTerms {
    uint256 tokenId;
    address currency;
    uint128 price;
    uint128 bond;
    uint128 answerFee;
    uint32 deliverySeconds;
    uint32 windowSeconds;
    uint32 answerSeconds;
}

/// @notice One sale.
/// @param state How far it is.
/// @param feeBps Fee of the exchange when it was offered, basis points.
/// @param deliverySeconds From payment to the delivery of the key.
/// @param windowSeconds From delivery to the end of complaints.
/// @param answerSeconds From a challenge to its answer.
/// @param challenges Challenges without an answer.
/// @param deadline Of the delivery while it is Paid, of complaints once it is Delivered; seconds since 1970.
/// @param seller The seller.
/// @param challengesUntil Last moment for a challenge, seconds since 1970.
/// @param buyer The buyer.
/// @param currency ERC-20 contract; zero for the chain's coin.
/// @param price Base units.
/// @param bond Base units.
/// @param royaltyCap Most that the collection may ask as royalty, base units.
/// @param answerFee Base units.
/// @param tokenId The token.
/// @param dataHash Storage root of its data.
/// @param proofHash While it is Paid the hash of the buyer's consent, afterwards of the whole pair of proofs.
/// @param sealHash keccak256 of the key sealed to the buyer.
struct Escrow {
    EscrowState state;
    uint16 feeBps;
    uint32 deliverySeconds;
    uint32 windowSeconds;
    uint32 answerSeconds;
    uint32 challenges;
    uint64 deadline;
    address seller;
    uint64 challengesUntil;
    address buyer;
    address currency;
    uint128 price;
    uint128 bond;
    uint128 royaltyCap;
    uint128 answerFee;
    uint256 tokenId;
    bytes32 dataHash;
    bytes32 proofHash;
    bytes32 sealHash;
}

/// @title Escrow in which a wrong key, wrong data or missing data costs the seller the sale
/// @notice For tokens whose data is a container of suite 2 (keccak256 in counter mode): its storage root, which is the
/// token's data hash, commits to the head, to one leaf per kilobyte and to the ciphertext. The course of a sale:
///
///     register    anybody shows the head of the container, once per data hash
///     offer       the seller locks the token here and leaves a bond
///     buy         the buyer leaves the price and the consent to the hand-over
///     deliver     the seller hands the key over, with the proof that the token itself checks
///     ...         the buyer opens the data; until the window ends a complaint or an unanswered challenge refunds
///     finish      the token goes to the buyer, the price to the seller
///
/// A complaint makes the data key public, for everybody: the data of the token is worth nothing afterwards, which is
/// what the bond is for. What the data means is nobody's business here: whether a model is any good is not judged.
interface IFairExchange is IFairExchangeEvents, IMarketMoney {
    // ----------------------------------------------------------------- actions

    /// @notice Set up the proxy, once.
    /// @param collection_ The collection whose tokens are sold here.
    /// @param feeBps_ Fee of later sales, basis points.
    /// @param treasury_ Who is credited with fees.
    /// @param authority_ The AccessManager that may administer the exchange.
    function initialize(IAgentNFT collection_, uint256 feeBps_, address treasury_, address authority_) external;

    /// @notice Show the head of a container, so that tokens with this data can be sold here. Anybody may; the data
    /// hash commits to all that is kept, so that nobody can register anything else.
    /// @param dataHash Storage root.
    /// @param head Its first sector, 256 bytes, with its path.
    function register(bytes32 dataHash, Piece calldata head) external;

    /// @notice Offer a token for sale. The caller owns it and has approved the exchange for it.
    /// @param terms The terms; the bond is collected now.
    /// @return escrowId The escrow.
    function offer(EscrowTerms calldata terms) external payable returns (uint256 escrowId);

    /// @notice Take an offer back that nobody paid.
    /// @param escrowId The escrow.
    function cancel(uint256 escrowId) external;

    /// @notice Pay.
    /// @param escrowId The escrow.
    /// @param terms What `termsOf` said when the buyer decided.
    /// @param targetKey Public key to seal to, 64 bytes; its holder alone can complain.
    /// @param consents One access proof for the transfer of the data as it is, good until `latestFinish` at least.
    function buy(uint256 escrowId, bytes32 terms, bytes calldata targetKey, AccessProof[] calldata consents)
        external
        payable;

    /// @notice Hand the key over; the token does not move yet. Everything of the seller's is checked as the token will
    /// check it. Nothing of the buyer's is: who spoils their consent after paying cannot undo a delivery.
    /// @param escrowId The escrow.
    /// @param proofs One pair: the buyer's consent, and an ownership proof by the key of the token's current seal.
    function deliver(uint256 escrowId, TransferValidityProof[] calldata proofs) external;

    /// @notice Ask for a block of the stored file. The buyer only, until the window ends, once per block.
    /// @param escrowId The escrow.
    /// @param index The block.
    function challenge(uint256 escrowId, uint256 index) external payable;

    /// @notice Show a block that was asked for. Anybody may, late too while the sale is open; they get the fee.
    /// @param escrowId The escrow.
    /// @param index The block.
    /// @param piece Its 1,024 bytes with their path.
    function answer(uint256 escrowId, uint256 index, Piece calldata piece) external;

    /// @notice Refund the buyer because the key was not delivered in time. Anybody may.
    /// @param escrowId The escrow.
    function refundUndelivered(uint256 escrowId) external;

    /// @notice Refund the buyer because a challenge was not answered in time. Anybody may.
    /// @param escrowId The escrow.
    /// @param index The block.
    function refundUnanswered(uint256 escrowId, uint256 index) external;

    /// @notice Show that the delivered seal does not hold the key of the container. The buyer only.
    /// @param escrowId The escrow.
    /// @param sealedKey The delivered seal.
    /// @param reveal Its opening; the key is public from now on.
    function complainKey(uint256 escrowId, bytes calldata sealedKey, Reveal calldata reveal) external;

    /// @notice Show that a chunk does not decrypt to what its leaf commits to. The buyer only.
    /// @param escrowId The escrow.
    /// @param sealedKey The delivered seal.
    /// @param reveal Its opening; the key is public from now on.
    /// @param chunk Index of the chunk.
    /// @param sealedChunk Its block with the path.
    /// @param leaves The sector of its leaf with the path.
    function complainChunk(
        uint256 escrowId,
        bytes calldata sealedKey,
        Reveal calldata reveal,
        uint256 chunk,
        Piece calldata sealedChunk,
        Piece calldata leaves
    ) external;

    /// @notice Move the token and pay the seller. The buyer may at any time after the delivery, anybody once the
    /// window has ended and every challenge is answered.
    /// @param escrowId The escrow.
    /// @param proofs The delivered pair.
    function finish(uint256 escrowId, TransferValidityProof[] calldata proofs) external;

    /// @notice Pay the seller although the token cannot be handed over: the buyer used the consent up, or refuses the
    /// token. Anybody may, a day after the window. The token waits for the buyer.
    /// @param escrowId The escrow.
    function finishUncollected(uint256 escrowId) external;

    /// @notice Hand over a token that waits for its buyer.
    /// @param escrowId The escrow.
    /// @param proofs Proofs that the token accepts: the delivered ones, or with a fresh consent.
    function collect(uint256 escrowId, TransferValidityProof[] calldata proofs) external;

    // ------------------------------------------------------------------- views

    /// @notice Shortest of each time in the terms.
    /// @return Seconds.
    function MIN_SECONDS() external view returns (uint256);

    /// @notice Longest of each time in the terms.
    /// @return Seconds.
    function MAX_SECONDS() external view returns (uint256);

    /// @notice Time from the end of the window to `finishUncollected`.
    /// @return Seconds.
    function GRACE_SECONDS() external view returns (uint256);

    /// @notice Smallest bond.
    /// @return Basis points of the price.
    function MIN_BOND_BPS() external view returns (uint256);

    /// @notice Most challenges of a sale without an answer, so that nobody wins by asking faster than anybody can answer.
    /// @return The number.
    function MAX_OPEN_CHALLENGES() external view returns (uint256);

    /// @notice The rules that the exchange decides by.
    /// @return The contract.
    function judge() external view returns (IExchangeJudge);

    /// @notice The collection whose tokens are sold here.
    /// @return The collection.
    function collection() external view returns (IAgentNFT);

    /// @notice Number of escrows; ids count from 1.
    /// @return The number.
    function escrowCount() external view returns (uint256);

    /// @notice One escrow.
    /// @param escrowId The escrow.
    /// @return What is known of it.
    function escrowOf(uint256 escrowId) external view returns (Escrow memory);

    /// @notice Head of a registered container.
    /// @param dataHash Storage root.
    /// @return The head; all zero when none is registered.
    function containerOf(bytes32 dataHash) external view returns (Container memory);

    /// @notice What a buyer agrees to.
    /// @param escrowId The escrow.
    /// @return keccak256(abi.encode(chain id, this contract, escrowId, seller, dataHash, terms)).
    function termsOf(uint256 escrowId) external view returns (bytes32);

    /// @notice Until when a consent must hold that is given now.
    /// @param escrowId The escrow.
    /// @return Seconds since 1970.
    function latestFinish(uint256 escrowId) external view returns (uint256);

    /// @notice When the answer to a challenge is due.
    /// @param escrowId The escrow.
    /// @param index The block.
    /// @return Seconds since 1970; 0 when the block is not challenged, 1 when it is answered.
    function challengeOf(uint256 escrowId, uint256 index) external view returns (uint256);

    /// @notice What the opening of a delivered seal is bound to.
    /// @param escrowId The escrow.
    /// @return Head of `SigmaProof.verifyEquality`.
    function revealHead(uint256 escrowId) external view returns (bytes32);
}
