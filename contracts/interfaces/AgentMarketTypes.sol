// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

/// @notice Who makes the ownership proof of a listing's sale; the market's rules are the same for all.
/// Proof: the seller, by a sigma proof. Committee: the threshold committee. Oracle: a registered oracle, which
/// re-encrypts, so that the buyer can consent only after payment, to a ciphertext that they have seen.
enum SaleMode {
    Proof,
    Committee,
    Oracle
}

/// @notice Where a listing is.
/// Listed: can be bought until `listedUntil`. Paid: payment and consent are locked; it ends in Settled or Owed, or
/// goes back to Listed by a refund after the deadline. Owed: the seller's half was proven and paid, and the token,
/// which the buyer's half would not let move, waits in the market until the buyer collects it: then it is Settled.
/// Settled and Delisted are final.
enum SaleState {
    None,
    Listed,
    Paid,
    Settled,
    Delisted,
    Owed
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
/// @param consentsHash keccak256 of the ABI encoding of the buyer's consents, which are in `SalePaid`.
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
    bytes32 consentsHash;
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
