// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {AgentNftProof} from "./IAgentNftDataVerifier.sol";
import {IMarketMoney} from "./IMarketMoney.sol";
import {IntelligentData} from "./IERC7857Metadata.sol";

/// @notice A seller's signed wish, as 0g-agent-nft has it.
/// @param tokenId The token.
/// @param expectedPrice Least price, base units.
/// @param currency ERC-20 contract; zero for the chain's own coin.
/// @param expireTime Last second in which it is good, seconds since 1970.
/// @param nonce Free to choose; spent per seller.
/// @param signature EIP-712 signature of the token's owner.
/// @param receiver Only this buyer may have it; zero: anyone.
struct ReferenceOrder {
    uint256 tokenId;
    uint256 expectedPrice;
    address currency;
    uint256 expireTime;
    bytes32 nonce;
    bytes signature;
    address receiver;
}

/// @notice A buyer's signed wish, as 0g-agent-nft has it.
/// @param tokenId The token.
/// @param offerPrice What the buyer pays, base units; `offeredPrice` in the signed type.
/// @param expireTime Last second in which it is good, seconds since 1970.
/// @param nonce Free to choose; spent per buyer.
/// @param needProof Whether the token moves with proofs; a token with data always does.
/// @param signature EIP-712 signature of the buyer.
struct ReferenceOffer {
    uint256 tokenId;
    uint256 offerPrice;
    uint256 expireTime;
    bytes32 nonce;
    bool needProof;
    bytes signature;
}

/// @title The market of 0g-agent-nft, with guards
/// @notice Selectors, events, signed types and error strings of the reference, for its clients as they are. What the
/// reference's messages do not say is asked of the caller instead, or refused: the collection never changes; nonces
/// are spent per signer; a token with data needs proofs, so that the buyer's consent names the data; an ERC-20 is
/// paid only where the buyer is the caller, because the signed offer has no currency; mint fees come from the
/// receiver's deposit only where the receiver is the caller, else from the caller's. Proceeds are credited and show
/// in `getBalance`. Messages of EIP-712 domain `{name: "AgentMarket", version: "1.0.0", chainId, verifyingContract}`:
///
///     Order(uint256 tokenId,uint256 expectedPrice,address currency,uint256 expireTime,bytes32 nonce,
///           address receiver,uint256 chainId,address verifyingContract)
///     Offer(uint256 tokenId,uint256 offeredPrice,uint256 expireTime,bool needProof,bytes32 nonce,
///           uint256 chainId,address verifyingContract)
/// @dev Source: 0gfoundation/0g-agent-nft, main: AgentMarket.
interface IReferenceMarket is IMarketMoney {
    // ------------------------------------------------------------------ errors

    /// @notice The collection is not a contract.
    /// @param account The address given.
    error NotAContract(address account);

    /// @notice A token with private data is sold with proofs only.
    /// @param tokenId The token.
    error ProofRequired(uint256 tokenId);

    /// @notice The signed offer names no currency: only the buyer's own call may pay in this one.
    /// @param currency The order's currency.
    error CurrencyNotSigned(address currency);

    /// @notice A mint fee has a limit.
    /// @param fee The fee given, wei.
    /// @param most The highest one, wei.
    error MintFeeTooHigh(uint256 fee, uint256 most);

    // ------------------------------------------------------------------ events

    /// @notice An order met an offer.
    /// @param seller Owner before.
    /// @param buyer Owner after.
    /// @param tokenId The token.
    /// @param price What the buyer paid, base units.
    /// @param currency What was paid in; zero for the chain's own coin.
    event OrderFulfilled(
        address indexed seller, address indexed buyer, uint256 tokenId, uint256 price, address currency
    );

    /// @notice A signer cancelled their order and offer of this nonce.
    /// @param signer The signer.
    /// @param nonce The nonce.
    event Cancelled(address indexed signer, bytes32 nonce);

    /// @notice An account's deposit grew.
    /// @param account The account.
    /// @param balance Its balance from now on, wei.
    event Deposit(address indexed account, uint256 balance);

    /// @notice An account took coin out.
    /// @param account The account.
    /// @param amount How much, wei.
    event Withdraw(address indexed account, uint256 amount);

    /// @notice The platform's fees were taken out.
    /// @param admin Who got them: the treasury.
    /// @param currency The currency.
    /// @param amount How much, base units.
    event FeesWithdrawn(address indexed admin, address currency, uint256 amount);

    /// @notice A partner took their fees out.
    /// @param partner The partner.
    /// @param currency The currency.
    /// @param amount How much, base units.
    event PartnerFeesWithdrawn(address indexed partner, address currency, uint256 amount);

    /// @notice The fee of later sales changed.
    /// @param oldFeeRate Basis points before.
    /// @param newFeeRate Basis points from now on.
    event FeeRateUpdated(uint256 oldFeeRate, uint256 newFeeRate);

    /// @notice A partner's share of the fee changed.
    /// @param partner The partner.
    /// @param oldRate Basis points of the fee before.
    /// @param newRate Basis points of the fee from now on.
    event PartnerFeeRateUpdated(address indexed partner, uint256 oldRate, uint256 newRate);

    /// @notice The fee of a paid mint changed.
    /// @param mintFee Wei.
    event MintFeeUpdated(uint256 mintFee);

    /// @notice The reduced fee of a paid mint changed.
    /// @param discountMintFee Wei.
    event DiscountMintFeeUpdated(uint256 discountMintFee);

    /// @notice A token was made against a fee.
    /// @param tokenId The token.
    /// @param from Who asked for it, or its creator where one is named.
    /// @param to Its owner.
    /// @param mintFee What was paid, wei.
    event PaidMinted(uint256 indexed tokenId, address indexed from, address indexed to, uint256 mintFee);

    /// @notice The market stands still.
    /// @param admin Who stopped it.
    event ContractPaused(address indexed admin);

    /// @notice The market goes on.
    /// @param admin Who let it go on.
    event ContractUnpaused(address indexed admin);

    // ------------------------------------------------------------------- trade

    /// @notice Match an order with an offer; the offer's price is paid. Anyone may. The market needs the seller's
    /// approval of the token. Coin comes from the value of the call (what is too much goes back to the caller), or
    /// without any from the buyer's deposit.
    /// @param order The seller's wish.
    /// @param offer The buyer's wish.
    /// @param proofs One pair per item of data; none for a token without data.
    function fulfillOrder(ReferenceOrder calldata order, ReferenceOffer calldata offer, AgentNftProof[] calldata proofs)
        external
        payable;

    /// @notice Cancel the caller's order and offer of this nonce.
    /// @param nonce The nonce.
    function cancel(bytes32 nonce) external;

    /// @notice Take coin out of a deposit, to the account itself; only the account may.
    /// @param account The account; must be the caller.
    /// @param amount How much, wei.
    function withdraw(address account, uint256 amount) external;

    // ------------------------------------------------------------------- mints

    /// @notice Make a token with data, against a fee. Restricted. Paid from the caller's deposit.
    /// @param iDatas Its items of data.
    /// @param to Its owner.
    /// @param isDiscount Whether the reduced fee is due.
    function paidMint(IntelligentData[] calldata iDatas, address to, bool isDiscount) external;

    /// @notice Make a token without data, against a fee. Restricted. Paid from the caller's deposit.
    /// @param to Its owner.
    /// @param uri Where its public description is.
    /// @param creator Who made it.
    /// @param isDiscount Whether the reduced fee is due.
    function paidMint(address to, string calldata uri, address creator, bool isDiscount) external;

    /// @notice Make a token with data for a creator, against a fee. Restricted. Paid from the caller's deposit.
    /// @param iDatas Its items of data.
    /// @param to Its owner.
    /// @param creator Who made it.
    /// @param isDiscount Whether the reduced fee is due.
    function mint(IntelligentData[] calldata iDatas, address to, address creator, bool isDiscount) external;

    // ---------------------------------------------------------- administration

    /// @notice Set up the proxy, once. Fees stay here until a treasury is named.
    /// @param agentNFT_ The collection, for ever.
    /// @param feeRate The market's fee, basis points.
    /// @param admin_ AccessManager that may administer the market.
    /// @param mintFee Fee of a paid mint, wei.
    /// @param discountMintFee Reduced fee of a paid mint, wei.
    function initialize(address agentNFT_, uint256 feeRate, address admin_, uint256 mintFee, uint256 discountMintFee)
        external;

    /// @notice Change the fee of later sales. Restricted.
    /// @param newFeeRate Basis points, at most 1000.
    function setFeeRate(uint256 newFeeRate) external;

    /// @notice Give a partner a share of the fee on sales of what they created. Restricted.
    /// @param partner The partner.
    /// @param feeShareRate Basis points of the fee.
    function setPartnerFeeRate(address partner, uint256 feeShareRate) external;

    /// @notice Change the fee of a paid mint. Restricted.
    /// @param newMintFee Wei; at most `MAX_MINT_FEE`.
    function setMintFee(uint256 newMintFee) external;

    /// @notice Change the reduced fee of a paid mint. Restricted.
    /// @param newDiscountMintFee Wei; at most `MAX_MINT_FEE`.
    function setDiscountMintFee(uint256 newDiscountMintFee) external;

    /// @notice Send the platform's fees to the treasury. Restricted.
    /// @param currency The currency.
    function withdrawFees(address currency) external;

    /// @notice Send the caller their fees as a partner.
    /// @param currency The currency.
    function withdrawPartnerFees(address currency) external;

    // ------------------------------------------------------------------- views

    /// @notice Highest fee, under the reference's name.
    /// @return Basis points.
    function MAX_FEE_RATE() external view returns (uint256);

    /// @notice Highest fee of a paid mint.
    /// @return Wei.
    function MAX_MINT_FEE() external view returns (uint256);

    /// @notice Version in the EIP-712 domain.
    /// @return The version.
    function VERSION() external view returns (string memory);

    /// @notice The collection whose tokens are sold here.
    /// @return Its address.
    function agentNFT() external view returns (address);

    /// @notice Who gets the platform's fees.
    /// @return The treasury.
    function admin() external view returns (address);

    /// @notice Whether the market stands still.
    /// @return True when it does.
    function isPaused() external view returns (bool);

    /// @notice The market's fee.
    /// @return Basis points.
    function getFeeRate() external view returns (uint256);

    /// @notice The platform's fees that are here.
    /// @param currency The currency.
    /// @return Base units.
    function getFeeBalance(address currency) external view returns (uint256);

    /// @notice A partner's share of the fee.
    /// @param partner The partner.
    /// @return Basis points of the fee.
    function getPartnerFeeRate(address partner) external view returns (uint256);

    /// @notice A partner's fees that are here.
    /// @param partner The partner.
    /// @param currency The currency.
    /// @return Base units.
    function getPartnerFeeBalance(address partner, address currency) external view returns (uint256);

    /// @notice Coin that an account can pay with or take out.
    /// @param account The account.
    /// @return Wei.
    function getBalance(address account) external view returns (uint256);

    /// @notice Fee of a paid mint.
    /// @return Wei.
    function getMintFee() external view returns (uint256);

    /// @notice Reduced fee of a paid mint.
    /// @return Wei.
    function getDiscountMintFee() external view returns (uint256);

    /// @notice Whether a signer's order of this nonce is used or cancelled.
    /// @param signer The signer.
    /// @param nonce The nonce.
    /// @return True when it is.
    function isOrderUsed(address signer, bytes32 nonce) external view returns (bool);

    /// @notice Whether a signer's offer of this nonce is used or cancelled.
    /// @param signer The signer.
    /// @param nonce The nonce.
    /// @return True when it is.
    function isOfferUsed(address signer, bytes32 nonce) external view returns (bool);
}
