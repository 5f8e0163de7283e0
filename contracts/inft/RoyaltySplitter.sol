// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IERC20} from "@openzeppelin/contracts/token/ERC20/IERC20.sol";
import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {ReentrancyGuardTransient} from "@openzeppelin/contracts/utils/ReentrancyGuardTransient.sol";
import {IAgentLineage, Parent} from "../interfaces/IAgentLineage.sol";
import {IAgentNFT} from "../interfaces/IAgentNFT.sol";
import {IERC7857} from "../interfaces/IERC7857.sol";
import {IPurse} from "../interfaces/IPurse.sol";
import {IRoyaltySplitter} from "../interfaces/IRoyaltySplitter.sol";
import {Purse} from "../libraries/Purse.sol";
import {RoyaltyTill} from "./RoyaltyTill.sol";

/// @title Royalties, shared out along the line of an agent
/// @notice The manual is {IRoyaltySplitter}. Nobody administers this contract.
contract RoyaltySplitter is IRoyaltySplitter, ReentrancyGuardTransient {
    using Purse for Purse.Credits;

    /// @inheritdoc IRoyaltySplitter
    uint256 public constant MAX_DEPTH = 3;

    uint256 private constant WHOLE_BPS = 10_000;
    bytes32 private constant TILL_CODE_HASH = keccak256(type(RoyaltyTill).creationCode);

    /// @inheritdoc IRoyaltySplitter
    address public immutable collection;

    Purse.Credits private _credits;

    // The till that is being emptied.
    address private transient _open;

    /// @notice One splitter per collection.
    /// @param collection_ The token contract.
    constructor(address collection_) {
        collection = collection_;
    }

    /// @notice A till brings what it has.
    receive() external payable {
        require(msg.sender == _open, OnlyTills(msg.sender));
    }

    // ------------------------------------------------------------------- money

    /// @inheritdoc IRoyaltySplitter
    function settle(uint256 tokenId, address currency) external nonReentrant returns (uint256 amount) {
        address till = tillOf(tokenId);
        if (till.code.length == 0) new RoyaltyTill{salt: bytes32(tokenId)}();
        uint256 before = _balance(currency);
        _open = till;
        RoyaltyTill(payable(till)).sweep(currency);
        _open = address(0);
        amount = _balance(currency) - before;
        require(amount != 0, EmptyTill(tokenId, currency));
        emit Settled(tokenId, currency, amount);
        require(_share(tokenId, currency, amount, 0) == amount, NobodyToPay(tokenId));
    }

    /// @inheritdoc IPurse
    function withdrawCredit(address currency, address to) external nonReentrant returns (uint256) {
        return _credits.withdraw(currency, msg.sender, to);
    }

    /// @dev Credit the line of a token with an amount that came to it.
    /// @param depth Generations passed so far.
    /// @return What was credited: less than the amount where somebody is missing, and their part is the child's.
    function _share(uint256 tokenId, address currency, uint256 amount, uint256 depth) private returns (uint256) {
        uint256 origin = IAgentLineage(collection).originOf(tokenId);
        uint256 kept = amount;
        if (depth < MAX_DEPTH) {
            Parent[] memory parents = IAgentLineage(collection).parentsOf(origin);
            for (uint256 i = 0; i < parents.length; ++i) {
                uint256 part = amount * parents[i].weightBps / WHOLE_BPS;
                kept -= _share(parents[i].tokenId, currency, part, depth + 1);
            }
        }
        address payee = _payee(origin, tokenId);
        if (payee == address(0)) return amount - kept;
        _credits.add(currency, payee, kept);
        return amount;
    }

    /// @dev The creator of an agent, else whoever owns the token now, else nobody.
    function _payee(uint256 origin, uint256 tokenId) private view returns (address) {
        address creator = IAgentNFT(collection).creatorOf(origin);
        if (creator != address(0)) return creator;
        try IERC7857(collection).ownerOf(tokenId) returns (address owner) {
            return owner;
        } catch {
            return address(0);
        }
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IRoyaltySplitter
    function tillOf(uint256 tokenId) public view returns (address) {
        return Create2.computeAddress(bytes32(tokenId), TILL_CODE_HASH);
    }

    /// @inheritdoc IPurse
    function creditOf(address currency, address account) external view returns (uint256) {
        return _credits.held[currency][account];
    }

    function _balance(address currency) private view returns (uint256) {
        return currency == address(0) ? address(this).balance : IERC20(currency).balanceOf(address(this));
    }
}
