// SPDX-License-Identifier: MIT
pragma solidity 0.8.35;

import {IAgentNFT} from "../../interfaces/IAgentNFT.sol";
import {IAgentRental, RentalTerms} from "../../interfaces/IAgentRental.sol";
import {IERC4907} from "../../interfaces/IERC4907.sol";
import {AgentStore} from "../../libraries/AgentStore.sol";
import {Purse} from "../../libraries/Purse.sol";
import {RentalRules} from "../../libraries/RentalRules.sol";
import {AgentBase} from "../AgentBase.sol";

/// @title What is kept of offers and leases, and when they hold
abstract contract RentalBook is AgentBase, IAgentRental, IERC4907 {
    // ----------------------------------------------------------------- storage

    /// @dev An offer stands for one term of its token (see AgentStore): with another owner it is void.
    struct Offer {
        uint256 tokenId;
        RentalTerms terms;
        uint32 term;
        bool closed;
    }

    struct Tenancy {
        uint64 offerId;
        address tenant;
        uint32 periods;
        uint64 start;
        uint32 collected;
        uint64 calls;
    }

    struct Guest {
        address user;
        uint64 expires;
        uint32 term;
    }

    struct Occupancy {
        uint64 until;
        uint64 exclusiveLease;
    }

    /// @custom:storage-location erc7201:zerog.storage.AgentRental
    struct RentalStorage {
        uint64 offerCount;
        uint64 leaseCount;
        mapping(uint256 offerId => Offer) offers;
        mapping(uint256 leaseId => Tenancy) leases;
        mapping(uint256 tokenId => mapping(address tenant => uint256)) leaseIds;
        mapping(uint256 tokenId => Occupancy) occupancy;
        mapping(uint256 tokenId => Guest) guests;
        Purse.Credits credits;
    }

    // keccak256(abi.encode(uint256(keccak256("zerog.storage.AgentRental")) - 1)) & ~bytes32(uint256(0xff))
    bytes32 private constant RENTAL_STORAGE = 0x2e2fb91a50469334aba46ef36d5e55c87e88786321551d9bf024d7641925cc00;

    function _rental() internal pure returns (RentalStorage storage $) {
        assembly ("memory-safe") {
            $.slot := RENTAL_STORAGE
        }
    }

    // ------------------------------------------------------------------- rules

    function _offer(uint256 offerId) internal view returns (Offer storage offer) {
        offer = _rental().offers[offerId];
        require(offer.terms.period != 0, NoSuchOffer(offerId));
    }

    function _lease(uint256 leaseId) internal view returns (Tenancy storage lease) {
        lease = _rental().leases[leaseId];
        require(lease.tenant != address(0), NoSuchLease(leaseId));
    }

    /// @dev An offer that can be taken for so many periods.
    function _openOffer(uint256 offerId, uint256 periods) internal view returns (Offer storage offer) {
        offer = _offer(offerId);
        require(_isOpen(offer), OfferEnded(offerId));
        _requireUnlocked(offer.tokenId);
        uint256 most = offer.terms.maxPeriods;
        require(periods != 0 && periods <= most, BadPeriods(periods, most));
    }

    function _isOpen(Offer storage offer) internal view returns (bool) {
        bool sameTerm = offer.term == AgentStore.load().tokens[offer.tokenId].term;
        return sameTerm && !offer.closed && block.timestamp <= offer.terms.until;
    }

    /// @dev The term of a token, marked so that the next change of owner ends it.
    function _thisTerm(uint256 tokenId) internal returns (uint32) {
        AgentStore.Token storage token = AgentStore.load().tokens[tokenId];
        if (!token.shared) token.shared = true;
        return token.term;
    }

    function _requireUnlocked(uint256 tokenId) internal view {
        address locker = AgentStore.load().tokens[tokenId].locker;
        require(locker == address(0), IAgentNFT.TokenLocked(tokenId, locker));
    }

    function _requireNotExclusive(uint256 tokenId) internal view {
        uint256 leaseId = _rental().occupancy[tokenId].exclusiveLease;
        require(!_runs(leaseId), ExclusivelyLeased(tokenId, leaseId == 0 ? 0 : _end(_rental().leases[leaseId])));
    }

    function _runs(uint256 leaseId) internal view returns (bool) {
        return leaseId != 0 && block.timestamp < _end(_rental().leases[leaseId]);
    }

    function _end(Tenancy storage lease) internal view returns (uint256) {
        return RentalRules.end(lease.start, _rental().offers[lease.offerId].terms.period, lease.periods);
    }

    function _begun(Tenancy storage lease, Offer storage offer) internal view returns (uint256) {
        return RentalRules.begun(lease.start, offer.terms.period, lease.periods, block.timestamp);
    }

    /// @dev Tell the world how long a lease lasts from now on.
    function _announce(uint256 leaseId, Tenancy storage lease, Offer storage offer) internal {
        uint256 end = _end(lease);
        emit LeaseChanged(leaseId, offer.tokenId, lease.tenant, lease.periods, end);
        if (offer.terms.exclusive) emit UpdateUser(offer.tokenId, lease.tenant, uint64(end - 1));
    }
}
