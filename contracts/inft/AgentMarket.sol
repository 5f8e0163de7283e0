// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC721} from "@openzeppelin/contracts/token/ERC721/IERC721.sol";
import {ListingTerms, Offer, Order, Sale, SaleMode, SaleState} from "../interfaces/AgentMarketTypes.sol";
import {IAgentMarket} from "../interfaces/IAgentMarket.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {AccessProof, TransferValidityProof} from "../interfaces/IERC7857DataVerifier.sol";
import {IKeyDeposits} from "../interfaces/IKeyDeposits.sol";
import {MarketRules, Split} from "../libraries/MarketRules.sol";
import {OrderHash} from "../libraries/OrderHash.sol";
import {OrderNonces} from "../libraries/OrderNonces.sol";
import {OrderRules} from "../libraries/OrderRules.sol";
import {Royalties} from "../libraries/Royalties.sol";
import {Handing, SaleConsent} from "../libraries/SaleConsent.sol";
import {SealedAgents} from "../libraries/SealedAgents.sol";
import {SellersHalf} from "../libraries/SellersHalf.sol";
import {Signers} from "../libraries/Signers.sol";
import {MarketMoney} from "./MarketMoney.sol";

/// @title Market of one collection of agents
/// @notice The manual is {IAgentMarket}.
contract AgentMarket is IAgentMarket, MarketMoney {
    using OrderNonces for OrderNonces.Records;

    /// @inheritdoc IAgentMarket
    uint32 public constant MIN_WINDOW = 60;

    /// @inheritdoc IAgentMarket
    uint32 public constant MAX_WINDOW = 7 days;

    IAgentNFT private immutable _collection;

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.AgentMarket
    struct MarketStorage {
        IKeyDeposits committee;
        uint256 listings;
        mapping(uint256 listingId => Sale) sales;
        mapping(uint256 tokenId => uint256) listingOf;
        OrderNonces.Records nonces;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentMarket")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant MARKET_STORAGE = 0xe4da0375fd85a66f64ff2a90894b56c677c578dfcbb5a89eaae8d4013a686400;

    function _market() private pure returns (MarketStorage storage $) {
        assembly ("memory-safe") {
            $.slot := MARKET_STORAGE
        }
    }

    // ------------------------------------------------------------------- setup

    /// @notice The logic itself stays uninitialised for ever; only proxies are.
    /// @param collection_ The collection that every proxy of this logic sells.
    constructor(address collection_) {
        require(collection_.code.length != 0, NotAContract(collection_));
        _collection = IAgentNFT(collection_);
        _disableInitializers();
    }

    /// @inheritdoc IAgentMarket
    function initialize(uint256 feeBps_, address treasury_, address authority_) external initializer {
        _initializeMoney(feeBps_, treasury_, authority_);
    }

    // ---------------------------------------------------------------- listings

    /// @inheritdoc IAgentMarket
    function list(ListingTerms calldata terms) external nonReentrant whenNotPaused returns (uint256 listingId) {
        MarketStorage storage $ = _market();
        uint256 tokenId = terms.tokenId;
        _requireUnlisted(tokenId);
        address owner = _collection.ownerOf(tokenId);
        require(owner == msg.sender, NotTheOwner(tokenId, owner, msg.sender));
        require(terms.listedUntil >= block.timestamp, ListingOver(terms.listedUntil, block.timestamp));
        require(terms.window >= MIN_WINDOW && terms.window <= MAX_WINDOW, WindowOutOfRange(terms.window));
        SealedAgents.requireNone(address(_collection), tokenId);
        if (terms.mode == SaleMode.Committee) _requireDeposits(tokenId);
        listingId = ++$.listings;
        $.listingOf[tokenId] = listingId;
        _store($.sales[listingId], terms);
        emit Listed(listingId, msg.sender, tokenId, terms);
        _collection.lock(tokenId);
    }

    /// @dev Fee and royalty as they are now, so that neither can grow while the token is locked.
    function _store(Sale storage sale, ListingTerms calldata terms) private {
        address token = address(_collection);
        (, uint256 royalty) = Royalties.read(token, terms.tokenId, terms.price);
        sale.state = SaleState.Listed;
        sale.mode = terms.mode;
        sale.token = token;
        sale.feeBps = uint16(feeBps());
        sale.listedUntil = terms.listedUntil;
        sale.tokenId = terms.tokenId;
        sale.seller = msg.sender;
        sale.window = terms.window;
        sale.currency = terms.currency;
        sale.price = terms.price;
        sale.royaltyCap = uint128(MarketRules.split(terms.price, 0, royalty).royalty);
    }

    /// @inheritdoc IAgentMarket
    function delist(uint256 listingId) external nonReentrant {
        Sale storage sale = _saleIn(listingId, SaleState.Listed);
        require(msg.sender == sale.seller || block.timestamp > sale.listedUntil, NotTheSeller(listingId, msg.sender));
        sale.state = SaleState.Delisted;
        delete _market().listingOf[sale.tokenId];
        emit Delisted(listingId);
        _collection.unlock(sale.tokenId);
    }

    /// @inheritdoc IAgentMarket
    function buy(
        uint256 listingId,
        address currency,
        uint256 price,
        bytes calldata targetKey,
        AccessProof[] calldata consents
    ) external payable nonReentrant whenNotPaused {
        Sale storage sale = _saleIn(listingId, SaleState.Listed);
        require(block.timestamp <= sale.listedUntil, ListingOver(sale.listedUntil, block.timestamp));
        require(sale.currency == currency && sale.price == price, TermsChanged(sale.currency, sale.price));
        SaleConsent.checkKey(targetKey);
        uint64 deadline = uint64(block.timestamp) + sale.window;
        if (sale.mode == SaleMode.Oracle) {
            require(consents.length == 0, ConsentCountMismatch(0, consents.length));
        } else {
            Handing memory handing = Handing(_collection, sale.tokenId, sale.seller, msg.sender, deadline);
            SaleConsent.check(handing, targetKey, consents);
        }
        sale.state = SaleState.Paid;
        sale.paidAtBlock = uint64(block.number);
        sale.deadline = deadline;
        sale.buyer = msg.sender;
        sale.targetKeyHash = keccak256(targetKey);
        sale.consentsHash = keccak256(abi.encode(consents));
        emit SalePaid(listingId, sale.tokenId, msg.sender, targetKey, deadline, consents);
        _collect(currency, price, msg.sender);
    }

    /// @inheritdoc IAgentMarket
    function settle(uint256 listingId, TransferValidityProof[] calldata proofs) external nonReentrant whenNotPaused {
        Sale storage sale = _saleIn(listingId, SaleState.Paid);
        require(block.timestamp <= sale.deadline, TooLate(sale.deadline));
        sale.state = SaleState.Settled;
        uint256 tokenId = sale.tokenId;
        address buyer = sale.buyer;
        delete _market().listingOf[tokenId];
        uint256 proceeds = _paySeller(tokenId, sale.currency, sale.price, sale.feeBps, sale.royaltyCap, sale.seller);
        if (_tryHandOver(sale, tokenId, buyer, proofs)) {
            emit SaleSettled(listingId, buyer, proceeds);
        } else {
            sale.state = SaleState.Owed;
            _market().listingOf[tokenId] = listingId;
            emit SaleOwed(listingId, tokenId, buyer, proceeds, proofs);
        }
    }

    /// @dev False where the token refuses, but the seller has done their part.
    function _tryHandOver(Sale storage sale, uint256 tokenId, address buyer, TransferValidityProof[] calldata proofs)
        private
        returns (bool moved)
    {
        if (proofs.length == 0) {
            _handOver(tokenId, sale.seller, buyer, proofs);
            return true;
        }
        bytes memory reason;
        (moved, reason) = SellersHalf.attempt(_collection, buyer, tokenId, proofs);
        if (!moved && !SellersHalf.isGood(_collection, sale, proofs)) SellersHalf.passOn(reason);
    }

    /// @inheritdoc IAgentMarket
    function collect(uint256 listingId, TransferValidityProof[] calldata proofs) external nonReentrant {
        Sale storage sale = _saleIn(listingId, SaleState.Owed);
        uint256 tokenId = sale.tokenId;
        sale.state = SaleState.Settled;
        delete _market().listingOf[tokenId];
        emit SaleCollected(listingId, sale.buyer);
        _handOver(tokenId, sale.seller, sale.buyer, proofs);
    }

    /// @inheritdoc IAgentMarket
    function refund(uint256 listingId) external nonReentrant {
        Sale storage sale = _saleIn(listingId, SaleState.Paid);
        require(block.timestamp > sale.deadline, TooEarly(sale.deadline));
        address buyer = sale.buyer;
        sale.state = SaleState.Listed;
        delete sale.paidAtBlock;
        delete sale.deadline;
        delete sale.buyer;
        delete sale.targetKeyHash;
        delete sale.consentsHash;
        emit SaleRefunded(listingId, buyer);
        _credit(sale.currency, buyer, sale.price);
    }

    // --------------------------------------------------------- orders and offers

    /// @inheritdoc IAgentMarket
    function fulfil(Order calldata order, Offer calldata offer, TransferValidityProof[] calldata proofs)
        external
        payable
        nonReentrant
        whenNotPaused
    {
        uint256 tokenId = order.tokenId;
        // The market holds the lock of a listed token: only its listing may move it.
        _requireUnlisted(tokenId);
        bytes32 data = _collection.dataCommitmentOf(tokenId);
        OrderRules.checkOrder(_collection, order, data);
        OrderRules.checkOffer(_collection, offer, tokenId, data);
        require(order.currency == offer.currency, CurrencyMismatch(order.currency, offer.currency));
        require(offer.price >= order.price, PriceTooLow(order.price, offer.price));
        require(
            order.receiver == address(0) || order.receiver == offer.buyer, WrongReceiver(order.receiver, offer.buyer)
        );
        bytes32 domain = OrderHash.domainSeparator();
        _checkSigner(order.seller, order.nonce, OrderHash.digest(domain, order), order.signature);
        _checkSigner(offer.buyer, offer.nonce, OrderHash.digest(domain, offer), offer.signature);
        _collect(offer.currency, offer.price, offer.buyer);
        uint256 proceeds = _paySeller(tokenId, offer.currency, offer.price, feeBps(), type(uint256).max, order.seller);
        require(proceeds >= order.minProceeds, ProceedsTooLow(order.minProceeds, proceeds));
        emit Fulfilled(tokenId, order.seller, offer.buyer, offer.currency, offer.price, proceeds);
        _handOver(tokenId, order.seller, offer.buyer, proofs);
    }

    /// @dev Who calls need not sign: the call says it all, and is good once by itself.
    function _checkSigner(address signer, uint256 nonce, bytes32 digest, bytes calldata signature) private {
        if (signer == msg.sender && signature.length == 0) return;
        require(Signers.signed(signer, digest, signature), WrongSigner(signer));
        _market().nonces.spend(signer, nonce);
    }

    /// @inheritdoc IAgentMarket
    function cancel(uint256 nonce) external {
        _market().nonces.cancel(msg.sender, nonce);
        emit NonceCancelled(msg.sender, nonce);
    }

    /// @inheritdoc IAgentMarket
    function cancelBelow(uint256 floor) external {
        emit NoncesCancelledBelow(msg.sender, _market().nonces.cancelBelow(msg.sender, floor));
    }

    // ------------------------------------------------------------ what all share

    /// @dev Credit everybody whom a sale pays; gives the seller's part.
    function _paySeller(
        uint256 tokenId,
        address currency,
        uint256 price,
        uint256 feeBps_,
        uint256 royaltyCap,
        address seller
    ) private returns (uint256) {
        (address receiver, uint256 royalty) = Royalties.read(address(_collection), tokenId, price);
        Split memory split = MarketRules.split(price, feeBps_, royalty < royaltyCap ? royalty : royaltyCap);
        _credit(currency, treasury(), split.fee);
        _credit(currency, receiver, split.royalty);
        _credit(currency, seller, split.proceeds);
        return split.proceeds;
    }

    /// @dev Move the token; a token with data moves with proofs, whatever the collection's policy for plain
    /// transfers is.
    function _handOver(uint256 tokenId, address from, address to, TransferValidityProof[] calldata proofs) private {
        IAgentNFT token = _collection;
        if (proofs.length == 0) {
            require(token.dataHashesOf(tokenId).length == 0, ProofsMissing(tokenId));
            IERC721(address(token)).safeTransferFrom(from, to, tokenId);
        } else {
            token.iTransfer(to, tokenId, proofs);
        }
    }

    function _requireUnlisted(uint256 tokenId) private view {
        uint256 listingId = _market().listingOf[tokenId];
        require(listingId == 0, AlreadyListed(tokenId, listingId));
    }

    function _requireDeposits(uint256 tokenId) private view {
        MarketStorage storage $ = _market();
        uint256 count = _collection.dataHashesOf(tokenId).length;
        require(address($.committee) != address(0), NotDeposited(tokenId));
        for (uint256 i = 0; i < count; ++i) {
            require($.committee.isLive(address(_collection), tokenId, i), NotDeposited(tokenId));
        }
    }

    function _saleIn(uint256 listingId, SaleState state) private view returns (Sale storage sale) {
        sale = _market().sales[listingId];
        require(sale.state == state, WrongState(listingId, sale.state));
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IAgentMarket
    function setCommittee(address committee_) external restricted {
        require(committee_ == address(0) || committee_.code.length != 0, NotAContract(committee_));
        _market().committee = IKeyDeposits(committee_);
        emit CommitteeSet(committee_);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAgentMarket
    function collection() external view returns (address) {
        return address(_collection);
    }

    /// @inheritdoc IAgentMarket
    function committee() external view returns (address) {
        return address(_market().committee);
    }

    /// @inheritdoc IAgentMarket
    function listingCount() external view returns (uint256) {
        return _market().listings;
    }

    /// @inheritdoc IAgentMarket
    function listingOf(uint256 tokenId) external view returns (uint256) {
        return _market().listingOf[tokenId];
    }

    /// @inheritdoc IAgentMarket
    function saleOf(uint256 listingId) external view returns (Sale memory) {
        return _market().sales[listingId];
    }

    /// @inheritdoc IAgentMarket
    function isNonceSpent(address signer, uint256 nonce) external view returns (bool) {
        return _market().nonces.isSpent(signer, nonce);
    }

    /// @inheritdoc IAgentMarket
    function hashOrder(Order calldata order) external view returns (bytes32) {
        return OrderHash.digest(OrderHash.domainSeparator(), order);
    }

    /// @inheritdoc IAgentMarket
    function hashOffer(Offer calldata offer) external view returns (bytes32) {
        return OrderHash.digest(OrderHash.domainSeparator(), offer);
    }
}
