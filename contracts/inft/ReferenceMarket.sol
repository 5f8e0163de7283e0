// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// The strings are those that clients of 0g-agent-nft read.
// solhint-disable gas-custom-errors

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {IAgentNftCollection} from "../interfaces/IAgentNftCollection.sol";
import {AgentNftProof} from "../interfaces/IAgentNftDataVerifier.sol";
import {IntelligentData} from "../interfaces/IERC7857Metadata.sol";
import {IMarketMoney} from "../interfaces/IMarketMoney.sol";
import {IReferenceMarket, ReferenceOffer, ReferenceOrder} from "../interfaces/IReferenceMarket.sol";
import {MarketRules, Split} from "../libraries/MarketRules.sol";
import {Purse} from "../libraries/Purse.sol";
import {ReferenceHash} from "../libraries/ReferenceHash.sol";
import {Royalties} from "../libraries/Royalties.sol";
import {MarketMoney} from "./MarketMoney.sol";
import {ReferenceMarketBase} from "./ReferenceMarketBase.sol";

/// @title The market of 0g-agent-nft, with guards
/// @notice The manual is {IReferenceMarket}.
contract ReferenceMarket is ReferenceMarketBase {
    // ------------------------------------------------------------------- setup

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    constructor() {
        _disableInitializers();
    }

    /// @inheritdoc IReferenceMarket
    /// @dev The shape of the call has no place for a treasury: the Authority, which takes no coin, stands in.
    function initialize(address agentNFT_, uint256 feeRate, address admin_, uint256 mintFee, uint256 discountMintFee)
        external
        initializer
    {
        require(agentNFT_.code.length != 0, NotAContract(agentNFT_));
        _initializeMoney(feeRate, admin_, admin_);
        _reference().collection = agentNFT_;
        _setMintFee(mintFee);
        _setDiscountMintFee(discountMintFee);
    }

    // ------------------------------------------------------------------- trade

    /// @inheritdoc IReferenceMarket
    function fulfillOrder(ReferenceOrder calldata order, ReferenceOffer calldata offer, AgentNftProof[] calldata proofs)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        uint256 price = offer.offerPrice;
        require(price != 0 || msg.value == 0, "ETH not accepted for free orders");
        address seller = _sellerOf(order);
        address buyer = _buyerOf(order, offer);
        _reference().usedOrders[seller][order.nonce] = true;
        _reference().usedOffers[buyer][offer.nonce] = true;
        if (price != 0) {
            _take(order.currency, price, buyer);
            _share(order.currency, price, order.tokenId, seller);
        }
        emit OrderFulfilled(seller, buyer, order.tokenId, price, order.currency);
        _handOver(seller, buyer, order.tokenId, offer.needProof, proofs);
        if (msg.value > price && order.currency == NATIVE) {
            (bool paid,) = msg.sender.call{value: msg.value - price}("");
            require(paid, "Refund failed");
        }
    }

    function _sellerOf(ReferenceOrder calldata order) private view returns (address signer) {
        require(block.timestamp <= order.expireTime, "Order expired");
        address owner = IERC721(_reference().collection).ownerOf(order.tokenId);
        signer = _signerOf(owner, ReferenceHash.digest(order), order.signature);
        require(!_reference().usedOrders[signer][order.nonce], "Order already used");
        require(signer == owner, "NFT owner mismatch");
    }

    function _buyerOf(ReferenceOrder calldata order, ReferenceOffer calldata offer)
        private
        view
        returns (address signer)
    {
        require(block.timestamp <= offer.expireTime, "Offer expired");
        require(offer.offerPrice >= order.expectedPrice, "Price too low");
        require(offer.tokenId == order.tokenId, "TokenId mismatch");
        address directed = order.receiver;
        signer = _signerOf(directed == address(0) ? msg.sender : directed, ReferenceHash.digest(offer), offer.signature);
        require(!_reference().usedOffers[signer][offer.nonce], "Offer already used");
        require(directed == address(0) || signer == directed, "Receiver mismatch");
    }

    /// @dev The messages do not name their signer. A contract can be one where it is known from elsewhere.
    function _signerOf(address contract_, bytes32 digest, bytes calldata signature) private view returns (address) {
        bool byContract =
            contract_.code.length != 0 && SignatureChecker.isValidERC1271SignatureNow(contract_, digest, signature);
        return byContract ? contract_ : ECDSA.recover(digest, signature);
    }

    function _take(address currency, uint256 price, address buyer) private {
        if (currency != NATIVE) {
            require(msg.value == 0, "ETH not accepted for ERC20 payments");
            require(msg.sender == buyer, CurrencyNotSigned(currency));
            _collect(currency, price, buyer);
        } else if (msg.value != 0) {
            require(msg.value >= price, "Insufficient payment");
        } else {
            require(credits(NATIVE, buyer) >= price, "Insufficient balance");
            _debit(NATIVE, buyer, price);
        }
    }

    /// @dev The partner's part comes out of the fee; the royalty out of the seller's.
    function _share(address currency, uint256 price, uint256 tokenId, address seller) private {
        ReferenceStorage storage $ = _reference();
        (address receiver, uint256 royalty) = Royalties.read($.collection, tokenId, price);
        Split memory split = MarketRules.split(price, feeBps(), royalty);
        address creator = IAgentNFT($.collection).creatorOf(tokenId);
        uint256 partnerFee = MarketRules.share(split.fee, $.partnerRates[creator]);
        if (partnerFee != 0) $.partnerFees[creator][currency] += partnerFee;
        if (split.fee != partnerFee) $.fees[currency] += split.fee - partnerFee;
        _credit(currency, receiver, split.royalty);
        _credit(currency, seller, split.proceeds);
    }

    function _handOver(address seller, address buyer, uint256 tokenId, bool needProof, AgentNftProof[] calldata proofs)
        private
    {
        address collection = _reference().collection;
        if (needProof) {
            IAgentNftCollection(collection).iTransferFrom(seller, buyer, tokenId, proofs);
        } else {
            require(IAgentNFT(collection).dataHashesOf(tokenId).length == 0, ProofRequired(tokenId));
            IERC721(collection).safeTransferFrom(seller, buyer, tokenId);
        }
    }

    /// @inheritdoc IReferenceMarket
    function cancel(bytes32 nonce) external {
        _reference().usedOrders[msg.sender][nonce] = true;
        _reference().usedOffers[msg.sender][nonce] = true;
        emit Cancelled(msg.sender, nonce);
    }

    // ---------------------------------------------------------------- deposits

    /// @inheritdoc IMarketMoney
    function deposit(address account) external payable override(IMarketMoney, MarketMoney) {
        require(msg.value > 0, "Must send ETH");
        require(account != address(0), "Invalid address");
        require(!paused(), "Contract is paused");
        _credit(NATIVE, account, msg.value);
        emit Deposit(account, credits(NATIVE, account));
    }

    /// @inheritdoc IReferenceMarket
    function withdraw(address account, uint256 amount) external nonReentrant {
        require(msg.sender == account, "Only the account or admin can withdraw");
        require(credits(NATIVE, account) >= amount, "Insufficient balance");
        _debit(NATIVE, account, amount);
        emit Withdraw(account, amount);
        Purse.pay(NATIVE, account, account, amount);
    }

    // ------------------------------------------------------------------- mints

    /// @inheritdoc IReferenceMarket
    function paidMint(IntelligentData[] calldata iDatas, address to, bool isDiscount)
        external
        restricted
        nonReentrant
        whenNotPaused
    {
        uint256 fee = _chargeMint(isDiscount);
        uint256 tokenId = IAgentNftCollection(_reference().collection).mintWithRole(iDatas, to);
        emit PaidMinted(tokenId, msg.sender, to, fee);
    }

    /// @inheritdoc IReferenceMarket
    function paidMint(address to, string calldata uri, address creator, bool isDiscount)
        external
        restricted
        nonReentrant
        whenNotPaused
    {
        uint256 fee = _chargeMint(isDiscount);
        uint256 tokenId = IAgentNftCollection(_reference().collection).mintWithRole(to, uri, creator);
        emit PaidMinted(tokenId, creator, to, fee);
    }

    /// @inheritdoc IReferenceMarket
    function mint(IntelligentData[] calldata iDatas, address to, address creator, bool isDiscount)
        external
        restricted
        nonReentrant
        whenNotPaused
    {
        uint256 fee = _chargeMint(isDiscount);
        uint256 tokenId = IAgentNftCollection(_reference().collection).mintWithRole(iDatas, to, creator);
        emit PaidMinted(tokenId, creator, to, fee);
    }

    /// @dev Whoever calls pays: nobody spends the deposit of another.
    function _chargeMint(bool isDiscount) private returns (uint256 fee) {
        fee = isDiscount ? _reference().discountMintFee : _reference().mintFee;
        require(credits(NATIVE, msg.sender) >= fee, "Insufficient balance for mint fee");
        _debit(NATIVE, msg.sender, fee);
        _reference().fees[NATIVE] += fee;
    }
}
