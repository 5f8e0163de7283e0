// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ListingTerms, Offer, Order, Sale} from "./AgentMarketTypes.sol";
import {IAgentMarketEvents} from "./IAgentMarketEvents.sol";
import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";
import {IMarketMoney} from "./IMarketMoney.sol";

/// @title Market of one collection of agents
/// @notice Two ways to sell. A listing locks the token in the market, so that it sells while its owner is away: the
/// buyer locks payment and consent (`buy`), anyone brings the ownership proofs (`settle`), and after the deadline the
/// payment goes back (`refund`). An order and an offer are signed messages that anyone may match (`fulfil`).
/// No buyer pays without token or new seal, and no token moves without the buyer's consent, which names its data. The
/// collection never changes. All money is credited, and taken out by its owner ({IMarketMoney}).
///
/// Whoever sees the proofs of a transaction, if only in the pool, has the new seals. In modes Proof and Committee a
/// buyer who then makes the hand-over fail still pays (state Owed). Not so in mode Oracle, where the buyer reads the
/// new data before consenting, nor in `fulfil`, where nothing is locked before the seal is seen: the seller trusts
/// the buyer there. Where the pool is public or the buyer a stranger, sell by a listing of mode Proof or Committee.
///
/// Orders and offers are EIP-712 messages of the domain
/// `{name: "0G-iNFT-Market", version: "1", chainId, verifyingContract: market}`:
///
///     Order(address collection,uint256 tokenId,bytes32 dataCommitment,address currency,uint256 price,
///           uint256 minProceeds,address seller,address receiver,uint256 nonce,uint256 expiry)
///     Offer(address collection,bool anyToken,uint256 tokenId,bytes32 dataCommitment,address currency,
///           uint256 price,address buyer,uint256 nonce,uint256 expiry)
interface IAgentMarket is IMarketMoney, IAgentMarketEvents {
    // ---------------------------------------------------------------- listings

    /// @notice List a token. The caller is its owner and has approved the market, which locks it.
    /// @param terms What the seller asks for.
    /// @return listingId The listing; ids count from 1.
    function list(ListingTerms calldata terms) external returns (uint256 listingId);

    /// @notice End a listing that is not paid. The seller may at any time, anyone after its last second.
    /// @param listingId The listing.
    function delist(uint256 listingId) external;

    /// @notice Lock payment and consent. In the chain's own coin the value is the price exactly, or nothing and the
    /// caller's credit pays. An ERC-20 is pulled by allowance.
    /// @param listingId The listing.
    /// @param currency Its currency, as the buyer saw it.
    /// @param price Its price, as the buyer saw it, base units.
    /// @param targetKey Key to seal the data key to, 64 bytes X then Y of a point of secp256k1.
    /// @param consents The buyer's access proofs for a transfer from the seller to the buyer, one per item of data,
    /// good until the deadline; their wanted key is targetKey, or empty where that is the key behind the buyer's
    /// address; their nonces ascend. None in mode Oracle.
    function buy(
        uint256 listingId,
        address currency,
        uint256 price,
        bytes calldata targetKey,
        AccessProof[] calldata consents
    ) external payable;

    /// @notice Hand the token over and credit seller, royalty receiver and treasury. Anyone may, until the deadline.
    /// Where the token refuses although the consents are those of `buy` and the ownership proofs are good by
    /// themselves (of type ZKP, to the buyer's key), all are credited and the token is owed to the buyer; else this
    /// reverts with the token's error. So it does while the collection or its verifier is paused.
    /// @dev Needs more gas left than a hand-over takes, and gives back what it does not use: `NotEnoughGas`.
    /// @param listingId The listing.
    /// @param proofs One pair per item of data.
    function settle(uint256 listingId, TransferValidityProof[] calldata proofs) external;

    /// @notice Move a token that is owed to its buyer. Anyone may, at any time, with whatever proofs the token takes:
    /// those of `SaleOwed`, mostly with a new consent of the buyer's.
    /// @param listingId The listing.
    /// @param proofs One pair per item of data.
    function collect(uint256 listingId, TransferValidityProof[] calldata proofs) external;

    /// @notice Credit the buyer with the payment when the deadline has passed. Anyone may.
    /// @param listingId The listing.
    function refund(uint256 listingId) external;

    // --------------------------------------------------------- orders and offers

    /// @notice Match an order with an offer; the offer's price is paid. Anyone may. The market needs the seller's
    /// approval of the token. Payment as in `buy`, from the offer's buyer; who sends value pays with it. Nothing is
    /// locked before: a buyer who sees the proofs in the pool can cancel the offer and has the new seals for nothing.
    /// @param order The seller's wish.
    /// @param offer The buyer's wish.
    /// @param proofs One pair per item of data; none for a token without data.
    function fulfil(Order calldata order, Offer calldata offer, TransferValidityProof[] calldata proofs)
        external
        payable;

    /// @notice Cancel the caller's message with this nonce.
    /// @param nonce The nonce.
    function cancel(uint256 nonce) external;

    /// @notice Cancel every message of the caller with a nonce below this.
    /// @param floor Lowest nonce that can still be good; a lower one than before changes nothing.
    function cancelBelow(uint256 floor) external;

    // ---------------------------------------------------------- administration

    /// @notice Set up the proxy, once.
    /// @param feeBps_ The market's fee, basis points.
    /// @param treasury_ Who is credited with fees.
    /// @param authority_ AccessManager that may administer the market.
    function initialize(uint256 feeBps_, address treasury_, address authority_) external;

    /// @notice Name the committee whose deposits listings of mode Committee need. Restricted.
    /// @param committee_ The committee; zero for none.
    function setCommittee(address committee_) external;

    // ------------------------------------------------------------------- views

    /// @notice Shortest time for a hand-over.
    /// @return Seconds.
    function MIN_WINDOW() external view returns (uint32);

    /// @notice Longest time for a hand-over.
    /// @return Seconds.
    function MAX_WINDOW() external view returns (uint32);

    /// @notice The collection whose tokens are sold here; part of the code, so that nobody swaps it.
    /// @return Its address.
    function collection() external view returns (address);

    /// @notice Whose deposits listings of mode Committee need.
    /// @return The committee; zero for none.
    function committee() external view returns (address);

    /// @notice How many listings there were; ids are 1 to this number.
    /// @return The number.
    function listingCount() external view returns (uint256);

    /// @notice The listing that a token is in.
    /// @param tokenId The token.
    /// @return The listing; zero for none.
    function listingOf(uint256 tokenId) external view returns (uint256);

    /// @notice A listing and its sale.
    /// @param listingId The listing.
    /// @return The sale; state None for a listing that never was.
    function saleOf(uint256 listingId) external view returns (Sale memory);

    /// @notice Whether a signer's nonce is used or cancelled.
    /// @param signer The signer.
    /// @param nonce The nonce.
    /// @return True when no message with it is good any more.
    function isNonceSpent(address signer, uint256 nonce) external view returns (bool);

    /// @notice Digest that a seller signs.
    /// @param order The order; its signature is not read.
    /// @return The digest.
    function hashOrder(Order calldata order) external view returns (bytes32);

    /// @notice Digest that a buyer signs.
    /// @param offer The offer; its signature is not read.
    /// @return The digest.
    function hashOffer(Offer calldata offer) external view returns (bytes32);
}
