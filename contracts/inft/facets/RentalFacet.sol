// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {SignatureChecker} from "@openzeppelin/contracts/utils/cryptography/SignatureChecker.sol";
import {MessageHashUtils} from "@openzeppelin/contracts/utils/cryptography/MessageHashUtils.sol";
import {EnumerableSet} from "@openzeppelin/contracts/utils/structs/EnumerableSet.sol";
import {IAgentRental, Lease, RentalTerms, UsageReceipt} from "../../interfaces/IAgentRental.sol";
import {IERC4907} from "../../interfaces/IERC4907.sol";
import {IPurse} from "../../interfaces/IPurse.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {ProofHash} from "../../libraries/ProofHash.sol";
import {Purse} from "../../libraries/Purse.sol";
import {RentalRules} from "../../libraries/RentalRules.sol";
import {RentalBook} from "./RentalBook.sol";

/// @title Renting an agent
/// @notice The manual is {IAgentRental}, {IERC4907} and {IPurse}.
contract RentalFacet is RentalBook, IPurse {
    using EnumerableSet for EnumerableSet.AddressSet;
    using Purse for Purse.Credits;

    /// @inheritdoc IAgentRental
    uint256 public constant MAX_LEASE = 366 days;

    bytes32 private constant USAGE_TYPEHASH = keccak256("Usage(uint256 leaseId,uint64 calls)");

    // ------------------------------------------------------------------ offers

    /// @inheritdoc IAgentRental
    function offerLease(uint256 tokenId, RentalTerms calldata terms) external whenNotPaused returns (uint256 offerId) {
        address owner = _requireTokenOwner(tokenId);
        _requireUnlocked(tokenId);
        require(terms.period != 0 && terms.maxPeriods != 0, EmptyTerms(terms.period, terms.maxPeriods));
        RentalStorage storage $ = _rental();
        offerId = ++$.offerCount;
        Offer storage offer = $.offers[offerId];
        (offer.tokenId, offer.terms, offer.term) = (tokenId, terms, _thisTerm(tokenId));
        emit LeaseOffered(offerId, tokenId, owner, terms);
    }

    /// @inheritdoc IAgentRental
    function closeOffer(uint256 offerId) external {
        Offer storage offer = _offer(offerId);
        _requireTokenOwner(offer.tokenId);
        require(!offer.closed, OfferEnded(offerId));
        offer.closed = true;
        emit OfferClosed(offerId);
    }

    // ------------------------------------------------------------------ leases

    /// @inheritdoc IAgentRental
    function rent(uint256 offerId, address tenant, uint32 periods)
        external
        payable
        nonReentrant
        whenNotPaused
        returns (uint256 leaseId)
    {
        Offer storage offer = _openOffer(offerId, periods);
        require(tenant != address(0), ZeroTenant());
        uint256 tokenId = offer.tokenId;
        RentalStorage storage $ = _rental();
        leaseId = $.leaseIds[tokenId][tenant];
        require(!_runs(leaseId), LeaseRuns(tokenId, leaseId));
        _requireNotExclusive(tokenId);
        leaseId = ++$.leaseCount;
        $.leaseIds[tokenId][tenant] = leaseId;
        Tenancy storage lease = $.leases[leaseId];
        (lease.offerId, lease.tenant, lease.start) = (uint64(offerId), tenant, uint64(block.timestamp));
        if (offer.terms.exclusive) $.occupancy[tokenId].exclusiveLease = uint64(leaseId);
        _prolong(leaseId, lease, offer, periods);
    }

    /// @inheritdoc IAgentRental
    function extendLease(uint256 leaseId, uint32 periods) external payable nonReentrant whenNotPaused {
        Tenancy storage lease = _lease(leaseId);
        Offer storage offer = _openOffer(lease.offerId, periods);
        require(_runs(leaseId), LeaseOver(leaseId, _end(lease)));
        _prolong(leaseId, lease, offer, periods);
    }

    /// @dev Add periods and take their price.
    function _prolong(uint256 leaseId, Tenancy storage lease, Offer storage offer, uint32 periods) private {
        lease.periods += periods;
        uint256 end = _end(lease);
        require(end - block.timestamp <= MAX_LEASE, LeaseTooLong(end - block.timestamp, MAX_LEASE));
        Occupancy storage occupancy = _rental().occupancy[offer.tokenId];
        if (end > occupancy.until) occupancy.until = uint64(end);
        _announce(leaseId, lease, offer);
        Purse.take(offer.terms.currency, _msgSender(), uint256(offer.terms.price) * periods);
    }

    /// @inheritdoc IAgentRental
    function cancelLease(uint256 leaseId) external nonReentrant returns (uint256 refund) {
        Tenancy storage lease = _lease(leaseId);
        require(lease.tenant == _msgSender(), NotTheTenant(leaseId, _msgSender()));
        Offer storage offer = _rental().offers[lease.offerId];
        bool burnt = _ownerOf(offer.tokenId) == address(0);
        uint256 kept = burnt ? lease.collected : _begun(lease, offer);
        uint256 returned = lease.periods - kept;
        require(returned != 0, NothingToCancel(leaseId));
        lease.periods = uint32(kept);
        refund = returned * offer.terms.price;
        _rental().credits.add(offer.terms.currency, lease.tenant, refund);
        _announce(leaseId, lease, offer);
    }

    /// @inheritdoc IAgentRental
    function collectRent(uint256 leaseId) external nonReentrant returns (uint256 amount) {
        Tenancy storage lease = _lease(leaseId);
        Offer storage offer = _rental().offers[lease.offerId];
        address owner = _requireOwned(offer.tokenId);
        uint256 begun = _begun(lease, offer);
        uint256 due = begun - lease.collected;
        require(due != 0, NothingDue(leaseId));
        lease.collected = uint32(begun);
        amount = due * offer.terms.price;
        emit RentCollected(leaseId, owner, due);
        _rental().credits.add(offer.terms.currency, owner, amount);
    }

    /// @inheritdoc IAgentRental
    function recordUsage(UsageReceipt[] calldata receipts) external {
        for (uint256 i = 0; i < receipts.length; ++i) {
            _recordUsage(receipts[i]);
        }
    }

    function _recordUsage(UsageReceipt calldata receipt) private {
        uint256 leaseId = receipt.leaseId;
        Tenancy storage lease = _lease(leaseId);
        Offer storage offer = _rental().offers[lease.offerId];
        address caller = _msgSender();
        require(
            caller == offer.terms.executor || caller == _requireOwned(offer.tokenId), NotTheExecutor(leaseId, caller)
        );
        uint64 calls = receipt.calls;
        require(calls > lease.calls, OldReceipt(leaseId, lease.calls, calls));
        uint256 quota = RentalRules.quota(offer.terms.callsPerPeriod, _begun(lease, offer));
        require(calls <= quota, QuotaExceeded(leaseId, quota, calls));
        bytes32 digest = MessageHashUtils.toTypedDataHash(
            ProofHash.domainSeparator(address(this)), keccak256(abi.encode(USAGE_TYPEHASH, leaseId, calls))
        );
        require(
            SignatureChecker.isValidSignatureNowCalldata(lease.tenant, digest, receipt.signature),
            BadReceipt(leaseId, lease.tenant)
        );
        lease.calls = calls;
        emit UsageRecorded(leaseId, calls);
    }

    // ---------------------------------------------------------------- ERC-4907

    /// @inheritdoc IERC4907
    function setUser(uint256 tokenId, address user, uint64 expires) external whenNotPaused {
        _requireMover(tokenId);
        _requireUnlocked(tokenId);
        _requireNotExclusive(tokenId);
        _rental().guests[tokenId] = Guest(user, expires, _thisTerm(tokenId));
        emit UpdateUser(tokenId, user, expires);
    }

    /// @inheritdoc IERC4907
    function userOf(uint256 tokenId) public view returns (address user) {
        (user,) = _user(tokenId);
    }

    /// @inheritdoc IERC4907
    function userExpires(uint256 tokenId) external view returns (uint256 expires) {
        (, expires) = _user(tokenId);
    }

    /// @dev The tenant who has the token for themselves, else the guest of this term.
    function _user(uint256 tokenId) private view returns (address, uint256) {
        RentalStorage storage $ = _rental();
        uint256 leaseId = $.occupancy[tokenId].exclusiveLease;
        if (_runs(leaseId)) return ($.leases[leaseId].tenant, _end($.leases[leaseId]) - 1);
        Guest storage guest = $.guests[tokenId];
        bool present = guest.expires >= block.timestamp && guest.term == AgentStore.load().tokens[tokenId].term;
        return present && guest.user != address(0) ? (guest.user, guest.expires) : (address(0), 0);
    }

    // ------------------------------------------------------------------- money

    /// @inheritdoc IPurse
    function withdrawCredit(address currency, address to) external nonReentrant returns (uint256) {
        return _rental().credits.withdraw(currency, _msgSender(), to);
    }

    /// @inheritdoc IPurse
    function creditOf(address currency, address account) external view returns (uint256) {
        return _rental().credits.held[currency][account];
    }

    // ------------------------------------------------------------------- views

    /// @inheritdoc IAgentRental
    function leaseOfferOf(uint256 offerId)
        external
        view
        returns (uint256 tokenId, bool open, RentalTerms memory terms)
    {
        Offer storage offer = _offer(offerId);
        return (offer.tokenId, _isOpen(offer), offer.terms);
    }

    /// @inheritdoc IAgentRental
    function leaseOf(uint256 leaseId) external view returns (Lease memory) {
        Tenancy storage lease = _lease(leaseId);
        return Lease({
            offerId: lease.offerId,
            tokenId: _rental().offers[lease.offerId].tokenId,
            tenant: lease.tenant,
            start: lease.start,
            end: _end(lease),
            periods: lease.periods,
            collected: lease.collected,
            calls: lease.calls
        });
    }

    /// @inheritdoc IAgentRental
    function leaseIdOf(uint256 tokenId, address tenant) external view returns (uint256) {
        return _rental().leaseIds[tokenId][tenant];
    }

    /// @inheritdoc IAgentRental
    function rentDue(uint256 leaseId) external view returns (uint256) {
        Tenancy storage lease = _lease(leaseId);
        Offer storage offer = _rental().offers[lease.offerId];
        return (_begun(lease, offer) - lease.collected) * offer.terms.price;
    }

    /// @inheritdoc IAgentRental
    function callsLeft(uint256 leaseId) public view returns (uint256) {
        Tenancy storage lease = _lease(leaseId);
        if (!_runs(leaseId)) return 0;
        Offer storage offer = _rental().offers[lease.offerId];
        return RentalRules.quota(offer.terms.callsPerPeriod, _begun(lease, offer)) - lease.calls;
    }

    /// @inheritdoc IAgentRental
    function leasedUntil(uint256 tokenId) external view returns (uint256) {
        return _rental().occupancy[tokenId].until;
    }

    /// @inheritdoc IAgentRental
    function mayUse(uint256 tokenId, address user) external view returns (bool) {
        address owner = _ownerOf(tokenId);
        if (owner == address(0) || user == address(0)) return false;
        if (user == owner || user == userOf(tokenId) || AgentStore.users(tokenId).contains(user)) return true;
        uint256 leaseId = _rental().leaseIds[tokenId][user];
        return leaseId != 0 && callsLeft(leaseId) != 0;
    }
}
