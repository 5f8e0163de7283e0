// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {ListingTerms, SaleState} from "./AgentMarketTypes.sol";
import {AccessProof, TransferValidityProof} from "./IERC7857DataVerifier.sol";

/// @title What a market says
/// @notice Errors and events of {IAgentMarket}.
interface IAgentMarketEvents {
    // --------------------------------------------------------- errors: listings

    /// @notice Only the owner of a token can list it.
    /// @param tokenId The token.
    /// @param owner Its owner.
    /// @param caller Who tried.
    error NotTheOwner(uint256 tokenId, address owner, address caller);

    /// @notice The token is in a listing that has not ended.
    /// @param tokenId The token.
    /// @param listingId The listing.
    error AlreadyListed(uint256 tokenId, uint256 listingId);

    /// @notice The last second in which it can be bought has passed.
    /// @param until That second, seconds since 1970.
    /// @param time Time of the block.
    error ListingOver(uint256 until, uint256 time);

    /// @notice The time for the hand-over is too short or too long.
    /// @param window The time given, seconds.
    error WindowOutOfRange(uint256 window);

    /// @notice The committee holds no deposit of this token's keys, so that it could not hand them over.
    /// @param tokenId The token.
    error NotDeposited(uint256 tokenId);

    /// @notice The listing is in another state than this needs.
    /// @param listingId The listing.
    /// @param state Its state.
    error WrongState(uint256 listingId, SaleState state);

    /// @notice The listing asks for something else than the buyer means to pay.
    /// @param currency Currency of the listing.
    /// @param price Price of the listing, base units.
    error TermsChanged(address currency, uint256 price);

    /// @notice Only the seller ends a listing before its last second.
    /// @param listingId The listing.
    /// @param caller Who tried.
    error NotTheSeller(uint256 listingId, address caller);

    /// @notice The deadline of the hand-over has passed: the buyer takes the money back.
    /// @param deadline The deadline, seconds since 1970.
    error TooLate(uint256 deadline);

    /// @notice The hand-over still has time.
    /// @param deadline The deadline, seconds since 1970.
    error TooEarly(uint256 deadline);

    /// @notice A hand-over that fails for want of gas would look as if the buyer refused it.
    /// @param needed Gas that must be left when the hand-over begins.
    /// @param left Gas that was left.
    error NotEnoughGas(uint256 needed, uint256 left);

    // -------------------------------------------------------- errors: consents

    /// @notice There must be one consent per item of data; none where an oracle re-encrypts first.
    /// @param wanted Consents needed.
    /// @param given Consents given.
    error ConsentCountMismatch(uint256 wanted, uint256 given);

    /// @notice A consent speaks of other data than the token has.
    /// @param index Index of the item.
    error ConsentToOtherData(uint256 index);

    /// @notice A consent asks for another key than the buyer named.
    /// @param index Index of the item.
    error ConsentToOtherKey(uint256 index);

    /// @notice A consent is signed neither by the buyer nor by their assistant, or not for this hand-over.
    /// @param index Index of the item.
    error ConsentNotSigned(uint256 index);

    /// @notice A consent's nonce was used already, or is not above the one before.
    /// @param index Index of the item.
    error ConsentUsed(uint256 index);

    /// @notice A consent ends before the hand-over need be done, or lives longer than the verifier accepts.
    /// @param index Index of the item.
    /// @param until Its deadline, seconds since 1970.
    error ConsentDeadline(uint256 index, uint256 until);

    /// @notice The key is not 64 bytes of a point of secp256k1.
    error NotAPublicKey();

    // ---------------------------------------------------- errors: orders, offers

    /// @notice A message is about another collection.
    /// @param collection The collection it names.
    error WrongCollection(address collection);

    /// @notice A message is no longer good.
    /// @param expiry Its last second, seconds since 1970.
    error MessageExpired(uint256 expiry);

    /// @notice A message is not signed by whom it names.
    /// @param signer Whom it names.
    error WrongSigner(address signer);

    /// @notice The signer used or cancelled this nonce.
    /// @param signer The signer.
    /// @param nonce The nonce.
    error NonceSpent(address signer, uint256 nonce);

    /// @notice Order and offer are about different tokens.
    /// @param ordered Token of the order.
    /// @param offered Token of the offer.
    error TokenMismatch(uint256 ordered, uint256 offered);

    /// @notice The token's data is not what the signer saw.
    /// @param signed Commitment in the message.
    /// @param current Commitment of the token.
    error DataChanged(bytes32 signed, bytes32 current);

    /// @notice Order and offer name different currencies.
    /// @param ordered Currency of the order.
    /// @param offered Currency of the offer.
    error CurrencyMismatch(address ordered, address offered);

    /// @notice The offer is below the order's price.
    /// @param ordered The order's price, base units.
    /// @param offered The offer's price, base units.
    error PriceTooLow(uint256 ordered, uint256 offered);

    /// @notice After fee and royalty the seller would get less than the order says.
    /// @param least What the order says, base units.
    /// @param proceeds What the seller would get, base units.
    error ProceedsTooLow(uint256 least, uint256 proceeds);

    /// @notice The order is for another buyer.
    /// @param receiver Whom it is for.
    /// @param buyer Who offers.
    error WrongReceiver(address receiver, address buyer);

    /// @notice Data moves with proofs, one pair per item.
    /// @param tokenId The token.
    error ProofsMissing(uint256 tokenId);

    // ------------------------------------------------------------------ errors

    /// @notice An address that must be a contract is none.
    /// @param account The address.
    error NotAContract(address account);

    // ------------------------------------------------------------------ events

    /// @notice A token can be bought.
    /// @param listingId The listing.
    /// @param seller Its owner.
    /// @param tokenId The token.
    /// @param terms What the seller asks for.
    event Listed(uint256 indexed listingId, address indexed seller, uint256 indexed tokenId, ListingTerms terms);

    /// @notice A listing ended without a sale; the token is its owner's alone again.
    /// @param listingId The listing.
    event Delisted(uint256 indexed listingId);

    /// @notice Payment is locked: who makes the ownership proof of this listing's mode may go to work.
    /// @param listingId The listing.
    /// @param tokenId The token.
    /// @param buyer Who paid.
    /// @param targetKey The key to seal to, 64 bytes X then Y.
    /// @param deadline Last second of the hand-over, seconds since 1970.
    /// @param consents The buyer's signed access proofs, one per item; none where an oracle re-encrypts first.
    event SalePaid(
        uint256 indexed listingId,
        uint256 indexed tokenId,
        address indexed buyer,
        bytes targetKey,
        uint256 deadline,
        AccessProof[] consents
    );

    /// @notice The token moved and the seller is credited.
    /// @param listingId The listing.
    /// @param buyer The new owner.
    /// @param proceeds What the seller got, base units.
    event SaleSettled(uint256 indexed listingId, address indexed buyer, uint256 proceeds);

    /// @notice The seller's half was proven and is paid; the token waits in the market for the buyer, whose half the
    /// token refused. The buyer finds the new seals here.
    /// @param listingId The listing.
    /// @param tokenId The token.
    /// @param buyer To whom it is owed.
    /// @param proceeds What the seller got, base units.
    /// @param proofs The proofs that were brought.
    event SaleOwed(
        uint256 indexed listingId,
        uint256 indexed tokenId,
        address indexed buyer,
        uint256 proceeds,
        TransferValidityProof[] proofs
    );

    /// @notice A token that was owed moved to its buyer.
    /// @param listingId The listing.
    /// @param buyer The new owner.
    event SaleCollected(uint256 indexed listingId, address indexed buyer);

    /// @notice The hand-over did not come in time: the buyer is credited, and the listing stands again.
    /// @param listingId The listing.
    /// @param buyer Who gets the payment back.
    event SaleRefunded(uint256 indexed listingId, address indexed buyer);

    /// @notice An order met an offer.
    /// @param tokenId The token.
    /// @param seller Owner before.
    /// @param buyer Owner after.
    /// @param currency What was paid in; zero for the chain's own coin.
    /// @param price What the buyer paid, base units.
    /// @param proceeds What the seller got, base units.
    event Fulfilled(
        uint256 indexed tokenId,
        address indexed seller,
        address indexed buyer,
        address currency,
        uint256 price,
        uint256 proceeds
    );

    /// @notice A signer cancelled a message.
    /// @param signer The signer.
    /// @param nonce Nonce of the message.
    event NonceCancelled(address indexed signer, uint256 nonce);

    /// @notice A signer cancelled every message with a nonce below this.
    /// @param signer The signer.
    /// @param floor Lowest nonce that can still be good.
    event NoncesCancelledBelow(address indexed signer, uint256 floor);

    /// @notice Deposits are looked for at this committee from now on.
    /// @param committee The committee; zero for none.
    event CommitteeSet(address indexed committee);
}
