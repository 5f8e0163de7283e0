// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

// The strings are those that clients of 0g-agent-nft read.
// solhint-disable gas-custom-errors

import {IMarketMoney} from "../interfaces/IMarketMoney.sol";
import {IReferenceMarket} from "../interfaces/IReferenceMarket.sol";
import {MarketRules} from "../libraries/MarketRules.sol";
import {Purse} from "../libraries/Purse.sol";
import {MarketMoney} from "./MarketMoney.sol";

/// @title Storage, administration and views of the market of 0g-agent-nft
/// @notice The manual is {IReferenceMarket}.
abstract contract ReferenceMarketBase is IReferenceMarket, MarketMoney {
    /// @inheritdoc IReferenceMarket
    uint256 public constant MAX_FEE_RATE = MarketRules.MAX_FEE;

    /// @inheritdoc IReferenceMarket
    uint256 public constant MAX_MINT_FEE = 1 ether;

    /// @inheritdoc IReferenceMarket
    string public constant VERSION = "1.0.0";

    // ----------------------------------------------------------------- storage

    /// @custom:storage-location erc7201:zerog.storage.ReferenceMarket
    struct ReferenceStorage {
        address collection;
        uint256 mintFee;
        uint256 discountMintFee;
        mapping(address currency => uint256) fees;
        mapping(address partner => uint256) partnerRates;
        mapping(address partner => mapping(address currency => uint256)) partnerFees;
        mapping(address signer => mapping(bytes32 nonce => bool)) usedOrders;
        mapping(address signer => mapping(bytes32 nonce => bool)) usedOffers;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.ReferenceMarket")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant REFERENCE_STORAGE = 0x30c1fb369b0e0f7590991d43f57e631a9ef9e5c298914a556aa9ef53f7688c00;

    function _reference() internal pure returns (ReferenceStorage storage $) {
        assembly ("memory-safe") {
            $.slot := REFERENCE_STORAGE
        }
    }

    // ---------------------------------------------------------- administration

    /// @inheritdoc IReferenceMarket
    function setFeeRate(uint256 newFeeRate) external restricted {
        emit FeeRateUpdated(feeBps(), newFeeRate);
        _setFee(newFeeRate);
    }

    /// @inheritdoc IReferenceMarket
    function setPartnerFeeRate(address partner, uint256 feeShareRate) external restricted {
        require(partner != address(0), "Invalid partner address");
        require(feeShareRate <= MarketRules.WHOLE, "Fee share rate too high");
        emit PartnerFeeRateUpdated(partner, _reference().partnerRates[partner], feeShareRate);
        _reference().partnerRates[partner] = feeShareRate;
    }

    /// @inheritdoc IReferenceMarket
    function setMintFee(uint256 newMintFee) external restricted {
        _setMintFee(newMintFee);
    }

    /// @inheritdoc IReferenceMarket
    function setDiscountMintFee(uint256 newDiscountMintFee) external restricted {
        _setDiscountMintFee(newDiscountMintFee);
    }

    function _setMintFee(uint256 fee) internal {
        require(fee <= MAX_MINT_FEE, MintFeeTooHigh(fee, MAX_MINT_FEE));
        _reference().mintFee = fee;
        emit MintFeeUpdated(fee);
    }

    function _setDiscountMintFee(uint256 fee) internal {
        require(fee <= MAX_MINT_FEE, MintFeeTooHigh(fee, MAX_MINT_FEE));
        _reference().discountMintFee = fee;
        emit DiscountMintFeeUpdated(fee);
    }

    /// @inheritdoc IReferenceMarket
    function withdrawFees(address currency) external restricted nonReentrant {
        uint256 amount = _reference().fees[currency];
        require(amount > 0, "No fees to withdraw");
        delete _reference().fees[currency];
        emit FeesWithdrawn(treasury(), currency, amount);
        Purse.pay(currency, treasury(), treasury(), amount);
    }

    /// @inheritdoc IReferenceMarket
    function withdrawPartnerFees(address currency) external nonReentrant {
        uint256 amount = _reference().partnerFees[msg.sender][currency];
        require(amount > 0, "No fees to withdraw");
        delete _reference().partnerFees[msg.sender][currency];
        emit PartnerFeesWithdrawn(msg.sender, currency, amount);
        Purse.pay(currency, msg.sender, msg.sender, amount);
    }

    /// @inheritdoc IMarketMoney
    function pause() external override(IMarketMoney, MarketMoney) restricted {
        _setPaused(true);
        emit ContractPaused(msg.sender);
    }

    /// @inheritdoc IMarketMoney
    function unpause() external override(IMarketMoney, MarketMoney) restricted {
        _setPaused(false);
        emit ContractUnpaused(msg.sender);
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IReferenceMarket
    function agentNFT() external view returns (address) {
        return _reference().collection;
    }

    /// @inheritdoc IReferenceMarket
    function admin() external view returns (address) {
        return treasury();
    }

    /// @inheritdoc IReferenceMarket
    function isPaused() external view returns (bool) {
        return paused();
    }

    /// @inheritdoc IReferenceMarket
    function getFeeRate() external view returns (uint256) {
        return feeBps();
    }

    /// @inheritdoc IReferenceMarket
    function getFeeBalance(address currency) external view returns (uint256) {
        return _reference().fees[currency];
    }

    /// @inheritdoc IReferenceMarket
    function getPartnerFeeRate(address partner) external view returns (uint256) {
        return _reference().partnerRates[partner];
    }

    /// @inheritdoc IReferenceMarket
    function getPartnerFeeBalance(address partner, address currency) external view returns (uint256) {
        return _reference().partnerFees[partner][currency];
    }

    /// @inheritdoc IReferenceMarket
    function getBalance(address account) external view returns (uint256) {
        return credits(NATIVE, account);
    }

    /// @inheritdoc IReferenceMarket
    function getMintFee() external view returns (uint256) {
        return _reference().mintFee;
    }

    /// @inheritdoc IReferenceMarket
    function getDiscountMintFee() external view returns (uint256) {
        return _reference().discountMintFee;
    }

    /// @inheritdoc IReferenceMarket
    function isOrderUsed(address signer, bytes32 nonce) external view returns (bool) {
        return _reference().usedOrders[signer][nonce];
    }

    /// @inheritdoc IReferenceMarket
    function isOfferUsed(address signer, bytes32 nonce) external view returns (bool) {
        return _reference().usedOffers[signer][nonce];
    }
}
