// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";
import {IAgentMarketEvents} from "./IAgentMarketEvents.sol";
import {IMarketMoney} from "./IMarketMoney.sol";

/// @notice Who makes the ownership proof of a listing's sale; the market's rules are the same for all.
/// Proof: the seller, by a sigma proof. Committee: the threshold committee. Oracle: a registered oracle, which
/// re-encrypts, so that the buyer can consent only after payment, to a ciphertext that they have seen.
enum SaleMode {
    Proof,
    Committee,
    Oracle
}

/// @notice Where a listing is.
/// Listed: can be bought until `listedUntil`. Paid: payment and consent are locked; it ends in Settled, or goes back
/// to Listed by a refund after the deadline. Settled and Delisted are final.
enum SaleState {
    None,
    Listed,
    Paid,
    Settled,
    Delisted
}

/// @notice What a seller asks for.
/// @param tokenId The token.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param price What the buyer pays, base units of the currency.
/// @param mode Who makes the ownership proof.
/// @param listedUntil Last second in which it can be bought, seconds since 1970.
/// @param window From payment to the deadline of the hand-over, seconds.
// solhint-disable-next-line gas-struct-packing
struct ListingTerms {
    uint256 tokenId;
    address currency;
    uint128 price;
    SaleMode mode;
    uint64 listedUntil;
    uint32 window;
}

/// @notice A listing, and its sale once it is paid.
/// @param state Where it is.
/// @param mode Who makes the ownership proof.
/// @param token The collection.
/// @param feeBps The market's fee, basis points, fixed at the time of listing.
/// @param listedUntil Last second in which it can be bought, seconds since 1970.
/// @param tokenId The token.
/// @param seller Its owner, who gets the proceeds.
/// @param window From payment to the deadline, seconds.
/// @param paidAtBlock Number of the block of the payment; zero while nobody has paid.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param deadline Last second of the hand-over, seconds since 1970.
/// @param price What the buyer pays, base units.
/// @param royaltyCap Most that goes to the royalty receiver, base units: the royalty at the time of listing.
/// @param buyer Who paid; zero while nobody has.
/// @param targetKeyHash keccak256 of the 64-byte key that the buyer wants the data key sealed to; the key itself is
/// in `SalePaid`.
struct Sale {
    SaleState state;
    SaleMode mode;
    address token;
    uint16 feeBps;
    uint64 listedUntil;
    uint256 tokenId;
    address seller;
    uint32 window;
    uint64 paidAtBlock;
    address currency;
    uint64 deadline;
    uint128 price;
    uint128 royaltyCap;
    address buyer;
    bytes32 targetKeyHash;
}

/// @notice A seller's signed wish.
/// @param collection The collection; must be this market's.
/// @param tokenId The token.
/// @param dataCommitment `dataCommitmentOf(tokenId)` at the time of signing.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param price Least price, base units.
/// @param minProceeds Least that the seller is credited after fee and royalty, base units.
/// @param seller Owner of the token.
/// @param receiver Only this buyer may have it; zero: anyone.
/// @param nonce Free to choose; spent per seller.
/// @param expiry Last second in which it is good, seconds since 1970.
/// @param signature EIP-712 signature of the seller (ECDSA or ERC-1271); empty where the seller is the caller.
struct Order {
    address collection;
    uint256 tokenId;
    bytes32 dataCommitment;
    address currency;
    uint256 price;
    uint256 minProceeds;
    address seller;
    address receiver;
    uint256 nonce;
    uint256 expiry;
    bytes signature;
}

/// @notice A buyer's signed wish.
/// @param collection The collection; must be this market's.
/// @param anyToken True for any token of the collection that has data; the buyer's access proof, without which no
/// data moves, then says which.
/// @param tokenId The token; zero with anyToken.
/// @param dataCommitment `dataCommitmentOf(tokenId)` at the time of signing; zero with anyToken.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param price What the buyer pays, base units.
/// @param buyer Who pays and gets the token.
/// @param nonce Free to choose; spent per buyer.
/// @param expiry Last second in which it is good, seconds since 1970.
/// @param signature EIP-712 signature of the buyer (ECDSA or ERC-1271); empty where the buyer is the caller.
struct Offer {
    address collection;
    bool anyToken;
    uint256 tokenId;
    bytes32 dataCommitment;
    address currency;
    uint256 price;
    address buyer;
    uint256 nonce;
    uint256 expiry;
    bytes signature;
}

/// @title Market of one collection of agents
/// @notice Two ways to sell. A listing locks the token in the market, so that it sells while its owner is away: the
/// buyer locks payment and consent (`buy`), anyone brings the ownership proofs (`settle`), and after the deadline the
/// payment goes back (`refund`). An order and an offer are signed messages that anyone may match (`fulfil`).
/// No buyer pays without the token, and no token moves without the buyer's consent, which names its data. The
/// collection never changes. All money is credited, and taken out by its owner ({IMarketMoney}).
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
    /// @param listingId The listing.
    /// @param proofs One pair per item of data.
    function settle(uint256 listingId, TransferValidityProof[] calldata proofs) external;

    /// @notice Credit the buyer with the payment when the deadline has passed. Anyone may.
    /// @param listingId The listing.
    function refund(uint256 listingId) external;

    // --------------------------------------------------------- orders and offers

    /// @notice Match an order with an offer; the offer's price is paid. Anyone may. The market needs the seller's
    /// approval of the token. Payment as in `buy`, from the offer's buyer; who sends value pays with it.
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
